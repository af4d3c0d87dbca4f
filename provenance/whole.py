"""A claim's tree over GraphQL answered whole: its rows are written a column at a time, and no executor is asked.

A document is such a question if it asks for one claim, for the first page of its tree as it is now, and of that only
for what stands in columns (`claims.columns`). Everything else, and whatever is out of the ordinary in an answer, is
left to the executor. Answers are the executor's, byte for byte (docs/execution.md). Numbers and findings are counted
as ever, of a graph that is read by columns too (`provenance.numbered`).
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import repeat
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    print_ast,
    specified_rules,
    validate,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from strawberry.relay.utils import to_base64

from claims import columnar
from claims.columnar import ColumnarTree, Rows
from claims.columns import FIELDS, MAX_INT, Beside, Column, Part, Unwritable
from claims.counted import Counted
from claims.models import Claim
from claims.vocabulary import ClaimStatus
from provenance import numbered
from provenance.numbered import Appearances, Inner, Plain, side
from provenance.schema import MAX_TOKENS, RULES, schema

logger = logging.getLogger(__name__)

_DOCUMENTS_KEPT = 256

_NODES, _EDGES = "Appearance", "Derivation"


class _NotWhole(Exception):
    """The executor's to answer."""


@dataclass
class _Answer:
    """One answer in the making: its tree, and how many more appearances the fields of nodes may list."""

    tree: ColumnarTree
    claim: Claim
    allowance: int
    expected: Iterable[int] = ()
    _written: dict[int, dict[int, Any]] = field(default_factory=dict)

    @cached_property
    def counted(self) -> Counted:
        parties: Any = self.claim
        return self.tree.counted(parties.party_owners or ())

    def shown(self, write: "_Write", appearances: Sequence[int]) -> list[Any]:
        """What is selected of these appearances: each is written once, with those that are going to be asked for."""
        written = self._written.setdefault(id(write), {})
        if not all(pk in written for pk in appearances):
            more = [pk for pk in {*appearances, *self.expected} if pk not in written]
            rows = self.tree.nodes.at([self.tree.place_of[pk] for pk in more])
            written.update(zip(more, write(rows, self), strict=True))
        return [written[pk] for pk in appearances]

    def spend(self, count: int) -> None:
        self.allowance -= count
        if self.allowance < 0:
            raise _NotWhole


_Write = Callable[[Rows, _Answer], Sequence[Any]]
"""Of rows, what a field shows of each."""

_Show = Callable[[Any, _Answer], Any]
"""Of a value that was counted, what a field shows of it."""

_OfClaim = Callable[[Claim, int], Any]
"""What a field of the claim shows of it, with the allowance for its tree."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A document that is answered so, whichever claim it names."""

    operation: str | None
    key: str
    fields: Mapping[str, _OfClaim]

    def data(self, claim: Claim, allowance: int) -> dict[str, Any] | None:
        """What the document asks of this claim, which the asker was found to see; None if the executor is to answer.

        `allowance` is how many appearances the fields of nodes may list in all.
        """
        try:
            return {self.key: {name: show(claim, allowance) for name, show in self.fields.items()}}
        except (_NotWhole, ValueError):
            return None
        except Exception:
            # The executor tells the asker what went wrong, should it go wrong there too.
            logger.exception("A tree could not be written by its columns.")
            return None


def whole(text: str, variables: Mapping[str, Any]) -> Whole | None:
    """What answers this document, if it is such a question. Only by its flags does it differ with the variables."""
    question = _question(text)
    if question is None:
        return None
    flags = {name: variables[name] for name in question.flags if name in variables}
    if any(value is not None and not isinstance(value, bool) for value in flags.values()):
        return None
    return _whole(text, tuple(flags.items()))


@dataclass(frozen=True, slots=True)
class _Question:
    """A valid document whose variables are at most the slug, and flags; these by name."""

    document: DocumentNode
    slugs: Sequence[str]  # one or none
    flags: Sequence[str]


@lru_cache(_DOCUMENTS_KEPT)
def _question(text: str) -> _Question | None:
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
        return None if validate(_TYPES, document, [*specified_rules, *RULES]) else _varying(document)
    except (GraphQLError, RecursionError):
        return None


def _varying(document: DocumentNode) -> _Question | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        return None
    slugs, flags = [], []
    for variable in operations[0].variable_definitions or ():
        name, of_type = variable.variable.name.value, print_ast(variable.type)
        if of_type == "String!" and not variable.default_value:
            slugs.append(name)
        elif of_type in ("Boolean", "Boolean!"):
            flags.append(name)
        else:
            return None
    return _Question(document, slugs, flags) if len(slugs) < 2 else None


