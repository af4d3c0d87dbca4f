"""The graph of a claim: order, upstream, downstream, and the path that a new derivation would close."""

from itertools import permutations
from typing import Any

import pytest

from claims.graph import Edge, Graph, Node, find_path
from claims.vocabulary import DerivationKind, DerivationState, Stance
from tests.claims.drawn import Drawing, day, drawn

LONG = 10_000


def graph_of(claim: Drawing) -> Graph:
    return Graph(claim.nodes, claim.edges)


def named(claim: Drawing, ids: set[int]) -> set[str]:
    return {claim.name(each) for each in ids}


def order_of(claim: Drawing) -> list[str]:
    return [claim.name(each) for each in graph_of(claim).topological_order()]


class TestOrder:
    def test_origins_stand_before_what_rests_on_them_whatever_their_dates(self) -> None:
        claim = drawn("child<-origin", child={"said": day("2020")}, origin={"said": day("2021")})
        assert order_of(claim) == ["origin", "child"]

    def test_earlier_said_stands_first_and_undated_last(self) -> None:
        dates: dict[str, Any] = {
            "a": {},
            "b": {"said": day("2021-03")},
            "c": {"said": day("2021-02-28")},
            "d": {},
        }
        assert order_of(drawn("a; b; c; d", **dates)) == ["c", "b", "a", "d"]

    def test_equal_dates_stand_by_id(self) -> None:
        same = {"said": day("2021")}
        assert order_of(drawn("a; b; c", a=same, b=same, c=same)) == ["a", "b", "c"]

    def test_parents_and_children_stand_in_the_same_order(self) -> None:
        claim = drawn("z<-late; z<-early; early<-first; late<-first", late={"said": day("2022")})
        graph = graph_of(claim)
        assert [claim.name(each) for each in graph.parents[claim.ids["z"]]] == ["late", "early"]
        assert [claim.name(each) for each in graph.children[claim.ids["first"]]] == ["late", "early"]

    def test_order_of_insertion_changes_nothing(self) -> None:
        claim = drawn("b<-a; c<-a; d<-b; d<-c; f<-e; d<-e")
        expected = graph_of(claim)
        for edges in permutations(claim.edges):
            graph = Graph(reversed(claim.nodes), edges)
            assert graph.topological_order() == expected.topological_order()
            assert (graph.parents, graph.children) == (expected.parents, expected.children)

    def test_cycle_is_refused_with_its_path_alone(self) -> None:
        claim = drawn("x<-r; a<-x; a<-b; b<-c; c<-a; under<-c")
        a, b, c = (claim.ids[name] for name in "abc")
        with pytest.raises(ValueError, match=f"{a} -> {b} -> {c} -> {a}\\."):
            graph_of(claim).topological_order()

    def test_appearance_that_rests_on_itself_is_a_cycle(self) -> None:
        with pytest.raises(ValueError, match="1 -> 1"):
            graph_of(drawn("a<-a")).topological_order()

    def test_empty_graph_has_an_empty_order(self) -> None:
        assert Graph([], []).topological_order() == ()


class TestReach:
    CLAIM = drawn("b<-a; c<-b; c<-x; d<-c; y<-a")

    @pytest.mark.parametrize(
        ("names", "upstream", "downstream"),
        [
            ("a", "", "bcdy"),
            ("c", "abx", "d"),
            ("b", "a", "cd"),
            ("bc", "abx", "cd"),
            ("", "", ""),
        ],
    )
    def test_upstream_and_downstream(self, names: str, upstream: str, downstream: str) -> None:
        graph = graph_of(self.CLAIM)
        ids = [self.CLAIM.ids[name] for name in names]
        assert named(self.CLAIM, graph.ancestors(ids)) == set(upstream)
        assert named(self.CLAIM, graph.descendants(ids)) == set(downstream)

    def test_unknown_ids_reach_nothing(self) -> None:
        graph = graph_of(self.CLAIM)
        assert graph.ancestors([99]) == graph.descendants([99]) == set()

    def test_walk_around_a_cycle_ends(self) -> None:
        claim = drawn("a<-b; b<-a")
        assert named(claim, graph_of(claim).ancestors([claim.ids["a"]])) == {"a", "b"}

    def test_part_of_a_graph_has_the_edges_between_its_nodes(self) -> None:
        a, c, d = (self.CLAIM.ids[name] for name in "acd")
        part = graph_of(self.CLAIM).limited_to({a, c, d})
        assert set(part.nodes) == {a, c, d}
        assert part.parents == {a: [], c: [], d: [c]}
        assert part.children == {a: [], c: [d], d: []}


class TestInput:
    def test_derivation_from_what_is_not_there_is_left_out(self) -> None:
        node = Node(id=1, source=1, stance=Stance.SUPPORT)
        edges = [
            Edge(derived=one, origin=other, kind=DerivationKind.CITATION, state=DerivationState.CONFIRMED)
            for one, other in [(1, 9), (9, 1), (8, 9)]
        ]
        graph = Graph([node], edges)
        assert (graph.parents, graph.children) == ({1: []}, {1: []})

    def test_two_nodes_of_one_id_are_refused(self) -> None:
        with pytest.raises(ValueError, match="one id"):
            Graph([Node(id=1, source=1, stance=Stance.DENY), Node(id=1, source=2, stance=Stance.DENY)], [])

    def test_several_derivations_of_a_pair_are_one_step(self) -> None:
        graph = graph_of(drawn("b<-a; b<-quotation-a"))
        assert (graph.parents[1], graph.children[2]) == ([2], [1])


class TestPath:
    def test_derivation_that_closes_a_cycle_shows_the_chain_in_its_way(self) -> None:
        steps = [(2, 1), (3, 2), (4, 3), (9, 4)]
        assert find_path(steps, derived=1, origin=4) == (4, 3, 2, 1)

    def test_derivation_that_closes_none_has_no_path(self) -> None:
        assert find_path([(2, 1), (3, 1)], derived=3, origin=2) is None

    def test_same_derivation_again_closes_no_cycle(self) -> None:
        assert find_path([(2, 1)], derived=2, origin=1) is None

    def test_appearance_that_would_rest_on_itself_is_its_own_path(self) -> None:
        assert find_path([], derived=5, origin=5) == (5,)

    def test_shortest_chain_is_shown_and_of_equal_ones_the_first_by_ids(self) -> None:
        for steps in permutations([(6, 5), (5, 4), (4, 1), (6, 3), (6, 2), (3, 1), (2, 1)]):
            assert find_path(steps, derived=1, origin=6) == (6, 2, 1)

    def test_cycle_among_the_steps_does_not_hang_it(self) -> None:
        assert find_path([(1, 2), (2, 1)], derived=3, origin=1) is None

    def test_long_chain_is_walked(self) -> None:
        steps = [(number + 1, number) for number in range(LONG)]
        path = find_path(steps, derived=0, origin=LONG)
        assert path == tuple(range(LONG, -1, -1))
