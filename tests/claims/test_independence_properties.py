"""What holds for every claim, known or unknown as its fields may be; networkx counts the same things its own
way."""

import random
from collections.abc import Iterator

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.chains import disjoint_chains, immediate_dominators
from claims.findings import find
from claims.graph import Edge, Graph, Node, carrying_graph
from claims.independence import Side, assess, graph_of_side, independent_lines
from claims.loops import find_loops
from claims.owners import tied_to
from claims.vocabulary import (
    Certainty,
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    FindingKind,
    Stance,
)
from claims.what_if import what_if
from sources.dates import PartialDate
from tests.claims.oracle import (
    Drawn,
    expected_dependents,
    expected_left,
    expected_lines,
    expected_loops,
    expected_origins,
    expected_side,
    roots_of,
)

SIDES = (Stance.SUPPORT, Stance.DENY)
LARGE = 10_000
PARTIES = frozenset({2, 5})  # of the agents 1 to 6
REMOVED = range(1, 20)  # of the appearances 1 to 60

agents = st.one_of(st.none(), st.integers(1, 6))
dates = st.sampled_from([None, "2020", "2021", "2021-02", "2021-02-28", "2021-03-01", "2021-03-01T09:00Z"])
examples = settings(deadline=None, max_examples=120)


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


def answers(claim: Drawn) -> Iterator[object]:
    sides = [assess(claim.nodes, claim.edges, side=side, owners=claim.owners) for side in SIDES]
    yield from sides
    yield independent_lines(claim.nodes, claim.edges, owners=claim.owners)
    yield find(claim.nodes, claim.edges, sides=sides, owners=claim.owners, parties=PARTIES)
    for side in SIDES:
        yield what_if(Side(claim.nodes, claim.edges, stance=side, owners=claim.owners), REMOVED)


@examples
@given(claims(), st.sampled_from(SIDES))
def test_graph_of_a_side_is_that_of_its_definition(claim: Drawn, side: Stance) -> None:
    graph, expected = (
        graph_of_side(carrying_graph(claim.nodes, claim.edges), side),
        expected_side(claim, side),
    )
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
@given(claims())
def test_loops_are_those_of_all_paths_that_networkx_lists(claim: Drawn) -> None:
    graph = carrying_graph(claim.nodes, claim.edges)
    found = find_loops(graph, graph.topological_order(), claim.owners)
    expected = expected_loops(claim)
    assert {(each.level, each.group) for each in found} == set(expected)
    assert len(found) == len(expected)
    assert all(each.path in expected[each.level, each.group] for each in found)


@examples
@given(claims(), st.sampled_from(SIDES), st.sets(st.integers(1, 60)))
def test_left_without_origin_are_those_that_networkx_does_not_reach(
    claim: Drawn, side: Stance, remove: set[int]
) -> None:
    found = what_if(Side(claim.nodes, claim.edges, stance=side, owners=claim.owners), remove)
    assert set(found.left_without_origin) == expected_left(claim, side, remove)
    for name in found.before.__slots__:
        assert 0 <= getattr(found.after, name) <= getattr(found.before, name)
    gone = {node.id for node in claim.nodes if node.stance is side and node.id in remove}
    left = len(found.left_without_origin) + len(gone)
    assert found.after.appearance_count == found.before.appearance_count - left


@examples
@given(claims(), st.sampled_from(SIDES))
def test_numbers_before_a_removal_are_those_of_the_side(claim: Drawn, side: Stance) -> None:
    numbers = assess(claim.nodes, claim.edges, side=side, owners=claim.owners)
    found = what_if(Side(claim.nodes, claim.edges, stance=side, owners=claim.owners), ())
    assert found.after == found.before
    for name in found.before.__slots__:
        assert getattr(found.before, name) == getattr(numbers, name)


@examples
@given(claims(), st.sampled_from(SIDES))
def test_those_of_a_retracted_origin_are_left_by_its_removal(claim: Drawn, side: Stance) -> None:
    whole = Side(claim.nodes, claim.edges, stance=side, owners=claim.owners)
    for found in find(claim.nodes, claim.edges, sides=[whole.independence()], owners=claim.owners):
        if found.kind is FindingKind.ORIGIN_RETRACTED:
            *left, root = found.appearances
            assert tuple(left) == what_if(whole, [root]).left_without_origin


@examples
@given(
    st.sets(st.integers(1, 8)),
    st.sets(st.integers(1, 8)),
    st.dictionaries(st.integers(1, 8), st.integers(1, 8)),
)
def test_parties_are_those_above_and_below_that_networkx_finds(
    parties: set[int], agents: set[int], owners: dict[int, int]
) -> None:
    owned: nx.DiGraph[int] = nx.DiGraph(owners.items())
    owned.add_nodes_from(range(1, 9))
    tied = {
        each
        for party in parties
        for each in (party, *nx.ancestors(owned, party), *nx.descendants(owned, party))
    }
    assert tied_to(parties, agents, owners) == agents & tied


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
