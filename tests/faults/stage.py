"""What a fault happens to: captures asked for, workers at them, their broker, database and store."""

import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.models.functions import Now

from sources import extracting, leases
from sources.models import Capture, Source
from sources.requests import request_captures
from sources.vocabulary import CaptureState
from tests.faults.pages import Site
from tests.faults.servers import Broker, PostgreSQL
from tests.faults.store import Store
from tests.worker import Worker

_PATIENCE = 180.0  # seconds; the bound that must hold is `BOUND`
BOUND = 60.0
"""Seconds within which everything is done once what was broken is whole again."""

T = TypeVar("T")


@dataclass
class Stage:
    """One trial's. `short`: time that would be sat through passes by writing to the rows."""

    folder: Path
    site: Site
    broker: Broker
    postgresql: PostgreSQL | None
    store: Store
    short: bool
    workers: list[Worker] = field(default_factory=list)

    def ask(self, numbers: Iterable[int]) -> None:
        """Have these pages captured, as an answer of 202 promises."""
        by, _ = User.objects.get_or_create(username="asker")
        urls = [self.site.url(number) for number in numbers]
        Source.objects.bulk_create([Source(url=url, created_by=by) for url in urls])
        request_captures(Source.objects.filter(url__in=urls).order_by("pk"), by=by)

    def work(self, *options: str) -> Worker:
        """Start one more worker, with its sweeps."""
        worker = Worker(self.folder, allow=self.site.netlocs, options=options)
        self.workers.append(worker.__enter__())
        return worker

    def end_work(self) -> None:
        """Kill every worker; none of their processes is left."""
        for worker in self.workers:
            worker.kill()

    def until_in_the_middle(self) -> int:
        """Wait until some captures are done while others are fetched; how many these are."""
        self.until(lambda: Capture.objects.filter(state=CaptureState.DONE).exists() and self.running())
        return self.running()

    def until_all_is_done(self) -> float:
        """Wait until nothing is to be captured or read; the seconds that took."""
        begun = time.monotonic()
        self.until(lambda: not Capture.objects.open().exists() and not extracting.ready())
        return time.monotonic() - begun

    def until(self, look: Callable[[], T]) -> T:
        """What `look` returns once it is true, or when patience is at its end."""
        deadline = time.monotonic() + _PATIENCE
        while not (seen := look_again(look)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert seen is not None
        return seen

    def running(self) -> int:
        """How many captures are leased."""
        return Capture.objects.filter(state=CaptureState.RUNNING).count()

    def can_write(self) -> bool:
        """Whether another process could write to the database at this moment; on PostgreSQL, it always can."""
        if self.postgresql:
            return True
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0.2)) as own:
            try:
                own.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            own.rollback()
        return True

    def let_leases_lapse(self) -> None:
        """Wait for as long as a lease lasts, and a little longer."""
        if self.short:
            self.skip_ahead()
        else:
            time.sleep(leases.LEASE.total_seconds() + 2)

    def skip_ahead(self) -> None:
        """In the short form: every lease is past, and what was put off is due."""
        if self.short:
            past = Now() - timedelta(seconds=1)
            Capture.objects.filter(state=CaptureState.RUNNING).update(lease_until=past)
            Capture.objects.open().exclude(state=CaptureState.RUNNING).update(due_at=past)


def look_again(look: Callable[[], T]) -> T | None:
    """What it returns; None while the database is away."""
    try:
        return look()
    except OperationalError:
        connection.close()
        return None
