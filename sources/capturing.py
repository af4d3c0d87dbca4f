"""The life of Captures: lease, fetch, finish; several of different hosts side by side.

A result counts only while its lease does (see `leases`).

The numbers hold together: deadline 30 s < soft limit 38 < hard limit 42 < lease 45 s, so a hung worker is dead before
its leases are; and lease + sweep < 60 s, so its captures are taken up again within a minute.
"""

import logging
import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from sources import leases, planning, politeness, snapshots
from sources.canonical import host_of
from sources.fetchers.base import Fetched, FetchError, Truncation
from sources.fetchers.bodies import NoRoom
from sources.leases import Lease
from sources.models import Capture
from sources.permission import Permission
from sources.politeness import Turn
from sources.prepared import PreparedList, PreparedUpdate
from sources.side_by_side import Answer, Errand, fetch_all
from sources.snapshots import Arrival, Recording, StoredPage
from sources.vocabulary import CaptureOutcome, CaptureState

logger = logging.getLogger(__name__)

SWEEP_SECONDS: int = settings.SWEEP_SECONDS
MAX_ATTEMPTS = 5
# Seconds to the second, third, ... attempt, each made up to half as long again by chance.
BACKOFF = (10, 60, 300, 1800)
MAX_RETRY_AFTER = politeness.MAX_PAUSE
# A worker waits this long for its turn at a host; for longer it gives the lease back and does something else.
PATIENCE = 1.0
STORE_RETRY = 30.0


@dataclass(frozen=True, slots=True)
class Settled:
    """Captures that were settled together: the ids of the snapshots made, and whether they were the last of all.

    Of the last `pages` has the bytes, by snapshot, but for those that a server said it had not modified. Before, the
    others need the room.
    """

    made: list[int]
    pages: Mapping[int, bytes] = field(repr=False)
    is_last: bool


def run(capture_id: int) -> int | None:
    """Do one capture if it is due. Returns the id of the snapshot it made; None if it made none."""
    return next((made for settled in run_all([capture_id]) for made in settled.made), None)


def run_all(capture_ids: Sequence[int]) -> Generator[Settled, None, None]:
    """Do those of the captures that are due, side by side; yields what was made, as it is.

    What has arrived is stored and committed at once: one that hangs holds up no other.
    """
    policy = snapshots.policy()  # a setting that cannot be read must fail before anything is taken
    permission = Permission(policy)
    turns = _with_turns(leases.take_all(capture_ids), permission)
    try:
        errands = [_errand(held, turn, permission) for held, turn in turns.values()]
        for answers in fetch_all(errands, policy):
            settled = _settled(answers, turns)
            answers.clear()  # nobody holds on to the pages when the next are asked for
            yield settled
    finally:
        politeness.release(turn for _, turn in turns.values())


def _settled(answers: Sequence[Answer], turns: dict[int, tuple[Lease, Turn]]) -> Settled:
    """Settle what has come, and take its turns from those that are left."""
    came = [(*turns.pop(key), answer) for key, answer in answers]
    politeness.release(turn for _, turn, _ in came)
    made = _conclude([(held, answer) for held, _, answer in came])
    return Settled(list(made), {} if turns else _seen(made), is_last=not turns)


def _errand(held: Lease, turn: Turn, permission: Permission) -> Errand:
    permit = permission.permit(whatever_they_say=held.ignore_robots)
    return Errand(held.capture_id, held.url, turn.wait, permit, snapshots.validators(held.known))


def _with_turns(taken: Sequence[Lease], permission: Permission) -> dict[int, tuple[Lease, Turn]]:
    """Those of the leases whose hosts can be asked soon, by capture; the others are given back."""
    turns = politeness.take_turns(
        [host_of(held.url) for held in taken],
        patience=PATIENCE,
        crawl_delays=[permission.crawl_delay(held.url) for held in taken],
    )
    for held, turn in zip(taken, turns, strict=True):
        if not turn.taken:
            leases.give_back(held, seconds=turn.wait)
    return {held.capture_id: (held, turn) for held, turn in zip(taken, turns, strict=True) if turn.taken}


# --- What came of it


Made = Mapping[int, StoredPage]
"""Pages that became snapshots, by those."""


def _conclude(came: Sequence[tuple[Lease, Fetched | Exception]]) -> Made:
    """Settle captures that a page or an error has come for."""
    brought = [(held, answer, _brought(held, answer)) for held, answer in came]
    for held, answer, page in brought:
        if page is None and isinstance(answer, Exception):
            _settle_failure(held, answer)
    return _end_all(_stored([(held, answer, page) for held, answer, page in brought if page]))


