"""Who sees a claim, and taking a record back: with who, when and why, and nothing deleted."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from claims.intake import Recorded, edit_claim
from claims.models import Appearance, Change, Claim
from claims.publishing import accept, publish, vouch, withdraw_appearance, withdraw_claim
from claims.refusals import Conflict, Invalid, NotYours, Refused
from claims.vocabulary import ClaimStatus
from sources import registry
from sources.models import Agent, Source
from tests.factories import chain, newsroom, paper, stated

pytestmark = pytest.mark.django_db


def all_public() -> bool:
    return not any(model.objects.filter(public_since=None).exists() for model in (Source, Agent))


def none_public() -> bool:
    return not any(model.objects.exclude(public_since=None).exists() for model in (Source, Agent))


# --- publishing -----------------------------------------------------------------------------------------------------


def test_publishing_a_draft_makes_its_sources_publishers_claimants_and_parties_public(
    stranger: User, curator: User
) -> None:
    draft = chain(
        stated("a", claimant=paper("A Ministry")), stated("b"), by=stranger, parties=(paper("Party"),)
    ).claim
    assert none_public()
    publish(draft, by=curator)

    assert Claim.objects.get().status == ClaimStatus.PUBLISHED
    assert all_public()
    assert [change.by for change in Change.objects.filter(action="published")] == [curator]


def test_publishing_leaves_what_was_withdrawn_or_is_cited_elsewhere_hidden(
    stranger: User, curator: User
) -> None:
    recorded = chain(stated("a"), stated("b"), by=stranger)
    chain(stated("elsewhere"), by=stranger)
    withdraw_appearance(recorded.appearances["b"], by=stranger, why="Not so.")
    publish(recorded.claim, by=curator)
    assert list(Source.objects.exclude(public_since=None)) == [recorded.appearances["a"].source]


def test_draft_of_a_newsroom_that_is_not_trusted_waits_for_a_curator(stranger: User, curator: User) -> None:
    draft = chain(stated("a"), by=stranger).claim
    with pytest.raises(NotYours, match="published by a curator"):
        publish(draft, by=stranger)
    assert none_public()


def test_trusted_newsroom_publishes_its_own_but_no_others(owner: User, stranger: User) -> None:
    own = chain(stated("a"), by=owner).claim
    withdraw_claim(own, by=owner, why="Too early.")
    publish(own, by=owner)
    assert Claim.objects.get(pk=own.pk).status == ClaimStatus.PUBLISHED

    with pytest.raises(NotYours):
        publish(chain(stated("b"), by=stranger).claim, by=owner)


def test_publishing_again_is_no_change(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    count = Change.objects.count()
    publish(claim, by=owner)
    assert Change.objects.count() == count


def test_first_publication_is_the_date_that_stays(owner: User, curator: User) -> None:
    source = chain(stated("a", url="https://a.example/"), by=owner).appearances["a"].source
    since = Source.objects.get(pk=source.pk).public_since
    chain(stated("b", url="https://a.example/"), by=curator)
    assert Source.objects.get(pk=source.pk).public_since == since


def test_publisher_that_a_public_source_is_given_later_is_public(owner: User, curator: User) -> None:
    source = chain(stated("a", publisher=None), by=owner).appearances["a"].source
    publisher = registry.find_or_add_agent(paper("The Late"), by=curator)
    with registry.editing(source, by=curator):
        source.publisher = publisher
    assert all_public()


def test_writer_who_read_the_claim_as_a_draft_sees_that_it_was_published_meanwhile(
    stranger: User, curator: User
) -> None:
    draft = chain(stated("a"), by=stranger).claim
    seen_earlier = Claim.objects.get()
    publish(draft, by=curator)
    party = registry.find_or_add_agent(paper("Party"), by=curator)
    edit_claim(seen_earlier, by=curator, parties=[party])
    assert all_public()


# --- taking back ----------------------------------------------------------------------------------------------------


def test_withdrawn_claim_is_kept_with_who_when_and_why(owner: User, curator: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    started = timezone.now()
    withdraw_claim(claim, by=curator, why=" Two claims in one. ")

    kept = Claim.objects.get()
    assert (kept.status, kept.withdrawn_by, kept.withdrawn_why) == (
        "withdrawn",
        curator,
        "Two claims in one.",
    )
    assert kept.withdrawn_at
    assert abs((kept.withdrawn_at - started).total_seconds()) < 60
    assert kept.appearances.count() == 1


def test_published_again_a_claim_is_no_longer_signed_as_withdrawn(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    withdraw_claim(claim, by=owner, why="Too early.")
    publish(claim, by=owner)
    kept = Claim.objects.get()
    assert (kept.withdrawn_by, kept.withdrawn_at, kept.withdrawn_why) == (None, None, "")
    assert [change.action for change in Change.objects.filter(object_type="claim")] == [
        "created", "withdrawn", "published",
    ]  # fmt: skip


def test_withdrawn_appearance_is_kept_with_its_steps(owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    withdraw_appearance(recorded.appearances["a"], by=owner, why="Not the claim.")
    kept = Appearance.objects.get(pk=recorded.appearances["a"].pk)
    assert (kept.withdrawn_by, kept.withdrawn_why) == (owner, "Not the claim.")
    assert kept.derivations.count() == 1
    assert list(Appearance.objects.current()) == [recorded.appearances["b"]]


@pytest.mark.parametrize("why", ["", " \n"])
def test_withdrawing_and_vouching_need_a_reason(owner: User, why: str) -> None:
    recorded = chain(stated("a"), by=owner)
    count = Change.objects.count()
    writes: list[Callable[[], None]] = [
        lambda: withdraw_claim(recorded.claim, by=owner, why=why),
        lambda: withdraw_appearance(recorded.appearances["a"], by=owner, why=why),
        lambda: vouch(recorded.appearances["a"], by=owner, why=why),
    ]
    for write in writes:
        with pytest.raises(Invalid) as refused:
            write()
        assert (refused.value.code, refused.value.path) == ("required", ("why",))
    assert Change.objects.count() == count


def test_what_was_withdrawn_cannot_be_withdrawn_accepted_or_vouched_for(owner: User) -> None:
    recorded = chain(stated("a"), by=owner)
    appearance = recorded.appearances["a"]
    withdraw_appearance(appearance, by=owner, why="First.")
    withdraw_claim(recorded.claim, by=owner, why="First.")
    writes: list[Callable[[], None]] = [
        lambda: withdraw_claim(recorded.claim, by=owner, why="Second."),
        lambda: withdraw_appearance(appearance, by=owner, why="Second."),
        lambda: accept(appearance, by=owner),
        lambda: vouch(appearance, by=owner, why="Second."),
    ]
    for write in writes:
        with pytest.raises(Conflict) as refused:
            write()
        assert refused.value.code == "withdrawn"
    assert Appearance.objects.get().withdrawn_why == Claim.objects.get().withdrawn_why == "First."


# --- what others wrote ----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(owner: User, stranger: User) -> Recorded:
    """What a stranger added to the owner's published claim."""
    slug = chain(stated("a"), by=owner).claim.slug
    return chain(stated("b"), by=stranger, slug=slug, text="", language="")


