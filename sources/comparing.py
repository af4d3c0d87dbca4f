"""A snapshot that was read x the one before -> Comparison row: did the page change, and did we see the page at all?

Of a wall, and of bytes without a text, nothing follows for the words that are looked for; of a page that was cut, only
that those which stand in it are there.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from sources import adding, differing, walls
from sources.differing import Reading
from sources.models import Comparison, Extraction
from sources.prepared import PreparedList
from sources.vocabulary import PageChange


class Difference(NamedTuple):
    """How a page differs from the one before: the columns of a comparison that say so."""

    change: PageChange
    reason: str = ""
    notice: str = ""


def compare_all(extractions: Sequence[Extraction]) -> list[Difference]:
    """Write how each of these readings differs from the last page before it, once for each; of different sources.

    Returns what was found, in their order.
    """
    last = _last_pages(extractions)
    pairs = [(last.get(after.snapshot_id), after) for after in extractions]
    found = [_compared(before, after) for before, after in pairs]
    rows = [
        (after.snapshot_id, after.extractor, after.attempt, before and before.snapshot_id, *difference)
        for (before, after), difference in zip(pairs, found, strict=True)
    ]
    names = ("snapshot_id", "extractor", "attempt", "before_id", *Difference._fields)
    adding.add_values(Comparison, names, rows, missing=True)
    return found


def _last_pages(extractions: Sequence[Extraction]) -> dict[int, Extraction]:
    """By snapshot, the last whole page before it, read by the same extractor, if there is one.

    By the time they were seen, not read: what was seen later stays as it was compared.
    """
    found = _BEFORE.rows(extraction.snapshot_id for extraction in extractions)
    wanted = {(extraction.snapshot_id, extraction.extractor) for extraction in extractions}
    # Sorted out here: in the statement the subquery would stand twice.
    pairs = {snapshot: last for snapshot, by, last in found if last and (snapshot, by) in wanted}
    rows = Extraction.objects.select_related("snapshot").in_bulk(set(pairs.values())) if pairs else {}
    return {snapshot: rows[last] for snapshot, last in pairs.items()}


def _before(snapshot_ids: Sequence[int]) -> QuerySet[Extraction, tuple[int, str, int | None]]:
    """Of each reading of these its snapshot, its extractor, and the reading of the last page before that."""
    at = OuterRef("snapshot__captured_at")
    earlier = Q(snapshot__captured_at__lt=at) | Q(snapshot__captured_at=at, snapshot__lt=OuterRef("snapshot"))
    pages = Extraction.objects.of_pages().filter(
        earlier,
        snapshot__source=OuterRef("snapshot__source"),
        extractor=OuterRef("extractor"),
        snapshot__truncated="",
    )
    last = Subquery(pages.newest_first().values("pk")[:1])
    found = Extraction.objects.filter(snapshot__in=snapshot_ids).order_by().annotate(last=last)
    return found.values_list("snapshot", "extractor", "last")


_BEFORE = PreparedList(_before)


def _compared(before: Extraction | None, after: Extraction) -> Difference:
    if after.error:
        return Difference(PageChange.UNREADABLE, after.error[:400])
    if before and _same_bytes(before, after):
        return Difference(PageChange.SAME_BYTES)
    if after.snapshot.truncated:
        return Difference(PageChange.CUT, f"Only a part arrived ({after.snapshot.truncated}).")
    wall = walls.find_wall(_seen(after), _seen(before) if before else None)
    if before is None and wall is None:
        return Difference(PageChange.FIRST)  # what it would declare is of no page that we know
    old, new = _reading(before) if before else None, _reading(after)
    notice = differing.notice(old, new)
    # Who declares a correction speaks for the page, however little else is left of it.
    if wall and not notice:
        kind, line = wall
        return Difference(PageChange.BLOCKED, f"{kind}: {line}"[:400])
    change = differing.compare(old, new) if old else PageChange.FIRST
    return Difference(change, notice=notice if change != PageChange.FIRST else "")


def _same_bytes(before: Extraction, after: Extraction) -> bool:
    """A change of what is read out of the same bytes is none of the page's."""
    return before.snapshot.sha256 == after.snapshot.sha256 and before.text_sha256 == after.text_sha256


def _reading(extraction: Extraction) -> Reading:
    return Reading(extraction.text, extraction.title, extraction.text_key)


def _seen(extraction: Extraction) -> walls.Seen:
    return walls.Seen(extraction.title, extraction.text)
