"""Captures that nobody asked for: the service looks again at what is cited, when that is due (see `planning`)."""

from sources import planning
from sources.models import Recapture
from sources.requests import request_captures
from sources.vocabulary import CapturePriority

MAX_A_SWEEP = 100
"""Captures that one sweep asks for: more that are due wait for the next."""


def sweep() -> int:
    """Ask for captures of the sources that are due, those that waited longest first; how many."""
    due = Recapture.objects.due().select_related("source").order_by("due_at")
    sources = [each.source for each in due[:MAX_A_SWEEP]]
    if not sources:
        return 0
    wanted = [source for source in sources if planning.shortest(source) is not None]
    request_captures(wanted, by=None, priority=CapturePriority.SCHEDULED)
    # After the captures are there, and in no transaction with them: whoever ends one plans anew, and needs this row.
    Recapture.objects.due().filter(source__in=sources).update(due_at=None)
    return len(wanted)
