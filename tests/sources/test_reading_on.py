"""A task that has fetched goes on with the texts, from the bytes it has, unless others would wait for that."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from django.contrib.auth.models import User

from sources import extracting, reading, snapshots, tasks
from sources.fetchers.policy import FetchPolicy
from sources.models import Capture, Extraction, Snapshot, Source
from sources.registry import find_or_add_source
from sources.requests import request_captures
from tests.factories import chain, stated
from tests.sources.conftest import Queue
from tests.sources.loopback import ScriptedServer, hang, page

pytestmark = pytest.mark.django_db(transaction=True)

EXTRACT, ANCHOR = "sources.tasks.extract", "claims.tasks.anchor"
Ask = Callable[..., list[int]]


@pytest.fixture
def ask(owner: User, site: ScriptedServer, store: Path) -> Ask:
    """Asks for captures of these paths of the site; their ids."""

    def asked(*paths: str) -> list[int]:
        sources = [find_or_add_source(site.url(path), by=owner) for path in paths]
        return [capture.pk for capture in request_captures(sources, by=owner)]

    return asked


def do(captures: list[int], queue: Queue) -> list[tuple[str, tuple[int, ...]]]:
    """What is sent to other workers while these are captured."""
    queue.client.flushdb()
    tasks.capture(*captures)
    return [(message.task, message.args) for message in queue.messages()]


def unreachable(*_: object) -> NoReturn:
    raise AssertionError("the bytes were at hand")


def test_texts_are_there_when_the_task_ends_and_no_byte_is_read_again(
    ask: Ask, site: ScriptedServer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "payload", unreachable)
    site.script |= {"/a": page(b"<p>One"), "/b": page(b"<p>Two")}
    sent = do(ask("/a", "/b"), queue)

    assert sorted(Extraction.objects.values_list("text", "error")) == [("One", ""), ("Two", "")]
    assert sent == []  # no claim cites them


def test_quotes_in_texts_that_the_task_read_are_for_another_task(
    ask: Ask, site: ScriptedServer, queue: Queue, owner: User
) -> None:
    site.script |= {"/a": page(b"<p>One"), "/b": page(b"<p>Two")}
    captures = ask("/a", "/b")
    cited = Source.objects.get(url=site.url("/b"))
    chain(stated("b", url=cited.url), by=owner)
    sent = do(captures, queue)

    assert sent == [(ANCHOR, (cited.pk,))]


def test_what_came_while_another_is_still_to_come_is_for_another_task(
    ask: Ask, site: ScriptedServer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = FetchPolicy(allow_hosts=frozenset([site.netloc]), deadline=1.0)
    monkeypatch.setattr(snapshots, "policy", lambda: policy)
    site.script |= {"/a": page(b"<p>One"), "/slow": [hang]}
    sent = do(ask("/a", "/slow"), queue)

    assert sent == [(EXTRACT, (Snapshot.objects.get().pk,))]
    assert not Extraction.objects.exists()


def test_what_came_late_is_for_another_task(
    ask: Ask, site: ScriptedServer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_READS_ON_WITHIN", 0.0)
    site.script["/a"] = page(b"<p>One")

    sent = do(ask("/a"), queue)

    assert sent == [(EXTRACT, (Snapshot.objects.get().pk,))]
    assert not Extraction.objects.exists()


def test_page_that_nobody_can_read_just_now_is_captured_and_stays_due(
    ask: Ask, site: ScriptedServer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> NoReturn:
        raise OSError("no process can be started")

    monkeypatch.setattr(reading, "read", failing)
    site.script["/a"] = page(b"<p>One")
    with pytest.raises(OSError, match="no process"):
        do(ask("/a"), queue)

    assert Capture.objects.get().outcome == "captured"
    assert extracting.ready() == [Snapshot.objects.get().pk]


def test_round_that_brings_nothing_reads_nothing(ask: Ask, site: ScriptedServer, queue: Queue) -> None:
    site.script["/gone"] = page(status="404 No")

    assert do(ask("/gone"), queue) == []
    assert not Snapshot.objects.exists()
