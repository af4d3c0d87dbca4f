"""How captures are getting on, in words that a script on the page keeps up to date."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sources.admin.captures import MAX_ASKED
from sources.models import Capture, Extraction, Source
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import chain, curator, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(owner: User) -> Source:
    """A source whose capture is asked for."""
    return chain(stated("a"), by=owner).appearances["a"].source


def _states(browser: Browser, *captures: int) -> Any:
    asked = "&".join(f"id={pk}" for pk in captures)
    return browser.open(f"sources/capture/states/?{asked}").response.json()["captures"]


def _is(capture: Capture, state: CaptureState, outcome: CaptureOutcome | None = None) -> None:
    capture.state, capture.outcome = state, outcome
    capture.save(update_fields=["state", "outcome"])


@pytest.mark.parametrize(
    ("state", "outcome", "words", "done"),
    [
        (CaptureState.QUEUED, None, "waiting to be fetched", False),
        (CaptureState.WAITING, None, "could not be fetched yet, will be tried again", False),
        (CaptureState.DONE, CaptureOutcome.CAPTURED, "captured, being read", False),
        (CaptureState.DONE, CaptureOutcome.REFUSED, "not fetched", True),
        (CaptureState.DONE, CaptureOutcome.FAILED, "could not be fetched", True),
    ],
)
def test_states_are_told_in_words(
    browser: Browser,
    source: Source,
    state: CaptureState,
    outcome: CaptureOutcome | None,
    words: str,
    *,
    done: bool,
) -> None:
    capture = Capture.objects.get(source=source)
    _is(capture, state, outcome)

    assert _states(browser, capture.pk) == [{"id": capture.pk, "words": words, "done": done}]
    assert words in browser.open(f"sources/source/{source.pk}/change/").text


def test_capture_is_done_once_its_page_was_read(browser: Browser, source: Source) -> None:
    see(source, "A page.")
    capture = Capture.objects.get(source=source)

    assert _states(browser, capture.pk) == [{"id": capture.pk, "words": "captured", "done": True}]


def test_pages_with_captures_load_the_script_that_asks(browser: Browser, source: Source) -> None:
    capture, claim = Capture.objects.get(), source.appearances.get().claim_id

    for path in (f"sources/source/{source.pk}/change/", "sources/capture/", f"claims/claim/{claim}/change/"):
        page = browser.open(path)
        assert "/static/sources/admin/captures.js" in page.loaded, path
        assert f'data-capture="{capture.pk}" data-asked-at="/admin/sources/capture/states/"' in page.html, (
            path
        )


def test_list_tells_how_much_is_to_be_done_and_of_which_hosts(browser: Browser, source: Source) -> None:
    page = browser.open("sources/capture/").text
    assert "To be done: 1 queued. Due now: 1, the first since " in page
    assert f"Most are due of {Capture.objects.get().host} (1)." in page

    see(source, "A page.")
    assert "Nothing is to be captured now." in browser.open("sources/capture/").text


def test_only_who_sees_captures_asks(source: Source) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    assert Client().get("/admin/sources/capture/states/").status_code == 302
    assert Browser(clerk).open("sources/capture/states/").status == 403


def test_nonsense_is_passed_over_and_the_answer_has_an_end(browser: Browser, source: Source) -> None:
    assert browser.open("sources/capture/states/?id=x&id=&id=999").response.json() == {"captures": []}
    capture = Capture.objects.get()
    assert _states(browser, *[999] * MAX_ASKED, capture.pk) == []


def test_one_question_for_all_of_a_page(owner: User) -> None:
    recorded = chain(*(stated(f"n{number}") for number in range(20)), by=owner)
    browser = Browser(curator("chief"))
    ids = [capture.pk for capture in recorded.captures]
    _states(browser, *ids)

    with CaptureQueriesContext(connection) as queries:
        states = _states(browser, *ids)

    assert len(states) == 20
    assert len(queries) <= 3  # session, account, captures


def test_what_the_page_says_of_itself_is_a_hint_where_no_agent_is_known(
    browser: Browser, owner: User
) -> None:
    source = chain(stated("a", publisher=None), by=owner).appearances["a"].source
    see(
        source,
        '<!doctype html><title>T</title><meta property="og:site_name" content="The Unknown"><p>So it is.',
    )

    source.refresh_from_db()
    page = browser.open(f"sources/source/{source.pk}/change/")
    assert source.publisher is None
    assert "The page calls its publisher “The Unknown”." in page.text
    assert "/admin/sources/agent/add/?name=The+Unknown" in page.links
    assert Extraction.objects.get().publisher == "The Unknown"
