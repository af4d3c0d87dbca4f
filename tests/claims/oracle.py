"""What networkx answers to the questions that the pure core answers: each in its own, slower way."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from claims.graph import Edge, Node
from claims.loops import Level
from claims.vocabulary import Stance

TOP = "above all roots"


@dataclass(frozen=True)
class Drawn:
    nodes: list[Node]
    edges: list[Edge]
    owners: Mapping[int, int]


def expected_side(claim: Drawn, side: Stance) -> "nx.DiGraph[int]":
    """The graph of the side by its definition, with arrows from origin to derived."""
    stance = {node.id: node.stance for node in claim.nodes}
    carrying: nx.DiGraph[int] = nx.DiGraph()
    carrying.add_nodes_from(stance)
    carrying.add_edges_from((edge.origin, edge.derived) for edge in claim.edges if edge.carries)
    upstream = {number: set(nx.ancestors(carrying, number)) for number in stance}
    reached = {number for number in stance if stance[number] is side}
    reached |= {above for number in reached for above in upstream[number]}
    kept = [
        number
        for number in reached
        if stance[number] is not side.opposite
        or any(stance[above] is not stance[number] for above in upstream[number])
    ]
    return carrying.subgraph(kept).copy()


def roots_of(graph: "nx.DiGraph[int]") -> list[int]:
    return [number for number, degree in graph.in_degree() if not degree]


def owners_of(agent: int, owners: Mapping[int, int]) -> set[int]:
    """The agent and all that own it, straight or through others."""
    chain: set[int] = set()
    while agent not in chain:
        chain.add(agent)
        agent = owners.get(agent, agent)
    return chain


def expected_origins(claim: Drawn, roots: list[int]) -> list[set[int]]:
    """Roots joined pair by pair. Two agents with an owner in common have the topmost one in common."""
    nodes = {node.id: node for node in claim.nodes}
    joined: nx.Graph[int] = nx.Graph()
    joined.add_nodes_from(roots)
    owning = {
        root: {
            owner
            for agent in (nodes[root].publisher, nodes[root].claimant)
            if agent is not None
            for owner in owners_of(agent, claim.owners)
        }
        for root in roots
    }
    for one in roots:
        for other in roots:
            same_text = nodes[one].text_key and nodes[one].text_key == nodes[other].text_key
            if owning[one] & owning[other] or same_text:
                joined.add_edge(one, other)
    return [set(each) for each in nx.connected_components(joined)]


def expected_dependents(graph: "nx.DiGraph[int]", own: set[int]) -> dict[int, int]:
    below: nx.DiGraph[int | str] = nx.DiGraph(graph.edges)
    below.add_edges_from((TOP, root) for root in roots_of(graph))
    if TOP not in below:
        return {}
    dominators = nx.immediate_dominators(below, TOP)
    counts = dict.fromkeys(graph, 0)
    for number in own:
        above = dominators[number]
        while above != TOP:
            counts[int(above)] += 1
            above = dominators[above]
    return {number: count for number, count in counts.items() if count}


def expected_lines(graph: "nx.DiGraph[int]", origins: list[set[int]], start: int) -> int:
    """Maximum flow with every appearance and every independent origin split into two ends, one unit between
    them."""
    flow: nx.DiGraph[tuple[str, int]] = nx.DiGraph()
    for number in graph:
        flow.add_edge(("in", number), ("out", number), capacity=1)
    for origin, derived in graph.edges:
        flow.add_edge(("out", derived), ("in", origin), capacity=1)
    for place, origins_roots in enumerate(origins):
        flow.add_edge(("origin", place), ("end", 0), capacity=1)
        for root in origins_roots:
            flow.add_edge(("out", root), ("origin", place), capacity=1)
    return int(nx.maximum_flow_value(flow, ("out", start), ("end", 0)))


def expected_left(claim: Drawn, side: Stance, remove: Set[int]) -> set[int]:
    """The remaining appearances of the side that no remaining root reaches."""
    graph = expected_side(claim, side)
    roots = set(roots_of(graph)) - remove
    graph.remove_nodes_from(remove)
    reached = {number for root in roots for number in (root, *nx.descendants(graph, root))}
    own = {node.id for node in claim.nodes if node.stance is side}
    return own - remove - reached


def expected_loops(claim: Drawn) -> dict[tuple[Level, int], set[tuple[int, ...]]]:
    """By level and group, all paths whose two ends are in the group, and in no narrower one together, and whose other
    appearances are outside of it."""
    carrying: nx.DiGraph[int] = nx.DiGraph(
        (edge.origin, edge.derived) for edge in claim.edges if edge.carries
    )
    nodes = {node.id: node for node in claim.nodes}
    groups = {number: _groups(node, claim.owners) for number, node in nodes.items()}
    found: dict[tuple[Level, int], set[tuple[int, ...]]] = defaultdict(set)
    for start in carrying:
        for end in nx.descendants(carrying, start):
            for path in nx.all_simple_paths(carrying, start, end):
                for narrower, level in pairwise([None, *Level]):
                    group = groups[start][level]
                    apart = narrower is None or groups[start][narrower] != groups[end][narrower]
                    outside = all(groups[each][level] != group for each in path[1:-1])
                    if (
                        len(path) > 2
                        and group is not None
                        and groups[end][level] == group
                        and apart
                        and outside
                    ):
                        found[level, group].add(tuple(path))
    return dict(found)


def _groups(node: Node, owners: Mapping[int, int]) -> dict[Level, int | None]:
    owner = node.publisher
    if owner is not None:
        chain = owners_of(owner, owners)
        owned: nx.DiGraph[int] = nx.DiGraph(owners.items())
        rings = [ring for ring in nx.simple_cycles(owned) if chain.issuperset(ring)]
        topmost = [each for each in chain if each not in owners]
        owner = topmost[0] if topmost else min(rings[0])
    return {Level.SOURCE: node.source, Level.PUBLISHER: node.publisher, Level.OWNER: owner}
