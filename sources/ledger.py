"""The ledger of snapshots: an entry for each, in the order of commits, chained by digests (see `chain`).

As in the change log of claims, numbers are given under the lock of the head row, which lasts until commit: there are
no gaps, and a rollback gives its numbers back. The lock is short where it is taken last. Who records several snapshots
in one transaction ends their captures first: who holds the head waits for nobody else's rows.
"""

from collections.abc import Sequence

from django.db import connection

from sources import adding
from sources.chain import START, link
from sources.models import LedgerEntry, LedgerHead, Snapshot
from sources.prepared import PreparedList

_TAKE = """
INSERT INTO sources_ledgerhead (id, seq, digest) VALUES (1, 0, %s)
ON CONFLICT (id) DO UPDATE SET seq = sources_ledgerhead.seq
RETURNING seq, digest
"""

_MOVE = "UPDATE sources_ledgerhead SET seq = %s, digest = %s WHERE id = 1"

FACTS = tuple(field.attname for field in Snapshot._meta.concrete_fields)
"""The columns of a snapshot that its entry covers: all."""

_STORED = PreparedList(lambda ids: Snapshot.objects.filter(pk__in=ids).order_by().values_list(*FACTS))


def hold() -> LedgerHead:
    """Take the head, until the transaction ends: from here on no other snapshot is committed."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [START])
        seq, digest = cursor.fetchone()
    return LedgerHead(pk=1, seq=seq, digest=digest)


def append(snapshot_ids: Sequence[int]) -> None:
    """Add entries for rows of this transaction, in this order."""
    # Read back: a digest is of what is stored, not of what was meant to be.
    stored = (dict(zip(FACTS, row, strict=True)) for row in _STORED.rows(snapshot_ids))
    rows = {row["id"]: row for row in stored}
    head = hold()
    entries = []
    for snapshot_id in snapshot_ids:
        head.seq += 1
        head.digest = link(head.digest, head.seq, rows[snapshot_id])
        entries.append((head.seq, snapshot_id, head.digest))
    adding.add_values(LedgerEntry, ("seq", "snapshot_id", "digest"), entries)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [head.seq, head.digest])


def newest() -> LedgerHead:
    """The number and digest of the last entry; 0 and nothing before the first."""
    return LedgerHead.objects.filter(pk=1).first() or LedgerHead(seq=0, digest=START)
