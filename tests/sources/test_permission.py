"""Captures and robots.txt: obeyed unless a setting or a curator says otherwise, and remembered by all workers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.cache import cache

from sources import capturing, leases
from sources.models import Capture, Snapshot
from sources.registry import find_or_add_source
from sources.requests import BeingFetched, request_capture, request_despite_robots
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.sources.loopback import ScriptedServer, page

pytestmark = pytest.mark.django_db

FORBIDDEN = page(b"User-agent: *\nDisallow: /private\nCrawl-delay: 7\n")
Ask = Callable[[str], Capture]


@pytest.fixture(autouse=True)
def _obey(settings: LazySettings) -> None:
    settings.CAPTURE_ROBOTS = "obey"
    cache.clear()


@pytest.fixture
def ask(site: ScriptedServer, owner: User) -> Ask:
    """Asks for a page of a site whose robots.txt forbids /private and wants seven seconds between two pages."""
    site.script |= {"/robots.txt": FORBIDDEN, "*": page(b"<p>Here.")}
    return lambda path: request_capture(find_or_add_source(site.url(path), by=owner), by=owner)


def run(capture: Capture) -> Capture:
    capturing.run(capture.pk)
    capture.refresh_from_db()
    return capture


def paths(site: ScriptedServer) -> list[str]:
    return [request.path for request in site.requests]


def test_forbidden_page_is_refused_and_never_asked_for(ask: Ask, site: ScriptedServer) -> None:
    capture = run(ask("/private/a"))

    assert (capture.state, capture.outcome) == (CaptureState.DONE, CaptureOutcome.REFUSED)
    assert (capture.reason, capture.ignore_robots) == ("robots_disallowed", False)
    assert paths(site) == ["/robots.txt"]
    assert not Snapshot.objects.exists()


def test_file_is_asked_for_once_and_its_pace_is_kept(ask: Ask, site: ScriptedServer) -> None:
    assert run(ask("/a")).outcome == run(ask("/b")).outcome == CaptureOutcome.CAPTURED
    waiting = run(ask("/c"))

    assert paths(site) == ["/robots.txt", "/a", "/b"], "before the file was read, nobody knew of its pace"
    assert (waiting.state, waiting.attempts) == (CaptureState.QUEUED, 0)


def test_setting_ignores_what_sites_say(ask: Ask, site: ScriptedServer, settings: LazySettings) -> None:
    settings.CAPTURE_ROBOTS = "ignore"

    assert run(ask("/private/a")).outcome == CaptureOutcome.CAPTURED
    assert paths(site) == ["/private/a"]


def test_lost_store_costs_a_request_a_round_and_no_capture(
    ask: Ask, site: ScriptedServer, settings: LazySettings, tmp_path: Path
) -> None:
    backend = settings.CACHES["default"]["BACKEND"]
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"unix://{tmp_path}/nobody.sock"}}

    assert run(ask("/a")).outcome == CaptureOutcome.CAPTURED
    assert run(ask("/private/a")).outcome == CaptureOutcome.REFUSED
    assert paths(site) == ["/robots.txt", "/a", "/robots.txt"]


class TestCuratorsWord:
    def test_has_the_page_fetched_and_is_recorded(
        self, ask: Ask, site: ScriptedServer, curator: User
    ) -> None:
        refused = run(ask("/private/a"))
        capture = run(request_despite_robots(refused.source, by=curator))

        assert (capture.outcome, capture.ignore_robots) == (CaptureOutcome.CAPTURED, True)
        assert capture.requested_by == curator
        assert paths(site) == ["/robots.txt", "/private/a"]

    def test_is_for_one_capture_alone(self, ask: Ask, curator: User, owner: User) -> None:
        first = run(request_despite_robots(ask("/private/a").source, by=curator))
        again = run(request_capture(first.source, by=owner))

        assert (again.outcome, again.ignore_robots) == (CaptureOutcome.REFUSED, False)

    def test_reaches_a_capture_that_waits(self, ask: Ask, curator: User) -> None:
        open_now = ask("/private/a")

        assert request_despite_robots(open_now.source, by=curator) == open_now
        assert run(open_now).outcome == CaptureOutcome.CAPTURED

    def test_is_not_put_into_a_capture_that_is_under_way(self, ask: Ask, curator: User) -> None:
        capture = ask("/private/a")
        assert leases.take(capture.pk)
        with pytest.raises(BeingFetched):
            request_despite_robots(capture.source, by=curator)
        capture.refresh_from_db()

        assert not capture.ignore_robots
