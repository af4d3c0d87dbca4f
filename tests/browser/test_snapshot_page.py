"""The page of a snapshot in a browser: the text with its marks, and the way between words and claims."""

import re

import pytest
from playwright.sync_api import Page, expect

from sources.models import Snapshot
from tests.browser import demo, hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seen(transactional_db: None) -> Snapshot:
    """The demo's snapshot of Mint: two appearances and the words that lead to their origins."""
    demo.record(by=newsroom("The Owner", trusted=True))
    return Snapshot.objects.get(source__url__endswith="/embassy-rejects-hacking-reports")


def test_marks_lead_to_the_claims_and_back_to_the_words(page: Page, seen: Snapshot) -> None:
    page.goto(f"/snapshots/{seen.pk}/")
    marks = page.locator(".text mark")
    assert marks.count() >= 2
    page.locator(".text sup a").first.click()
    expect(page).to_have_url(re.compile(r"#q\d+$"))
    first = page.locator(".found > li").first
    first.get_by_role("link", name="to the words").click()
    expect(page).to_have_url(re.compile(r"#m1$"))
    first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/claims/"))


def test_marked_words_are_those_of_the_text(page: Page, seen: Snapshot) -> None:
    page.goto(f"/snapshots/{seen.pk}/")
    text = seen.extractions.get().text
    for mark in page.locator(".text mark").all_text_contents():
        assert mark in text
    # The numbers behind quotes are no part of the text: taken away, every letter of it is there.
    page.evaluate("document.querySelectorAll('.text sup').forEach((number) => number.remove())")
    assert page.locator(".text").text_content() == text


def test_accessible_in_both_colours_and_on_a_phone(page: Page, seen: Snapshot) -> None:
    page.goto(f"/snapshots/{seen.pk}/")
    assert serious_issues_in_both_colours(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_hostile_text_is_nothing_but_words(page: Page, transactional_db: None) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    _, snapshot = hostile.record(by=newsroom("The Owner", trusted=True))
    page.goto(f"/snapshots/{snapshot.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile.SHOWN)
    expect(page.locator(".text")).to_contain_text(hostile.SHOWN)
    # The words beside them are under an override of the direction: no quote is found there.
    expect(page.locator(".text mark")).to_have_text(hostile.QUOTE_SHOWN)
    assert page.locator("main img, main script").count() == 0
