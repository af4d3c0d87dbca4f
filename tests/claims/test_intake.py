"""A chain goes in: all of it or nothing."""

import pytest
from django.contrib.auth.models import User

from claims.models import Appearance, Claim, Derivation
from claims.refusals import Conflict, Invalid
from claims.vocabulary import ClaimStatus, DerivationState, EvidenceState
from tests.factories import chain, repeats, see, stated

pytestmark = pytest.mark.django_db


def test_chain_is_recorded_with_its_derivations_and_captures(owner: User) -> None:
    recorded = chain(stated("study"), stated("paper", "study"), by=owner)

    assert recorded.claim.status == ClaimStatus.PUBLISHED
    assert [derivation.state for derivation in recorded.derivations] == [DerivationState.CONFIRMED]
    assert len(recorded.captures) == 2


def test_words_that_stand_in_the_page_are_anchored(owner: User) -> None:
    recorded = chain(stated("study", quote="so it is"), by=owner)
    study = recorded.appearances["study"]
    see(study.source, "We looked, and so it is, as far as we know.")

    study.refresh_from_db()
    assert study.proof_anchor
    assert study.proof_anchor.exact == "so it is"
    assert study.newest_anchor.state == EvidenceState.ANCHORED


def test_cycle_is_refused_with_its_path_and_nothing_is_written(owner: User) -> None:
    with pytest.raises(Invalid, match="close a circle: appearance .* rests on appearance") as refused:
        chain(stated("a", "b"), stated("b", "a"), by=owner)

    assert refused.value.path == ("appearances", 1, "derived_from", 0)
    assert not Claim.objects.exists()
    assert not Appearance.objects.exists()
    assert not Derivation.objects.exists()


def test_same_source_quote_and_date_conflict_with_what_is_stored(owner: User) -> None:
    recorded = chain(stated("a", url="https://a.example/"), by=owner)
    with pytest.raises(Conflict) as refused:
        chain(stated("again", url="https://a.example/", quote=recorded.appearances["a"].quote), slug=recorded.claim.slug, text="", by=owner)
    assert refused.value.code == "duplicate"


def test_draft_of_another_is_a_suggestion(owner: User, stranger: User) -> None:
    recorded = chain(stated("a"), by=owner)
    more = chain(stated("b", derived_from=()), slug=recorded.claim.slug, text="", by=stranger)
    assert not more.appearances["b"].published
    assert repeats
