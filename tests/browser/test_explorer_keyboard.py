"""The tree by keyboard alone: one tab stop, arrows within."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser import demo
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim

pytestmark = pytest.mark.django_db(transaction=True)


def focused(page: Page) -> str:
    """The name on the focused card."""
    name: str = page.evaluate("document.activeElement.querySelector('.name')?.textContent ?? ''")
    return name


def test_arrows_walk_rows_parents_and_children(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    expect(explorer.tree.locator("[tabindex='0']")).to_have_count(1)
    page.get_by_role("button", name="Show", exact=True).focus()
    page.keyboard.press("Tab")
    assert focused(page) == "The New York Times"
    walk = {
        "ArrowDown": "Union Newswire",
        "ArrowLeft": "The New York Times",
        "ArrowRight": "Union Newswire",
        "End": "Home Department of Maharashtra",
        "ArrowUp": "Mint",
        "Home": "Recorded Future",
    }
    for key, name in walk.items():
        page.keyboard.press(key)
        assert focused(page) == name, key
    expect(explorer.selected()).to_contain_text("The New York Times")  # walking selects nothing
    page.keyboard.press("Enter")
    expect(explorer.selected()).to_contain_text("Recorded Future")
    assert focused(page) == "Recorded Future"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "range", "the tree is one tab stop"


def test_right_opens_what_is_folded_and_left_folds_it(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    explorer.card("Union Newswire").focus()
    page.keyboard.press("ArrowRight")
    assert focused(page) == "4 verbatim copies"
    page.keyboard.press("ArrowRight")
    expect(explorer.card("4 verbatim copies")).to_have_attribute("aria-expanded", "true")
    assert focused(page) == "4 verbatim copies"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Konkan Herald"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(explorer.card("4 verbatim copies")).to_have_attribute("aria-expanded", "false")


def test_walk_goes_through_a_thousand_of_which_few_are_on_the_page(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(large_claim(1000, by=owner).slug)
    explorer.tree.locator("[tabindex='0']").focus()
    for _ in range(80):
        page.keyboard.press("ArrowDown")
    assert focused(page)
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("End")
    expect(page.locator(":focus")).to_be_in_viewport()
    expect(explorer.tree.locator("[tabindex='0']")).to_have_count(1)
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("ArrowUp")
    expect(page.locator(":focus")).to_be_in_viewport()
