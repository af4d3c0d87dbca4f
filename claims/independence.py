"""How many independent origins stand behind one side of a claim, and through whom everything passes.

Values in, values out; no Django. All of it is counted on the graph of a side, near-linear in nodes + edges
but for the lines of those appearances that have three or more to be had.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from claims.chains import disjoint_chains, dominated_weights, immediate_dominators
from claims.graph import Edge, Graph, Node, carrying_graph
from claims.owners import NO_OWNERS, topmost_owner
from claims.vocabulary import ChainEnd, DerivationKind, DerivationState, Stance, UnresolvedReason


class Unresolved(NamedTuple):
    """A root that is not established, and the first reason that applies."""

    appearance: int
    reason: UnresolvedReason


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """An appearance that others have on every chain to every root."""

    appearance: int
    dependent_count: int  # how many others, of the side's appearances
    share: float  # dependent_count over the side's other appearances: above 0, at most 1


@dataclass(frozen=True, slots=True)
class Independence:
    """The numbers of one side. Readers are told the range from established to independent origins.

    `roots`, `unresolved` and the `origins` (roots that count as one) stand in topological order;
    `bottlenecks` largest first, equal ones in topological order.
    """

    stance: Stance
    appearance_count: int
    source_count: int
    origin_count: int
    independent_origin_count: int
    established_origin_count: int
    unresolved_count: int
    roots: tuple[int, ...]
    origins: tuple[tuple[int, ...], ...]
    unresolved: tuple[Unresolved, ...]
    bottlenecks: tuple[Bottleneck, ...]


def assess(
    nodes: Collection[Node],
    edges: Collection[Edge],
    *,
    side: Stance = Stance.SUPPORT,
    owners: Mapping[int, int] = NO_OWNERS,
) -> Independence:
    """The numbers of one side. `owners` has, of each agent that is owned, the direct owner.

    Raises ValueError if the confirmed derivations of the side form a cycle, or if two nodes have one id.
    """
    return Side(nodes, edges, stance=side, owners=owners).independence()


def independent_lines(
    nodes: Collection[Node],
    edges: Collection[Edge],
    *,
    of: Iterable[int] | None = None,
    owners: Mapping[int, int] = NO_OWNERS,
) -> dict[int, int | None]:
    """The lines (see `Side.lines`) of the appearances `of`, by default of all, each counted on its own side.

    That is `deny` for a denial, else `support`. None for an appearance that is not in the graph of its side,
    or is unknown. Raises ValueError like `assess`.
    """
    denials = {node.id for node in nodes if node.stance == Stance.DENY}
    wanted = (node.id for node in nodes) if of is None else of
    side_of = {each: Stance.DENY if each in denials else Stance.SUPPORT for each in wanted}
    sides = {
        stance: Side(nodes, edges, stance=stance, owners=owners) for stance in dict.fromkeys(side_of.values())
    }
    return {appearance: sides[stance].lines(appearance) for appearance, stance in side_of.items()}


def graph_of_side(carrying: Graph, side: Stance) -> Graph:
    """The side's appearances and all that is upstream of them, out of the graph of confirmed carrying derivations.

    An appearance of the opposite stance is kept only if something of another stance than its own is upstream
    of it: a denial that quotes the study leads to the study, a denial alone is no origin of what it denies.
    """
    own = {node.id for node in carrying.nodes.values() if node.stance == side}
    return carrying.limited_to((own | carrying.ancestors(own)) & _leading(carrying, side))


def retractions(nodes: Collection[Node], edges: Iterable[Edge], side: Stance) -> list[Edge]:
    """The confirmed corrections by which an appearance's own agent takes the side opposite to this one."""
    corrections = [edge for edge in edges if edge.kind == DerivationKind.CORRECTION and edge.confirmed]
    ends = {end for edge in corrections for end in (edge.derived, edge.origin)}
    at = {node.id: node for node in nodes if node.id in ends}
    return [
        edge
        for edge in corrections
        if edge.derived in at
        and edge.origin in at
        and at[edge.derived].stance == side.opposite
        and at[edge.derived].agents & at[edge.origin].agents
    ]


