"""When the service itself looks at a page again: planned as each capture ends, asked for by a sweep
(`recapturing`).

As long again as the page has been as it is, between `CAPTURE_RECAPTURE_MIN` and `CAPTURE_RECAPTURE_MAX` hours: what was
cited or changed a day ago is looked at tomorrow, what has stood for a year once a month. A source may have an interval
of its own. After captures that failed, twice as long each time. A failed one never touches evidence: the page was
present when it was seen, and was not to be had later, which says nothing of why.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min
from django.db.models.functions import Now

from sources.models import Comparison, Recapture, Snapshot, Source
from sources.vocabulary import PageChange

_MAX_DOUBLINGS = 10


def plan(source_ids: Iterable[int], *, failed: bool = False) -> None:
    """Say when each of these sources is to be captured next, counted from now; after a capture that `failed`, later."""
    sources = list(Source.objects.filter(pk__in=set(source_ids)).order_by("pk"))
    planned = Recapture.objects.in_bulk([source.pk for source in sources])
    standing = _standing(sources)
    rows = []
    for source in sources:
        before = planned.get(source.pk)
        failures = (before.failures if before else 0) + 1 if failed else 0
        wait = interval(source, standing.get(source.pk, timedelta(0)), failures=failures)
        due_at: Any = Now() + wait if wait else None  # of the database's clock
        rows.append(Recapture(source=source, failures=failures, due_at=due_at))
    Recapture.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["source"], update_fields=["due_at", "failures"]
    )


def interval(source: Source, standing: timedelta, *, failures: int = 0) -> timedelta | None:
    """How long until the source is looked at again, whose page has been as it is for so long; None: it never is."""
    base = shortest(source)
    if base is None:
        return None
    most = max(timedelta(hours=settings.CAPTURE_RECAPTURE_MAX), base)
    wait = base if source.recapture_every else max(base, standing)
    doubled: timedelta = wait * 2 ** min(failures, _MAX_DOUBLINGS)
    return min(doubled, most)


def shortest(source: Source) -> timedelta | None:
    """The shortest interval of this source."""
    own = source.recapture_every
    hours = settings.CAPTURE_RECAPTURE_MIN if own is None else own
    return timedelta(hours=hours) if hours > 0 and not source.is_offline else None


def _standing(sources: Iterable[Source]) -> Mapping[int, timedelta]:
    """How long the pages have been as they are: since their last substantive change, or since they were first seen."""
    changed = Comparison.objects.filter(snapshot__source__in=sources, change=PageChange.SUBSTANTIVE)
    grouped = changed.order_by().values_list("snapshot__source")
    changes: dict[int, datetime] = dict(grouped.annotate(last=Max("snapshot__captured_at")))
    seen = Snapshot.objects.filter(source__in=sources).order_by().values_list("source")
    spans = seen.annotate(first=Min("captured_at"), last=Max("captured_at"))
    return {pk: last - changes.get(pk, first) for pk, first, last in spans}
