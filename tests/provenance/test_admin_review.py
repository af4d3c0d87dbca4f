"""The review list: what waits, in one place, confirmed, rejected and accepted one by one or several at once."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Appearance, Change, Derivation
from claims.vocabulary import DerivationState
from sources.admin.steps import MAX_AT_ONCE
from tests.factories import chain, repeats, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

REVIEW = "claims/derivation/review/"


@pytest.fixture
def suggested(owner: User, stranger: User) -> list[Derivation]:
    """Two suggestions of a stranger on the owner's claim, between appearances that wait too."""
    claim = chain(stated("study"), by=owner).claim
    theirs = chain(
        stated("origin"),
        *(stated(name, derived_from=(repeats("origin"),)) for name in ("first", "second")),
        by=stranger,
        slug=claim.slug,
        text="",
        language="",
    )
    return theirs.derivations


def _states(rows: list[Derivation]) -> list[str]:
    return [
        *Derivation.objects.filter(pk__in=[row.pk for row in rows])
        .order_by("pk")
        .values_list("state", flat=True)
    ]


def test_both_kinds_of_what_waits_are_listed_with_what_may_be_done(
    browser: Browser, suggested: list[Derivation]
) -> None:
    page = browser.open(REVIEW)

    assert "Suggested derivations (2)" in page.text
    assert "Waiting appearances (3)" in page.text
    back = "?back=/admin/claims/derivation/review/"
    first = suggested[0]
    assert f"/admin/claims/derivation/{first.pk}/confirm/{back}" in page.links
    assert f"/admin/claims/derivation/{first.pk}/reject/{back}" in page.links
    assert f"/admin/claims/appearance/{first.derived_id}/accept/{back}" in page.links
    assert "/admin/claims/derivation/review/" in browser.open("").links


def test_decision_on_one_leads_back_to_the_list(browser: Browser, suggested: list[Derivation]) -> None:
    back = "/admin/claims/derivation/review/"

    page = browser.send(f"claims/derivation/{suggested[0].pk}/reject/?back={back}", why="Written apart.")

    assert page.response.redirect_chain == [(back, 302)]
    assert "Suggested derivations (1)" in page.text


def test_question_leads_back_to_no_other_site(browser: Browser, suggested: list[Derivation]) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        page = browser.open(f"claims/derivation/{suggested[0].pk}/reject/?back={elsewhere}")

        assert elsewhere not in page.links
        assert f"/admin/claims/derivation/{suggested[0].pk}/change/" in page.links


def test_several_are_rejected_after_one_question_with_one_reason(
    browser: Browser, cora: User, suggested: list[Derivation]
) -> None:
    ids = [row.pk for row in suggested]

    question = browser.act("claims/derivation/", "reject_chosen", *ids)
    assert "Say why." in question.text
    assert _states(suggested) == ["suggested", "suggested"]
    page = browser.post(
        "claims/derivation/", action="reject_chosen", _selected_action=ids, answered="yes", why=" "
    )
    assert "This field is required." in page.text
    assert _states(suggested) == ["suggested", "suggested"]

    browser.post(
        "claims/derivation/",
        action="reject_chosen",
        _selected_action=ids,
        answered="yes",
        why="Written apart.",
    )

    assert _states(suggested) == ["rejected", "rejected"]
    said = Change.objects.filter(action="rejected").values_list("by", "after__decided_why")
    assert [*said] == [(cora.pk, "Written apart.")] * 2


def test_what_cannot_be_confirmed_is_said_and_the_others_are(
    browser: Browser, suggested: list[Derivation], cora: User
) -> None:
    """The second way round closes a circle with the first."""
    first = suggested[0]
    turned = chain(
        by=cora, slug=first.claim.slug, text="", language=""
    )  # nothing new: only the claim is needed below
    assert turned.claim == first.claim
    browser.send(
        f"claims/derivation/add/?derived={first.origin_id}",
        derived=first.origin_id,
        origin=first.derived_id,
        kind="repetition",
        first_state="suggested",
    )
    ids = [*Derivation.objects.order_by("pk").values_list("pk", flat=True)]

    page = browser.client.post(
        "/admin/claims/derivation/",
        {
            "action": "confirm_chosen",
            "_selected_action": ids,
            "answered": "yes",
            "back": "/admin/claims/derivation/review/",
        },
        follow=True,
    )

    text = page.content.decode()
    assert "Derivations confirmed: 2." in text
    assert "This would close a circle" in text
    states = Derivation.objects.values_list("state", flat=True)
    assert sorted(states) == ["confirmed", "confirmed", "suggested"]


def test_waiting_appearances_are_accepted_at_once(browser: Browser, suggested: list[Derivation]) -> None:
    ids = [*Appearance.objects.filter(published=False).values_list("pk", flat=True)]

    browser.post("claims/appearance/", action="accept_chosen", _selected_action=ids, answered="yes")

    assert not Appearance.objects.filter(published=False).exists()
    assert "Waiting appearances (0)" in browser.open(REVIEW).text


def test_there_is_an_end_to_what_is_decided_at_once(browser: Browser, owner: User) -> None:
    recorded = chain(*(stated(f"n{number}") for number in range(MAX_AT_ONCE + 1)), by=owner)
    ids = [appearance.pk for appearance in recorded.appearances.values()]

    page = browser.act("claims/appearance/", "withdraw_chosen", *ids)

    assert f"Choose at most {MAX_AT_ONCE} at once." in page.text


def test_confirmed_one_leaves_the_list_and_counts(browser: Browser, suggested: list[Derivation]) -> None:
    browser.send(f"claims/derivation/{suggested[0].pk}/confirm/")

    assert "Suggested derivations (1)" in browser.open(REVIEW).text
    assert _states(suggested) == [DerivationState.CONFIRMED, DerivationState.SUGGESTED]


def test_list_costs_the_same_for_ten_and_for_a_thousand(
    browser: Browser, owner: User, stranger: User
) -> None:
    claim = chain(stated("study"), by=owner).claim
    counted = []
    for name, size in (("a", 10), ("b", 990)):
        derived = (stated(f"{name}{number}", derived_from=(repeats(f"{name}r"),)) for number in range(size))
        chain(stated(f"{name}r"), *derived, by=stranger, slug=claim.slug, text="", language="")
        browser.open(REVIEW)
        with CaptureQueriesContext(connection) as queries:
            page = browser.open(REVIEW)
        counted.append(len(queries))

    assert counted[0] == counted[1]
    assert "Suggested derivations (1000)" in page.text
