"""The start page in a browser: search as you type, by mouse and keyboard, light and dark, on a phone."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.conftest import Complaints
from tests.factories import chain, newsroom, stated

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> \u202eevil'


@pytest.fixture
def writer(transactional_db: None) -> User:
    """The newsroom whose claims are listed."""
    return newsroom("The Owner", trusted=True)


@pytest.fixture(autouse=True)
def claims(writer: User) -> None:
    """Three claims, one of them hostile."""
    chain(stated("a", url="https://paper.example/lamp"), text="The lamp was lit at noon", by=writer)
    chain(stated("b"), stated("c", "b"), text="The lamp went out", by=writer)
    chain(stated("d", title=HOSTILE, quote=HOSTILE), text=f"It rains {HOSTILE}", by=writer)


def test_results_come_as_you_type(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Search claims, or paste").fill("lamp")
    options = page.get_by_role("option")
    expect(options).to_have_text(["The lamp went out", "The lamp was lit at noon"])
    expect(page.get_by_role("status")).to_have_text("2 claims.")
    options.nth(1).click()
    expect(page).to_have_url(re.compile(r"/claims/the-lamp-was-lit-at-noon-"))


def test_keyboard_walks_the_results_and_leaves_them(page: Page) -> None:
    page.goto("/")
    field = page.get_by_role("combobox")
    field.focus()
    page.keyboard.type("lamp")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_have_text("The lamp was lit at noon")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "none")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/claims/the-lamp-was-lit-at-noon-"))


def test_enter_without_a_choice_searches_on_the_server(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox").fill("went")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?search=went$"))
    expect(page.get_by_role("heading", name="Claims with all of these words")).to_be_visible()
    expect(page.get_by_role("link", name="The lamp went out")).to_be_visible()


def test_pasted_link_finds_the_claims_of_that_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox").fill("HTTPS://paper.example/lamp?utm_source=mail")
    expect(page.get_by_role("option")).to_have_text(["The lamp was lit at noon"])
    page.get_by_role("combobox").fill("https://paper.example/none")
    expect(page.get_by_role("status")).to_have_text("No claim is recorded for this page.")


def test_search_goes_on_without_results_when_they_cannot_be_had(page: Page, complaints: Complaints) -> None:
    complaints.expected.append("ERR_FAILED")
    page.goto("/")
    page.route("**/graphql/", lambda route: route.abort())
    page.get_by_role("combobox").fill("lamp")
    expect(page.get_by_role("status")).to_have_text(
        "Nothing can be shown while you type. Press Enter to search."
    )
    page.get_by_role("combobox").press("Enter")
    expect(page.get_by_role("link", name="The lamp went out")).to_be_visible()


def test_page_works_without_scripts(page: Page) -> None:
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/")
    page.get_by_label("Search claims, or paste").fill("lamp")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="The lamp went out")).to_be_visible()


def test_hostile_words_are_words_also_among_the_results(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    page.goto("/")
    expect(page.get_by_role("link", name="<script>alert(1)</script>").first).to_be_visible()
    page.get_by_role("combobox").fill("rains")
    expect(page.get_by_role("option")).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("combobox").fill(HOSTILE)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"search="))
    assert page.locator("main img, main script").count() == 0


def test_reader_chooses_dark_and_finds_it_again(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Switch to dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 24, 27)")
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 24, 27)")
    page.get_by_role("button", name="Switch to light colours").click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(251, 250, 246)")


def test_skip_link_is_the_first_stop_and_leads_to_the_content(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_no_serious_issue_of_accessibility_in_light_and_dark(page: Page, complaints: Complaints) -> None:
    complaints.expected.append("404")
    for address in ("/?search=lamp", "/?search=nothing", "/none/", "/"):
        page.goto(address)
        assert serious_issues_in_both_colours(page) == []
    page.get_by_role("combobox").fill("lamp")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    assert serious_issues_in_both_colours(page) == []


def test_phone_shows_it_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("combobox").fill("lamp")
    expect(page.get_by_role("option")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