def _brought(held: Lease, answer: Fetched | Exception) -> Fetched | None:
    """What came and is to be kept: a page, or the last resort."""
    if isinstance(answer, Fetched):
        return answer
    return _last_resort(held, answer) if isinstance(answer, FetchError) else None


def _stored(
    brought: Sequence[tuple[Lease, Fetched | Exception, Fetched]],
) -> list[tuple[Lease, StoredPage]]:
    """The pages, safe in the store; the captures of those that are not say why."""
    arrivals = [Arrival(page, held.source_id, held.known) for held, _, page in brought]
    try:
        outcomes = snapshots.store_all(arrivals)
    except Exception as error:  # of all of them, such as a database that is gone
        outcomes = [error for _ in arrivals]
    kept = []
    for (held, answer, _), outcome in zip(brought, outcomes, strict=True):
        if isinstance(outcome, Exception):
            _settle_failure(held, outcome)
        else:
            kept.append((held, _with_reason(outcome, answer)))
    return kept


def _with_reason(page: StoredPage, answer: Fetched | Exception) -> StoredPage:
    """Of a page that is the last resort, with what is wrong with it."""
    if isinstance(answer, FetchError):
        return replace(page, reason=answer.reason, detail=answer.detail[:1000])
    return page


def _last_resort(held: Lease, error: FetchError) -> Fetched | None:
    """What came of a page that its server cut, where no attempt is left that could bring the whole."""
    is_last = error.permanent or held.attempts + 1 >= MAX_ATTEMPTS
    return error.partial if is_last else None


def _settle_failure(held: Lease, error: Exception) -> None:
    """Say of the capture what kept it from its end. Without an end it would be fetched again and again."""
    if isinstance(error, SoftTimeLimitExceeded):
        raise error  # no time is left for any of them: the leases lapse
    if isinstance(error, FetchError):
        fail(held, error)
    elif isinstance(error, NoRoom):
        logger.info("Capture %s found no room among large pages; it will be tried again.", held.capture_id)
        leases.give_back(held, seconds=STORE_RETRY)
    elif isinstance(error, OSError | OperationalError):
        # Our disk or database, not the site: no attempt is used up, and nothing is lost.
        logger.error(
            "Capture %s could not be stored; it will be tried again.", held.capture_id, exc_info=error
        )
        leases.give_back(held, seconds=STORE_RETRY)
    else:
        # A mistake of ours that this page brings out.
        logger.error("Capture %s failed in a way that nobody foresaw.", held.capture_id, exc_info=error)
        stumble(held, error)


def _seen(made: Made) -> dict[int, bytes]:
    return {pk: page.fetched.body for pk, page in made.items() if not page.unmodified}


def _end_all(pages: Sequence[tuple[Lease, StoredPage]]) -> Made:
    """End these captures in one commit, each by its own fence; in one each where that fails, so that one bad row
    does not fail the others.
    """
    in_order = sorted(pages, key=lambda page: page[0].capture_id)
    if len(in_order) > 1:
        try:
            return _end_together(in_order)
        except (DatabaseError, OSError):
            logger.warning("Captures could not be ended together; each is now alone.", exc_info=True)
    return {pk: made for page in in_order for pk, made in _end_alone(*page).items()}


def _end_together(pages: Sequence[tuple[Lease, StoredPage]]) -> Made:
    """End the captures with their snapshots; those whose lease was lost are left to whoever does them now."""
    with transaction.atomic():
        # All captures before the first snapshot: its place in the ledger makes every other writer wait.
        ended = _end_captured(pages)
        if not ended:
            return {}
        planning.plan([held.source_id for held, _ in ended], seen_now=True)
        recordings = [Recording(page, held.source_id, held.capture_id) for held, page in ended]
        made = snapshots.record_all(recordings)
    return {pk: page for pk, (_, page) in zip(made, ended, strict=True)}


def _end_alone(held: Lease, page: StoredPage) -> Made:
    try:
        return _end_together([(held, page)])
    except Exception as error:
        _settle_failure(held, error)
        return {}


