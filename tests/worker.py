"""Real worker processes on the test's own database, broker and store."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.db import connection

_ROOT = Path(__file__).parents[1]
_PATIENCE = 40.0  # seconds: a start, two sweeps, and a machine that is busy with other things
_numbers = count(1)

T = TypeVar("T")


def eventually(look: Callable[[], T]) -> T:
    """What `look` returns, as soon as it is true; what it last returned when patience is at its end."""
    deadline = time.monotonic() + _PATIENCE
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen


class Worker:
    """A worker with its pool and the clock of the sweeps, in a process group of its own, until the `with` block ends.

    `allow` names the hosts (`host:port`) that its captures may reach; `options` are further ones of Celery's worker.
    """

    def __init__(self, folder: Path, *, allow: Iterable[str], options: Iterable[str] = ()) -> None:
        number = next(_numbers)
        self.log = folder / f"worker-{number}.log"
        self._command = [
            *(sys.executable, "-m", "celery", "--app", "provenance", "worker", "--concurrency", "2"),
            *("--beat", "--schedule", str(folder / f"schedule-{number}")),
            *(
                "--hostname",
                f"test-{number}@%h",
                "--without-gossip",
                "--without-mingle",
                "--loglevel",
                "INFO",
            ),
            *options,
        ]
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "provenance.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "SNAPSHOT_STORAGE_URL": settings.SNAPSHOT_STORAGE_URL,
            "CAPTURE_ALLOW_HOSTS": ",".join(allow),
        }

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=_ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self.kill()  # what it was at is no longer of interest, and a polite end takes three seconds
        if kind:
            print(self.log.read_text())

    def kill(self) -> None:
        """End the worker, its pool and its clock as `kill -9` does: in the middle of whatever they do."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def group(self) -> int:
        """The number of its process group."""
        return self._process.pid

    def pause(self) -> None:
        """Stop the worker, its pool and its clock where they are, as a machine that stalls does."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let them go on as if nothing had been."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def says(self, words: str) -> bool:
        """Whether its log has these words."""
        return words in self.log.read_text()


def database_url() -> str:
    """The database that this test runs on, as other processes find it."""
    about = connection.settings_dict
    name = str(about["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    user = quote(about["USER"], safe="") + (
        f":{quote(about['PASSWORD'], safe='')}" if about["PASSWORD"] else ""
    )
    port = f":{about['PORT']}" if about["PORT"] else ""
    return f"postgres://{user}@{about['HOST']}{port}/{quote(name, safe='')}"
