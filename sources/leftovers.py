"""Files in the snapshot store that no row names: what a capture left behind that lost its lease, or died.

A row never names a file that is removed here. A file is removed only under the ledger's head, which every transaction
that commits a snapshot holds: after a look for its row, and only if it was not written within `GRACE`. A capture that
stored its file longer ago than half of that records no row (see `snapshots.record`). And a file that is written again
just now is either young, or not there yet when it is removed (see `Folder.remove_if_older`).
"""

import logging
import re
import time
from collections.abc import Iterator
from itertools import islice

from django.conf import settings
from django.db import transaction

from sources import ledger, storage
from sources.models import Snapshot
from sources.stores.base import FOLDERS, NAME, Found

logger = logging.getLogger(__name__)

GRACE = 3600.0
"""Seconds in which a file may have no row yet."""

_BATCH = 500
_UNFINISHED = re.compile(r"[0-9a-f]{2}/\..+\.tmp")


def folder_at(instant: float) -> str:
    """Whose turn it is (`instant` in seconds since 1970): each folder's once in 256 sweeps."""
    return FOLDERS[int(instant // settings.STORE_SWEEP_SECONDS) % len(FOLDERS)]


def remove(folder: str) -> list[str]:
    """Remove from this folder of the store what no row names and nobody wrote within `GRACE`; the names.

    What is not named as our files are is left alone. Raises OSError.
    """
    before = time.time() - GRACE
    ours = [each for each in unnamed(folder, before=before) if _is_ours(each.name)]
    removed = [each.name for each in ours if _remove(each.name, before)]
    if removed:
        logger.warning("Removed %s files that no snapshot names: %s", len(removed), ", ".join(removed))
    return removed


def unnamed(folder: str, *, before: float | None = None) -> Iterator[Found]:
    """Files in this folder of the store that no committed row names; those written `before`, where that is given."""
    found = (each for each in storage.store().walk(folder) if before is None or each.written_at < before)
    while batch := list(islice(found, _BATCH)):
        named = _named([each.name for each in batch])
        yield from (each for each in batch if each.name not in named)


def _remove(name: str, before: float) -> bool:
    # One by one: whoever wants to commit a snapshot waits for as long as one file takes.
    with transaction.atomic():
        ledger.hold()
        return not _named([name]) and storage.store().remove_if_older(name, before)


def _named(names: list[str]) -> set[str]:
    return set(Snapshot.objects.filter(warc_name__in=names).values_list("warc_name", flat=True))


def _is_ours(name: str) -> bool:
    return bool(NAME.fullmatch(name) or _UNFINISHED.fullmatch(name))
