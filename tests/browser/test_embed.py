"""The card in a frame of another site: shown, harmless, small; and the lines that put it there."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from claims.models import Claim
from provenance.embed_page import CARD_HEIGHT
from tests.browser import demo, hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.conftest import Complaints
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = "http://news.example/story"


@pytest.fixture
def outage(transactional_db: None) -> Claim:
    """The demo's outage claim, before any page of it is captured."""
    return demo.record(by=newsroom("The Owner", trusted=True), seen=False)


def frame_elsewhere(page: Page, snippet: str) -> None:
    """Open a page of another site that has these lines in it."""

    def answer(route: Route) -> None:
        route.fulfill(body=f"<!doctype html><title>News</title>{snippet}", content_type="text/html")

    page.route(ELSEWHERE, answer)
    page.goto(ELSEWHERE)


def test_copied_lines_show_the_card_on_another_site(
    page: Page, context: BrowserContext, outage: Claim, live_server: Any
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto(f"/embed/{outage.slug}/about/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").last).to_have_text("Copied.")
    snippet = page.evaluate("navigator.clipboard.readText()").replace("http://testserver", live_server.url)
    frame_elsewhere(page, snippet)
    card = page.frame_locator("iframe")
    expect(card.get_by_role("heading")).to_have_text(outage.text)
    expect(card.locator(".headline")).to_have_text("14 reports, no established origins")
    assert context.cookies() == []


def test_card_opens_the_claim_in_a_tab_of_its_own(page: Page, context: BrowserContext, outage: Claim) -> None:
    context.route("http://testserver/**", lambda route: route.fulfill(body="<title>The claim</title>"))
    page.goto(f"/embed/{outage.slug}/about/")
    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Check every step").click()
    assert opened.value.url == f"http://testserver/claims/{outage.slug}/"


def test_page_of_ours_that_is_no_card_cannot_be_framed(
    page: Page, outage: Claim, live_server: Any, complaints: Complaints
) -> None:
    complaints.expected += [
        "frame-ancestors",
        "X-Frame-Options",
        "Refused to display",
        "ERR_BLOCKED_BY_RESPONSE",
    ]
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        frame_elsewhere(page, f'<iframe src="{live_server.url}/embed/{outage.slug}/about/"></iframe>')
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)


def test_lines_are_selected_where_the_clipboard_is_not_ours(page: Page, outage: Claim) -> None:
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto(f"/embed/{outage.slug}/about/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").last).to_contain_text("Selected")
    assert str(page.evaluate("getSelection().toString()")).startswith("<iframe")


def test_no_serious_issue_of_accessibility_in_light_and_dark(page: Page, outage: Claim) -> None:
    for address in ("", "about/"):
        page.goto(f"/embed/{outage.slug}/{address}")
        assert serious_issues_in_both_colours(page) == []


def test_card_follows_the_system_s_colours_and_fits_its_frame(page: Page, outage: Claim) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"/embed/{outage.slug}/")
    expect(page.locator("body")).to_have_css("background-color", "rgb(28, 32, 36)")
    for width in (320, 480, 640):
        page.set_viewport_size({"width": width, "height": CARD_HEIGHT})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.scrollHeight") == CARD_HEIGHT


def test_hostile_claim_is_nothing_but_words_on_the_card(page: Page, transactional_db: None) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    recorded, _ = hostile.record(by=newsroom("The Owner", trusted=True))
    page.goto(f"/embed/{recorded.claim.slug}/")
    expect(page.get_by_role("heading")).to_have_text(f"It is {hostile.SHOWN} so")
    assert page.locator("main img, main script").count() == 0
    page.goto(f"/embed/{recorded.claim.slug}/about/")
    snippet = page.locator("[data-copy-from]").text_content() or ""
    frame_elsewhere(page, snippet)
    assert page.locator("iframe").count() == 1
    assert page.locator("img, script").count() == 0
