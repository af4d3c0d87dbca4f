"""Celery shells of the project itself."""

import time

from celery import shared_task

from sources import leftovers, recapturing


@shared_task
def recapture() -> None:
    """Ask for captures of the sources that are to be looked at again."""
    recapturing.sweep()


@shared_task
def sweep_store() -> None:
    """Remove what no row names from one folder of the snapshot store: whose turn it is, the clock says."""
    leftovers.remove(leftovers.folder_at(time.time()))
