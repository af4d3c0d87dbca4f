"""Sources that are cited are looked at again: recent ones often, old ones seldom, failures without harm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models.functions import Now
from hypothesis import given
from hypothesis import strategies as st

from claims.models import Anchor
from sources import capturing, extracting, leases, planning, recapturing, texts
from sources.fetchers.base import FetchError, Reason
from sources.models import Capture, Recapture, Snapshot, Source
from sources.registry import find_or_add_source
from sources.requests import request_capture
from sources.vocabulary import CaptureOutcome, CapturePriority, CaptureState
from tests.factories import chain, fetched, see, stated

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
database = pytest.mark.django_db


@pytest.fixture
def source(owner: User) -> Source:
    """A source that a published claim cites, just captured."""
    source = chain(stated("a", quote="As it was."), by=owner).appearances["a"].source
    finish(source)
    return source


def finish(source: Source, *, error: FetchError | None = None) -> Capture:
    """End the source's open capture, or a new one: with a page, or as the error says."""
    capture = request_capture(source, by=source.created_by)
    held = leases.take(capture.pk)
    assert held
    if error:
        capturing.fail(held, error)
    else:
        assert capturing.finish(held, fetched(held.url, "As it was."))
    capture.refresh_from_db()
    return capture


def make_due(*sources: Source) -> None:
    Recapture.objects.filter(source__in=sources).update(due_at=Now() - DAY)


def wait_of(source: Source) -> timedelta:
    """From now to its next capture, by the database's clock."""
    row: Any = Recapture.objects.annotate(now=Now()).get(source=source)
    assert row.due_at
    wait: timedelta = row.due_at - row.now
    return wait


@given(standing=st.timedeltas(timedelta(0), 4000 * DAY), longer=st.timedeltas(timedelta(0), 4000 * DAY))
def test_older_pages_are_never_looked_at_more_often(standing: timedelta, longer: timedelta) -> None:
    source = Source(url="https://a.example/")
    one, other = (planning.interval(source, each) for each in (standing, standing + longer))

    assert one
    assert other
    assert DAY <= one <= other <= 30 * DAY


@given(failures=st.integers(0, 60000))
def test_failures_wait_longer_up_to_the_longest_interval(failures: int) -> None:
    source = Source(url="https://a.example/")
    wait = planning.interval(source, timedelta(0), failures=failures)

    assert wait == min(DAY * 2 ** min(failures, 20), 30 * DAY)


@pytest.mark.parametrize(
    ("every", "least", "expected"),
    [(2, 24.0, 2 * HOUR), (0, 24.0, None), (None, 0.0, None), (2, 0.0, 2 * HOUR)],
)
def test_sources_own_interval_comes_before_the_setting(
    settings: LazySettings, every: int | None, least: float, expected: timedelta | None
) -> None:
    settings.CAPTURE_RECAPTURE_MIN = least
    source = Source(url="https://a.example/", recapture_every=every)

    assert planning.interval(source, 100 * DAY) == expected


def test_offline_work_is_never_looked_at() -> None:
    assert planning.interval(Source(url=None, recapture_every=1), timedelta(0)) is None


@database
def test_what_is_due_is_asked_for_by_the_service_once(source: Source) -> None:
    assert recapturing.sweep() == 0, "it was just seen"
    make_due(source)

    assert (recapturing.sweep(), recapturing.sweep()) == (1, 0)
    capture = Capture.objects.open().get()
    assert (capture.source, capture.requested_by) == (source, None)
    assert (capture.priority, capture.state) == (CapturePriority.SCHEDULED, CaptureState.QUEUED)


@database
def test_next_one_is_planned_when_it_ends(source: Source) -> None:
    make_due(source)
    recapturing.sweep()
    finish(source)

    assert timedelta(hours=23) < wait_of(source) <= DAY


@database
def test_page_that_stood_long_is_left_alone_as_long_again(owner: User) -> None:
    source = find_or_add_source("https://old.example/", by=owner)
    for days in (20, 0):
        see(source, "As it was.", at=datetime.now(UTC) - timedelta(days=days))

    assert 19 * DAY < wait_of(source) < 21 * DAY


