"""A sweep tells workers of everything that is due, from the database alone, and changes nothing itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from claims.models import DueAnchoring
from claims.tasks import sweep as sweep_claims
from sources import queue as queue_of_captures
from sources import texts
from sources.models import Capture, Source
from sources.registry import find_or_add_source
from sources.tasks import sweep
from sources.vocabulary import CaptureState
from tests.factories import see
from tests.sources.conftest import Queue

pytestmark = pytest.mark.django_db(transaction=True)

CAPTURE, EXTRACT, ANCHOR = "sources.tasks.capture", "sources.tasks.extract", "claims.tasks.anchor"


def later(seconds: float) -> Any:
    return Now() + timedelta(seconds=seconds)


@pytest.fixture
def add(owner: User) -> Callable[..., Capture]:
    """Adds a capture of a source of its own, in the state and time that the test says."""

    def added(**facts: Any) -> Capture:
        source = find_or_add_source(f"https://a.example/{Source.objects.count()}", by=owner)
        capture = Capture.objects.create(source=source, requested_by=owner)
        Capture.objects.filter(pk=capture.pk).update(**facts)
        return capture

    return added


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"state": CaptureState.WAITING, "due_at": later(-1)},
        {"state": CaptureState.RUNNING, "lease_until": later(-1), "due_at": later(-60)},
    ],
)
def test_a_capture_that_is_due_or_past_its_lease_is_nudged_by_every_sweep(
    facts: dict[str, Any], add: Callable[..., Capture], queue: Queue
) -> None:
    capture = add(**facts)
    before = Capture.objects.values().get()
    sweep()
    sweep()

    assert [(message.task, message.args) for message in queue.messages()] == [(CAPTURE, (capture.pk,))] * 2
    assert Capture.objects.values().get() == before


@pytest.mark.parametrize(
    "facts",
    [
        {"due_at": later(5)},
        {"state": CaptureState.WAITING, "due_at": later(5)},
        {"state": CaptureState.RUNNING, "lease_until": later(5)},
        {"state": CaptureState.DONE, "outcome": "failed", "due_at": later(-60)},
    ],
)
def test_a_capture_that_is_not_due_is_left_alone(
    facts: dict[str, Any], add: Callable[..., Capture], queue: Queue
) -> None:
    add(**facts)
    sweep()

    assert queue.messages() == []


def test_those_that_wait_longest_come_first_and_no_more_than_fit(
    add: Callable[..., Capture], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_of_captures, "MAX_NUDGES", 2)
    captures = [add(due_at=later(-age)) for age in (1, 3, 2)]
    sweep()

    assert [message.args[0] for message in queue.messages()] == [captures[1].pk, captures[2].pk]


def test_a_nudge_of_a_sweep_ends_before_they_pile_up(add: Callable[..., Capture], queue: Queue) -> None:
    add()
    sweep()

    assert [bool(message.expires) for message in queue.messages()] == [True]


def test_snapshots_that_nobody_read_are_nudged(
    add: Callable[..., Capture], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = see(add().source, "As it was.")
    monkeypatch.setattr(texts, "EXTRACTOR", "visible-next")
    queue.client.flushdb()
    sweep()

    assert [(message.task, message.args) for message in queue.messages()] == [(EXTRACT, (snapshot.pk,))]


def test_sources_with_quotes_to_look_for_are_nudged(add: Callable[..., Capture], queue: Queue) -> None:
    source = add().source
    DueAnchoring.objects.create(source=source, since=Now())
    sweep_claims()

    assert [(message.task, message.args) for message in queue.messages()] == [(ANCHOR, (source.pk,))]


def test_what_is_due_is_nudged_in_pieces_of_a_round(
    add: Callable[..., Capture], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_of_captures, "ROUND", 2)
    made = [see(add().source, "As it was.") for _ in range(3)]
    DueAnchoring.objects.bulk_create(DueAnchoring(source=each.source, since=Now()) for each in made)
    monkeypatch.setattr(texts, "EXTRACTOR", "visible-next")
    Capture.objects.update(state=CaptureState.DONE, outcome="captured")
    queue.client.flushdb()
    sweep()
    sweep_claims()
    sent = queue.messages()

    texts_due = [message.args for message in sent if message.task == EXTRACT]
    anchors_due = [message.args for message in sent if message.task == ANCHOR]
    assert sorted(texts_due) == [(made[0].pk, made[1].pk), (made[2].pk,)]
    assert sorted(map(len, anchors_due)) == [1, 2]
    assert {pk for piece in anchors_due for pk in piece} == {each.source_id for each in made}


def test_every_sweep_is_on_the_clock_and_no_slower_than_promised(settings: Any) -> None:
    seconds = {entry["task"]: entry["schedule"].seconds for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert seconds["sources.tasks.sweep"] <= 5
    assert seconds["claims.tasks.sweep"] <= 5
