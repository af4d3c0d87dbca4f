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

_UNDATED = datetime.max.replace(tzinfo=UTC)


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
        parents: dict[int, list[int]] = {node: [] for node in ids}
        children: dict[int, list[int]] = {node: [] for node in ids}
        for step in sorted(_steps(ids, edges)):
            derived, origin = map(ids.__getitem__, divmod(step, len(ids)))
            parents[derived].append(origin)
            children[origin].append(derived)
        self.parents = parents
        self.children = children

    def topological_order(self) -> tuple[int, ...]:
        """All ids, origins before what is derived from them.

        Of those that may come next, the first in the order of `nodes` does. Raises ValueError, with the path,
        if the edges form a cycle.
        """
        ids = tuple(self.nodes)
        rank = {node: position for position, node in enumerate(ids)}
        missing = {node: len(parents) for node, parents in self.parents.items()}
        ready = [rank[node] for node in ids if not missing[node]]  # ascending, hence a heap already
        order: list[int] = []
        while ready:
            node = ids[heappop(ready)]
            order.append(node)
            for child in self.children[node]:
                missing[child] -= 1
                if not missing[child]:
                    heappush(ready, rank[child])
        if len(order) < len(ids):
            path = " -> ".join(map(str, self._cycle(missing)))
            raise ValueError(f"The derivations form a cycle, each resting on the next: {path}.")
        return tuple(order)

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

    def _cycle(self, missing: Mapping[int, int]) -> list[int]:
        """One cycle among the nodes that still miss parents: of those each rests on another of them."""
        node = next(node for node in self.nodes if missing[node])
        walked: dict[int, int] = {}
        while node not in walked:
            walked[node] = len(walked)
            node = next(parent for parent in self.parents[node] if missing[parent])
        return [*list(walked)[walked[node] :], node]


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


def _steps(ids: Sequence[int], edges: Iterable[Edge]) -> set[int]:
    """Each pair once, as one number: the place of the derived one times `len(ids)`, plus that of its origin."""
    place = {node: number for number, node in enumerate(ids)}
    return {
        place[edge.derived] * len(ids) + place[edge.origin]
        for edge in edges
        if edge.derived in place and edge.origin in place
    }


def _by_date(node: Node) -> tuple[datetime, int]:
    return (node.said.earliest if node.said else _UNDATED, node.id)
