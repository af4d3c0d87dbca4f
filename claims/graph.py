"""The graph of one claim: appearances are nodes, derivations are edges from the derived to its origin.

Values and plain graph walks; no Django. Every walk is iterative (a chain may be 10,000 long), linear or
near-linear in nodes + edges, and answers the same whatever the order in which nodes and edges came.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heappop, heappush

from claims.vocabulary import Certainty, ChainEnd, DerivationKind, DerivationState, EvidenceState, Stance
from sources.dates import Span

UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Node:
    """One appearance. None (an empty `text_key`) is unknown, and never equal to another unknown."""

    id: int
    source: int
    stance: Stance
    certainty: Certainty | None = None
    publisher: int | None = None  # the agent that answers for the source
    claimant: int | None = None  # the named agent that speaks
    said: Span | None = None
    chain_end: ChainEnd | None = None
    text_key: str = ""  # hash of the normalised main text, without title and byline
    evidence: EvidenceState = EvidenceState.UNANCHORED  # the newest anchor of its quote
    has_evidence: bool = False  # some snapshot shows the words, be it an old one
    vouched: bool = False

    @property
    def agents(self) -> frozenset[int]:
        """Those named as publishing or speaking here: up to two."""
        return frozenset(agent for agent in (self.publisher, self.claimant) if agent is not None)

    @property
    def speaker(self) -> int | None:
        """Who says it here: the claimant, else the publisher; None if neither is known."""
        return self.publisher if self.claimant is None else self.claimant


@dataclass(frozen=True, slots=True)
class Edge:
    """One derivation: `derived` rests on, or answers, `origin`."""

    derived: int
    origin: int
    kind: DerivationKind
    state: DerivationState
    evidence: EvidenceState = EvidenceState.UNANCHORED  # the newest anchor of the derivation's own quote
    has_evidence: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether it counts."""
        return self.state == DerivationState.CONFIRMED

    @property
    def carries(self) -> bool:
        """Whether the claim travels along it, as far as is confirmed."""
        return self.confirmed and self.kind.carries


class Graph:
    """Who rests on whom, among the nodes and edges handed in.

    `parents[id]` are those that an appearance rests on, `children[id]` those that rest on it. These and
    `nodes` stand in one order: earliest instant said, then id, the undated last. Several edges of one pair
    are one step. An edge with an end that is not among the nodes (withdrawn, not visible) is left out.

    Raises ValueError if two nodes have one id. A cycle is accepted here, and refused by `topological_order`.
    """

    __slots__ = ("children", "nodes", "parents")

    nodes: Mapping[int, Node]
    parents: Mapping[int, Sequence[int]]
    children: Mapping[int, Sequence[int]]

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
        ordered = sorted(nodes, key=_by_date)
        self.nodes = {node.id: node for node in ordered}
        if len(self.nodes) != len(ordered):
            raise ValueError("Two appearances of the graph have one id.")
        ids = list(self.nodes)
        parents, children = linked(ids, ((edge.derived, edge.origin) for edge in edges))
        self.parents = _named(ids, parents)
        self.children = _named(ids, children)

    def topological_order(self) -> tuple[int, ...]:
        """All ids, origins before what is derived from them.

        Of those that may come next, the first in the order of `nodes` does. Raises ValueError, with the path,
        if the edges form a cycle.
        """
        ids = tuple(self.nodes)
        rank = {node: place for place, node in enumerate(ids)}
        parents, children = _placed(rank, self.parents), _placed(rank, self.children)
        order = topological(parents, children)
        if len(order) < len(ids):
            missing = set(range(len(ids))).difference(order)
            path = " -> ".join(str(ids[place]) for place in _cycle(missing, parents))
            raise ValueError(f"The derivations form a cycle, each resting on the next: {path}.")
        return tuple(ids[place] for place in order)

    def ancestors(self, ids: Iterable[int]) -> set[int]:
        """All that is upstream of any of these; unknown ids have nothing upstream."""
        return _reached(ids, self.parents)

    def descendants(self, ids: Iterable[int]) -> set[int]:
        """All that is downstream of any of these; unknown ids have nothing downstream."""
        return _reached(ids, self.children)

    def limited_to(self, ids: Set[int]) -> "Graph":
        """The part of this graph that has these nodes, and the edges between them."""
        part = Graph((), ())
        part.nodes = {node.id: node for node in self.nodes.values() if node.id in ids}
        part.parents = {node: [end for end in self.parents[node] if end in ids] for node in part.nodes}
        part.children = {node: [end for end in self.children[node] if end in ids] for node in part.nodes}
        return part


