"""Fixtures of the capture pipeline: a site to capture, and a look at what was sent to the broker."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import LazySettings

from sources import queue as queue_of_captures
from tests.sources.loopback import ScriptedServer


@dataclass(frozen=True)
class Message:
    """One message in the broker: the task, its arguments, and when it loses its meaning (empty: never)."""

    task: str
    args: tuple[int, ...]
    expires: str


@dataclass(frozen=True)
class Queue:
    """The queue that workers take their messages from. There is no worker in these tests."""

    client: redis.Redis

    def messages(self) -> list[Message]:
        """What waits, in the order in which workers take it; of one urgency, in the order it was sent."""
        return [
            _read(json.loads(raw)) for key in self._keys() for raw in reversed(self.client.lrange(key, 0, -1))
        ]

    def _keys(self) -> list[str]:
        """A list in Redis for each step of urgency of each queue; how they are named is Kombu's choice."""
        channel: Any = current_app.connection_for_read().default_channel
        return [
            channel._q_for_pri(queue, step)
            for step in channel.priority_steps
            for queue in ("celery", "rounds")
        ]

    def __contains__(self, nudge: tuple[str, int]) -> bool:
        return nudge in [(message.task, *message.args) for message in self.messages()]


def due_captures() -> list[int]:
    """Ids of the captures that a worker could take now, in the order in which it would."""
    return [due.capture_id for due in queue_of_captures.due()]


def _read(message: dict[str, Any]) -> Message:
    args = json.loads(base64.b64decode(message["body"]))[0]
    return Message(message["headers"]["task"], tuple(args), message["headers"]["expires"] or "")


@pytest.fixture
def queue(settings: LazySettings) -> Iterator[Queue]:
    """The broker's queue, empty at first."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield Queue(client)


@pytest.fixture
def site(settings: LazySettings) -> Iterator[ScriptedServer]:
    """A site that captures are allowed to reach; its script is for the test to write."""
    with ScriptedServer() as server:
        settings.CAPTURE_ALLOW_HOSTS = frozenset([server.netloc])
        yield server


@pytest.fixture
def store(settings: LazySettings, tmp_path: Path) -> Path:
    """A snapshot store of the test's own: its folder, which is not there yet."""
    folder = tmp_path / "snapshots"
    settings.SNAPSHOT_STORAGE_URL = str(folder)
    return folder