class Side:
    """One side of a claim, read once: for its numbers, and for the lines of its appearances.

    `order` is topological, and everything else here follows it. `carrying` is the graph of the confirmed carrying
    derivations, for who has it already. Raises ValueError like `assess`.
    """

    def __init__(
        self,
        nodes: Collection[Node],
        edges: Collection[Edge],
        *,
        stance: Stance = Stance.SUPPORT,
        owners: Mapping[int, int] = NO_OWNERS,
        carrying: Graph | None = None,
    ) -> None:
        self.stance = stance
        self.graph = graph_of_side(carrying or carrying_graph(nodes, edges), stance)
        self.order = self.graph.topological_order()
        self.roots = tuple(node for node in self.order if not self.graph.parents[node])
        self.origins = _joined([self.graph.nodes[root] for root in self.roots], owners)
        self.unresolved = self._unresolved(
            retracted={edge.origin for edge in retractions(nodes, edges, stance)},
            pending=_pending(nodes, edges, self.roots, stance),
        )
        # Vertex 0 is above all, the origins come next and the appearances last, in topological order: as vertices
        # between 0 and the roots, origins are shared or not like any appearance.
        self._ways: list[list[int]] = [[], *([0] for _ in self.origins)]
        self._vertices: dict[int, int] = {}
        self._add_vertices()
        self._dominators = immediate_dominators(self._ways)

    def independence(self) -> Independence:
        """The numbers of this side."""
        own = [node for node in map(self.graph.nodes.__getitem__, self.order) if node.stance == self.stance]
        unresolved = {root for root, _ in self.unresolved}
        return Independence(
            stance=self.stance,
            appearance_count=len(own),
            source_count=len({node.source for node in own}),
            origin_count=len(self.roots),
            independent_origin_count=len(self.origins),
            established_origin_count=sum(not unresolved.issuperset(origin) for origin in self.origins),
            unresolved_count=len(self.unresolved),
            roots=self.roots,
            origins=self.origins,
            unresolved=self.unresolved,
            bottlenecks=self._bottlenecks({node.id for node in own}),
        )

    def lines(self, appearance: int) -> int | None:
        """The most chains from it up to roots that share no appearance but itself and no independent origin.

        1 for a root; None for an appearance that is not in the graph of this side.
        """
        vertex = self._vertices.get(appearance)
        return None if vertex is None else self._lines[vertex]

    @cached_property
    def _lines(self) -> list[int]:
        return disjoint_chains(self._ways, self._dominators)

    def _add_vertices(self) -> None:
        origin_of = {root: number for number, origin in enumerate(self.origins, 1) for root in origin}
        for vertex, node in enumerate(self.order, len(self._ways)):
            self._vertices[node] = vertex
            parents = [self._vertices[parent] for parent in self.graph.parents[node]]
            self._ways.append(parents or [origin_of[node]])

    def _bottlenecks(self, own: Collection[int]) -> tuple[Bottleneck, ...]:
        above = len(self._ways) - len(self.order)
        weights = [0] * above + [int(node in own) for node in self.order]
        counts = dominated_weights(self._dominators, weights)[above:]
        found = [
            Bottleneck(node, count, count / (len(own) - (node in own)))
            for node, count in zip(self.order, counts, strict=True)
            if count
        ]
        return tuple(sorted(found, key=lambda bottleneck: -bottleneck.dependent_count))

    def _unresolved(self, retracted: Collection[int], pending: Collection[int]) -> tuple[Unresolved, ...]:
        reasons = ((root, _reason(self.graph.nodes[root], retracted, pending)) for root in self.roots)
        return tuple(Unresolved(root, reason) for root, reason in reasons if reason)


def _leading(graph: Graph, side: Stance) -> set[int]:
    """Those that are not of the opposite stance, and all that has one of these upstream."""
    opposite = side.opposite
    others = {node.id for node in graph.nodes.values() if node.stance != opposite}
    return others | graph.descendants(others)


def _pending(
    nodes: Collection[Node], edges: Collection[Edge], roots: Iterable[int], side: Stance
) -> set[int]:
    """The roots that would have an upstream in the graph of the side, were all suggestions confirmed."""
    carrying = [edge for edge in edges if edge.kind.carries and edge.state != DerivationState.REJECTED]
    if all(edge.confirmed for edge in carrying):
        return set()
    possible = Graph(nodes, carrying)
    leading = _leading(possible, side)
    return {root for root in roots if not leading.isdisjoint(possible.parents[root])}


def _reason(root: Node, retracted: Collection[int], pending: Collection[int]) -> UnresolvedReason | None:
    if root.id in retracted:
        return UnresolvedReason.RETRACTED
    if root.chain_end in (ChainEnd.ANONYMOUS, ChainEnd.UNSPECIFIED):
        return UnresolvedReason.UNNAMED
    if root.id in pending:
        return UnresolvedReason.PENDING
    if not (root.has_evidence or root.vouched):
        return UnresolvedReason.UNREAD
    return None


def _joined(roots: Sequence[Node], owners: Mapping[int, int]) -> tuple[tuple[int, ...], ...]:
    """The roots by independent origin: those that share a mark, directly or through others."""
    leader = {root.id: root.id for root in roots}

    def find(root: int) -> int:
        while leader[root] != root:
            leader[root] = root = leader[leader[root]]
        return root

    first_with: dict[tuple[str, int | str], int] = {}
    for root in roots:
        for mark in _marks(root, owners):
            leader[find(root.id)] = find(first_with.setdefault(mark, root.id))
    origins: dict[int, list[int]] = {}
    for root in roots:
        origins.setdefault(find(root.id), []).append(root.id)
    return tuple(map(tuple, origins.values()))


def _marks(root: Node, owners: Mapping[int, int]) -> Iterator[tuple[str, int | str]]:
    """What makes two roots one if they share it. A shared agent shows as the shared owner of both."""
    for agent in (root.publisher, root.claimant):
        if agent is not None:
            yield "owner", topmost_owner(agent, owners)
    if root.text_key:
        yield "text", root.text_key
