"""The explorer on a phone: the tree as a list, the panel as a sheet that takes the focus and gives it back."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser import demo
from tests.browser.axe import serious_issues
from tests.browser.explorer import Explorer
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def explorer(page: Page, transactional_db: None) -> Explorer:
    """The demo's outage claim on a phone."""
    page.set_viewport_size({"width": 390, "height": 844})
    claim = demo.record_outage(by=newsroom("The Owner", trusted=True))
    return Explorer(page).open(claim.slug)


def test_tree_is_a_list_indented_by_level_that_fits_the_phone(explorer: Explorer) -> None:
    assert explorer.page.evaluate("document.documentElement.scrollWidth") == 390
    lefts = [
        explorer.left(name)
        for name in ("Recorded Future", "The New York Times", "Union Newswire", "Delhi Courier", "Samvad")
    ]
    assert [later - earlier for earlier, later in pairwise(lefts)] == [18] * 4
    expect(explorer.card("Delhi Courier")).to_contain_text("repeats Union Newswire")
    expect(explorer.card("Delhi Courier")).to_contain_text("hedged becomes asserted")


def test_sheet_takes_the_focus_keeps_it_and_gives_it_back(explorer: Explorer) -> None:
    page = explorer.page
    expect(explorer.panel).to_be_hidden()
    card = explorer.card("Delhi Courier")
    card.click()
    sheet = page.get_by_role("dialog", name="Selected appearance")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()
    expect(sheet).to_contain_text("It is now clear what happened")
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('.panel')"
        )
    page.keyboard.press("Escape")
    expect(explorer.panel).to_be_hidden()
    expect(card).to_be_focused()


def test_sheet_closes_by_its_button_and_leaves_the_page_alive(explorer: Explorer) -> None:
    explorer.card("Union Newswire").click()
    explorer.page.get_by_role("button", name="Close").click()
    expect(explorer.panel).to_be_hidden()
    expect(explorer.card("Union Newswire")).to_be_focused()
    explorer.card("Mint").first.click()
    expect(explorer.panel.get_by_role("heading", name="Mint")).to_be_visible()


def test_crumb_leads_on_within_the_sheet(explorer: Explorer) -> None:
    explorer.card("Samvad").click()
    explorer.panel.get_by_role("listitem").get_by_role("link", name="Delhi Courier").click()
    expect(explorer.panel.get_by_role("heading", name="Delhi Courier")).to_be_visible()
    explorer.page.get_by_role("button", name="Close").click()
    expect(explorer.card("Delhi Courier")).to_be_focused()


def test_scrubber_stays_at_the_bottom_and_targets_are_large(explorer: Explorer) -> None:
    expect(explorer.slider).to_be_in_viewport()
    explorer.page.get_by_role("button", name="Earlier").click()
    expect(explorer.moment).to_contain_text("13 reports")
    for button in explorer.page.locator(".explorer button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 34, button.inner_text()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_phone_has_no_serious_issue_with_the_sheet_and_without(explorer: Explorer, colours: str) -> None:
    explorer.page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    assert serious_issues(explorer.page) == []
    explorer.card("Delhi Courier").click()
    expect(explorer.panel.locator("mark")).to_be_visible()
    assert serious_issues(explorer.page) == []
