"""`./run manage verify`: everything that is kept, read again and held against its digests."""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q, QuerySet

from sources import ledger, verifying
from sources.models import LedgerEntry, Snapshot

_EVERY = 2.0  # seconds between two words on how far it is


class Command(BaseCommand):
    """Prints a line for each difference; exits with 1 if there is one. How far it is goes to stderr."""

    help = "Read every WARC file, text and ledger entry again, and name whatever differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to look at, if not at everything."""
        parser.add_argument("--snapshot", type=int, action="append", default=[], metavar="ID")
        parser.add_argument("--source", type=int, action="append", default=[], metavar="ID")
        parser.add_argument(
            "--witness",
            type=_witness,
            metavar="SEQ:DIGEST",
            help="a ledger entry that an earlier run told, kept elsewhere: it must still be there",
        )

    def handle(
        self, *, snapshot: list[int], source: list[int], witness: tuple[int, str] | None, **_: Any
    ) -> None:
        """Look. Raises CommandError, once everything was looked at, if something differs."""
        self._told = time.monotonic()
        count = 0
        for difference in verifying.differences(_chosen(snapshot, source), progress=self._progress):
            self.stdout.write(str(difference))
            count += 1
        count += self._check(witness)
        if not (snapshot or source):
            self._mention_unnamed()
            head = ledger.newest()
            self.stderr.write(f"The ledger's last entry: {head.seq}:{head.digest}")
        if count:
            raise CommandError(f"{count} differences.")
        self.stderr.write("Everything is as it was kept.")

    def _check(self, witness: tuple[int, str] | None) -> int:
        if witness is None or LedgerEntry.objects.filter(seq=witness[0], digest=witness[1]).exists():
            return 0
        found = LedgerEntry.objects.filter(seq=witness[0]).values_list("digest", flat=True).first()
        self.stdout.write(
            f"ledger-witness entry={witness[0]}: expected {witness[1]}, found {found or 'none'}"
        )
        return 1

    def _mention_unnamed(self) -> None:
        try:
            for name in verifying.unnamed_files():
                self.stderr.write(f"notice file={ascii(name)[1:-1]}: no snapshot names it")
        except OSError as error:
            raise CommandError(f"The store cannot be looked through: {error}") from error

    def _progress(self, what: str, count: int) -> None:
        if time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            self.stderr.write(f"{count} {what}")
            sys.stderr.flush()


def _chosen(snapshots: Sequence[int], sources: Sequence[int]) -> "QuerySet[Snapshot] | None":
    if not (snapshots or sources):
        return None
    chosen = Snapshot.objects.filter(Q(pk__in=snapshots) | Q(source__in=sources))
    if missing := set(snapshots) - set(chosen.values_list("pk", flat=True)):
        raise CommandError(f"There is no snapshot {', '.join(map(str, sorted(missing)))}.")
    return chosen


def _witness(text: str) -> tuple[int, str]:
    seq, colon, digest = text.partition(":")
    if not (colon and seq.isdecimal()):
        raise ArgumentTypeError("give SEQ:DIGEST, as an earlier run told it")
    return int(seq), digest
