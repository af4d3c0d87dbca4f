"""Celery shells: ids in, one call, the next nudge out. Every task re-checks its row, so running twice is harmless."""

from celery import shared_task

from sources import capturing, extracting
from sources.nudges import nudge


@shared_task
def capture(capture_id: int) -> None:
    """Do this capture if it is due and nobody else does."""
    if snapshot_id := capturing.run(capture_id):
        nudge(extract, snapshot_id)


@shared_task
def extract(snapshot_id: int) -> None:
    """Read this snapshot's text, unless the current extractor did."""
    extracting.extract(snapshot_id)


@shared_task
def sweep() -> None:
    """Nudge whatever is due: this is what makes up for lost messages, dead workers and a broker that was emptied."""
    # A nudge that no worker took before the next sweep is sent again by it; without an end, they would pile up.
    for capture_id in capturing.ready():
        nudge(capture, capture_id, expires=capturing.SWEEP_SECONDS)
    for snapshot_id in extracting.ready():
        nudge(extract, snapshot_id, expires=capturing.SWEEP_SECONDS)
