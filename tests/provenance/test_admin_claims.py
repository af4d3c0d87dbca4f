"""The admin of claims: written, published and taken back with a browser alone."""

import pytest
from django.contrib.auth.models import Permission, User

from claims.models import Change, Claim
from claims.vocabulary import ClaimStatus
from sources.models import Agent
from tests.factories import chain, paper, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db


def _clerk(*codenames: str) -> User:
    """Somebody on the staff with these rights alone."""
    account = User.objects.create_user("clerk", is_staff=True)
    account.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=account.pk)


def test_claim_of_a_curator_is_published_with_its_parties(browser: Browser, cora: User, owner: User) -> None:
    chain(stated("a", publisher=paper("The Herald")), by=owner)
    herald = Agent.objects.get(name="The Herald")

    page = browser.send("claims/claim/add/", text="It is so.", language="en", parties=[herald.pk])

    claim = Claim.objects.get(text="It is so.")
    assert page.status == 200
    assert (claim.status, claim.owner, [*claim.parties.all()]) == (ClaimStatus.PUBLISHED, cora, [herald])
    assert Change.objects.get(object_type="claim", object_id=claim.pk).by == cora


def test_claim_of_a_clerk_waits_as_a_draft() -> None:
    Browser(_clerk("add_claim", "view_claim")).send("claims/claim/add/", text="It is so.")

    assert Claim.objects.get().status == ClaimStatus.DRAFT


def test_text_and_parties_are_edited_and_the_log_says_by_whom(
    browser: Browser, cora: User, owner: User
) -> None:
    claim = chain(stated("a", publisher=paper("The Herald")), by=owner, text="It is so.").claim
    herald = Agent.objects.get(name="The Herald")

    browser.send(f"claims/claim/{claim.pk}/change/", text="It was so.", parties=[herald.pk])

    claim.refresh_from_db()
    change = Change.objects.latest("seq")
    assert (claim.text, [*claim.parties.all()], claim.owner) == ("It was so.", [herald], owner)
    assert (change.by, change.action) == (cora, "updated")
    assert change.before
    assert change.after
    assert (change.before["text"], change.after["text"]) == ("It is so.", "It was so.")
    assert (change.before["parties"], change.after["parties"]) == ([], [herald.pk])


def test_saving_without_a_change_writes_nothing(browser: Browser, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    before = Change.objects.count()

    browser.send(f"claims/claim/{claim.pk}/change/")

    assert Change.objects.count() == before


def test_language_in_a_wrong_form_is_refused_at_its_field(browser: Browser) -> None:
    page = browser.send("claims/claim/add/", text="It is so.", language="<English>")

    assert "Give a language tag" in page.text
    assert not Claim.objects.exists()


def test_draft_is_published_after_one_question(browser: Browser, cora: User, stranger: User) -> None:
    claim = chain(stated("a"), by=stranger).claim
    question = browser.open(f"claims/claim/{claim.pk}/publish/")
    assert "to everybody?" in question.text
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.DRAFT  # a link alone changes nothing

    page = browser.send(f"claims/claim/{claim.pk}/publish/")

    claim.refresh_from_db()
    assert claim.status == ClaimStatus.PUBLISHED
    assert "The claim is published." in page.text
    assert (Change.objects.latest("seq").by, Change.objects.latest("seq").action) == (cora, "published")
    assert f"/admin/claims/claim/{claim.pk}/publish/" not in page.links
    assert any(link.endswith(f"/claims/{claim.slug}/") for link in page.links)


def test_withdrawing_needs_a_reason(browser: Browser, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim

    page = browser.send(f"claims/claim/{claim.pk}/withdraw/", why="  ")

    claim.refresh_from_db()
    assert "This field is required." in page.text
    assert claim.status == ClaimStatus.PUBLISHED


def test_claim_is_withdrawn_with_who_and_why(browser: Browser, cora: User, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim

    browser.send(f"claims/claim/{claim.pk}/withdraw/", why="It was a joke.")

    claim.refresh_from_db()
    assert (claim.status, claim.withdrawn_by, claim.withdrawn_why) == (
        ClaimStatus.WITHDRAWN,
        cora,
        "It was a joke.",
    )


def test_step_that_is_done_already_says_so(browser: Browser, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim

    page = browser.open(f"claims/claim/{claim.pk}/publish/")

    assert "not open any more" in page.text


def test_history_of_a_claim_is_its_part_of_the_log(browser: Browser, owner: User, stranger: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    chain(stated("b"), by=stranger)

    page = browser.open(f"claims/claim/{claim.pk}/history/")

    assert f"Claim {claim.pk} created by the-owner" in page.text
    assert "2 changes" in page.text  # the claim, its appearance
