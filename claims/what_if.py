"""What if these appearances were not there: who would be left without an origin, and what would the numbers be.

Values in, values out; no Django. Linear in nodes + edges.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from claims.graph import Graph
from claims.independence import Side
from claims.vocabulary import Stance


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of each on one side; as in `Independence`."""

    appearance_count: int
    source_count: int
    origin_count: int
    independent_origin_count: int
    established_origin_count: int
    unresolved_count: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One side with some appearances taken out in thought; both lists in topological order.

    `removed` are those of them that are in the graph of the side. Origins are those before the removal: what then has
    no upstream any more has lost its origin, and is none. `after` counts what still has one, and the origins it has:
    none of its numbers is larger than that of `before`.
    """

    stance: Stance
    removed: tuple[int, ...]
    left_without_origin: tuple[int, ...]
    before: Counts
    after: Counts


def what_if(side: Side, remove: Iterable[int]) -> WhatIf:
    """The side without these appearances. Those that it does not have, or that are unknown, change nothing."""
    gone = set(remove)
    own = [node for node in side.order if side.graph.nodes[node].stance == side.stance]
    reached = _reached(side.graph, side.roots, gone)
    kept = [node for node in own if node in reached]
    leading = side.graph.limited_to(reached).ancestors(kept) | set(kept)
    return WhatIf(
        stance=side.stance,
        removed=tuple(node for node in side.order if node in gone),
        left_without_origin=tuple(node for node in own if node not in reached and node not in gone),
        before=_counts(side, own, set(side.roots)),
        after=_counts(side, kept, leading.intersection(side.roots)),
    )


def _reached(graph: Graph, roots: Iterable[int], gone: Set[int]) -> set[int]:
    """All that some remaining root leads to through what remains, itself included."""
    reached = set(roots) - gone
    waiting = list(reached)
    while waiting:
        for child in graph.children[waiting.pop()]:
            if child not in reached and child not in gone:
                reached.add(child)
                waiting.append(child)
    return reached


def _counts(side: Side, own: Sequence[int], roots: Set[int]) -> Counts:
    unresolved = {root for root, _ in side.unresolved} & roots
    origins = [left for origin in side.origins if (left := roots & set(origin))]
    return Counts(
        appearance_count=len(own),
        source_count=len({side.graph.nodes[node].source for node in own}),
        origin_count=len(roots),
        independent_origin_count=len(origins),
        established_origin_count=sum(not origin <= unresolved for origin in origins),
        unresolved_count=len(unresolved),
    )
