"""How a selection of a claim and its tree is planned, and written: functions over columns, composed once a document.

Names, fragments and directives are graphql-core's own to resolve. Raises `NotWhole` for what is the executor's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import DocumentNode
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from strawberry.relay.utils import to_base64

from claims import columnar
from claims.columnar import ColumnarTree, Rows
from claims.columns import FIELDS, MAX_INT, Beside, Column, Part, Unwritable
from claims.counted import Counted
from claims.models import Claim
from claims.vocabulary import ClaimStatus
from provenance import displays, numbered
from provenance.numbered import Appearances, Inner, Plain, side
from provenance.schema import schema

TYPES = schema._schema  # noqa: SLF001 - strawberry's own way to it

_NODES, _EDGES = "Appearance", "Derivation"


class NotWhole(Exception):
    """The executor's to answer."""


@dataclass
class Answer:
    """One answer in the making: its tree, and how many more appearances the fields of nodes may list."""

    tree: ColumnarTree
    claim: Claim
    allowance: int
    _written: dict[object, Sequence[Any]] = field(default_factory=dict)

    @cached_property
    def counted(self) -> Counted:
        """What numbers and findings are about."""
        parties: Any = self.claim  # annotated, see `ClaimQuerySet.with_parties`
        return self.tree.counted(parties.party_owners or ())

    def nodes(self, write: "Write") -> Sequence[Any]:
        """What is selected of each node, in the tree's order; written once, however often it stands in the answer."""
        if write not in self._written:
            self._written[write] = write(self.tree.nodes, self)
        return self._written[write]

    def column(
        self, found: Rows, write: Callable[..., Sequence[Any]], paths: tuple[str, ...]
    ) -> Sequence[Any]:
        """What is made of these columns of these rows; of all nodes once, since their ids stand in most lists."""
        if found is not self.tree.nodes:
            return write(*(found.columns[path] for path in paths))
        if (write, paths) not in self._written:
            self._written[write, paths] = write(*(found.columns[path] for path in paths))
        return self._written[write, paths]

    def appearances(self, write: "Write", ids: Iterable[int]) -> list[Any]:
        """The same of these."""
        nodes, place_of = self.nodes(write), self.tree.place_of
        return [nodes[place_of[pk]] for pk in ids]

    def spend(self, count: int) -> None:
        """Count what a field lists. Raises `NotWhole`: what is too much is said by the executor."""
        self.allowance -= count
        if self.allowance < 0:
            raise NotWhole


Write = Callable[[Rows, Answer], Sequence[Any]]
"""Of rows, what a field shows of each."""

Show = Callable[[Any, Answer], Any]
"""Of a value that was counted, what a field shows of it."""

OfClaim = Callable[[Claim, int], Any]
"""What a field of the claim shows of it, with the allowance for its tree."""


def _small(number: int) -> int:
    if number > MAX_INT:
        raise Unwritable("A number is larger than GraphQL's Int.")
    return number


Planned = tuple[str | None, str, Mapping[str, OfClaim]]