@lru_cache(_DOCUMENTS_KEPT)
def _whole(text: str, flags: tuple[tuple[str, bool | None], ...]) -> Whole | None:
    question = _question(text)
    try:
        return _Planner(question, dict(flags)).planned() if question else None
    except (_NotWhole, GraphQLError):
        return None


_TYPES = schema._schema  # noqa: SLF001 - strawberry's own way to it


def _small(number: int) -> int:
    if number > MAX_INT:
        raise Unwritable("A number is larger than GraphQL's Int.")
    return number


_OF_CLAIM: Mapping[str, _OfClaim] = {
    "__typename": lambda _claim, _allowance: "Claim",
    "id": lambda claim, _: to_base64("Claim", claim.pk),
    "databaseId": lambda claim, _: _small(claim.pk),
    "revision": lambda claim, _: _small(claim.revision),
    "slug": lambda claim, _: claim.slug,
    "text": lambda claim, _: claim.text,
    "language": lambda claim, _: claim.language,
    "status": lambda claim, _: ClaimStatus(claim.status).name,
    "createdAt": lambda claim, _: claim.created_at.isoformat(),
}

_OF_TREE: Mapping[str, Callable[[_Answer], Any]] = {
    "__typename": lambda _: "ProvenanceTree",
    "nodeCount": lambda answer: answer.tree.nodes.length,
    "truncated": lambda answer: answer.tree.listed < answer.tree.nodes.length,
    "endCursor": lambda answer: answer.tree.end_cursor,
}


