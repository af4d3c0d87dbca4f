"""What is due, in which order, and how much of it there is: queries over open captures, which change nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.conf import settings
from django.db.models import Count, F, Min, Window
from django.db.models.functions import RowNumber

from sources.models import Capture

MAX_NUDGES = 500
# Captures of one round: as many pages as are fetched side by side by one worker process.
ROUND = 50


@dataclass(frozen=True, slots=True)
class Due:
    """A capture that a worker could take now."""

    capture_id: int
    host: str
    priority: int


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is to be done: open captures by state, those that are due, since when (None: none is), and of which
    hosts most are due.
    """

    by_state: dict[str, int]
    due: int
    oldest: datetime | None
    hosts: list[tuple[str, int]]


def due() -> list[Due]:
    """The captures that a worker could take now, at most `MAX_NUDGES`.

    By priority; then the first of each host, the second of each, and so on; of a host the longest waiting first. No
    more of a host than it may be asked for before the next sweep.
    """
    turn = Window(RowNumber(), partition_by=F("host"), order_by=[F("priority"), F("due_at"), F("pk")])
    shared = Capture.objects.ready().annotate(turn=turn).filter(turn__lte=_turns_of_a_sweep())
    ordered = shared.order_by("priority", "turn", "due_at", "pk")
    return [Due(*row) for row in ordered.values_list("pk", "host", "priority")[:MAX_NUDGES]]


def rounds(dues: Iterable[Due]) -> Iterator[list[Due]]:
    """Cut into pieces that one worker can do side by side: of one priority and of different hosts, in order."""
    piece: list[Due] = []
    for each in dues:
        full = len(piece) == ROUND or any(other.host == each.host for other in piece)
        if piece and (full or piece[0].priority != each.priority):
            yield piece
            piece = []
        piece.append(each)
    if piece:
        yield piece


def pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut into as many as go into one message, in order."""
    return (ids[start : start + ROUND] for start in range(0, len(ids), ROUND))


def depth(*, hosts: int = 10) -> Depth:
    """How much is to be done, with the `hosts` that have most of it."""
    states = Capture.objects.open().values_list("state").annotate(count=Count("pk")).order_by("state")
    ready = Capture.objects.ready()
    busiest = ready.values_list("host").annotate(count=Count("pk")).order_by("-count", "host")
    facts = ready.aggregate(due=Count("pk"), oldest=Min("due_at"))
    return Depth(dict(states), facts["due"], facts["oldest"], list(busiest[:hosts]))


def _turns_of_a_sweep() -> int:
    delay = settings.CAPTURE_HOST_DELAY
    return ceil(settings.SWEEP_SECONDS / delay) if delay > 0 else MAX_NUDGES