def linked(ids: Sequence[int], steps: Iterable[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    """Who rests on whom by places in `ids`: for each place those of its parents, and those of its children, ascending.

    `steps` are pairs (derived, origin). Several of one pair are one; one with an end that is not among the ids is none.
    """
    place = {node: number for number, node in enumerate(ids)}
    # A pair as one number, which sorts faster than a tuple.
    pairs = {
        place[derived] * len(ids) + place[origin]
        for derived, origin in steps
        if derived in place and origin in place
    }
    parents: list[list[int]] = [[] for _ in ids]
    children: list[list[int]] = [[] for _ in ids]
    for pair in sorted(pairs):
        derived, origin = divmod(pair, len(ids))
        parents[derived].append(origin)
        children[origin].append(derived)
    return parents, children


def topological(parents: Sequence[Sequence[int]], children: Sequence[Sequence[int]]) -> list[int]:
    """All places of `linked`, origins before what is derived from them; of those that may come next the first does.

    Those on a cycle, and what rests on them, are missing.
    """
    # Of ascending ones the last is the largest. Mostly nothing rests on what was said later, and all may stay in place.
    if all(not origins or origins[-1] < place for place, origins in enumerate(parents)):
        return list(range(len(parents)))
    missing = [len(origins) for origins in parents]
    order: list[int] = []
    passed: list[int] = []  # a heap of those that may come next, and are before the one that the walk is at
    for here, count in enumerate(missing):  # as many as are missing by then
        if count:
            continue
        order.append(place := here)
        while True:
            for child in children[place]:
                missing[child] -= 1
                if child < here and not missing[child]:
                    heappush(passed, child)
            if not passed:
                break
            order.append(place := heappop(passed))
    return order


def carrying_graph(nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
    """Along what the claim travelled: all these nodes, and the confirmed derivations that carry it on."""
    return Graph(nodes, (edge for edge in edges if edge.carries))


def find_path(steps: Iterable[tuple[int, int]], *, derived: int, origin: int) -> tuple[int, ...] | None:
    """The chain with which a new derivation (`derived` rests on `origin`) would close a cycle, or None.

    `steps` are the confirmed derivations as pairs (derived, origin). The answer begins with `origin` and ends
    with `derived`, each resting on the next: the shortest, and of equally short ones the first by ids.
    """
    upstream: dict[int, list[int]] = {}
    for child, parent in sorted(steps):
        upstream.setdefault(child, []).append(parent)
    came_from: dict[int, int | None] = {origin: None}
    waiting = deque([origin])
    while waiting:
        node = waiting.popleft()
        if node == derived:
            return _walked(came_from, node)
        for parent in upstream.get(node, ()):
            if parent not in came_from:
                came_from[parent] = node
                waiting.append(parent)
    return None


def _walked(came_from: Mapping[int, int | None], end: int) -> tuple[int, ...]:
    path: list[int] = []
    node: int | None = end
    while node is not None:
        path.append(node)
        node = came_from[node]
    return tuple(reversed(path))


def _reached(starts: Iterable[int], steps: Mapping[int, Sequence[int]]) -> set[int]:
    reached: set[int] = set()
    waiting = list(starts)
    while waiting:
        for node in steps.get(waiting.pop(), ()):
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    return reached


def _named(ids: Sequence[int], linked_places: Iterable[Sequence[int]]) -> dict[int, list[int]]:
    return {node: [ids[place] for place in places] for node, places in zip(ids, linked_places, strict=True)}


def _placed(rank: Mapping[int, int], linked_ids: Mapping[int, Sequence[int]]) -> list[list[int]]:
    return [[rank[end] for end in ends] for ends in linked_ids.values()]


def _cycle(missing: Set[int], parents: Sequence[Sequence[int]]) -> list[int]:
    """One cycle among the places that still miss parents: of those each rests on another of them."""
    place = min(missing)
    walked: dict[int, int] = {}
    while place not in walked:
        walked[place] = len(walked)
        place = next(parent for parent in parents[place] if parent in missing)
    return [*list(walked)[walked[place] :], place]


def _by_date(node: Node) -> tuple[datetime, int]:
    return (node.said.earliest if node.said else UNDATED, node.id)
