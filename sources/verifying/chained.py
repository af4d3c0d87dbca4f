"""The ledger against the snapshots, and against itself."""

from collections.abc import Iterator, Sequence

from django.db import DatabaseError

from sources import ledger
from sources.chain import START, link
from sources.ledger import FACTS
from sources.models import LedgerEntry, LedgerHead, Snapshot
from sources.verifying.difference import Difference, Kind, compare

_BATCH = 500

Facts = dict[str, object]


def check_ledger(head: LedgerHead) -> Iterator[Difference]:
    """What differs in the ledger up to this head, which was read before."""
    if not head.seq and LedgerEntry.objects.exists() and not ledger.newest().seq:
        yield Difference(Kind.LEDGER_HEAD, "head", "the last entry", "none")
    stored = computed = START
    expected, linked = 1, True
    for entry, facts in _entries(head.seq):
        if entry.seq != expected:
            yield _gap(expected, entry.seq - 1)
            linked = False  # what came before is not known
        digests = [link(before, entry.seq, facts) for before in (stored, computed)]
        if linked and entry.digest not in digests:
            yield _wrong(entry, digests[0])
        stored, computed, expected, linked = entry.digest, digests[0], entry.seq + 1, True
    if expected <= head.seq:
        yield _gap(expected, head.seq)
    else:
        yield from compare(Kind.LEDGER_HEAD, f"entry={head.seq}", expected=head.digest, found=stored)


def check_entries(snapshot_ids: Sequence[int]) -> Iterator[Difference]:
    """What differs in the entries of these snapshots: each against the entry before it alone."""
    entries = {each.snapshot_id: each for each in LedgerEntry.objects.filter(snapshot__in=snapshot_ids)}
    rows = facts_of(list(entries))
    earlier = LedgerEntry.objects.in_bulk([entry.seq - 1 for entry in entries.values()])
    for snapshot_id in snapshot_ids:
        entry = entries.get(snapshot_id)
        if entry is None:
            yield Difference(Kind.LEDGER_MISSING, f"snapshot={snapshot_id}", "an entry", "none")
            continue
        before = earlier.get(entry.seq - 1)
        if before is None and entry.seq != 1:
            yield _gap(entry.seq - 1, entry.seq - 1)
            continue
        digest = link(before.digest if before else START, entry.seq, rows[snapshot_id])
        if digest != entry.digest:
            yield _wrong(entry, digest)


def without_entry() -> Iterator[Difference]:
    """Snapshots that are not in the ledger."""
    for snapshot_id in Snapshot.objects.filter(entry=None).order_by("pk").values_list("pk", flat=True):
        yield Difference(Kind.LEDGER_MISSING, f"snapshot={snapshot_id}", "an entry", "none")


def facts_of(snapshot_ids: Sequence[int]) -> dict[int, Facts]:
    """What the rows say; nothing for one that is missing or cannot be read."""
    rows: dict[int, Facts] = {snapshot_id: {} for snapshot_id in snapshot_ids}
    try:
        rows.update(_read(snapshot_ids))
    except (ValueError, DatabaseError):
        for snapshot_id in snapshot_ids:
            try:
                rows.update(_read([snapshot_id]))
            except (ValueError, DatabaseError):
                continue
    return rows


def _read(snapshot_ids: Sequence[int]) -> dict[int, Facts]:
    return {row["id"]: row for row in Snapshot.objects.filter(pk__in=snapshot_ids).values(*FACTS)}


def _entries(until: int) -> Iterator[tuple[LedgerEntry, Facts]]:
    entries = LedgerEntry.objects.filter(seq__lte=until).order_by("seq")
    batch = list(entries[:_BATCH])
    while batch:
        rows = facts_of([entry.snapshot_id for entry in batch])
        yield from ((entry, rows[entry.snapshot_id]) for entry in batch)
        batch = list(entries.filter(seq__gt=batch[-1].seq)[:_BATCH])


def _gap(first: int, last: int) -> Difference:
    return Difference(Kind.LEDGER_GAP, f"entries={first}-{last}", "an entry each", "none")


def _wrong(entry: LedgerEntry, digest: str) -> Difference:
    where = f"snapshot={entry.snapshot_id} entry={entry.seq}"
    return Difference(Kind.LEDGER_DIGEST, where, entry.digest, digest)
