"""What is verified, in its order: snapshots with their files, texts, the ledger; and what no row names."""

from collections.abc import Callable, Iterator
from hashlib import sha256

from django.db.models import QuerySet

from sources import ledger, leftovers
from sources.models import Extraction, Snapshot
from sources.stores.base import FOLDERS
from sources.verifying.chained import check_entries, check_ledger, without_entry
from sources.verifying.difference import Difference, Kind, compare
from sources.verifying.files import check_file

_BATCH = 100
_TEXTS = 20  # a text may have megabytes

Progress = Callable[[str, int], None]
"""Told what is being read, and how many of it were."""


def differences(chosen: "QuerySet[Snapshot] | None", *, progress: Progress) -> Iterator[Difference]:
    """Everything that differs in the chosen snapshots; in all of them and in the whole ledger without a choice."""
    head = ledger.newest()  # first: what is added from now on is not looked at
    snapshots = Snapshot.objects.all() if chosen is None else chosen
    if chosen is None:
        yield from without_entry()
        yield from check_ledger(head)
        progress("ledger entries", head.seq)
    yield from _check_snapshots(snapshots, entries=chosen is not None, progress=progress)
    yield from _check_texts(Extraction.objects.filter(snapshot__in=snapshots), progress=progress)


def unnamed_files() -> Iterator[str]:
    """Names of files in the store that no row names: of no harm, and gone within two hours if they are ours."""
    for folder in FOLDERS:
        yield from (found.name for found in leftovers.unnamed(folder))


def _check_snapshots(
    snapshots: "QuerySet[Snapshot]", *, entries: bool, progress: Progress
) -> Iterator[Difference]:
    count = 0
    for ids in _batches(snapshots, _BATCH):
        if entries:
            yield from check_entries(ids)
        for snapshot_id in ids:
            yield from _check_snapshot(snapshot_id)
            count += 1
            progress("snapshots", count)


def _check_snapshot(snapshot_id: int) -> Iterator[Difference]:
    try:
        yield from check_file(Snapshot.objects.select_related("payload_of").get(pk=snapshot_id))
    except Exception as error:  # SQLite keeps whatever somebody puts into a column
        yield Difference(Kind.ROW_UNREADABLE, f"snapshot={snapshot_id}", "a row", repr(error))


def _check_texts(extractions: "QuerySet[Extraction]", *, progress: Progress) -> Iterator[Difference]:
    count = 0
    for ids in _batches(extractions, _TEXTS):
        texts = Extraction.objects.filter(pk__in=ids).order_by("pk")
        for pk, snapshot_id, text, stated in texts.values_list("pk", "snapshot", "text", "text_sha256"):
            digest = sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""
            where = f"snapshot={snapshot_id} extraction={pk}"
            yield from compare(Kind.TEXT_DIGEST, where, expected=stated, found=digest)
            count += 1
            progress("texts", count)


def _batches(rows: "QuerySet[Snapshot] | QuerySet[Extraction]", size: int) -> Iterator[list[int]]:
    ids = rows.order_by("pk").values_list("pk", flat=True)
    batch = list(ids[:size])
    while batch:
        yield batch
        batch = list(ids.filter(pk__gt=batch[-1])[:size])
