"""Celery shells: ids in, one call."""

from celery import shared_task
from django.conf import settings

from claims import anchoring
from sources import queue
from sources.nudges import nudge


@shared_task
def anchor(*source_ids: int) -> None:
    """Anchor what is due in these sources."""
    for source_id in anchoring.with_quotes(source_ids):
        anchoring.anchor_source(source_id)


@shared_task
def sweep() -> None:
    """Nudge every source that is due, several in one message."""
    for piece in queue.pieces(anchoring.ready()):
        nudge(anchor, *piece, expires=settings.SWEEP_SECONDS)
