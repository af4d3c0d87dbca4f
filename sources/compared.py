"""What is known of how snapshots differ from the ones before them; written by `comparing`."""

from collections.abc import Iterable

from sources.models import Comparison
from sources.texts import EXTRACTOR


def comparisons_of(snapshot_ids: Iterable[int]) -> dict[int, Comparison]:
    """By snapshot, that of its newest reading by the current extractor; one statement. Unread ones have none."""
    rows = Comparison.objects.filter(snapshot__in=snapshot_ids, extractor=EXTRACTOR).select_related("before")
    return {row.snapshot_id: row for row in rows.order_by("attempt")}
