"""What holds for every claim, known or unknown as its fields may be; networkx counts the same things its own
way."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.chains import disjoint_chains, immediate_dominators
from claims.findings import find
from claims.graph import Edge, Graph, Node
from claims.independence import Side, assess, graph_of_side, independent_lines
from claims.vocabulary import Certainty, ChainEnd, DerivationKind, DerivationState, EvidenceState, Stance
from sources.dates import PartialDate

SIDES = (Stance.SUPPORT, Stance.DENY)
LARGE = 10_000
TOP = "above all roots"

agents = st.one_of(st.none(), st.integers(1, 6))
dates = st.sampled_from([None, "2020", "2021", "2021-02", "2021-02-28", "2021-03-01", "2021-03-01T09:00Z"])
examples = settings(deadline=None, max_examples=120)


@dataclass(frozen=True)
class Drawn:
    nodes: list[Node]
    edges: list[Edge]
    owners: Mapping[int, int]


@st.composite
def node(draw: st.DrawFn, number: int) -> Node:
    stated = draw(dates)
    return Node(
        id=number,
        source=draw(st.integers(1, 4)),
        stance=draw(st.sampled_from([Stance.SUPPORT, Stance.SUPPORT, Stance.SUPPORT, *Stance])),
        certainty=draw(st.sampled_from([None, *Certainty])),
        publisher=draw(agents),
        claimant=draw(agents),
        said=PartialDate.parse(stated).span if stated else None,
        chain_end=draw(st.sampled_from([None, None, None, *ChainEnd])),
        text_key=draw(st.sampled_from(["", "", "", "", "t", "u"])),
        evidence=draw(st.sampled_from(EvidenceState)),
        has_evidence=draw(st.booleans()),
        vouched=draw(st.booleans()),
    )


@st.composite
def claims(draw: st.DrawFn) -> Drawn:
    """Confirmed derivations form a DAG over ids in any order; suggested and rejected ones may point
    anywhere."""
    ids = draw(st.lists(st.integers(1, 60), unique=True, max_size=10))
    nodes = [draw(node(number)) for number in ids]
    if len(ids) < 2:
        return Drawn(nodes, [], {})
    kinds = st.sampled_from([DerivationKind.REPETITION, DerivationKind.REPETITION, *DerivationKind])
    places = st.tuples(st.integers(0, len(ids) - 1), st.integers(0, len(ids) - 1)).filter(
        lambda pair: pair[0] != pair[1]
    )
    confirmed = [
        Edge(ids[max(pair)], ids[min(pair)], draw(kinds), DerivationState.CONFIRMED)
        for pair in draw(st.lists(places, max_size=22))
    ]
    open_states = st.sampled_from([DerivationState.SUGGESTED, DerivationState.REJECTED])
    others = [
        Edge(ids[one], ids[other], draw(kinds), draw(open_states))
        for one, other in draw(st.lists(places, max_size=3))
    ]
    owners = draw(st.dictionaries(st.integers(1, 6), st.integers(1, 6), max_size=3))
    return Drawn(nodes, confirmed + others, owners)


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


def answers(claim: Drawn) -> Iterator[object]:
    sides = [assess(claim.nodes, claim.edges, side=side, owners=claim.owners) for side in SIDES]
    yield from sides
    yield independent_lines(claim.nodes, claim.edges, owners=claim.owners)
    yield find(claim.nodes, claim.edges, sides=sides)


@examples
@given(claims(), st.sampled_from(SIDES))
def test_graph_of_a_side_is_that_of_its_definition(claim: Drawn, side: Stance) -> None:
    graph, expected = graph_of_side(claim.nodes, claim.edges, side), expected_side(claim, side)
    assert set(graph.nodes) == set(expected)
    assert {(parent, child) for child in graph.nodes for parent in graph.parents[child]} == set(
        expected.edges
    )


@examples
@given(claims(), st.sampled_from(SIDES))
def test_roots_and_their_joining_are_those_of_their_definition(claim: Drawn, side: Stance) -> None:
    found = assess(claim.nodes, claim.edges, side=side, owners=claim.owners)
    roots = roots_of(expected_side(claim, side))
    assert sorted(found.roots) == sorted(roots)
    assert sorted(map(sorted, found.origins)) == sorted(map(sorted, expected_origins(claim, roots)))


@examples
@given(claims(), st.sampled_from(SIDES))
def test_bottlenecks_are_the_dominators_that_networkx_finds(claim: Drawn, side: Stance) -> None:
    found = assess(claim.nodes, claim.edges, side=side).bottlenecks
    own = {node.id for node in claim.nodes if node.stance is side}
    expected = expected_dependents(expected_side(claim, side), own)
    assert {each.appearance: each.dependent_count for each in found} == expected
    counts = [each.dependent_count for each in found]
    assert counts == sorted(counts, reverse=True)
    for each in found:
        assert each.share == pytest.approx(each.dependent_count / len(own - {each.appearance}))
        assert 0 < each.share <= 1


@examples
@given(claims())
def test_independent_lines_are_the_maximum_flow_that_networkx_finds(claim: Drawn) -> None:
    lines = independent_lines(claim.nodes, claim.edges, owners=claim.owners)
    assert set(lines) == {node.id for node in claim.nodes}
    for side in SIDES:
        graph = expected_side(claim, side)
        origins = expected_origins(claim, roots_of(graph))
        for node in claim.nodes:
            if (node.stance is Stance.DENY) is (side is Stance.DENY):
                expected = expected_lines(graph, origins, node.id) if node.id in graph else None
                assert lines[node.id] == expected


@examples
@given(claims(), st.sampled_from(SIDES))
def test_counts_bound_each_other(claim: Drawn, side: Stance) -> None:
    found = assess(claim.nodes, claim.edges, side=side, owners=claim.owners)
    assert found.established_origin_count <= found.independent_origin_count <= found.origin_count
    assert found.origin_count - found.unresolved_count >= 0
    assert (found.established_origin_count == 0) is (found.unresolved_count == found.origin_count)
    assert found.source_count <= found.appearance_count
    assert (found.origin_count == 0) is (found.appearance_count == 0)
    assert {root for root, _ in found.unresolved} <= set(found.roots)


@examples
@given(claims(), st.randoms(use_true_random=False))
def test_order_of_insertion_changes_no_answer(claim: Drawn, chance: random.Random) -> None:
    nodes, edges = list(claim.nodes), list(claim.edges)
    owners = list(claim.owners.items())
    for each in (nodes, edges, owners):
        chance.shuffle(each)
    assert list(answers(claim)) == list(answers(Drawn(nodes, edges, dict(owners))))


@examples
@given(claims())
def test_suggestions_change_no_number_but_what_is_established(claim: Drawn) -> None:
    confirmed = [edge for edge in claim.edges if edge.confirmed]
    for side in SIDES:
        found = assess(claim.nodes, claim.edges, side=side, owners=claim.owners)
        settled = assess(claim.nodes, confirmed, side=side, owners=claim.owners)
        assert (found.roots, found.origins, found.bottlenecks) == (
            settled.roots,
            settled.origins,
            settled.bottlenecks,
        )
        assert {root for root, _ in found.unresolved} >= {root for root, _ in settled.unresolved}


@examples
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=20))
def test_cycle_is_refused_and_hangs_nothing(pairs: list[tuple[int, int]]) -> None:
    nodes = [Node(id=number, source=number, stance=Stance.SUPPORT) for number in range(1, 8)]
    edges = [Edge(one, other, DerivationKind.REPETITION, DerivationState.CONFIRMED) for one, other in pairs]
    graph: nx.DiGraph[int] = nx.DiGraph(pair for pair in pairs if 8 not in pair)
    if nx.is_directed_acyclic_graph(graph):
        assert assess(nodes, edges).appearance_count == 7
    else:
        with pytest.raises(ValueError, match="cycle"):
            assess(nodes, edges)


@settings(deadline=None, max_examples=60)
@given(st.integers(3, 40), st.integers(1, 4), st.randoms(use_true_random=False))
def test_chains_in_larger_graphs_are_those_of_networkx(size: int, ways: int, chance: random.Random) -> None:
    """Vertices numbered as `claims.chains` asks: 0 the root, three below it, the rest on a few of a smaller
    number."""
    parents = [[], [0], [0], [0]]
    parents += [
        sorted({chance.randrange(max(1, vertex - 9), vertex) for _ in range(ways)})
        for vertex in range(4, size)
    ]
    dominators = immediate_dominators(parents)
    counts = disjoint_chains(parents, dominators)
    graph: nx.DiGraph[int] = nx.DiGraph(
        (near, vertex) for vertex, each in enumerate(parents) for near in each
    )
    expected = nx.immediate_dominators(graph, 0)
    for vertex in range(1, len(parents)):
        assert dominators[vertex] == expected[vertex]
        if vertex > 3:
            assert counts[vertex] == nx.node_connectivity(graph, 0, vertex)


def _steps_of_a_chain() -> Iterator[tuple[int, int]]:
    return ((number, number - 1) for number in range(1, LARGE))


def _steps_of_a_star() -> Iterator[tuple[int, int]]:
    return ((number, 0) for number in range(1, LARGE))


def _steps_of_a_meeting() -> Iterator[tuple[int, int]]:
    return ((LARGE - 1, number) for number in range(LARGE - 1))


def _steps_of_two_chains_with_rungs() -> Iterator[tuple[int, int]]:
    for number in range(3, LARGE):
        yield number, number - 3 if number % 3 else number - 1
        if number % 3 == 0:
            yield number, number - 2


@pytest.mark.parametrize(
    ("steps", "roots", "largest", "lines"),
    [
        (_steps_of_a_chain(), 1, [LARGE - 1], 1),
        (_steps_of_a_star(), 1, [LARGE - 1], 1),
        (_steps_of_a_meeting(), LARGE - 1, [], LARGE - 1),
        (_steps_of_two_chains_with_rungs(), 3, [3332, 3332], 2),
    ],
    ids=["chain", "star", "meeting", "two chains with rungs"],
)
def test_claim_of_ten_thousand_appearances_is_answered(
    steps: Iterator[tuple[int, int]], roots: int, largest: list[int], lines: int
) -> None:
    nodes = [Node(id=number, source=number, stance=Stance.SUPPORT) for number in range(LARGE)]
    edges = [Edge(*step, DerivationKind.REPETITION, DerivationState.CONFIRMED) for step in steps]
    side = Side(nodes, edges)
    found = side.independence()
    assert found.origin_count == roots
    assert [each.dependent_count for each in found.bottlenecks[: len(largest)]] == largest
    assert side.lines(LARGE - 1) == lines
    assert find(nodes, edges, sides=[found]) is not None
    assert len(Graph(nodes, edges).ancestors([LARGE - 1])) > 0