@database
def test_capture_counts_the_page_that_it_brings(owner: User) -> None:
    source = find_or_add_source("https://old.example/", by=owner)
    see(source, "As it was.", at=datetime.now(UTC) - 20 * DAY)
    finish(source)

    assert 19 * DAY < wait_of(source) < 21 * DAY


@database
def test_reading_plans_anew_only_what_changed(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    source = find_or_add_source("https://old.example/", by=owner)
    snapshot = see(source, "As it was.")
    Recapture.objects.update(due_at=None)
    monkeypatch.setattr(texts, "EXTRACTOR", "visible-next")
    extracting.extract(snapshot.pk)

    assert snapshot.extractions.count() == 2
    assert Recapture.objects.get().due_at is None, "the end of its capture had planned it"


@database
def test_page_that_changed_is_looked_at_soon_again(owner: User) -> None:
    source = find_or_add_source("https://new.example/", by=owner)
    words = " ".join(f"Sentence number {number} of a long page." for number in range(50))
    for days, page in ((20, words), (0, words[::-1])):
        see(source, page, at=datetime.now(UTC) - timedelta(days=days))

    assert wait_of(source) <= DAY


@database
@pytest.mark.parametrize("reason", [Reason.HTTP_NOT_FOUND, Reason.ROBOTS_DISALLOWED])
def test_failure_backs_off_and_changes_no_evidence(owner: User, reason: Reason) -> None:
    source = chain(stated("a", quote="As it was."), by=owner).appearances["a"].source
    see(source, "As it was.")
    evidence = list(Anchor.objects.values()), list(Snapshot.objects.values())
    waits = []
    for _ in range(3):
        make_due(source)
        recapturing.sweep()
        ended = finish(source, error=FetchError(reason))
        assert ended.outcome in (CaptureOutcome.FAILED, CaptureOutcome.REFUSED)
        waits.append(round(wait_of(source) / DAY))

    assert waits == [2, 4, 8]
    assert (list(Anchor.objects.values()), list(Snapshot.objects.values())) == evidence
    assert "delet" not in ended.explanation.lower()
    finish(source)
    assert wait_of(source) <= DAY


@database
def test_only_cited_sources_that_were_not_merged_are_looked_at(source: Source, stranger: User) -> None:
    drafted = chain(stated("d"), by=stranger).appearances["d"].source
    finish(drafted)
    merged = find_or_add_source("https://merged.example/", by=stranger)
    Source.objects.filter(pk=merged.pk).update(merged_into=source, public_since=Now())
    finish(merged)
    make_due(source, drafted, merged)

    assert recapturing.sweep() == 1
    assert Capture.objects.open().get().source == source


@database
def test_sweep_asks_for_so_many_and_for_the_rest_the_next_time(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recapturing, "MAX_A_SWEEP", 2)
    recorded = chain(*(stated(name) for name in "abc"), by=owner)
    sources = [each.source for each in recorded.appearances.values()]
    for source in sources:
        finish(source)
    make_due(*sources)

    assert [recapturing.sweep() for _ in range(3)] == [2, 1, 0]
    assert Capture.objects.open().count() == 3


@database
def test_setting_that_was_switched_off_meanwhile_asks_for_nothing(
    source: Source, settings: LazySettings
) -> None:
    make_due(source)
    settings.CAPTURE_RECAPTURE_MIN = 0.0

    assert recapturing.sweep() == 0
    assert Recapture.objects.get().due_at is None


@database
def test_plan_costs_as_many_statements_for_one_source_as_for_ten(
    owner: User, django_assert_num_queries: Any
) -> None:
    sources = [find_or_add_source(f"https://{number}.example/", by=owner) for number in range(10)]
    with django_assert_num_queries(2):
        planning.plan([source.pk for source in sources])
    with django_assert_num_queries(2):
        planning.plan([sources[0].pk])
