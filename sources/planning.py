"""When the service itself looks at a page again: planned as each capture ends, asked for by a sweep
(`recapturing`).

As long again as the page has been as it is, between `CAPTURE_RECAPTURE_MIN` and `CAPTURE_RECAPTURE_MAX` hours: what was
cited or changed a day ago is looked at tomorrow, what has stood for a year once a month. A source may have an interval
of its own. After captures that failed, twice as long each time. A failed one never touches evidence: the page was
present when it was seen, and was not to be had later, which says nothing of why.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Now

from sources import adding
from sources.models import Recapture, Source
from sources.vocabulary import PageChange

_MAX_DOUBLINGS = 10


def plan(source_ids: Iterable[int], *, failed: bool = False) -> None:
    """Say when each of these sources is to be captured next, counted from now; after a capture that `failed`, later."""
    sources: list[Any] = list(_seen(Source.objects.filter(pk__in=set(source_ids))))
    failures = _failures(sources) if failed else {}
    rows = []
    for source in sources:
        wait = interval(source, _standing(source), failures=failures.get(source.pk, 0))
        due_at = source.now + wait if wait else None
        rows.append(Recapture(source=source, failures=failures.get(source.pk, 0), due_at=due_at))
    adding.add_or_change(rows, unique="source", change=["due_at", "failures"])


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


def _seen(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Each with when its page was seen first, last, and last with another substance than before, if ever; and with
    `now`, by the database's clock.
    """
    substantive = Q(snapshots__comparisons__change=PageChange.SUBSTANTIVE)
    at = "snapshots__captured_at"
    timed = sources.annotate(first=Min(at), last=Max(at), changed=Max(at, filter=substantive), now=Now())
    return timed.only("url", "recapture_every").order_by("pk")


def _standing(source: Any) -> timedelta:
    """How long the page has been as it is: since its last substantive change, or since it was first seen."""
    return source.last - (source.changed or source.first) if source.last else timedelta(0)


def _failures(sources: Iterable[Source]) -> dict[int, int]:
    """How many captures failed one after the other, with the one that just did."""
    planned = Recapture.objects.in_bulk([source.pk for source in sources])
    return {source.pk: planned[source.pk].failures + 1 if source.pk in planned else 1 for source in sources}