def _end_captured(pages: Sequence[tuple[Lease, StoredPage]]) -> list[tuple[Lease, StoredPage]]:
    """End the captures as captured; those of them whose lease is ours."""
    fences = dict(_FENCES.rows(held.capture_id for held, _ in pages))
    ours = [(held, page) for held, page in pages if fences.get(held.capture_id) == held.fence]
    _CAPTURED.update(held.capture_id for held, _ in ours)
    remarkable = [facts for held, page in ours if (facts := _remarkable(held, page))]
    Capture.objects.bulk_update(remarkable, ["outcome", "reason", "detail", "hops"])
    return ours


def _running(capture_ids: Sequence[int]) -> QuerySet[Capture]:
    return Capture.objects.filter(pk__in=capture_ids, state=CaptureState.RUNNING)


def _fences(capture_ids: Sequence[int]) -> QuerySet[Capture, tuple[int, int]]:
    """Those that are running, each locked, with its fence."""
    return _running(capture_ids).select_for_update(no_key=True).order_by("pk").values_list("pk", "fence")


def _captured() -> dict[str, Any]:
    return {
        "state": CaptureState.DONE,
        "outcome": CaptureOutcome.CAPTURED,
        "reason": "",
        "detail": "",
        "hops": [],
        "attempts": F("attempts") + 1,
        "finished_at": Now(),
        "lease_until": None,
    }


_FENCES = PreparedList(_fences)
_CAPTURED = PreparedUpdate(_running, _captured)


def _remarkable(held: Lease, page: StoredPage) -> Capture | None:
    """What the capture's row says of a page that is not whole, or was elsewhere; None of one that was as asked for."""
    if not (page.fetched.hops or page.fetched.truncated or page.reason):
        return None
    whole = page.fetched.truncated == Truncation.NONE
    return Capture(
        pk=held.capture_id,
        outcome=CaptureOutcome.CAPTURED if whole else CaptureOutcome.CAPTURED_TRUNCATED,
        reason=page.reason,
        detail=page.detail,
        hops=[asdict(hop) for hop in page.fetched.hops],
    )


def finish(held: Lease, fetched: Fetched) -> int | None:
    """Store what was fetched and end the capture with it. None if the lease was lost: another does it then."""
    page = snapshots.store(fetched, source_id=held.source_id, known=held.known)
    return next(iter(_end_together([(held, page)])), None)


def fail(held: Lease, error: FetchError) -> None:
    """End the capture, or let it wait for its next attempt, as the error's kind says."""
    facts = {
        "reason": error.reason,
        "detail": error.detail[:1000],
        "hops": [asdict(hop) for hop in error.hops],
    }
    if error.permanent:
        _end_without_page(held, CaptureOutcome.REFUSED if error.refused else CaptureOutcome.FAILED, **facts)
        return
    if error.retry_after:
        politeness.hold(_host_that_failed(held, error), seconds=error.retry_after)
    _try_again(held, retry_after=error.retry_after, **facts)


def _host_that_failed(held: Lease, error: FetchError) -> str:
    """Where the last redirect led, or the capture's own host if there was none."""
    url = urljoin(error.hops[-1].url, error.hops[-1].location) if error.hops else held.url
    return urlsplit(url).netloc.lower()


def stumble(held: Lease, error: Exception) -> None:
    """Let the capture wait after a failure of our own that has no reason code; `MAX_ATTEMPTS` ends it too."""
    _try_again(held, reason="", detail=f"The service failed at this page ({type(error).__name__}).")


def _try_again(held: Lease, *, retry_after: float | None = None, **facts: object) -> None:
    attempts = held.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        _end_without_page(held, CaptureOutcome.FAILED, **facts)
        return
    due_at = Now() + timedelta(seconds=_delay(attempts, retry_after))
    leases.settle(held, in_time=True, state=CaptureState.WAITING, attempts=attempts, due_at=due_at, **facts)


def _end_without_page(held: Lease, outcome: CaptureOutcome, **facts: object) -> None:
    with transaction.atomic():
        if _end(held, outcome, in_time=True, **facts):
            planning.plan([held.source_id], failed=True)


def _end(held: Lease, outcome: CaptureOutcome, *, in_time: bool = False, **facts: object) -> bool:
    return leases.settle(
        held,
        in_time=in_time,
        state=CaptureState.DONE,
        outcome=outcome,
        attempts=held.attempts + 1,
        finished_at=Now(),
        **facts,
    )


def _delay(attempts: int, retry_after: float | None) -> float:
    if retry_after is not None:
        return min(max(retry_after, 1.0), MAX_RETRY_AFTER)
    base = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    return base * random.uniform(1, 1.5)  # noqa: S311 - spreads load, hides nothing