OF_CLAIM: Mapping[str, OfClaim] = {
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

OF_TREE: Mapping[str, Callable[[Answer], Any]] = {
    "__typename": lambda _: "ProvenanceTree",
    "nodeCount": lambda answer: answer.tree.nodes.length,
    "truncated": lambda answer: answer.tree.listed < answer.tree.nodes.length,
    "endCursor": lambda answer: answer.tree.end_cursor,
}


class Planner:
    """Of one valid document of one operation, with the values of all its variables."""

    def __init__(self, document: DocumentNode, variables: dict[str, Any]) -> None:
        # Which columns are needed of nodes and of edges; filled as fields are met.
        self._paths: dict[str, set[str]] = {_NODES: set(), _EDGES: set()}
        built = Executor.build(TYPES, document, raw_variable_values=variables)
        if isinstance(built, list):
            raise NotWhole
        self._executor = built

    def planned(self) -> Planned:
        """What answers it: the operation's name, the claim's key, and what shows the claim's fields."""
        query, operation = TYPES.query_type, self._executor.operation
        assert query is not None  # noqa: S101 - ours has one
        found = collect_fields(
            TYPES, self._executor.fragments, self._executor.variable_values, query, operation
        )
        match list(found.grouped_field_set.items()):
            case [(key, details)] if details[0].node.name.value == "claim":
                name = operation.name.value if operation.name else None
                return name, key, self._claim(details)
        raise NotWhole

    def _claim(self, details: FieldDetailsList) -> Mapping[str, OfClaim]:
        fields: dict[str, OfClaim] = {}
        trees = 0
        for key, name, below in self._selected("Claim", details):
            if name == "provenance":
                trees += 1
                fields[key] = self._tree(below)
            else:
                fields[key] = _known(OF_CLAIM, name)
        if trees != 1:
            raise NotWhole
        return fields

    def _tree(self, details: FieldDetailsList) -> OfClaim:
        if any(each.node.arguments for each in details):
            raise NotWhole
        fields: dict[str, Callable[[Answer], Any]] = {}
        counts = False
        for key, name, below in self._selected("ProvenanceTree", details):
            if name == "nodes":
                fields[key] = _listed_nodes(self._objects(_NODES, below, _NODES))
            elif name == "edges":
                fields[key] = _listed_edges(self._objects(_EDGES, below, _EDGES))
            elif name in OF_TREE:
                fields[key] = OF_TREE[name]
            else:
                counts = True
                fields[key] = self._counted(name, below)
        of_nodes, of_edges = (tuple(sorted(self._paths[rows])) for rows in (_NODES, _EDGES))

        def show(claim: Claim, allowance: int) -> dict[str, Any]:
            tree = columnar.read(claim.pk, of_nodes, of_edges, counts=counts)
            answer = Answer(tree, claim, allowance)
            return {name: write(answer) for name, write in fields.items()}

        return show

    def _objects(
        self, of_type: str, details: FieldDetailsList, rows: str, prefix: str = "", *, beside: bool = False
    ) -> Write:
        """What writes objects of this type, whose columns lie below this path of the nodes' or the edges' rows."""
        writes = {
            key: self._field(of_type, name, below, rows, prefix, beside=beside)
            for key, name, below in self._selected(of_type, details)
        }
        keys = tuple(writes)

        def write(found: Rows, answer: Answer) -> list[dict[str, Any]]:
            if not keys:
                return [{} for _ in range(found.length)]
            return displays.rows(keys, [field(found, answer) for field in writes.values()])

        return write

    def _field(
        self, of_type: str, name: str, details: FieldDetailsList, rows: str, prefix: str, *, beside: bool
    ) -> Write:
        if name == "__typename":
            return lambda found, _: [of_type] * found.length
        match _known(FIELDS[of_type], name):
            case Column(paths, write):
                return self._column(tuple(prefix + path for path in paths), write, rows)
            case Part(part, below, present):
                written = self._objects(part, details, rows, prefix + below, beside=beside)
                return self._part(written, [prefix + path for path in present], rows) if present else written
            case Beside(which) if not beside:
                shown = self._objects(_NODES, details, _NODES, beside=True)
                return _nodes_beside(which, shown) if rows == _NODES else _ends(which, shown)
        raise NotWhole  # lists in lists multiply: how far they may is the executor's to count

    def _column(self, paths: tuple[str, ...], write: Callable[..., Sequence[Any]], rows: str) -> Write:
        self._paths[rows].update(paths)
        return lambda found, answer: answer.column(found, write, paths)

    def _part(self, written: Write, present: Sequence[str], rows: str) -> Write:
        self._paths[rows].update(present)

        def write(found: Rows, answer: Answer) -> Sequence[Any]:
            there, which = found.present(present)
            values = written(there, answer)
            if there is found:
                return values
            following = iter(values)
            return [next(following) if is_there else None for is_there in which]

        return write

    def _counted(self, name: str, details: FieldDetailsList) -> Callable[[Answer], Any]:
        """A field of the tree that shows what was counted."""
        if name == "roots":
            write = self._objects(_NODES, details, _NODES, beside=True)
            return lambda answer: answer.appearances(write, answer.counted.independence().roots)
        if name == "findings":
            of_each = self._value("Finding", details)
            return lambda answer: [of_each(found, answer) for found in answer.counted.findings]
        stance = side(details[0].node) if name == "independence" else None
        if stance is None:
            raise NotWhole
        of_side = self._value("Independence", details)
        return lambda answer: of_side(answer.counted.independence(stance), answer)

    def _value(self, of_type: str, details: FieldDetailsList) -> Show:
        """What shows a value of this type, which was counted."""
        fields = {
            key: self._of_value(of_type, name, below) for key, name, below in self._selected(of_type, details)
        }
        return lambda value, answer: {key: show(value, answer) for key, show in fields.items()}

    def _of_value(self, of_type: str, name: str, details: FieldDetailsList) -> Show:
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
                    return lambda value, answer: answer.appearances(write, read(value))
                return lambda value, answer: answer.appearances(write, [read(value)])[0]
        raise NotWhole

    def _selected(self, of_type: str, details: FieldDetailsList) -> "list[tuple[str, str, FieldDetailsList]]":
        """The fields of a selection: under which key, which, and what is selected of it."""
        object_type: Any = TYPES.type_map[of_type]
        found = self._executor.collect_subfields(object_type, details).grouped_field_set
        return [(key, below[0].node.name.value, below) for key, below in found.items()]


def _listed_nodes(written: Write) -> Callable[[Answer], Any]:
    return lambda answer: written(answer.tree.listed_nodes, answer)


def _listed_edges(written: Write) -> Callable[[Answer], Any]:
    return lambda answer: written(answer.tree.listed_edges, answer)


def _nodes_beside(which: str, shown: Write) -> Write:
    def write(_found: Rows, answer: Answer) -> list[list[Any]]:
        groups = answer.tree.beside(which)
        answer.spend(sum(map(len, groups)))
        nodes = answer.tree.in_graph(answer.nodes(shown))
        return [[nodes[place] for place in group] for group in groups]

    return write


def _ends(which: str, shown: Write) -> Write:
    def write(_found: Rows, answer: Answer) -> list[Any]:
        nodes = answer.nodes(shown)
        return [nodes[place] for place in answer.tree.listed_ends(which)]

    return write


def _known(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise NotWhole
    return fields[name]
