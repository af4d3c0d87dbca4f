"""What became of the captures that were asked for: none lost, none doubled, and nothing held against the sites."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command

from sources import leftovers, snapshots, verifying
from sources.models import Capture, Extraction, LedgerEntry, Snapshot
from sources.stores.base import FOLDERS
from sources.vocabulary import CaptureOutcome
from sources.warc import WarcError
from tests.faults.pages import Site


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of captures by what is wrong with them, and words on whatever else is."""

    captures: int
    lost: int
    doubled: int
    attempts_spent: int
    lease_losses: int
    wrong: list[str]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.attempts_spent or self.wrong)

    def facts(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)


def judge(site: Site) -> Verdict:
    """Of all pages of the site, each of which was to be captured once."""
    rows = Capture.objects.all()
    return Verdict(
        captures=len(site.numbers),
        lost=sum(_is_lost(site, number) for number in site.numbers),
        doubled=sum(_is_doubled(site.url(number)) for number in site.numbers),
        attempts_spent=rows.exclude(attempts=1).count(),
        lease_losses=sum(rows.values_list("lease_losses", flat=True)),
        wrong=[*_unverified(), *_off_the_ledger(), *_left_in_the_store()],
    )


def _is_lost(site: Site, number: int) -> bool:
    """Without its right end, or the bytes that the page had."""
    wanted = site.outcome(number)
    ended = Capture.objects.filter(source__url=site.url(number), outcome=wanted)
    if wanted != CaptureOutcome.CAPTURED:
        return not ended.exists()
    kept = Snapshot.objects.filter(capture__in=ended).first()
    return kept is None or _payload(kept) != site.body(number)


def _payload(kept: Snapshot) -> bytes | None:
    try:
        return snapshots.payload(kept)
    except (OSError, WarcError):
        return None


def _is_doubled(url: str) -> bool:
    """More than once what must be there once: a capture, what it saw, its text."""
    counts = (
        Capture.objects.filter(source__url=url).count(),
        Snapshot.objects.filter(source__url=url).count(),
        Extraction.objects.filter(snapshot__source__url=url).count(),
    )
    return max(counts) > 1


def _unverified() -> Iterator[str]:
    """What `./run manage verify` names."""
    differences = StringIO()
    try:
        call_command("verify", stdout=differences, stderr=StringIO())
    except CommandError as error:
        yield f"verify: {error} {differences.getvalue()}"


def _off_the_ledger() -> Iterator[str]:
    if (entries := LedgerEntry.objects.count()) != (count := Snapshot.objects.count()):
        yield f"{count} snapshots have {entries} ledger entries"


def _left_in_the_store() -> Iterator[str]:
    """Files that no row names and that the sweep would not remove either, once they are old."""
    past = time.time() - 2 * leftovers.GRACE
    for name in verifying.unnamed_files():
        os.utime(Path(settings.SNAPSHOT_STORAGE_URL) / name, (past, past))
    for folder in FOLDERS:
        leftovers.remove(folder)
    yield from (f"{name} stays in the store" for name in verifying.unnamed_files())


def running_in(groups: Iterable[int]) -> list[int]:
    """The processes that still run in these process groups."""
    wanted = set(groups)
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if _group_of(each) in wanted]


def _group_of(process: Path) -> int | None:
    """None for one that ended meanwhile, or that only its parent has still to hear of."""
    try:
        state, _, group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return None
    return None if state == "Z" else int(group)
