"""Asking for a capture: one is open at most, and the row is there whatever becomes of the message."""

from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction

from sources import leases, requests
from sources.models import Capture, Source
from sources.registry import add_offline_source, find_or_add_agent, find_or_add_source
from sources.requests import NothingToFetch, request_capture
from sources.vocabulary import CaptureState
from tests.factories import paper, see
from tests.racing import together
from tests.sources.conftest import Queue, due_captures

pytestmark = pytest.mark.django_db

NUDGE = "sources.tasks.capture"


@pytest.fixture
def source(owner: User) -> Source:
    return find_or_add_source("https://a.example/", by=owner)


def test_a_capture_is_queued_for_now(source: Source, owner: User) -> None:
    capture = request_capture(source, by=owner)
    capture.refresh_from_db()

    assert (capture.state, capture.outcome, capture.attempts) == (CaptureState.QUEUED, None, 0)
    assert (capture.source, capture.requested_by) == (source, owner)
    assert due_captures() == [capture.pk]


def test_many_are_asked_for_in_pieces_each_once_and_in_order(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_AT_ONCE", 2)
    sources = [find_or_add_source(f"https://{number}.example/", by=owner) for number in range(5)]
    open_before = request_capture(sources[3], by=owner)
    found = requests.request_captures([*sources, *sources], by=owner)

    assert [capture.source for capture in found] == sources
    assert found[3] == open_before
    assert sorted(due_captures()) == sorted(capture.pk for capture in found)


@pytest.mark.parametrize("state", ["queued", "running", "waiting"])
def test_the_open_capture_is_returned_to_whoever_asks(
    state: str, source: Source, owner: User, stranger: User
) -> None:
    capture = request_capture(source, by=owner)
    if state == "running":
        leases.take(capture.pk)
    Capture.objects.filter(pk=capture.pk).update(state=state)

    assert request_capture(source, by=stranger) == capture
    assert Capture.objects.count() == 1


def test_a_capture_that_is_done_makes_room_for_another(source: Source, owner: User) -> None:
    first = request_capture(source, by=owner)
    see(source, "As it was.")

    assert request_capture(source, by=owner) != first


def test_an_offline_work_cannot_be_captured(owner: User) -> None:
    publisher = find_or_add_agent(paper("The Gazette"), by=owner)
    book = add_offline_source(title="A book", publisher=publisher, by=owner)
    with pytest.raises(NothingToFetch, match="Upload a copy"):
        request_capture(book, by=owner)

    assert not Capture.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_all_who_ask_at_once_get_the_same_capture(source: Source, owner: User) -> None:
    captures = together(*[lambda: request_capture(source, by=owner)] * 6)

    assert captures == [Capture.objects.get()] * 6


@pytest.mark.django_db(transaction=True)
def test_workers_hear_of_it_once_it_is_committed(source: Source, owner: User, queue: Queue) -> None:
    with transaction.atomic():
        capture = request_capture(source, by=owner)
        assert queue.messages() == []

    assert (NUDGE, capture.pk) in queue


@pytest.mark.django_db(transaction=True)
def test_workers_hear_nothing_of_what_was_rolled_back(source: Source, owner: User, queue: Queue) -> None:
    with transaction.atomic():
        request_capture(source, by=owner)
        transaction.set_rollback(True)

    assert queue.messages() == []
    assert not Capture.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_gone_loses_nothing(
    source: Source, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis+socket://{tmp_path}/nobody.sock")
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)  # its connections know the old address
    capture = request_capture(source, by=owner)

    assert "Error calling" in caplog.text
    assert due_captures() == [capture.pk]
