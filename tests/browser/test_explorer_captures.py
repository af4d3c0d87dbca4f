"""Captures as they happen, and the numbers that follow from them, without a reload."""

import json
from collections import Counter

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from claims.intake import Recorded
from sources.fetchers.base import Reason
from sources.models import Capture
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.browser.conftest import Complaints
from tests.browser.explorer import Explorer
from tests.factories import chain, newsroom, see, stated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorded(transactional_db: None) -> Recorded:
    """Two appearances whose pages nobody has fetched yet."""
    owner: User = newsroom("The Owner", trusted=True)
    return chain(stated("study", quote="so it is"), stated("times", "study", quote="it is so"), by=owner)


def end(recorded: Recorded, ref: str, **facts: object) -> None:
    """Set the state of the capture of an appearance's source."""
    Capture.objects.filter(source=recorded.appearances[ref].source).update(**facts)


def test_capture_is_shown_as_it_happens(page: Page, recorded: Recorded) -> None:
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.note("The Study")).to_have_text("being fetched")
    expect(explorer.panel.get_by_role("heading", name="The words in the snapshot")).to_contain_text(
        "being fetched"
    )
    see(recorded.appearances["study"].source, "We say so it is.")
    expect(explorer.note("The Study")).to_have_text("origin")
    expect(explorer.card("The Study")).to_have_accessible_name(
        "The Study, undated. Support. An origin. Evidence anchored."
    )
    expect(explorer.panel.locator("blockquote")).to_have_text("We say so it is.")


def test_numbers_of_the_head_follow(page: Page, recorded: Recorded) -> None:
    Explorer(page).open(recorded.claim.slug)
    headline = page.locator(".headline")
    expect(headline).to_have_text("2 reports, no established origins")
    see(recorded.appearances["study"].source, "We say so it is.")
    expect(headline).to_have_text("2 reports, 1 established origin")


def test_failed_capture_says_why_and_never_that_the_page_was_deleted(page: Page, recorded: Recorded) -> None:
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.note("The Study")).to_have_text("being fetched")
    end(
        recorded,
        "study",
        state=CaptureState.DONE,
        outcome=CaptureOutcome.FAILED,
        reason=Reason.HTTP_NOT_FOUND,
    )
    expect(explorer.note("The Study")).to_have_text("could not be fetched")
    expect(explorer.panel).to_contain_text("Could not be fetched.")
    expect(explorer.panel).to_contain_text(Reason.HTTP_NOT_FOUND.sentence)
    expect(explorer.panel).not_to_contain_text("deleted")


def test_capture_that_will_be_tried_again_says_so(page: Page, recorded: Recorded) -> None:
    end(recorded, "study", state=CaptureState.WAITING, reason=Reason.TIMEOUT)
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.note("The Study")).to_have_text("could not be fetched yet")
    end(
        recorded,
        "study",
        state=CaptureState.DONE,
        outcome=CaptureOutcome.REFUSED,
        reason=Reason.ADDRESS_REFUSED,
    )
    expect(explorer.note("The Study")).to_have_text("not fetched")


def test_quote_that_is_not_there_is_not_found(page: Page, recorded: Recorded) -> None:
    explorer = Explorer(page).open(recorded.claim.slug)
    see(recorded.appearances["study"].source, "Something else entirely.")
    expect(explorer.note("The Study")).to_have_text("quote not found")
    expect(explorer.panel).to_contain_text("1 snapshot. The words are in none of them.")


def test_reader_loses_nothing_when_the_tree_is_read_again(page: Page, recorded: Recorded) -> None:
    explorer = Explorer(page).open(recorded.claim.slug)
    explorer.card("The Times").click()
    see(recorded.appearances["times"].source, "We know it is so.")
    expect(explorer.panel.locator("mark")).to_have_text("it is so")
    expect(explorer.selected()).to_contain_text("The Times")
    expect(explorer.card("The Times")).to_be_focused()


def test_nothing_is_asked_once_there_is_nothing_to_wait_for(page: Page, recorded: Recorded) -> None:
    for ref in ("study", "times"):
        see(recorded.appearances[ref].source, f"We say {recorded.appearances[ref].quote}.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    Explorer(page).open(recorded.claim.slug)
    expect(page.locator(".panel mark")).to_be_visible()
    page.wait_for_timeout(2500)
    assert not [each for each in asked if "query Captures" in each]


def test_many_sources_are_asked_about_once_and_then_only_those_that_are_open(
    page: Page, transactional_db: None
) -> None:
    owner = newsroom("The Owner", trusted=True)
    recorded = chain(*(stated(f"n{number}") for number in range(150)), by=owner)
    failed = {"state": CaptureState.DONE, "outcome": CaptureOutcome.FAILED, "reason": Reason.TIMEOUT}
    Capture.objects.exclude(source=recorded.appearances["n7"].source).update(**failed)
    asked: list[list[str]] = []
    page.on("request", lambda request: asked.append(_sources_asked(request.post_data)))
    explorer = Explorer(page).open(recorded.claim.slug, "#view=table")
    expect(explorer.rows().filter(has_text="could not be fetched")).to_have_count(99)
    page.wait_for_timeout(4000)
    times = Counter(key for each in asked for key in each)
    assert len(times) == 150
    assert [count for count in times.values() if count > 1] == [max(times.values())]
    # The second page takes the open one of the first along.
    assert [len(each) for each in asked if each][:2] == [100, 51]


def _sources_asked(body: str | None) -> list[str]:
    """The sources that a request asks the captures of."""
    asked: list[str] = json.loads(body)["variables"].get("ids", []) if body else []
    return asked


def test_nothing_is_asked_while_nobody_looks(page: Page, recorded: Recorded) -> None:
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.note("The Study")).to_have_text("being fetched")
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.wait_for_timeout(500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []
    page.evaluate("""() => {
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    see(recorded.appearances["study"].source, "We say so it is.")
    expect(explorer.note("The Study")).to_have_text("origin")


def test_unreachable_service_leaves_the_last_state_and_tries_again(
    page: Page, recorded: Recorded, complaints: Complaints
) -> None:
    complaints.expected.append("ERR_FAILED")
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.note("The Study")).to_have_text("being fetched")
    page.route("**/graphql/", lambda route: route.abort())
    explorer.card("The Times").click()
    expect(explorer.panel).to_contain_text("The snapshot could not be loaded.")
    expect(explorer.card("The Study")).to_be_visible()
    page.unroute("**/graphql/")
    explorer.panel.get_by_role("button", name="Try again").click()
    expect(explorer.panel).not_to_contain_text("could not be loaded")
    see(recorded.appearances["study"].source, "We say so it is.")
    expect(explorer.note("The Study")).to_have_text("origin", timeout=20_000)


def test_service_that_does_not_answer_any_more_is_told_until_it_does(
    page: Page, recorded: Recorded, complaints: Complaints
) -> None:
    complaints.expected.append("ERR_FAILED")
    explorer = Explorer(page).open(recorded.claim.slug)
    page.route("**/graphql/", lambda route: route.abort())
    told = page.get_by_text("The tree could not be loaded. What you see is from")
    expect(told).to_be_visible()
    explorer.card("The Times").click()
    expect(told).to_be_visible()
    expect(explorer.card("The Study")).to_be_visible()
    page.unroute("**/graphql/")
    page.get_by_role("button", name="Try again").first.click()
    expect(told).to_be_hidden()
