"""What if these appearances were not there; `C8` is the number of the worked example."""

import pytest

from claims.vocabulary import Stance
from claims.what_if import Counts
from tests.claims.drawn import drawn

DENY = {"stance": Stance.DENY}
QUERY = {"stance": Stance.QUERY}

C8 = "RF; X; N<-RF; a<-N; b<-N; b<-X"


@pytest.mark.parametrize(
    ("removed", "left"),
    [("RF", "N, a"), ("N", "a"), ("RF X", "N, a, b"), ("X", ""), ("a b", ""), ("", ""), ("RF N", "a")],
)
def test_who_only_rests_on_what_is_removed_is_left_without_origin(removed: str, left: str) -> None:
    """C8"""
    assert drawn(C8).left(*removed.split()) == left


def test_counts_before_and_after_are_told() -> None:
    found = drawn(C8).what_if("RF")
    assert found.removed == (1,)
    assert found.before == Counts(5, 5, 2, 2, 2, 0)
    assert found.after == Counts(2, 2, 1, 1, 1, 0), "X and b, that rests on it too"


def test_who_loses_its_origin_does_not_become_one() -> None:
    found = drawn("RF; N<-RF; a<-N").what_if("RF")
    assert found.after == Counts(0, 0, 0, 0, 0, 0)


def test_origin_that_nothing_of_the_side_rests_on_any_more_is_not_counted() -> None:
    found = drawn("RF; N<-RF; a<-N; X", RF=QUERY).what_if("N")
    assert (found.left_without_origin, found.after.origin_count) == ((3,), 1)


def test_origins_that_count_as_one_still_do_without_what_joined_them() -> None:
    claim = drawn("a; b; c", a={"publisher": 7}, b={"publisher": 7, "text_key": "t"}, c={"text_key": "t"})
    assert claim.what_if("b").after.independent_origin_count == 1


def test_what_remains_unread_is_not_established() -> None:
    claim = drawn("a; b", a={"publisher": 7}, b={"publisher": 7, "has_evidence": False})
    found = claim.what_if("a")
    assert (found.before.established_origin_count, found.after.established_origin_count) == (1, 0)
    assert found.after.unresolved_count == 1


def test_each_side_is_asked_for_itself_and_the_other_one_does_not_mind() -> None:
    claim = drawn("S; E<-response-S; F<-E", E=DENY, F=DENY)
    assert claim.what_if("S", side=Stance.DENY).removed == ()
    assert claim.what_if("E", side=Stance.DENY).left_without_origin == (3,)
    assert claim.what_if("E").before == claim.what_if("E").after


def test_unknown_appearances_change_nothing() -> None:
    from claims.independence import Side
    from claims.what_if import what_if

    claim = drawn(C8)
    found = what_if(Side(claim.nodes, claim.edges), [99, -1])
    assert (found.removed, found.left_without_origin, found.after) == ((), (), found.before)


@pytest.mark.parametrize("text", ["", "E"])
def test_claim_without_supporter_has_nothing_to_lose(text: str) -> None:
    found = drawn(text, E=DENY).what_if()
    assert found.before == found.after == Counts(0, 0, 0, 0, 0, 0)


def test_denial_on_the_way_can_be_removed_too() -> None:
    assert drawn("S; D<-S; A<-D", D=DENY).left("D") == "A"