class _Planner:
    """Of one document. Raises `_NotWhole` for what is the executor's."""

    def __init__(self, question: _Question, flags: Mapping[str, bool | None]) -> None:
        # Which columns are needed of nodes and of edges; filled as fields are met.
        self._paths: dict[str, set[str]] = {_NODES: set(), _EDGES: set()}
        # Names, fragments and directives are graphql-core's own to resolve.
        given = {**flags, **dict.fromkeys(question.slugs, "")}
        built = Executor.build(_TYPES, question.document, raw_variable_values=given)
        if isinstance(built, list):
            raise _NotWhole
        self._executor = built

    def planned(self) -> Whole:
        query, operation = _TYPES.query_type, self._executor.operation
        assert query is not None  # noqa: S101 - ours has one
        found = collect_fields(
            _TYPES, self._executor.fragments, self._executor.variable_values, query, operation
        )
        match list(found.grouped_field_set.items()):
            case [(key, details)] if details[0].node.name.value == "claim":
                name = operation.name.value if operation.name else None
                return Whole(name, key, self._claim(details))
        raise _NotWhole

    def _claim(self, details: FieldDetailsList) -> Mapping[str, _OfClaim]:
        fields: dict[str, _OfClaim] = {}
        trees = 0
        for key, name, below in self._selected("Claim", details):
            if name == "provenance":
                trees += 1
                fields[key] = self._tree(below)
            else:
                fields[key] = _known(_OF_CLAIM, name)
        if trees != 1:
            raise _NotWhole
        return fields

    def _tree(self, details: FieldDetailsList) -> _OfClaim:
        if any(each.node.arguments for each in details):
            raise _NotWhole
        fields: dict[str, Callable[[_Answer], Any]] = {}
        counts = False
        for key, name, below in self._selected("ProvenanceTree", details):
            if name == "nodes":
                fields[key] = _listed_nodes(self._objects(_NODES, below, _NODES))
            elif name == "edges":
                fields[key] = _listed_edges(self._objects(_EDGES, below, _EDGES))
            elif name in _OF_TREE:
                fields[key] = _OF_TREE[name]
            else:
                counts = True
                fields[key] = self._counted(name, below)
        of_nodes, of_edges = (tuple(sorted(self._paths[rows])) for rows in (_NODES, _EDGES))

        def show(claim: Claim, allowance: int) -> dict[str, Any]:
            tree = columnar.read(claim.pk, of_nodes, of_edges, counts=counts)
            answer = _Answer(tree, claim, allowance)
            return {name: write(answer) for name, write in fields.items()}

        return show

    def _objects(
        self, of_type: str, details: FieldDetailsList, rows: str, prefix: str = "", *, beside: bool = False
    ) -> _Write:
        """What writes objects of this type, whose columns lie below this path of the nodes' or the edges' rows."""
        writes = {
            key: self._field(of_type, name, below, rows, prefix, beside=beside)
            for key, name, below in self._selected(of_type, details)
        }
        keys = tuple(writes)

        def write(found: Rows, answer: _Answer) -> list[dict[str, Any]]:
            if not keys:
                return [{} for _ in range(found.length)]
            columns = [field(found, answer) for field in writes.values()]
            # One call a row: a comprehension over `dict(zip(keys, values))` takes half as long again.
            return list(map(dict, map(zip, repeat(keys), zip(*columns, strict=True))))

        return write

    def _field(
        self, of_type: str, name: str, details: FieldDetailsList, rows: str, prefix: str, *, beside: bool
    ) -> _Write:
        if name == "__typename":
            return lambda found, _: [of_type] * found.length
        match _known(FIELDS[of_type], name):
            case Column(paths, write):
                return self._column([prefix + path for path in paths], write, rows)
            case Part(part, below, present):
                written = self._objects(part, details, rows, prefix + below, beside=beside)
                return self._part(written, [prefix + path for path in present], rows) if present else written
            case Beside(which) if not beside:
                shown = self._objects(_NODES, details, _NODES, beside=True)
                return _nodes_beside(which, shown) if rows == _NODES else _ends(which, shown)
        raise _NotWhole  # lists in lists multiply: how far they may is the executor's to count

    def _column(self, paths: Sequence[str], write: Callable[..., Sequence[Any]], rows: str) -> _Write:
        self._paths[rows].update(paths)
        return lambda found, _: write(*(found.columns[path] for path in paths))

    def _part(self, written: _Write, present: Sequence[str], rows: str) -> _Write:
        self._paths[rows].update(present)

        def write(found: Rows, answer: _Answer) -> Sequence[Any]:
            there, which = found.present(present)
            values = written(there, answer)
            if there is found:
                return values
            following = iter(values)
            return [next(following) if is_there else None for is_there in which]

        return write

    def _counted(self, name: str, details: FieldDetailsList) -> Callable[[_Answer], Any]:
        """A field of the tree that shows what was counted."""
        if name == "roots":
            write = self._objects(_NODES, details, _NODES, beside=True)
            return lambda answer: answer.shown(write, answer.counted.independence().roots)
        if name == "findings":
            of_each = self._value("Finding", details)
            return lambda answer: _findings(answer, of_each)
        stance = side(details[0].node) if name == "independence" else None
        if stance is None:
            raise _NotWhole
        of_side = self._value("Independence", details)
        return lambda answer: of_side(answer.counted.independence(stance), answer)

    def _value(self, of_type: str, details: FieldDetailsList) -> _Show:
        """What shows a value of this type, which was counted."""
        fields = {
            key: self._of_value(of_type, name, below) for key, name, below in self._selected(of_type, details)
        }
        return lambda value, answer: {key: show(value, answer) for key, show in fields.items()}

    def _of_value(self, of_type: str, name: str, details: FieldDetailsList) -> _Show:
        if name == "__typename":
            return lambda _value, _answer: of_type
        match _known(numbered.FIELDS[of_type], name):
            case Plain(read):
                return lambda value, _: read(value)
            case Inner(inner, read):
                show = self._value(inner, details)
                return lambda value, answer: [show(each, answer) for each in read(value)]
            case Appearances(read, are_many=are_many):
                write = self._objects(_NODES, details, _NODES, beside=True)
                if are_many:
                    return lambda value, answer: answer.shown(write, read(value))
                return lambda value, answer: answer.shown(write, [read(value)])[0]
        raise _NotWhole

    def _selected(self, of_type: str, details: FieldDetailsList) -> "list[tuple[str, str, FieldDetailsList]]":
        """The fields of a selection: under which key, which, and what is selected of it."""
        object_type: Any = _TYPES.type_map[of_type]
        found = self._executor.collect_subfields(object_type, details).grouped_field_set
        return [(key, below[0].node.name.value, below) for key, below in found.items()]


def _findings(answer: _Answer, of_each: _Show) -> list[Any]:
    found = answer.counted.findings
    answer.expected = {pk for finding in found for pk in finding.appearances}
    return [of_each(finding, answer) for finding in found]


def _listed_nodes(written: _Write) -> Callable[[_Answer], Any]:
    return lambda answer: written(answer.tree.listed_nodes, answer)


def _listed_edges(written: _Write) -> Callable[[_Answer], Any]:
    return lambda answer: written(answer.tree.listed_edges, answer)


def _nodes_beside(which: str, shown: _Write) -> _Write:
    def write(found: Rows, answer: _Answer) -> list[list[Any]]:
        tree = answer.tree
        groups = (tree.parents if which == "parents" else tree.children)[: found.length]
        answer.spend(sum(map(len, groups)))
        nodes = shown(tree.nodes, answer)
        return [[nodes[place] for place in group] for group in groups]

    return write


def _ends(which: str, shown: _Write) -> _Write:
    def write(_found: Rows, answer: _Answer) -> list[Any]:
        nodes = shown(answer.tree.nodes, answer)
        return [nodes[place] for place in answer.tree.listed_ends(which)]

    return write


def _known(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise _NotWhole
    return fields[name]
