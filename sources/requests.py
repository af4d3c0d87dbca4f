"""Asking for a capture: the row first, the nudge once it is committed."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from sources import tasks
from sources.models import Capture, Source
from sources.nudges import nudge


class NothingToFetch(ValueError):
    """The source is offline: it has no URL."""


def request_capture(source: Source, *, by: User) -> Capture:
    """Return the open capture of this source, or queue one. Raises `NothingToFetch` for an offline work."""
    if source.is_offline:
        raise NothingToFetch("This work is offline and has no URL. Upload a copy of it instead.")
    capture = _open_capture(source) or _queue(source, by=by)
    nudge(tasks.capture, capture.pk)
    return capture


def _open_capture(source: Source) -> Capture | None:
    return Capture.objects.open().filter(source=source).first()


def _queue(source: Source, *, by: User) -> Capture:
    try:
        with transaction.atomic():
            return Capture.objects.create(source=source, requested_by=by)
    except IntegrityError:
        # Somebody queued one in between: theirs is ours. If it ended in between too, the second try goes through.
        return _open_capture(source) or _queue(source, by=by)
