"""The table: the tree's full equal."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser import demo
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(transactional_db: None) -> User:
    """The newsroom whose claims are listed."""
    return newsroom("The Owner", trusted=True)


@pytest.fixture
def explorer(page: Page, owner: User) -> Explorer:
    """The table of the demo's outage claim."""
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    page.get_by_role("button", name="Table").click()
    return explorer


def test_table_has_every_appearance_in_time_with_all_that_cards_say(explorer: Explorer) -> None:
    rows = explorer.rows()
    expect(rows).to_have_count(20)
    expect(rows.nth(0)).to_have_text("28 FebRecorded Futurequeryhedgedan originanchored1")
    expect(rows.nth(1)).to_have_text(
        "28 Feb, 22:10The New York Timessupporthedgedcites Recorded Futureanchored1"
    )
    expect(rows.filter(has_text="Home Department")).to_contain_text(
        "suggested: perhaps cites Recorded Future"
    )
    expect(explorer.table.get_by_role("columnheader", name="Published")).to_contain_text("2021, UTC+05:30")


def test_line_selects_and_the_panel_and_the_tree_follow(explorer: Explorer) -> None:
    explorer.rows().filter(has_text="Malwa Page").get_by_role("button").click()
    expect(explorer.panel.get_by_role("heading", name="Malwa Page")).to_be_visible()
    expect(explorer.rows().get_by_role("button", pressed=True)).to_have_text("Malwa Page")
    explorer.page.get_by_role("button", name="Tree").click()
    expect(explorer.selected()).to_contain_text("Malwa Page")  # the copies have opened for it


def test_columns_sort_both_ways(explorer: Explorer) -> None:
    outlet = explorer.table.get_by_role("columnheader", name="Outlet")
    outlet.get_by_role("button").click()
    expect(outlet).to_have_attribute("aria-sort", "ascending")
    expect(explorer.rows().nth(0)).to_contain_text("Coastal Mail")
    outlet.get_by_role("button").click()
    expect(outlet).to_have_attribute("aria-sort", "descending")
    expect(explorer.rows().nth(0)).to_contain_text("Union Newswire")
    explorer.table.get_by_role("columnheader", name="Certainty").get_by_role("button").click()
    expect(explorer.rows().nth(0)).to_contain_text("hedged")
    expect(explorer.page).to_have_url(re.compile("sort=certainty"))


def test_filters_and_moment_hold_for_the_table_too(explorer: Explorer) -> None:
    explorer.page.get_by_role("button", name="Support 14").click()
    expect(explorer.rows()).to_have_count(6)
    explorer.page.get_by_label("Show by kind of derivation").select_option("Response")
    expect(explorer.rows()).to_have_count(4)
    explorer.page.evaluate("location.hash = '#view=table&asof=2021-03-01T06:00'")
    expect(explorer.rows()).to_have_count(3)


def test_table_is_operated_by_keys(explorer: Explorer) -> None:
    explorer.rows().nth(2).get_by_role("button").focus()
    explorer.page.keyboard.press("Enter")
    expect(explorer.panel.get_by_role("heading", name="Union Newswire")).to_be_visible()
    expect(explorer.rows().nth(2).get_by_role("button")).to_be_focused()


def test_large_table_turns_its_pages(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(large_claim(230, by=owner).slug, "#view=table")
    expect(explorer.rows()).to_have_count(100)
    expect(page.locator(".pager").get_by_text("1 to 100 of 230")).to_be_visible()
    page.get_by_role("button", name="Next page").click()
    page.get_by_role("button", name="Next page").click()
    expect(explorer.rows()).to_have_count(30)
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.reload()
    expect(page.locator(".pager").get_by_text("201 to 230 of 230")).to_be_visible()
