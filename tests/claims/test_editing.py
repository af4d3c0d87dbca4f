"""Correcting a record: by whoever decides on its claim, and never the words that the evidence is about."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from claims import derivations
from claims.intake import Recorded, edit_appearance, edit_claim
from claims.models import Appearance, Change, Claim, Derivation
from claims.publishing import withdraw_appearance
from claims.refusals import Conflict, Invalid, NotYours, Refused
from claims.vocabulary import Basis, Certainty, DerivationKind, DerivationState, Stance
from sources import registry
from sources.models import Agent
from tests.factories import chain, paper, repeats, see, stated

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(owner: User) -> Recorded:
    """A published claim of two appearances, the paper resting on the study."""
    return chain(stated("study"), stated("paper", "study"), by=owner)


def agent(name: str, by: User) -> Agent:
    return registry.find_or_add_agent(paper(name), by=by)


# --- claims ---------------------------------------------------------------------------------------------------------


def test_claim_is_edited_with_its_parties_and_these_are_public_then(owner: User, recorded: Recorded) -> None:
    party, text = agent("Party", owner), recorded.claim.text
    edit_claim(recorded.claim, by=owner, text=" It is  so. ", language="hi", parties=[party])

    claim = Claim.objects.get()
    assert (claim.text, claim.language, list(claim.parties.all())) == ("It is so.", "hi", [party])
    party.refresh_from_db()
    assert party.public_since
    change = Change.objects.get(action="updated")
    assert change.before
    assert (change.before["text"], change.before["parties"]) == (text, [])


def test_edit_of_a_claim_that_changes_nothing_is_no_change(owner: User, recorded: Recorded) -> None:
    count = Change.objects.count()
    edit_claim(recorded.claim, by=owner, text=recorded.claim.text, language="en", parties=[])
    assert Change.objects.count() == count


def test_edit_of_a_claim_keeps_what_was_written_to_it_meanwhile(owner: User, recorded: Recorded) -> None:
    seen_earlier = Claim.objects.get()
    edit_claim(recorded.claim, by=owner, text="It is not so.")
    edit_claim(seen_earlier, by=owner, language="hi")
    claim = Claim.objects.get()
    assert (claim.text, claim.language) == ("It is not so.", "hi")


def test_claim_cannot_lose_its_text(owner: User, recorded: Recorded) -> None:
    with pytest.raises(Invalid) as refused:
        edit_claim(recorded.claim, by=owner, text="  ")
    assert refused.value.path == ("text",)


# --- appearances ----------------------------------------------------------------------------------------------------


def test_appearance_is_edited_and_its_new_claimant_is_public_then(owner: User, recorded: Recorded) -> None:
    claimant = agent("A Ministry", owner)
    study = recorded.appearances["study"]
    facts = {"stance": Stance.DENY, "certainty": Certainty.HEDGED, "said_at": "2021-02", "claimant": claimant}
    edit_appearance(study, by=owner, **facts)

    kept = Appearance.objects.get(pk=study.pk)
    assert {name: getattr(kept, name) for name in facts} == facts
    claimant.refresh_from_db()
    assert claimant.public_since


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        ({"quote": "Other words."}, "evidence", ("quote",)),
        ({"said_at": "in spring"}, "invalid", ("said_at",)),
    ],
)
def test_edit_of_an_appearance_that_cannot_be_is_refused(
    owner: User, recorded: Recorded, facts: dict[str, Any], code: str, path: tuple[str]
) -> None:
    before = Appearance.objects.values().get(pk=recorded.appearances["study"].pk)
    with pytest.raises(Refused) as refused:
        edit_appearance(recorded.appearances["study"], by=owner, **facts)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert Appearance.objects.values().get(pk=before["id"]) == before


def test_same_quote_may_be_sent_along(owner: User, recorded: Recorded) -> None:
    study = recorded.appearances["study"]
    edit_appearance(study, by=owner, quote=study.quote, certainty=Certainty.ASSERTED)
    assert Appearance.objects.get(pk=study.pk).certainty == Certainty.ASSERTED


@pytest.mark.parametrize("name", ["claim", "source", "author", "published", "withdrawn_at", "quote_sha256"])
def test_what_is_not_editable_is_a_mistake_of_the_caller(owner: User, recorded: Recorded, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        edit_appearance(recorded.appearances["study"], by=owner, **{name: None})


def test_edit_cannot_move_an_appearance_to_anothers_place(owner: User) -> None:
    recorded = chain(
        stated("a", url="https://a.example/", quote="so", said_at="2021"),
        stated("b", url="https://a.example/", quote="so", said_at="2022"),
        by=owner,
    )
    with pytest.raises(Conflict) as refused:
        edit_appearance(recorded.appearances["b"], by=owner, said_at="2021")
    assert (refused.value.code, refused.value.path) == ("duplicate", ("said_at",))

    withdraw_appearance(recorded.appearances["a"], by=owner, why="Not so.")
    edit_appearance(recorded.appearances["b"], by=owner, said_at="2021")


def test_withdrawn_appearance_is_edited_no_more(owner: User, recorded: Recorded) -> None:
    study = recorded.appearances["study"]
    withdraw_appearance(study, by=owner, why="Not so.")
    with pytest.raises(Conflict):
        edit_appearance(study, by=owner, stance=Stance.DENY)


# --- derivations ----------------------------------------------------------------------------------------------------


def test_derivation_is_edited(owner: User, recorded: Recorded) -> None:
    [step] = recorded.derivations
    derivations.edit(
        step, by=owner, kind=DerivationKind.CITATION, basis="", reason=" So I think. ", quote="the study"
    )
    kept = Derivation.objects.get()
    assert (kept.kind, kept.basis, kept.reason, kept.quote) == ("citation", "", "So I think.", "the study")


def test_other_words_of_a_derivation_are_looked_for_in_a_snapshot_of_their_own(owner: User) -> None:
    step = repeats("study", quote="the study")
    recorded = chain(stated("study"), stated("paper", derived_from=(step,)), by=owner)
    [step_row], source = recorded.derivations, recorded.appearances["paper"].source
    see(source, "So says the study.")
    derivations.edit(step_row, by=owner, quote="So says")

    kept = Derivation.objects.get()
    assert (kept.newest_anchor, kept.proof_anchor) == (None, None)
    assert [anchor.exact for anchor in kept.anchors.all()] == ["the study"]
    see(source, "So says the study.")
    kept.refresh_from_db()
    assert kept.proof_anchor
    assert kept.proof_anchor.exact == "So says"


def test_edit_of_a_derivation_keeps_the_rules_of_its_kind_and_basis(owner: User, recorded: Recorded) -> None:
    [step] = recorded.derivations
    with pytest.raises(Invalid, match="later version in the same source"):
        derivations.edit(step, by=owner, kind=DerivationKind.REVISION)
    with pytest.raises(Invalid, match="say why you conclude it"):
        derivations.edit(step, by=owner, basis=Basis.INFERRED, reason="  ")
    assert Derivation.objects.get().state == DerivationState.CONFIRMED


# --- whose they are -------------------------------------------------------------------------------------------------


def test_only_the_claims_owner_and_curators_edit(
    owner: User, stranger: User, curator: User, recorded: Recorded
) -> None:
    study, [step] = recorded.appearances["study"], recorded.derivations
    for by, stance in ((owner, Stance.QUERY), (curator, Stance.DENY)):
        edit_claim(recorded.claim, by=by, text=f"It is {stance}.")
        edit_appearance(study, by=by, stance=stance)
        derivations.edit(step, by=by, reason=stance)

    count = Change.objects.count()
    with pytest.raises(NotYours):
        edit_claim(recorded.claim, by=stranger, text="Mine.")
    with pytest.raises(NotYours):
        edit_appearance(study, by=stranger, stance=Stance.SUPPORT)
    with pytest.raises(NotYours):
        derivations.edit(step, by=stranger, reason="Mine.")
    assert Change.objects.count() == count


def test_what_a_stranger_wrote_is_the_owners_to_edit(owner: User, stranger: User, recorded: Recorded) -> None:
    slug = recorded.claim.slug
    more = chain(stated("c"), by=stranger, slug=slug, text="", language="").appearances["c"]
    edit_appearance(more, by=owner, stance=Stance.DENY)
    with pytest.raises(NotYours):
        edit_appearance(more, by=stranger, stance=Stance.SUPPORT)
