"""Claims that were found to be one: everything of the one is the other's then, and its address leads there."""

from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import anchoring
from claims.derivations import derive
from claims.intake import Recorded, edit_claim
from claims.merging import claims
from claims.models import Appearance, Change, Claim, Derivation
from claims.publishing import withdraw_claim
from claims.refusals import Conflict, Invalid, NotYours, Refused
from claims.stated import StatedDerivation
from claims.times import Moment
from claims.trees import load_tree
from claims.vocabulary import DerivationKind
from tests.claims.history import folded, stored
from tests.claims.test_merging_agents import tree
from tests.factories import chain, paper, see, stated
from tests.racing import refusals, together

pytestmark = pytest.mark.django_db

merge = partial(claims.merge, why="The same proposition in other words.")


@pytest.fixture
def one(owner: User) -> Recorded:
    return chain(stated("a", quote="the words"), stated("b", "a"), parties=(paper("A"),), by=owner)


@pytest.fixture
def other(owner: User) -> Recorded:
    return chain(stated("c"), stated("d", "c"), parties=(paper("B"),), by=owner)


def test_everything_of_the_one_is_the_others(
    one: Recorded, other: Recorded, owner: User, curator: User
) -> None:
    before = Claim.objects.get(pk=other.claim.pk).revision
    merge(one.claim, other.claim, by=curator)

    stays = Claim.objects.get(pk=other.claim.pk)
    assert Claim.objects.get(pk=one.claim.pk).merged_into == stays
    assert {*Appearance.objects.values_list("claim", flat=True)} == {stays.pk}
    assert {*Derivation.objects.values_list("claim", flat=True)} == {stays.pk}
    assert {party.name for party in stays.parties.all()} == {"A", "B"}
    assert stays.revision > before
    assert load_tree(stays).independence().origin_count == 2
    assert folded() == stored()
    late = chain(stated("late", "e"), stated("e"), slug=one.claim.slug, text="", language="", by=owner)
    assert late.claim == stays


def test_past_has_the_evidence_that_was_logged_under_the_merged(
    one: Recorded, other: Recorded, curator: User
) -> None:
    see(one.appearances["a"].source, "Here stand the words.")
    then, known = tree(other.claim), Change.objects.latest("seq").at
    merge(one.claim, other.claim, by=curator)
    merged = Change.objects.latest("seq").at
    assert tree(other.claim, Moment(known_at=known)) == then
    assert tree(other.claim, Moment(known_at=merged)) == tree(other.claim)
    assert "anchored" in {node.evidence.state for node in load_tree(other.claim).nodes}


def test_equal_appearances_of_both_are_named(one: Recorded, owner: User, curator: User) -> None:
    source = one.appearances["a"].source
    twin = chain(stated("x", source=source.pk, quote="the words"), by=owner)
    with pytest.raises(
        Conflict, match=f"{one.appearances['a'].pk} and {twin.appearances['x'].pk}"
    ) as refused:
        merge(one.claim, twin.claim, by=curator)
    assert refused.value.code == "duplicate"
    assert Claim.objects.filter(merged_into=None).count() == 2


def test_what_cannot_be_merged_is_refused_with_the_cure(
    one: Recorded, other: Recorded, owner: User, stranger: User, curator: User
) -> None:
    third = chain(stated("e"), by=owner).claim
    draft = chain(stated("f"), by=stranger).claim
    merge(one.claim, other.claim, by=curator)
    cases: list[tuple[Claim, Claim, User, str]] = [
        (third, third, curator, "self"),
        (third, one.claim, curator, "merged"),
        (other.claim, one.claim, curator, "circle"),
        (one.claim, third, curator, "merged"),
        (third, draft, curator, "hidden"),
        (draft, third, stranger, "not_yours"),
        (third, other.claim, stranger, "not_yours"),
    ]
    for loser, into, by, code in cases:
        with pytest.raises(Refused) as refused:
            merge(Claim.objects.get(pk=loser.pk), Claim.objects.get(pk=into.pk), by=by)
        assert refused.value.code == code, (loser, into)
    with pytest.raises(Invalid, match="Say why"):
        claims.merge(third, other.claim, by=curator, why=" ")
    withdraw_claim(third, by=curator, why="Not one.")
    with pytest.raises(Conflict, match="taken back"):
        merge(third, other.claim, by=curator)


def test_whoever_decides_on_both_may_merge_them(
    one: Recorded, other: Recorded, owner: User, stranger: User
) -> None:
    merge(one.claim, other.claim, by=owner)
    drafts = [chain(stated(ref), by=stranger).claim for ref in "xy"]
    merge(*drafts, by=stranger)
    published = chain(stated("z"), by=owner).claim
    with pytest.raises(NotYours):
        merge(drafts[1], published, by=stranger)


def test_merged_claim_is_written_to_no_more(
    one: Recorded, other: Recorded, curator: User, owner: User
) -> None:
    merge(one.claim, other.claim, by=curator)
    with pytest.raises(Conflict, match="Name that one"):
        edit_claim(one.claim, by=curator, text="Another.")
    a, c = (
        Appearance.objects.get(pk=one.appearances["a"].pk),
        Appearance.objects.get(pk=other.appearances["c"].pk),
    )
    derive(a, c, StatedDerivation(kind=DerivationKind.CITATION), by=owner)


def test_chains_of_merges_lead_straight_to_the_last(
    one: Recorded, other: Recorded, owner: User, curator: User
) -> None:
    last = chain(stated("e"), by=owner).claim
    merge(one.claim, other.claim, by=curator)
    merge(other.claim, last, by=curator)
    assert {*Claim.objects.exclude(pk=last.pk).values_list("merged_into", flat=True)} == {last.pk}
    assert folded() == stored()


def test_statements_stay_as_rows_grow(owner: User, curator: User) -> None:
    def statements(rows: int) -> int:
        said = [stated(f"a{number}", *([f"a{number - 1}"] if number else [])) for number in range(rows)]
        loser, into = chain(*said, by=owner).claim, chain(stated("b"), by=owner).claim
        with CaptureQueriesContext(connection) as merging:
            merge(loser, into, by=curator)
        return len(merging)

    assert statements(2) == statements(8)


@pytest.mark.django_db(transaction=True)
def test_writers_that_meet_a_merge_write_to_the_survivor_or_are_told(owner: User, curator: User) -> None:
    for number in range(6):
        url = f"https://n{number}.example/"
        loser = chain(stated("a", url=url, quote="the words"), stated("b", "a"), by=owner)
        into = chain(stated("c"), by=owner).claim
        late = partial(chain, by=owner, slug=loser.claim.slug, text="", language="")
        ends = loser.appearances["b"], loser.appearances["a"]
        results = together(
            partial(merge, loser.claim, into, by=curator),
            partial(late, stated("late")),
            partial(derive, *ends, StatedDerivation(kind=DerivationKind.CITATION), by=curator),
            partial(see, loser.appearances["a"].source, "Here stand the words."),
        )
        assert not isinstance(results[0], Refused)
        assert not isinstance(results[1], Refused)
        assert {refused.code for refused in refusals(results)} <= {"merged", "pair_confirmed"}
        assert not Appearance.objects.filter(claim=loser.claim).exists()
        assert not Derivation.objects.filter(claim=loser.claim).exists()
        anchoring.anchor_source(loser.appearances["a"].source_id)
        assert into.appearances.exclude(proof_anchor=None).count() == 1
    assert folded() == stored()
