"""Whose claim it is: what a chain adds to one that exists, and whether it stands at once."""

import pytest
from django.contrib.auth.models import User

from claims.intake import UnknownClaim
from claims.models import Claim
from claims.publishing import withdraw_appearance, withdraw_claim
from claims.refusals import Conflict
from claims.stated import StatedAppearance, StatedDerivation
from claims.vocabulary import Basis, ChainEnd, ClaimStatus, DerivationKind, DerivationState
from sources.models import Agent, Source
from tests.claims.refusing import extend, refused
from tests.factories import chain, newsroom, paper, repeats, stated

pytestmark = pytest.mark.django_db


# --- extending a claim ----------------------------------------------------------------------------------------------


def test_claim_is_extended_by_its_slug_from_what_is_stored(owner: User) -> None:
    recorded = chain(stated("study"), by=owner)
    rests_on = StatedDerivation(appearance=recorded.appearances["study"].pk, kind=DerivationKind.CITATION)
    more = extend(recorded, stated("paper", derived_from=(rests_on,)), by=owner)

    assert more.claim == recorded.claim
    assert more.derivations[0].origin == recorded.appearances["study"]
    assert Claim.objects.count() == 1


def test_chain_never_changes_the_claim_it_extends(owner: User) -> None:
    recorded = chain(stated("a"), by=owner, text="It is so.", language="en", parties=(paper("P"),))
    same = {"text": "It  is so.", "language": "en", "parties": (paper("p"),)}
    assert extend(recorded, stated("b"), by=owner, **same)

    for facts in ({"text": "It is not so."}, {"language": "hi"}, {"parties": (paper("Q"),)}):
        found = refused(
            stated("c"), by=owner, **{"slug": recorded.claim.slug, "text": "", "language": "", **facts}
        )
        assert isinstance(found, Conflict)
        assert (found.code, found.path) == ("differs", ("claim", *facts))


def test_merged_claim_is_followed_and_still_known_by_its_own_text(owner: User) -> None:
    old, middle, new = (chain(stated("a"), by=owner) for _ in range(3))
    Claim.objects.filter(pk=old.claim.pk).update(merged_into=middle.claim)
    Claim.objects.filter(pk=middle.claim.pk).update(merged_into=new.claim)
    assert extend(old, stated("b"), by=owner, text=old.claim.text).claim == new.claim


def test_claim_that_is_not_shown_to_the_writer_cannot_be_extended(owner: User, stranger: User) -> None:
    draft = chain(stated("a"), by=stranger)
    for slug in (draft.claim.slug, "no-such-claim"):
        found = refused(stated("b"), by=owner, slug=slug, text="")
        assert isinstance(found, UnknownClaim)
        assert found.path == ("claim", "slug")


def test_withdrawn_claim_cannot_be_extended(owner: User) -> None:
    recorded = chain(stated("a"), by=owner)
    withdraw_claim(recorded.claim, by=owner, why="Not one claim but two.")
    found = refused(stated("b"), by=owner, slug=recorded.claim.slug, text="")
    assert isinstance(found, Conflict)
    assert found.code == "withdrawn"


def test_origin_must_be_of_the_claim_and_neither_withdrawn_nor_hidden(owner: User, stranger: User) -> None:
    recorded = chain(stated("a"), stated("b"), by=owner)
    withdraw_appearance(recorded.appearances["b"], by=owner, why="Not so.")
    waiting = extend(recorded, stated("c"), by=stranger).appearances["c"]
    other = chain(stated("d"), by=owner).appearances["d"]
    another = newsroom("Another Stranger")
    for origin in (recorded.appearances["b"], waiting, other):
        rests_on = StatedDerivation(appearance=origin.pk, kind=DerivationKind.REPETITION)
        chained = stated("e", derived_from=(rests_on,))
        assert refused(chained, by=another, slug=recorded.claim.slug, text="", language="").code == "unknown"


# --- whose claim ----------------------------------------------------------------------------------------------------


def test_claim_of_a_trusted_newsroom_is_published_with_what_it_cites(owner: User) -> None:
    speaks = StatedAppearance(
        ref="a", url="https://a.example/", stance=stated("a").stance, publisher=paper("P"), claimant=paper("C"),
        chain_end=ChainEnd.PRIMARY,
    )  # fmt: skip
    recorded = chain(speaks, by=owner, parties=(paper("Party"),))
    assert recorded.claim.status == ClaimStatus.PUBLISHED
    assert not Source.objects.filter(public_since=None).exists()
    assert not Agent.objects.filter(public_since=None).exists()


def test_claim_of_another_newsroom_waits_as_a_draft_with_all_it_cites(stranger: User) -> None:
    recorded = chain(stated("a"), by=stranger, parties=(paper("Party"),))
    assert recorded.claim.status == ClaimStatus.DRAFT
    assert recorded.appearances["a"].published  # once the claim is
    assert not Source.objects.exclude(public_since=None).exists()
    assert not Agent.objects.exclude(public_since=None).exists()


def test_what_a_stranger_adds_to_a_published_claim_waits(owner: User, stranger: User) -> None:
    recorded = chain(stated("a"), by=owner)
    origin = recorded.appearances["a"].pk
    sure = StatedDerivation(
        appearance=origin, kind=DerivationKind.REPETITION, state=DerivationState.CONFIRMED
    )
    more = extend(recorded, stated("b", derived_from=(sure,)), by=stranger)

    assert not more.appearances["b"].published
    assert [step.state for step in more.derivations] == [DerivationState.SUGGESTED]
    assert more.appearances["b"].source.public_since is None
    assert Agent.objects.get(name="The B").public_since is None


def test_what_a_curator_adds_to_anothers_claim_stands(owner: User, curator: User) -> None:
    recorded = chain(stated("a"), by=owner)
    rests_on = StatedDerivation(appearance=recorded.appearances["a"].pk, kind=DerivationKind.REPETITION)
    more = extend(recorded, stated("b", derived_from=(rests_on,)), by=curator)

    assert more.appearances["b"].published
    assert [step.state for step in more.derivations] == [DerivationState.CONFIRMED]
    assert Source.objects.get(pk=more.appearances["b"].source_id).public_since


def test_inferred_step_is_suggested_unless_its_reason_is_given_and_it_is_sent_as_confirmed(
    owner: User,
) -> None:
    guess = repeats("a", basis=Basis.INFERRED, reason="The same typing error.")
    sure = repeats("a", basis=Basis.INFERRED, reason="The same error.", state=DerivationState.CONFIRMED)
    recorded = chain(
        stated("a"), stated("b", derived_from=(guess,)), stated("c", derived_from=(sure,)), by=owner
    )
    assert [step.state for step in recorded.derivations] == ["suggested", "confirmed"]
