"""Looking for words within the claim: hits in tree and table, from one to the next, folded or not."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from tests.browser import hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim

pytestmark = pytest.mark.django_db(transaction=True)


def field(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Find", exact=True)


def count(page: Page) -> Locator:
    return page.locator(".finder").get_by_role("status")


def test_hits_are_counted_marked_and_gone_through_by_keys(explorer: Explorer) -> None:
    page = explorer.page
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    page.keyboard.type("mint")
    expect(count(page)).to_have_text("2 hits")
    expect(page.locator(".row.hit")).to_have_count(2)
    expect(explorer.card("Mint").first).to_have_accessible_name(re.compile("A hit"))
    page.keyboard.press("Enter")
    expect(count(page)).to_have_text("1 of 2")
    expect(explorer.selected()).to_contain_text("Mint")
    expect(explorer.selected()).to_be_in_viewport()
    expect(field(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(count(page)).to_have_text("2 of 2")
    page.keyboard.press("Shift+Enter")
    expect(count(page)).to_have_text("1 of 2")
    expect(page).to_have_url(re.compile("find=mint"))
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("")
    expect(count(page)).to_have_text("")
    expect(page.locator(".row.hit")).to_have_count(0)
    expect(explorer.selected()).to_contain_text("Mint")


def test_copies_say_that_a_hit_is_folded_in_them_and_open_for_it(explorer: Explorer) -> None:
    field(explorer.page).fill("KONKAN herald")
    expect(count(explorer.page)).to_have_text("1 hit")
    expect(explorer.note("4 verbatim copies")).to_have_text("1 hit folded here")
    explorer.page.get_by_role("button", name="Next hit").click()
    expect(explorer.selected()).to_contain_text("Konkan Herald")
    expect(explorer.card("4 verbatim copies")).to_have_attribute("aria-expanded", "true")


def test_table_marks_the_same_hits_and_turns_to_them(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(large_claim(230, by=owner).slug, "#view=table&find=paper+22")
    expect(count(page)).to_have_text("14 hits")
    expect(field(page)).to_have_value("paper 22")
    field(page).press("Enter")
    expect(explorer.rows().locator("button[aria-pressed=true]")).to_have_text("Paper 22")
    field(page).press("Shift+Enter")
    expect(explorer.rows().locator("button[aria-pressed=true]")).to_have_text("Paper 229")
    expect(page.locator(".pager").get_by_text("201 to 230 of 230")).to_be_visible()
    expect(page.locator("tr.hit")).to_have_count(10)
    expect(page.locator("tr.selected")).to_be_in_viewport()


def test_what_is_filtered_away_is_no_hit_and_is_said(explorer: Explorer) -> None:
    field(explorer.page).fill("mint")
    explorer.page.get_by_role("button", name="Support 14").click()
    expect(count(explorer.page)).to_have_text("1 hit, 1 more filtered away")
    field(explorer.page).fill("nothing like it")
    expect(count(explorer.page)).to_have_text("no hits")
    expect(explorer.page.get_by_role("button", name="Next hit")).to_be_disabled()


def test_slash_that_is_written_stays_where_it_is_written(explorer: Explorer) -> None:
    other = explorer.page.locator("header input")
    other.press("/")
    expect(other).to_be_focused()
    expect(other).to_have_value("/")


def test_hostile_words_are_looked_for_as_words(page: Page, owner: User) -> None:
    recorded, _ = hostile.record(by=owner)
    Explorer(page).open(recorded.claim.slug)
    field(page).fill("<script>alert(1)</script> {{7*7}}")
    expect(count(page)).to_have_text("1 of 1")
    page.reload()
    expect(count(page)).to_have_text("1 of 1")
    expect(field(page)).to_have_value("<script>alert(1)</script> {{7*7}}")


@pytest.mark.parametrize("size", [1000, 10_000])
def test_large_claims_are_searched_to_their_depth(page: Page, owner: User, size: int) -> None:
    explorer = Explorer(page).open(large_claim(size, by=owner).slug)
    field(page).fill(f"Paper {size - 2}")
    expect(count(page)).to_have_text("1 hit")
    field(page).press("Enter")
    expect(explorer.selected()).to_contain_text(f"Paper {size - 2}")
    expect(explorer.selected()).to_be_in_viewport()
    field(page).fill("paper")
    expect(count(page)).to_contain_text(f"of {size:,}")


def test_no_serious_issue_of_accessibility_and_room_on_a_phone(explorer: Explorer) -> None:
    page = explorer.page
    field(page).fill("mint")
    expect(page.locator(".row.hit")).to_have_count(2)
    assert serious_issues_in_both_colours(page) == []
    page.get_by_role("button", name="Table").click()
    assert serious_issues_in_both_colours(page) == []
    page.get_by_role("button", name="Tree").click()
    page.set_viewport_size({"width": 390, "height": 844})
    field(page).press("Enter")
    expect(count(page)).to_have_text("1 of 2")
    expect(explorer.panel).to_be_hidden()
    explorer.fits(390)
    assert serious_issues_in_both_colours(page) == []