def test_accepted_appearance_stands_and_what_it_cites_is_public(owner: User, waiting: Recorded) -> None:
    accept(waiting.appearances["b"], by=owner)
    kept = Appearance.objects.get(pk=waiting.appearances["b"].pk)
    assert kept.published
    assert all_public()
    count = Change.objects.count()
    accept(kept, by=owner)
    assert Change.objects.count() == count


def test_accepted_on_a_draft_it_stays_hidden_until_the_claim_is_published(
    stranger: User, curator: User
) -> None:
    recorded = chain(stated("a"), by=stranger)
    other = newsroom("Another Newsroom")
    publish(recorded.claim, by=curator)
    more = chain(stated("b"), by=other, slug=recorded.claim.slug, text="", language="").appearances["b"]
    withdraw_claim(recorded.claim, by=curator, why="Wait.")
    accept(more, by=curator)
    assert Source.objects.get(pk=more.source_id).public_since is None
    publish(recorded.claim, by=curator)
    assert all_public()


def test_vouching_answers_with_a_name_for_what_no_snapshot_shows(curator: User, waiting: Recorded) -> None:
    vouch(waiting.appearances["b"], by=curator, why="I saw the broadcast.")
    kept = Appearance.objects.get(pk=waiting.appearances["b"].pk)
    assert (kept.vouched_by, kept.vouched_why) == (curator, "I saw the broadcast.")
    assert kept.vouched_at
    assert not kept.published


def test_stranger_decides_nothing_on_anothers_claim(owner: User, stranger: User, waiting: Recorded) -> None:
    appearance, claim = waiting.appearances["b"], waiting.claim
    count = Change.objects.count()
    writes: list[Callable[[], None]] = [
        lambda: publish(claim, by=stranger),
        lambda: withdraw_claim(claim, by=stranger, why="Mine."),
        lambda: withdraw_appearance(appearance, by=stranger, why="Mine."),
        lambda: accept(appearance, by=stranger),
        lambda: vouch(appearance, by=stranger, why="Mine."),
    ]
    for write in writes:
        with pytest.raises(NotYours) as refused:
            write()
        assert isinstance(refused.value, Refused)
    assert Change.objects.count() == count
