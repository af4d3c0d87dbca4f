"""Asking for captures: the rows first, the nudges once they are committed."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from sources import adding, queue, tasks
from sources.canonical import host_of
from sources.models import Capture, Source
from sources.queue import Due
from sources.vocabulary import CapturePriority, CaptureState

_AT_ONCE = 4 * queue.ROUND


class NothingToFetch(ValueError):
    """The source is offline: it has no URL."""


class BeingFetched(ValueError):
    """A worker has begun with the capture: what it does can no longer be said otherwise."""


def request_capture(
    source: Source, *, by: User, priority: CapturePriority = CapturePriority.ASKED
) -> Capture:
    """Return the open capture of this source, or queue one. Raises `NothingToFetch` for an offline work."""
    if source.is_offline:
        raise NothingToFetch("This work is offline and has no URL. Upload a copy of it instead.")
    capture = _open_capture(source) or _queue(source, by=by, priority=priority)
    _nudge([_hurried(capture, priority)])
    return capture


def request_despite_robots(source: Source, *, by: User) -> Capture:
    """As `request_capture`, whatever the site's robots.txt says: recorded, and `by` answers for it.

    Raises `NothingToFetch`, and `BeingFetched` where robots.txt is being obeyed at this moment.
    """
    capture = request_capture(source, by=by)
    not_running = Capture.objects.filter(pk=capture.pk, state__in=[CaptureState.QUEUED, CaptureState.WAITING])
    if not not_running.update(ignore_robots=True, requested_by=by, due_at=Now()):
        raise BeingFetched("The page is being fetched just now. Ask again when that has ended.")
    capture.refresh_from_db()
    return capture


def request_captures(
    sources: Iterable[Source], *, by: User | None, priority: CapturePriority = CapturePriority.ASKED
) -> list[Capture]:
    """As `request_capture` for each of these sources, in few statements and messages; offline works are left out.

    `by` nobody: the service itself looks again. Outside a transaction, those before one that fails are queued.
    """
    wanted = list({source.pk: source for source in sources if not source.is_offline}.values())
    # Outside a transaction workers begin with the first while the others are still written down.
    return [
        capture
        for start in range(0, len(wanted), _AT_ONCE)
        for capture in _request(wanted[start : start + _AT_ONCE], by=by, priority=priority)
    ]


def _request(sources: Sequence[Source], *, by: User | None, priority: CapturePriority) -> list[Capture]:
    wanted = {source.pk: source for source in sources}
    captures = _open_captures(wanted)
    missing = [source for pk, source in wanted.items() if pk not in captures]
    # Somebody may queue one in between: theirs is ours.
    adding.add_missing([_new(source, by=by, priority=priority) for source in missing])
    captures |= _open_captures([source.pk for source in missing])
    # One may also have ended in between.
    found = [captures.get(pk) or _queue(source, by=by, priority=priority) for pk, source in wanted.items()]
    _nudge([_hurried(capture, priority) for capture in found])
    return found


def _hurried(capture: Capture, priority: CapturePriority) -> Capture:
    """The capture, which now is as urgent as its most urgent request."""
    if capture.priority > priority:
        Capture.objects.filter(pk=capture.pk, priority__gt=priority).update(priority=priority)
        capture.priority = priority
    return capture


def _nudge(captures: Sequence[Capture]) -> None:
    open_now = [capture for capture in captures if capture.state != CaptureState.DONE]
    tasks.nudge_captures(Due(capture.pk, capture.host, capture.priority) for capture in open_now)


def _open_capture(source: Source) -> Capture | None:
    return Capture.objects.open().filter(source=source).first()


def _open_captures(source_ids: Iterable[int]) -> dict[int, Capture]:
    found = Capture.objects.open().filter(source__in=list(source_ids))
    return {capture.source_id: capture for capture in found}


def _new(source: Source, *, by: User | None, priority: CapturePriority) -> Capture:
    return Capture(source=source, host=host_of(source.url or ""), requested_by=by, priority=priority)


def _queue(source: Source, *, by: User | None, priority: CapturePriority) -> Capture:
    try:
        with transaction.atomic():
            capture = _new(source, by=by, priority=priority)
            capture.save()
            return capture
    except IntegrityError:
        # Somebody queued one in between: theirs is ours. If it ended in between too, the second try goes through.
        return _open_capture(source) or _queue(source, by=by, priority=priority)
