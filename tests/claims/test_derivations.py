"""One appearance rests on another: what is confirmed, what waits, and what is refused with what is in its way."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from claims.derivations import decide, derive
from claims.intake import Recorded
from claims.models import Appearance, Derivation, DueAnchoring
from claims.publishing import withdraw_appearance
from claims.refusals import Conflict, Invalid, NotYours
from claims.stated import StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState
from tests.factories import chain, paper, repeats, see, stated

pytestmark = pytest.mark.django_db

CONFIRMED, SUGGESTED, REJECTED = (
    DerivationState.CONFIRMED, DerivationState.SUGGESTED, DerivationState.REJECTED,
)  # fmt: skip


def repetition(
    state: DerivationState | None = None, basis: Basis | None = None, reason: str = ""
) -> StatedDerivation:
    return StatedDerivation(kind=DerivationKind.REPETITION, state=state, basis=basis, reason=reason)


@pytest.fixture
def recorded(owner: User) -> Recorded:
    """A published claim of three appearances that rest on nothing yet."""
    return chain(stated("a"), stated("b"), stated("c"), by=owner)


@pytest.fixture
def a(recorded: Recorded) -> Appearance:
    return recorded.appearances["a"]


@pytest.fixture
def b(recorded: Recorded) -> Appearance:
    return recorded.appearances["b"]


@pytest.fixture
def c(recorded: Recorded) -> Appearance:
    return recorded.appearances["c"]


# --- which state it begins in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated_as", "own", "anothers"),
    [
        (repetition(), CONFIRMED, SUGGESTED),
        (repetition(basis=Basis.READ), CONFIRMED, SUGGESTED),
        (repetition(basis=Basis.INFERRED), SUGGESTED, SUGGESTED),
        (repetition(basis=Basis.INFERRED, reason="Both misspell it."), SUGGESTED, SUGGESTED),
        (repetition(SUGGESTED), SUGGESTED, SUGGESTED),
        (repetition(CONFIRMED), CONFIRMED, SUGGESTED),
        (repetition(CONFIRMED, Basis.INFERRED, "Both misspell it."), CONFIRMED, SUGGESTED),
    ],
)
def test_first_state_follows_from_who_says_it_and_on_what_basis(
    owner: User, stranger: User, curator: User, a: Appearance, b: Appearance,
    stated_as: StatedDerivation, own: DerivationState, anothers: DerivationState,
) -> None:  # fmt: skip
    assert derive(b, a, stated_as, by=stranger).state == anothers
    assert derive(b, a, stated_as, by=owner).state == own
    if own != CONFIRMED:
        assert derive(b, a, stated_as, by=curator).state == own


def test_step_between_claims_or_to_itself_is_refused(owner: User, a: Appearance) -> None:
    other = chain(stated("other"), by=owner).appearances["other"]
    for origin, code in ((other, "other_claim"), (a, "self")):
        with pytest.raises(Invalid) as refused:
            derive(a, origin, repetition(), by=owner)
        assert refused.value.code == code


def test_step_to_or_from_a_withdrawn_appearance_is_refused(owner: User, a: Appearance, b: Appearance) -> None:
    seen_earlier = Appearance.objects.get(pk=a.pk)
    withdraw_appearance(a, by=owner, why="Not so.")
    for ends in ((seen_earlier, b), (b, seen_earlier)):
        with pytest.raises(Conflict) as refused:
            derive(*ends, repetition(), by=owner)
        assert refused.value.code == "withdrawn"


def test_same_author_says_it_once_of_a_pair(
    owner: User, stranger: User, a: Appearance, b: Appearance
) -> None:
    derive(b, a, repetition(SUGGESTED), by=owner)
    with pytest.raises(Conflict) as refused:
        derive(b, a, repetition(), by=owner)
    assert refused.value.code == "duplicate"
    assert derive(b, a, repetition(), by=stranger)


def test_correction_comes_from_a_speaker_of_the_origin(owner: User) -> None:
    ministry = paper("The Ministry")
    recorded = chain(
        stated("says", publisher=ministry), stated("other"), stated("reported", claimant=ministry), by=owner
    )
    correction = StatedDerivation(kind=DerivationKind.CORRECTION)
    says = recorded.appearances["says"]
    assert derive(recorded.appearances["reported"], says, correction, by=owner)
    with pytest.raises(Invalid, match="response"):
        derive(recorded.appearances["other"], says, correction, by=owner)


def test_quote_of_a_step_that_is_added_later_is_anchored(owner: User, a: Appearance, b: Appearance) -> None:
    see(b.source, "As A reported, so it is.")
    assert not DueAnchoring.objects.filter(source=b.source).exists()
    words = StatedDerivation(kind=DerivationKind.CITATION, quote="As A reported")
    step = derive(b, a, words, by=owner)
    assert DueAnchoring.objects.filter(source=b.source).exists()
    see(b.source, "As A reported, so it is.")
    step.refresh_from_db()
    assert step.proof_anchor


# --- one confirmed a pair, and no circle ----------------------------------------------------------------------------


def test_second_confirmed_of_a_pair_is_refused_until_the_first_is_rejected(
    owner: User, curator: User, a: Appearance, b: Appearance
) -> None:
    first = derive(b, a, repetition(), by=owner)
    with pytest.raises(Conflict, match="curator rejects the one before") as refused:
        derive(b, a, repetition(), by=curator)
    assert refused.value.code == "pair_confirmed"

    second = derive(b, a, repetition(SUGGESTED), by=curator)
    with pytest.raises(Conflict, match="already leads"):
        decide(second, CONFIRMED, by=curator)
    decide(first, REJECTED, by=curator, why="It is a citation.")
    decide(second, CONFIRMED, by=curator)
    assert Derivation.objects.get(state=CONFIRMED) == second


def test_circle_is_refused_with_the_shortest_path_and_kept_as_a_suggestion(
    owner: User, a: Appearance, b: Appearance, c: Appearance
) -> None:
    derive(b, a, repetition(), by=owner)
    derive(c, b, repetition(), by=owner)
    derive(c, a, repetition(), by=owner)
    with pytest.raises(Conflict) as refused:
        derive(a, c, repetition(), by=owner)
    assert refused.value.code == "cycle"
    assert refused.value.detail == (
        f"This would close a circle: appearance {a.pk} (The A) rests on appearance {c.pk} (The C) "
        f"rests on appearance {a.pk} (The A)."
    )
    kept = derive(a, c, repetition(SUGGESTED), by=owner)
    with pytest.raises(Conflict, match="close a circle"):
        decide(kept, CONFIRMED, by=owner)


def test_only_confirmed_steps_close_circles(owner: User, a: Appearance, b: Appearance) -> None:
    back = derive(b, a, repetition(), by=owner)
    decide(back, REJECTED, by=owner, why="Not so.")
    derive(a, b, repetition(), by=owner)
    with pytest.raises(Conflict, match="close a circle"):
        decide(back, CONFIRMED, by=owner)


def test_circle_through_a_withdrawn_appearance_says_so(
    owner: User, a: Appearance, b: Appearance, c: Appearance
) -> None:
    """The rule holds for all rows, whichever are shown; the cure is to reject a step at the withdrawn one."""
    step = derive(b, a, repetition(), by=owner)
    derive(c, b, repetition(), by=owner)
    withdraw_appearance(b, by=owner, why="Not so.")
    with pytest.raises(Conflict, match=rf"appearance {b.pk} \(The B, withdrawn\)"):
        derive(a, c, repetition(), by=owner)
    decide(step, REJECTED, by=owner, why="Its end was withdrawn.")
    assert derive(a, c, repetition(), by=owner).state == CONFIRMED


def test_database_itself_refuses_a_second_confirmed_of_a_pair(
    owner: User, curator: User, a: Appearance, b: Appearance
) -> None:
    derive(b, a, repetition(), by=owner)
    second = derive(b, a, repetition(SUGGESTED), by=curator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Derivation.objects.filter(pk=second.pk).update(state=CONFIRMED)


# --- deciding -------------------------------------------------------------------------------------------------------


def test_decision_is_kept_with_who_when_and_why(
    stranger: User, curator: User, a: Appearance, b: Appearance
) -> None:
    step = derive(b, a, repetition(), by=stranger)
    decide(step, REJECTED, by=curator, why=" They do not name it. ")
    kept = Derivation.objects.get()
    assert (kept.state, kept.author, kept.decided_by) == (REJECTED, stranger, curator)
    assert kept.decided_why == "They do not name it."
    assert kept.decided_at


def test_rejecting_and_confirming_what_is_inferred_need_a_reason(
    owner: User, a: Appearance, b: Appearance
) -> None:
    step = derive(b, a, repetition(basis=Basis.INFERRED), by=owner)
    for state in (REJECTED, CONFIRMED):
        with pytest.raises(Invalid) as refused:
            decide(step, state, by=owner, why=" ")
        assert (refused.value.code, refused.value.path) == ("required", ("why",))
    decide(step, CONFIRMED, by=owner, why="Both misspell it.")
    decide(step, SUGGESTED, by=owner)
    assert Derivation.objects.get().state == SUGGESTED


def test_step_to_a_withdrawn_appearance_can_be_rejected_and_not_confirmed(
    owner: User, a: Appearance, b: Appearance
) -> None:
    step = derive(b, a, repetition(SUGGESTED), by=owner)
    withdraw_appearance(a, by=owner, why="Not so.")
    step = Derivation.objects.get()
    with pytest.raises(Conflict) as refused:
        decide(step, CONFIRMED, by=owner)
    assert refused.value.code == "withdrawn"
    decide(step, REJECTED, by=owner, why="Its origin was withdrawn.")


def test_stranger_decides_nothing_not_even_on_its_own_suggestion(
    stranger: User, a: Appearance, b: Appearance
) -> None:
    step = derive(b, a, repetition(), by=stranger)
    for state in (CONFIRMED, REJECTED):
        with pytest.raises(NotYours):
            decide(step, state, by=stranger, why="Mine.")
    assert Derivation.objects.get().state == SUGGESTED


def test_decision_sees_what_was_decided_meanwhile(
    owner: User, curator: User, a: Appearance, b: Appearance
) -> None:
    step = derive(b, a, repetition(SUGGESTED), by=owner)
    seen_earlier = Derivation.objects.get()
    decide(step, REJECTED, by=curator, why="Not so.")
    decide(seen_earlier, REJECTED, by=owner, why="Not so either.")
    assert Derivation.objects.get().decided_by == curator


def test_rejected_step_leaves_its_place_to_anothers(owner: User, curator: User) -> None:
    recorded = chain(stated("a"), stated("b", derived_from=(repeats("a"),)), by=owner)
    decide(recorded.derivations[0], REJECTED, by=owner, why="Not so.")
    b, a = recorded.appearances["b"], recorded.appearances["a"]
    assert derive(b, a, repetition(), by=curator).state == CONFIRMED
