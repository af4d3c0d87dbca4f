"""The tree of a claim as anybody sees it now, by columns: only those that are asked for, in two statements.

For answers that show rows as they are, and what is counted of them. What needs more (other viewers, other times, walks)
reads a `Tree`.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import compress, starmap
from typing import Any

from claims.columns import Unwritable
from claims.counted import Counted
from claims.graph import UNDATED, Edge, Node, linked, topological
from claims.listing import MAX_NODES, cursor_of
from claims.models import Appearance, Derivation
from claims.owners import Owners
from claims.shown import label_of
from claims.vocabulary import (
    Certainty,
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
)
from sources.dates import PartialDate, Span
from sources.prepared import Prepared

_SHAPES_KEPT = 256

_NODE = ("pk", "said_at", "source__published_at")
_EDGE = ("pk", "derived", "origin")
"""What the order of nodes, and who rests on whom, is read from."""

_AGENTS = ("source__publisher", "claimant")
_COUNTED_NODE = (
    *("source__pk", "stance", "certainty", "chain_end", "vouched_why", "source__title", "source__url"),
    *("newest_anchor__state", "newest_anchor__text_key", "proof_anchor"),
    *(f"{agent}__{column}" for agent in _AGENTS for column in ("pk", "name", "owner", "ultimate_owner")),
)
_COUNTED_EDGE = ("kind", "state", "newest_anchor__state", "proof_anchor")
"""What numbers and findings are counted from besides."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns by their paths, each of this length."""

    columns: Mapping[str, Sequence[Any]]
    length: int

    def at(self, places: Sequence[int]) -> "Rows":
        """The rows at these places, in their order."""
        return Rows(
            {path: [column[place] for place in places] for path, column in self.columns.items()}, len(places)
        )

    def present(self, paths: Sequence[str]) -> "tuple[Rows, Sequence[bool]]":
        """Those rows in which none of these columns is null, and which they are."""
        which = [None not in values for values in zip(*(self.columns[path] for path in paths), strict=True)]
        return self.where(which), which

    def where(self, which: Sequence[bool]) -> "Rows":
        """Those rows for which it is true; these very ones if it is for all."""
        if all(which):
            return self
        columns = {path: list(compress(column, which)) for path, column in self.columns.items()}
        return Rows(columns, sum(which))


@dataclass(frozen=True)
class ColumnarTree:
    """The published appearances of a claim in topological order, and its confirmed derivations by id.

    `suggested` has the derivations that wait for curators, where what is counted was read. `parents_of` and
    `children_of` are by places in another order, that of `Graph`; `order` has the place there of each node.
    """

    nodes: Rows
    derivations: Rows
    suggested: Rows
    order: Sequence[int]
    parents_of: Sequence[Sequence[int]]
    children_of: Sequence[Sequence[int]]

    def beside(self, which: str) -> Sequence[Sequence[int]]:
        """For each node of the first page those that it rests on or answers ("parents"), or that do so ("children").

        They are by places in the order of `Graph`, as `in_graph` has what is shown of them.
        """
        linked_places = self.parents_of if which == "parents" else self.children_of
        return [linked_places[rank] for rank in self.order[: self.listed]]

    def in_graph(self, shown: Sequence[Any]) -> Sequence[Any]:
        """What is shown of each node, in the order of `Graph`."""
        found = [None] * len(self.order)
        for rank, each in zip(self.order, shown, strict=True):
            found[rank] = each
        return found

    @property
    def listed(self) -> int:
        """How many nodes the first page has."""
        return min(self.nodes.length, MAX_NODES)

    @property
    def end_cursor(self) -> str | None:
        """Of the last of them, where more follow."""
        more = self.listed < self.nodes.length
        return cursor_of(self.nodes.columns["pk"][self.listed - 1]) if more else None

    @property
    def listed_nodes(self) -> Rows:
        """The nodes of the first page."""
        return self.nodes if self.listed == self.nodes.length else self.nodes.at(range(self.listed))

    @property
    def listed_edges(self) -> Rows:
        """The derivations between them."""
        rows = [row for row, _, _ in self._placed]
        return self.derivations if len(rows) == self.derivations.length else self.derivations.at(rows)

    def listed_ends(self, which: str) -> list[int]:
        """Of each of these derivations the place of one end among the nodes: of its "derived" or "origin"."""
        return [derived if which == "derived" else origin for _, derived, origin in self._placed]

    @cached_property
    def place_of(self) -> Mapping[int, int]:
        """The place of each node by its id."""
        return {pk: place for place, pk in enumerate(self.nodes.columns["pk"])}

    def counted(self, parties: Iterable[tuple[int, int | None, int | None]]) -> Counted:
        """What numbers are about. Of each party of the claim its id, its owner's, and that of its topmost owner."""
        columns = self.nodes.columns
        owners = Owners()
        for agent in _AGENTS:
            told = zip(
                *(columns[f"{agent}__{column}"] for column in ("pk", "owner", "ultimate_owner")), strict=True
            )
            for pk, owner, topmost in set(told):
                if pk is not None:
                    owners.add(pk, owner, topmost)
        ids = frozenset(owners.add(*party) for party in parties)
        return Counted(
            _nodes(columns),
            [
                *_edges(self.derivations.columns, self.place_of),
                *_edges(self.suggested.columns, self.place_of),
            ],
            parties=ids,
            owners=owners.known,
            label=self._label,
        )

    def _label(self, pk: int) -> str:
        place = self.place_of[pk]
        path = ("source__title", "source__url", "source__publisher__name", "claimant__name")
        title, url, publisher, claimant = (self.nodes.columns[column][place] for column in path)
        own = self.nodes.columns["claimant__pk"][place] == self.nodes.columns["source__publisher__pk"][place]
        return label_of(pk, None if own else claimant, publisher, title or url)

    @cached_property
    def _placed(self) -> list[tuple[int, int, int]]:
        """Of each of these derivations its row, and the places of derived and origin."""
        place = {pk: number for number, pk in enumerate(self.nodes.columns["pk"][: self.listed])}
        ends = zip(self.derivations.columns["derived"], self.derivations.columns["origin"], strict=True)
        return [
            (row, place[derived], place[origin])
            for row, (derived, origin) in enumerate(ends)
            if derived in place and origin in place
        ]


