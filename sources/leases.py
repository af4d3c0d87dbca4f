"""The right to do a capture: taken for a while by database time, under a lock that no two workers have.

Each gets a fencing number. What comes of a capture counts only while that number is the row's: a worker that was late,
killed or stopped for a while cannot write a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Now

from sources import snapshots
from sources.models import Capture, Snapshot, Source
from sources.prepared import PreparedList, PreparedUpdate
from sources.vocabulary import CapturePriority, CaptureState

LEASE = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to finish one capture: its row, the number that proves it, and what to fetch."""

    capture_id: int
    fence: int
    source_id: int
    url: str
    attempts: int
    ignore_robots: bool = False
    known: Snapshot | None = None  # whose validators are sent along


def take(capture_id: int) -> Lease | None:
    """Take the capture if it is due or its lease has lapsed; None if it is not, or another took it."""
    return next(iter(take_all([capture_id])), None)


def take_all(capture_ids: Sequence[int]) -> list[Lease]:
    """Take those of the captures that are due or past their lease, and that nobody else takes just now."""
    with transaction.atomic():
        captures = [_Free(*row) for row in _FREE.rows(capture_ids)]
        _TAKEN.update(capture.pk for capture in captures)
    # Who asks for a page has its bytes looked at; the service itself also takes the server's word.
    scheduled = [each.source_id for each in captures if each.priority == CapturePriority.SCHEDULED]
    known = snapshots.known(scheduled) if scheduled else {}
    return [each.lease(known.get(each.source_id)) for each in captures]


class _Free(NamedTuple):
    """A capture that nobody else takes just now, as it was before its lease; its source has a URL, or it would not be
    queued.
    """

    pk: int
    source_id: int
    fence: int
    attempts: int
    ignore_robots: bool
    priority: int
    of_url: str

    def lease(self, known: Snapshot | None) -> Lease:
        """The lease that was taken since."""
        return Lease(
            self.pk, self.fence + 1, self.source_id, self.of_url, self.attempts, self.ignore_robots, known
        )


def _free(capture_ids: Sequence[int]) -> QuerySet[Capture, tuple[Any, ...]]:
    # Where rows have no locks (SQLite), their transaction is the only one that writes. The source's is not locked.
    free = Capture.objects.ready().filter(pk__in=capture_ids).select_for_update(skip_locked=True)
    url = Source.objects.filter(pk=OuterRef("source")).order_by().values("url")
    return free.annotate(of_url=Subquery(url)).order_by("pk").values_list(*_Free._fields)


def _taken() -> dict[str, Any]:
    lapsed = When(state=CaptureState.RUNNING, then=F("lease_losses") + 1)
    return {
        "state": CaptureState.RUNNING,
        "fence": F("fence") + 1,
        "lease_until": Now() + LEASE,
        "lease_losses": Case(lapsed, default=F("lease_losses"), output_field=IntegerField()),
    }


_FREE = PreparedList(_free)
_TAKEN = PreparedUpdate(lambda capture_ids: Capture.objects.filter(pk__in=capture_ids), _taken)


def give_back(held: Lease, *, seconds: float) -> None:
    """Return the lease unused, for a later time; no attempt counts."""
    settle(held, state=CaptureState.QUEUED, due_at=Now() + timedelta(seconds=seconds))


def settle(held: Lease, *, in_time: bool = False, **values: object) -> bool:
    """Write the capture's next state, if the lease is still ours; `in_time`: and has not lapsed.

    A page counts that came late, as long as nobody else brings one. A failure does not: a worker that stood still for
    longer than its lease met its own deadline, and the site had no part in it.
    """
    ours = Capture.objects.filter(pk=held.capture_id, fence=held.fence, state=CaptureState.RUNNING)
    if in_time:
        ours = ours.filter(lease_until__gte=Now())
    return bool(ours.update(lease_until=None, **values))
