"""`./run manage reextract`: read snapshots anew that have no text yet, such as those that broke their reader."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from sources import extracting, texts
from sources.models import Snapshot


class Command(BaseCommand):
    """A line for each snapshot, then the count; exit status 1 if one of them was broken off or could not be had."""

    help = (
        "Read snapshots again that the current extractor has read no text out of. A text, once read, stays: "
        "only a new extractor reads its snapshot anew, and by itself. The options narrow each other."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which snapshots."""
        parser.add_argument("--all", action="store_true", help="all that have no text, whatever the reason")
        parser.add_argument(
            "--failed", action="store_true", help="those at which the reader was stopped or died"
        )
        parser.add_argument("--source", type=int, metavar="ID", help="those of this source")
        parser.add_argument("--snapshot", type=int, metavar="ID", help="this one")

    def handle(self, **options: Any) -> None:
        """Read them one after the other, oldest first."""
        ids = list(_chosen(options).order_by("pk").values_list("pk", flat=True))
        counts = {"with a text": 0, "without one": 0, "broken off": 0}
        for number, pk in enumerate(ids, 1):
            outcome, words = _again(pk)
            counts[outcome] += 1
            self.stdout.write(f"[{number}/{len(ids)}] snapshot {pk}: {words}")
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        self.stdout.write(f"{len(ids)} read again: {told}.")
        if counts["broken off"]:
            raise CommandError("Some could not be read to an end; run this again for them.")


def _chosen(options: dict[str, Any]) -> QuerySet[Snapshot]:
    source, snapshot = options["source"], options["snapshot"]
    if not (options["all"] or options["failed"] or source or snapshot):
        raise CommandError("Say which: --all, --failed, --source ID or --snapshot ID.")
    rows = Snapshot.objects.without_text(texts.EXTRACTOR)
    if options["failed"]:
        rows = rows.broken_off(texts.EXTRACTOR)
    if source:
        rows = rows.filter(source=source)
    if snapshot:
        _require(snapshot)
        rows = rows.filter(pk=snapshot)
    return rows


def _require(snapshot_id: int) -> None:
    if not Snapshot.objects.filter(pk=snapshot_id).exists():
        raise CommandError(f"There is no snapshot {snapshot_id}.")


def _again(snapshot_id: int) -> tuple[str, str]:
    try:
        found = extracting.extract_again(snapshot_id)
    except OSError as error:
        return "broken off", f"It could not be read from the store ({error})."
    if found.broke_off:
        return "broken off", found.error
    if found.error:
        return "without one", found.error
    return "with a text", f"{len(found.text):,} characters."
