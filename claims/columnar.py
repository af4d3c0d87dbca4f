"""The tree of a claim as anybody sees it now, by columns: only those that are asked for, in two statements.

For answers that show rows as they are. What needs more (numbers, findings, other viewers, other times) reads a `Tree`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import compress
from typing import Any

from claims.graph import UNDATED, linked, topological
from claims.listing import MAX_NODES, cursor_of
from claims.models import Appearance, Derivation
from sources.dates import PartialDate
from sources.prepared import Prepared

_SHAPES_KEPT = 256
_NO_CLAIM = -(2**62)

_NODE = ("pk", "said_at", "source__published_at")
_EDGE = ("pk", "derived", "origin")
"""What the order of nodes, and who rests on whom, is read from."""


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
        if all(which):
            return self, which
        columns = {path: list(compress(column, which)) for path, column in self.columns.items()}
        return Rows(columns, sum(which)), which


@dataclass(frozen=True)
class ColumnarTree:
    """The published appearances of a claim in topological order, and the confirmed derivations between them by id.

    `ends` are the places of each derivation's ends among the nodes: (derived, origin). `parents_of` and `children_of`
    are by places in another order, that of `Graph`; `order` has the place there of each node.
    """

    nodes: Rows
    edges: Rows
    ends: Sequence[tuple[int, int]]
    order: Sequence[int]
    parents_of: Sequence[Sequence[int]]
    children_of: Sequence[Sequence[int]]

    @property
    def parents(self) -> list[list[int]]:
        """For each node the places of those that it rests on or answers."""
        return self._beside(self.parents_of)

    @property
    def children(self) -> list[list[int]]:
        """For each node the places of those that rest on it or answer it."""
        return self._beside(self.children_of)

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
        """The edges between them."""
        places = self._listed_places
        return self.edges if len(places) == self.edges.length else self.edges.at(places)

    def listed_ends(self, which: str) -> list[int]:
        """Of each of these edges the place of one end, "derived" or "origin"."""
        end = 0 if which == "derived" else 1
        return [self.ends[place][end] for place in self._listed_places]

    @cached_property
    def _listed_places(self) -> list[int]:
        return [place for place, ends in enumerate(self.ends) if max(ends) < self.listed]

    def _beside(self, linked_places: Sequence[Sequence[int]]) -> list[list[int]]:
        place = self._place
        return [[place[end] for end in linked_places[node]] for node in self.order]

    @cached_property
    def _place(self) -> list[int]:
        return _inverse(self.order)


def read(claim: int, node_paths: Collection[str], edge_paths: Collection[str]) -> ColumnarTree:
    """The tree of a claim, with these columns. Raises ValueError for a date that is none, and for a cycle."""
    # Derivations first: whatever they lead to is then among the appearances.
    edges = _rows(_derivations, (*_EDGE, *edge_paths), claim)
    nodes = _rows(_appearances, (*_NODE, *node_paths), claim)
    by_date = sorted(range(nodes.length), key=_dates(nodes).__getitem__)
    ids = [nodes.columns["pk"][row] for row in by_date]
    steps = list(zip(edges.columns["derived"], edges.columns["origin"], strict=True))
    parents, children = linked(ids, steps)
    order = topological(parents, children)
    if len(order) < len(ids):
        raise ValueError("The derivations form a cycle.")
    place = {ids[rank]: number for number, rank in enumerate(order)}
    whole = [number for number, ends in enumerate(steps) if ends[0] in place and ends[1] in place]
    return ColumnarTree(
        nodes=nodes.at([by_date[rank] for rank in order]),
        edges=edges if len(whole) == edges.length else edges.at(whole),
        ends=[(place[steps[number][0]], place[steps[number][1]]) for number in whole],
        order=order,
        parents_of=parents,
        children_of=children,
    )


def _appearances(paths: Sequence[str], claim: int) -> Any:
    return Appearance.objects.counted().filter(claim=claim).order_by("pk").values_list(*paths)


def _derivations(paths: Sequence[str], claim: int) -> Any:
    return Derivation.objects.confirmed().filter(claim=claim).order_by("pk").values_list(*paths)


def _rows(rows: Any, paths: Sequence[str], claim: int) -> Rows:
    paths = tuple(dict.fromkeys(paths))
    columns = _prepared(rows, paths).columns(claim)
    return Rows(dict(zip(paths, columns, strict=True)), len(columns[0]))


@lru_cache(_SHAPES_KEPT)
def _prepared(rows: Any, paths: tuple[str, ...]) -> Prepared:
    return Prepared(partial(rows, paths), _NO_CLAIM)


def _dates(nodes: Rows) -> list[Any]:
    """By row what `Graph` orders by: the earliest instant said, then the id, which the order of the rows is."""
    own, published = nodes.columns["said_at"], nodes.columns["source__published_at"]
    said = [date or other for date, other in zip(own, published, strict=True)]
    earliest = {date: PartialDate.parse(date).span.earliest if date else UNDATED for date in set(said)}
    return [earliest[date] for date in said]


def _inverse(order: Sequence[int]) -> list[int]:
    place = [0] * len(order)
    for number, rank in enumerate(order):
        place[rank] = number
    return place
