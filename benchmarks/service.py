"""Our side: captures asked for, and real workers that fetch, store and read them, on a database of their own.

SQLite and the embedded broker in a folder that is removed again; or a test database beside `DATABASE_URL`, and the
empty Redis database that `REDIS_URL` names.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import redis

from benchmarks import processes
from benchmarks.rivals import Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sources.models import Source

_PATIENCE = 300.0  # seconds for a whole run
_LOOK_EVERY = 0.02  # seconds: a run is taken for longer than it was by half of that
_POOL = 3  # processes, as `./run worker` has

WARM_UP = 2 * _POOL * 50
"""Pages, enough that each process of the worker has two rounds of them."""


def prepare(folder: Path, allowed: Sequence[str]) -> None:
    """Give this process the settings of a service of its own in `folder`; again for another one."""
    os.environ.update(
        DATA_DIR=str(folder),
        SECRET_KEY=secrets.token_urlsafe(50),
        SNAPSHOT_STORAGE_URL=str(folder / "snapshots"),
        CAPTURE_ALLOW_HOSTS=",".join(allowed),
        CAPTURE_HOST_DELAY="0",
        CAPTURE_ROBOTS="ignore",  # as wget, which asks for no robots.txt where it is given addresses
        DJANGO_SETTINGS_MODULE="provenance.settings",
        LOG_LEVEL="WARNING",
    )
    import django

    django.setup()


@contextmanager
def running(folder: Path) -> "Iterator[Workers]":
    """Database, broker and workers, until the block ends."""
    with ExitStack() as stack:
        broker = stack.enter_context(broker_of(folder))
        variables = stack.enter_context(_database())
        worker = stack.enter_context(_worker(folder, variables))
        yield Workers(worker, [worker, *broker])


@contextmanager
def stores(folder: Path) -> Iterator[None]:
    """Database and broker alone, until the block ends."""
    with broker_of(folder), _database():
        yield


@dataclass(frozen=True, slots=True)
class Workers:
    """The process ids of the worker, and of all that work for us beside this process."""

    worker: int
    all: Sequence[int]

    def archive(self, urls: Sequence[str]) -> Run:
        """Ask for a capture of each, and wait until all are done and their text is read."""
        from sources.models import Extraction, Snapshot
        from sources.requests import request_captures

        asked = sources(urls)
        last = _last_snapshot()
        made, read = Snapshot.objects.filter(pk__gt=last), Extraction.objects.filter(snapshot__gt=last)
        spent, begun = self._cpu(), time.perf_counter()
        request_captures(asked, by=somebody())
        _await(read.count, len(urls), begun)
        seconds, cpu = time.perf_counter() - begun, self._cpu() - spent
        check_captured(asked)
        warc = sum(made.values_list("warc_size", flat=True))
        _await_anchored()
        return Run(len(urls), seconds, cpu, warc, processes.peak(self.worker))

    def _cpu(self) -> float:
        return sum(processes.cpu(pid) for pid in self.all) + time.process_time()


def _await(count: Callable[[], int], wanted: int, begun: float) -> None:
    while (seen := count()) < wanted:
        if time.perf_counter() - begun > _PATIENCE:
            raise SystemExit(f"Only {seen} of {wanted} pages were captured and read.")
        time.sleep(_LOOK_EVERY)


def _await_anchored() -> None:
    """Let the last messages be done with: they are no part of the next program's run."""
    from claims.models import DueAnchoring

    begun = time.perf_counter()
    while DueAnchoring.objects.exists() and time.perf_counter() - begun < _PATIENCE:
        time.sleep(0.1)


def sources(urls: Sequence[str]) -> "list[Source]":
    """A source for each, of which nothing is known but its URL."""
    from sources.models import Source

    by = somebody()
    Source.objects.bulk_create([Source(url=url, created_by=by) for url in urls])
    return list(Source.objects.filter(url__in=urls))


def somebody() -> "User":
    """Who asks for captures here."""
    from django.contrib.auth.models import User

    return User.objects.get_or_create(username="bench")[0]


def _last_snapshot() -> int:
    from sources.models import Snapshot

    return Snapshot.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def check_captured(sources: "Sequence[Source]") -> None:
    """End the program unless each of them was captured at once."""
    from sources.models import Capture

    ended = Capture.objects.filter(source__in=sources).values_list("outcome", "attempts", "lease_losses")
    if set(ended) != {("captured", 1, 0)}:
        raise SystemExit(f"Captures ended otherwise than they should: {set(ended)}.")


@contextmanager
def broker_of(folder: Path) -> Iterator[list[int]]:
    """The process ids of a broker of our own, if there is one."""
    from django.conf import settings

    from provenance import broker

    with ExitStack() as stack:
        pids = []
        if not os.environ.get("REDIS_URL"):
            server = subprocess.Popen(broker.server_command(folder), stdout=subprocess.DEVNULL)
            stack.callback(server.wait)
            stack.callback(server.terminate)
            pids = [server.pid]
        client = stack.enter_context(redis.Redis.from_url(settings.REDIS_URL))
        _await_answer(client)
        if client.dbsize():
            raise SystemExit("The Redis database that REDIS_URL names is not empty: give one of its own.")
        stack.callback(client.flushdb)
        yield pids


def _await_answer(client: redis.Redis) -> None:
    for _ in range(100):
        try:
            client.ping()
        except redis.RedisError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The broker does not answer.")


@contextmanager
def _database() -> Iterator[Mapping[str, str]]:
    """A database of the run's own: the variables by which workers find it."""
    from django.conf import settings
    from django.db import connection

    from tests.worker import database_url

    given = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL}
    finally:
        connection.creation.destroy_test_db(given, verbosity=0)


@contextmanager
def _worker(folder: Path, variables: Mapping[str, str]) -> Iterator[int]:
    command = [
        *(sys.executable, "-m", "celery", "--app", "provenance", "worker", "--concurrency", str(_POOL)),
        *("--beat", "--schedule", str(folder / "schedule"), "--without-gossip", "--without-mingle"),
        *("--hostname", "bench@%h", "--loglevel", "WARNING"),
    ]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=log, stderr=log)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()
        sys.stderr.write(_complaints(folder / "worker.log"))


def _complaints(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines(keepends=True)
    return "".join(line for line in lines if " ERROR " in line or " WARNING " in line)[-2000:]
