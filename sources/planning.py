"""When the service itself looks at a page again: planned as each capture ends, asked for by a sweep
(`recapturing`).

As long again as the page has been as it is, between `CAPTURE_RECAPTURE_MIN` and `CAPTURE_RECAPTURE_MAX` hours: what was
cited or changed a day ago is looked at tomorrow, what has stood for a year once a month. A source may have an interval
of its own. After captures that failed, twice as long each time. A failed one never touches evidence: the page was
present when it was seen, and was not to be had later, which says nothing of why.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Now

from sources import adding
from sources.models import Recapture, Source
from sources.prepared import PreparedList
from sources.vocabulary import PageChange

_MAX_DOUBLINGS = 10


def plan(source_ids: Iterable[int], *, failed: bool = False, seen_now: bool = False) -> None:
    """Say when each of these sources is to be captured next, counted from now; after a capture that `failed`, later.

    `seen_now`: a page of each has just come, which is not recorded yet.
    """
    sources = [_Seen(*row) for row in _SEEN.rows(source_ids)]
    failures = _failures(sources) if failed else {}
    rows = []
    for source in sources:
        wait = interval(source, source.standing(seen_now=seen_now), failures=failures.get(source.pk, 0))
        due_at = source.now + wait if wait else None
        rows.append((source.pk, due_at, failures.get(source.pk, 0)))
    names = ("source_id", "due_at", "failures")
    adding.add_values(Recapture, names, rows, unique="source", change=("due_at", "failures"))


class Planned(Protocol):
    """What an interval depends on: a source."""

    @property
    def url(self) -> str | None:
        """Empty of an offline work."""

    @property
    def recapture_every(self) -> int | None:
        """Its own interval in hours, if it has one; 0: never."""


def interval(source: Planned, standing: timedelta, *, failures: int = 0) -> timedelta | None:
    """How long until the source is looked at again, whose page has been as it is for so long; None: it never is."""
    base = shortest(source)
    if base is None:
        return None
    most = max(timedelta(hours=settings.CAPTURE_RECAPTURE_MAX), base)
    wait = base if source.recapture_every else max(base, standing)
    doubled: timedelta = wait * 2 ** min(failures, _MAX_DOUBLINGS)
    return min(doubled, most)


def shortest(source: Planned) -> timedelta | None:
    """The shortest interval of this source."""
    own = source.recapture_every
    hours = settings.CAPTURE_RECAPTURE_MIN if own is None else own
    return timedelta(hours=hours) if hours > 0 and source.url else None


class _Seen(NamedTuple):
    """A source, with when its page was seen first, last, and last with another substance than before, if ever; and
    with `now`, by the database's clock.
    """

    pk: int
    url: str | None
    recapture_every: int | None
    first: datetime | None
    last: datetime | None
    changed: datetime | None
    now: datetime

    def standing(self, *, seen_now: bool) -> timedelta:
        """How long the page has been as it is: since its last substantive change, or since it was first seen."""
        last = self.now if seen_now else self.last
        since = self.changed or self.first
        return last - since if last and since else timedelta(0)


def _seen(source_ids: Sequence[int]) -> QuerySet[Source, tuple[Any, ...]]:
    substantive = Q(snapshots__comparisons__change=PageChange.SUBSTANTIVE)
    at = "snapshots__captured_at"
    sources = Source.objects.filter(pk__in=source_ids).order_by("pk")
    timed = sources.annotate(first=Min(at), last=Max(at), changed=Max(at, filter=substantive), now=Now())
    return timed.values_list(*_Seen._fields)


_SEEN = PreparedList(_seen)


def _failures(sources: Iterable[_Seen]) -> dict[int, int]:
    """How many captures failed one after the other, with the one that just did."""
    planned = Recapture.objects.in_bulk([source.pk for source in sources])
    return {source.pk: planned[source.pk].failures + 1 if source.pk in planned else 1 for source in sources}