def read(
    claim: int, node_paths: Collection[str], edge_paths: Collection[str], *, counts: bool = False
) -> ColumnarTree:
    """The tree of a claim, with these columns; with those for `counted` if it `counts`.

    Raises `Unwritable` for a date that is none, and for a cycle.
    """
    counted_edge, counted_node = (_COUNTED_EDGE, _COUNTED_NODE) if counts else ((), ())
    # Derivations first: whatever they lead to is then among the appearances.
    derivations = _rows(_standing if counts else _confirmed, (*_EDGE, *counted_edge, *edge_paths), claim)
    nodes = _rows(_appearances, (*_NODE, *counted_node, *node_paths), claim)
    suggested = derivations.at(())
    if counts:
        confirmed = [state == DerivationState.CONFIRMED for state in derivations.columns["state"]]
        suggested = derivations.where([not each for each in confirmed])
        derivations = derivations.where(confirmed)
    by_date = sorted(range(nodes.length), key=_ranks(_spans(nodes.columns)).__getitem__)
    ids = [nodes.columns["pk"][row] for row in by_date]
    steps = zip(derivations.columns["derived"], derivations.columns["origin"], strict=True)
    parents, children = linked(ids, steps)
    order = topological(parents, children)
    if len(order) < len(ids):
        raise Unwritable("The derivations form a cycle.")
    return ColumnarTree(
        nodes=nodes.at([by_date[rank] for rank in order]),
        derivations=derivations,
        suggested=suggested,
        order=order,
        parents_of=parents,
        children_of=children,
    )


def _appearances(paths: Sequence[str], claim: int) -> Any:
    return Appearance.objects.counted().filter(claim=claim).order_by().values_list(*paths)


def _standing(paths: Sequence[str], claim: int) -> Any:
    return Derivation.objects.standing().filter(claim=claim).order_by().values_list(*paths)


def _confirmed(paths: Sequence[str], claim: int) -> Any:
    return Derivation.objects.confirmed().filter(claim=claim).order_by().values_list(*paths)


def _rows(rows: Any, paths: Sequence[str], claim: int) -> Rows:
    """By id. They are put in order here: they mostly lie so, which a database does not know and sorts all of them."""
    paths = tuple(dict.fromkeys(paths))
    columns = _prepared(rows, paths).columns(claim)
    found = Rows(dict(zip(paths, columns, strict=True)), len(columns[0]))
    ids = list(found.columns["pk"])
    return found if ids == sorted(ids) else found.at(sorted(range(found.length), key=ids.__getitem__))


@lru_cache(_SHAPES_KEPT)
def _prepared(rows: Any, paths: tuple[str, ...]) -> Prepared:
    return Prepared(partial(rows, paths))


def _ranks(spans: Sequence[Span | None]) -> list[int]:
    """By row the rank of the earliest instant said, by which `Graph` orders before the id: rows are by id already."""
    instants = [span.earliest if span else UNDATED for span in spans]
    rank = {instant: number for number, instant in enumerate(sorted(set(instants)))}
    return [rank[instant] for instant in instants]


def _spans(columns: Mapping[str, Sequence[Any]]) -> list[Span | None]:
    """By row when it was said; None if nobody knows."""
    said = [
        own or source for own, source in zip(columns["said_at"], columns["source__published_at"], strict=True)
    ]
    try:
        spans = {date: PartialDate.parse(date).span if date else None for date in set(said)}
    except ValueError as error:
        raise Unwritable(str(error)) from error
    return [spans[date] for date in said]


_STANCES = {stance.value: stance for stance in Stance}
_CERTAINTIES = {"": None, **{certainty.value: certainty for certainty in Certainty}}
_CHAIN_ENDS = {"": None, **{end.value: end for end in ChainEnd}}
_EVIDENCE: Mapping[str | None, EvidenceState] = {
    None: EvidenceState.UNANCHORED,
    **{state.value: state for state in EvidenceState},
}


def _nodes(columns: Mapping[str, Sequence[Any]]) -> list[Node]:
    rows = zip(
        columns["pk"],
        columns["source__pk"],
        map(_STANCES.__getitem__, columns["stance"]),
        map(_CERTAINTIES.__getitem__, columns["certainty"]),
        columns["source__publisher__pk"],
        columns["claimant__pk"],
        _spans(columns),
        map(_CHAIN_ENDS.__getitem__, columns["chain_end"]),
        (text_key or "" for text_key in columns["newest_anchor__text_key"]),
        map(_EVIDENCE.__getitem__, columns["newest_anchor__state"]),
        (proof is not None for proof in columns["proof_anchor"]),
        map(bool, columns["vouched_why"]),
        strict=True,
    )
    return list(starmap(Node, rows))


def _edges(columns: Mapping[str, Sequence[Any]], nodes: Container[int]) -> Iterator[Edge]:
    rows = zip(*(columns[path] for path in ("derived", "origin", *_COUNTED_EDGE)), strict=True)
    for derived, origin, kind, state, evidence, proof in rows:
        if derived in nodes and origin in nodes:
            yield Edge(
                derived,
                origin,
                DerivationKind(kind),
                DerivationState(state),
                _EVIDENCE[evidence],
                has_evidence=proof is not None,
            )
