"""The life of one Capture: lease, fetch, finish.

A worker takes a lease with one conditional UPDATE, by database time, and gets a fencing number. Its result counts only
while that number is the row's: a worker that was late, killed or stopped for a while cannot write a second one.

The numbers hold together: deadline 30 s < soft limit 38 < hard limit 42 < lease 45 s, so a hung worker is dead before
its lease is; and lease + sweep < 60 s, so its capture is taken up again within a minute.
"""

import logging
import random
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Case, F, IntegerField, When
from django.db.models.functions import Now

from sources import politeness, snapshots
from sources.canonical import host_of
from sources.fetchers.base import Fetched, FetchError, Truncation
from sources.fetchers.http import fetch
from sources.models import Capture
from sources.vocabulary import CaptureOutcome, CaptureState

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
SWEEP_SECONDS: int = settings.SWEEP_SECONDS
MAX_NUDGES = 500
MAX_ATTEMPTS = 5
# Seconds to the second, third, ... attempt, each made up to half as long again by chance.
BACKOFF = (10, 60, 300, 1800)
MAX_RETRY_AFTER = 3600.0
# A worker waits this long for its turn at a host; for longer it gives the lease back and does something else.
PATIENCE = 1.0
STORE_RETRY = 30.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to finish one capture: its row, the number that proves it, and what to fetch."""

    capture_id: int
    fence: int
    source_id: int
    url: str
    attempts: int


def ready() -> list[int]:
    """Ids of captures that a worker could take now, the longest waiting first, at most `MAX_NUDGES`."""
    return list(Capture.objects.ready().order_by("due_at").values_list("pk", flat=True)[:MAX_NUDGES])


def run(capture_id: int) -> int | None:
    """Do the capture if it is due. Returns the id of the snapshot it made; None if it made none."""
    policy = snapshots.policy()  # a setting that cannot be read must fail before anything is taken
    held = lease(capture_id)
    if held is None:
        return None
    wait = politeness.seconds_until_free(host_of(held.url), patience=PATIENCE)
    if wait > PATIENCE:
        give_back(held, seconds=wait)
        return None
    time.sleep(wait)
    try:
        # Outside any transaction: the network may take its whole deadline.
        fetched = fetch(held.url, policy)
        return finish(held, fetched)
    except FetchError as error:
        fail(held, error)
    except (OSError, OperationalError):
        # Our disk or database, not the site: no attempt is used up, and nothing is lost.
        logger.exception("Capture %s could not be stored; it will be tried again.", capture_id)
        give_back(held, seconds=STORE_RETRY)
    except Exception as error:
        # A mistake of ours that this page brings out. Without an end it would be fetched again and again.
        logger.exception("Capture %s failed in a way that nobody foresaw.", capture_id)
        stumble(held, error)
    return None


def lease(capture_id: int) -> Lease | None:
    """Take the capture if it is due or its lease has lapsed; None if it is not, or another took it."""
    lapsed = When(state=CaptureState.RUNNING, then=F("lease_losses") + 1)
    with transaction.atomic():
        taken = (
            Capture.objects.ready()
            .filter(pk=capture_id)
            .update(
                state=CaptureState.RUNNING,
                fence=F("fence") + 1,
                lease_until=Now() + LEASE,
                lease_losses=Case(lapsed, default=F("lease_losses"), output_field=IntegerField()),
            )
        )
        if not taken:
            return None
        # In the same transaction: the number read is the one just written.
        capture = Capture.objects.select_related("source").get(pk=capture_id)
    assert capture.source.url is not None  # noqa: S101 - request_capture queues no offline work
    return Lease(capture_id, capture.fence, capture.source_id, capture.source.url, capture.attempts)


def finish(held: Lease, fetched: Fetched) -> int | None:
    """Store what was fetched and end the capture with it. None if the lease was lost: another does it then."""
    stored = snapshots.store(fetched, source_id=held.source_id)
    whole = fetched.truncated == Truncation.NONE
    outcome = CaptureOutcome.CAPTURED if whole else CaptureOutcome.CAPTURED_TRUNCATED
    hops = [asdict(hop) for hop in fetched.hops]
    with transaction.atomic():
        if not _end(held, outcome, reason="", detail="", hops=hops):
            return None
        return snapshots.record(stored, source_id=held.source_id, capture_id=held.capture_id).pk


def fail(held: Lease, error: FetchError) -> None:
    """End the capture, or let it wait for its next attempt, as the error's kind says."""
    facts = {
        "reason": error.reason,
        "detail": error.detail[:1000],
        "hops": [asdict(hop) for hop in error.hops],
    }
    if error.permanent:
        outcome = CaptureOutcome.REFUSED if error.refused else CaptureOutcome.FAILED
        _end(held, outcome, **facts)
    else:
        _try_again(held, retry_after=error.retry_after, **facts)


def stumble(held: Lease, error: Exception) -> None:
    """Let the capture wait after a failure of our own that has no reason code; `MAX_ATTEMPTS` ends it too."""
    _try_again(held, reason="", detail=f"The service failed at this page ({type(error).__name__}).")


def give_back(held: Lease, *, seconds: float) -> None:
    """Return the lease unused, for a later time; no attempt counts."""
    _settle(held, state=CaptureState.QUEUED, due_at=Now() + timedelta(seconds=seconds))


def _try_again(held: Lease, *, retry_after: float | None = None, **facts: object) -> None:
    attempts = held.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        _end(held, CaptureOutcome.FAILED, **facts)
        return
    due_at = Now() + timedelta(seconds=_delay(attempts, retry_after))
    _settle(held, state=CaptureState.WAITING, attempts=attempts, due_at=due_at, **facts)


def _end(held: Lease, outcome: CaptureOutcome, **facts: object) -> bool:
    return _settle(
        held,
        state=CaptureState.DONE,
        outcome=outcome,
        attempts=held.attempts + 1,
        finished_at=Now(),
        **facts,
    )


def _settle(held: Lease, **values: object) -> bool:
    """Write the capture's next state, if the lease is still ours."""
    ours = Capture.objects.filter(pk=held.capture_id, fence=held.fence, state=CaptureState.RUNNING)
    return bool(ours.update(lease_until=None, **values))


def _delay(attempts: int, retry_after: float | None) -> float:
    if retry_after is not None:
        return min(max(retry_after, 1.0), MAX_RETRY_AFTER)
    base = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    return base * random.uniform(1, 1.5)  # noqa: S311 - spreads load, hides nothing
