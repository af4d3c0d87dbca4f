"""Celery shells: ids in, one call, the next nudge out. Every task re-checks its row, so running twice is harmless.

One capture goes to the queue of people who wait; several go to the queue `rounds`, which a worker can be told to leave
alone: so somebody's one page need not wait for a round of slow sites to end.
"""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from celery import shared_task

from sources import capturing, extracting, queue
from sources.nudges import nudge
from sources.queue import Due

ROUNDS = "rounds"
# Of messages in one queue, the lowest first. Texts come before further pages: what is begun is ended.
_TEXTS, _PAGES = 0, {0: 3, 1: 6}
# Seconds from its start in which a task that has fetched goes on with the texts: most of `BEGIN_WITHIN` is left then.
_READS_ON_WITHIN = 2.0


@shared_task
def capture(*capture_ids: int) -> None:
    """Do those of the captures that are due and that nobody else does, side by side.

    While others are still to come, what came is read by another task: a page that hangs its reader holds up none.
    """
    begun = monotonic()
    for settled in capturing.run_all(capture_ids):
        reads_on = settled.is_last and monotonic() < begun + _READS_ON_WITHIN
        if settled.made and reads_on:
            extracting.extract_all(settled.made, at_hand=settled.pages, begun=begun)
        elif settled.made:
            nudge(extract, *settled.made, **_road(len(capture_ids), _TEXTS))


@shared_task
def extract(*snapshot_ids: int) -> None:
    """Read the text of these snapshots, each unless the current extractor did."""
    extracting.extract_all(snapshot_ids)


@shared_task
def sweep() -> None:
    """Nudge whatever is due: this is what makes up for lost messages, dead workers and a broker that was emptied."""
    # A nudge that no worker took before the next sweep is sent again by it; without an end, they would pile up.
    nudge_captures(queue.due(), expires=capturing.SWEEP_SECONDS)
    for piece in queue.pieces(extracting.ready()):
        nudge(extract, *piece, **_road(len(piece), _TEXTS), expires=capturing.SWEEP_SECONDS)


def nudge_captures(dues: Iterable[Due], **options: Any) -> None:
    """Tell workers of these captures, those of different hosts in one message."""
    for piece in queue.rounds(dues):
        road = _road(len(piece), _PAGES[piece[0].priority])
        nudge(capture, *(each.capture_id for each in piece), **road, **options)


def _road(count: int, priority: int) -> dict[str, Any]:
    return {"queue": ROUNDS, "priority": priority} if count > 1 else {}
