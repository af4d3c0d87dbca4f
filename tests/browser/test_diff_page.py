"""Two snapshots side by side in a browser: readable for everyone, on a phone below each other."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious_issues_in_both_colours
from tests.factories import chain, newsroom, see, stated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(transactional_db: None) -> str:
    """The page of an edit that took quoted words away."""
    told = stated("a", url="https://paper.example/lamp", quote="The lamp was lit")
    source = chain(told, by=newsroom("The Owner", trusted=True)).appearances["a"].source
    before = see(source, "The lamp was lit. Nobody saw it.", at=datetime(2021, 3, 1, tzinfo=UTC))
    after = see(source, "The lamp was not lit. <i>Nobody</i> saw it.", at=datetime(2021, 3, 2, tzinfo=UTC))
    return f"/snapshots/{after.pk}/diff/{before.pk}/"


def test_quote_is_marked_where_it_stood_and_leads_to_its_claim(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".sides mark").first).to_have_text("The lamp was lit")
    page.locator(".sides sup a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#q1")).to_contain_text("stands in the earlier only")


def test_accessible_in_both_colours_and_on_a_phone(page: Page, address: str) -> None:
    page.goto(address)
    assert serious_issues_in_both_colours(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
