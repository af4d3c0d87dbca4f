"""Circular reporting; `C5` and so on are the numbers of the worked examples."""

from typing import Any

import pytest

from claims.graph import carrying_graph
from claims.loops import find_loops
from claims.vocabulary import FindingKind, Stance
from tests.claims.drawn import Drawing, drawn

A, B, OWNER = {"publisher": 11}, {"publisher": 12}, 13
W = {"source": 7777}


def loops(claim: Drawing) -> list[tuple[str, str]]:
    graph = carrying_graph(claim.nodes, claim.edges)
    found = find_loops(graph, graph.topological_order(), claim.owners)
    return [(each.level.value, "->".join(map(claim.name, each.path))) for each in found]


def test_source_that_takes_its_own_words_from_another_is_circular() -> None:
    """C5"""
    claim = drawn("w1; n<-w1; w2<-n", w1=W, w2=W)
    assert loops(claim) == [("source", "w1->n->w2")]


def test_two_groups_that_rest_on_each_other_without_a_path_back_are_not() -> None:
    """C5b"""
    assert loops(drawn("a1; b1<-a1; b2; a2<-b2", a1=A, a2=A, b1=B, b2=B)) == []


def test_later_version_in_the_same_source_is_not() -> None:
    """C5c"""
    assert loops(drawn("v1; v2<-revision-v1", v1=W, v2=W)) == []


def test_loop_is_reported_once_at_the_narrowest_level() -> None:
    same = {**W, **A}
    claim = drawn("w1; n<-w1; w2<-n", w1=same, w2=same, owners={11: OWNER})
    assert loops(claim) == [("source", "w1->n->w2")]


def test_two_works_of_one_publisher_make_a_loop_of_the_publisher() -> None:
    assert loops(drawn("a1; n<-a1; a2<-n", a1=A, a2=A)) == [("publisher", "a1->n->a2")]


@pytest.mark.parametrize("owners", [{11: 13, 12: 13}, {11: 12}, {11: 14, 14: 13, 12: 13}])
def test_two_publishers_of_one_topmost_owner_make_a_loop_of_the_owner(owners: dict[int, int]) -> None:
    assert loops(drawn("a; n<-a; b<-n", a=A, b=B, owners=owners)) == [("owner", "a->n->b")]


def test_path_between_two_works_of_one_publisher_is_inside_its_owner() -> None:
    claim = drawn("a1; b<-a1; a2<-b", a1=A, b=B, a2=A, owners={11: OWNER, 12: OWNER})
    assert loops(claim) == [("publisher", "a1->b->a2")], "left the paper, but never the house"


def test_steps_inside_the_group_are_none() -> None:
    claim = drawn("w1; w2<-w1; n<-w2; w3<-n; w4<-w3", w1=W, w2=W, w3=W, w4=W)
    assert loops(claim) == [("source", "w2->n->w3")]


def test_path_that_stays_outside_for_long_is_told_with_all_its_steps() -> None:
    claim = drawn("w1; n<-w1; m<-n; o<-m; w2<-o", w1=W, w2=W)
    assert loops(claim) == [("source", "w1->n->m->o->w2")]


def test_of_a_very_long_loop_the_last_steps_are_told() -> None:
    steps = "".join(f"; n{number}<-n{number - 1}" for number in range(1, 100))
    claim = drawn(f"w1; n0<-w1{steps}; w2<-n99", w1=W, w2=W)
    ((_, path),) = loops(claim)
    assert path.startswith("w1->n70->n71->")
    assert path.endswith("->n99->w2")


def test_unknown_publisher_is_no_group() -> None:
    nobody = {"publisher": None}
    assert loops(drawn("a; n<-a; b<-n", a=nobody, n=nobody, b=nobody)) == []


def test_who_is_quoted_again_at_second_hand_has_not_come_back() -> None:
    firm = {"claimant": 21}
    assert loops(drawn("F; n<-F; c<-n", F={"publisher": 21}, c=firm)) == []


@pytest.mark.parametrize("kind", ["response", "correction", "suggested", "rejected"])
def test_what_carries_nothing_on_or_is_not_confirmed_makes_no_loop(kind: str) -> None:
    assert loops(drawn(f"w1; n<-w1; w2<-{kind}-n", w1=W, w2=W)) == []


def test_loops_of_different_groups_are_told_each() -> None:
    claim = drawn("a1; b1<-a1; a2<-b1; b2<-a2", a1=A, a2=A, b1=B, b2=B)
    assert loops(claim) == [("publisher", "a1->b1->a2"), ("publisher", "b1->a2->b2")]


def test_denials_can_go_around_too() -> None:
    deny = {"stance": Stance.DENY}
    claim = drawn("w1; n<-w1; w2<-n", w1={**W, **deny}, n=deny, w2={**W, **deny})
    assert loops(claim) == [("source", "w1->n->w2")]


def test_small_memory_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"; n{number}<-n{number - 1}" for number in range(1, 400))
    fields: dict[str, Any] = {f"n{number}": {"publisher": number % 100} for number in range(400)}
    claim = drawn(f"n0{text}", **fields)
    expected = loops(claim)
    assert len(expected) == 100
    monkeypatch.setattr("claims.loops._MEMORY", 1)
    assert loops(claim) == expected


def test_finding_says_who_came_back_by_way_of_whom() -> None:
    claim = drawn("w1; n<-w1; w2<-n", w1=W, w2=W)
    (finding,) = (each for each in claim.findings() if each.kind is FindingKind.CIRCULAR_REPORTING)
    assert finding.message == "w2 rests on w1 by way of n, and both are in one source."
    assert finding.appearances == (1, 2, 3)
