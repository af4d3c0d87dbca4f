"""The snapshots of one page in time, as Memento counts them: of several within one second, the last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Max, Min, QuerySet

from sources.models import Snapshot, Source

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The seconds in which the first and the last snapshot were taken."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Mementos:
    """All that was seen of a source. Times are whole seconds, aware."""

    source: Source

    def span(self) -> Span | None:
        """From when until when; None where nothing was seen."""
        found = self._snapshots.aggregate(first=Min("captured_at"), last=Max("captured_at"))
        return Span(second(found["first"]), second(found["last"])) if found["first"] else None

    def current_at(self, instant: datetime) -> Snapshot | None:
        """The last that was seen up to then, else the first after; None where nothing was seen."""
        return self._until(second(instant) + _SECOND) or self._from(instant)

    def within(self, moment: datetime) -> Snapshot | None:
        """The one of this second, if there is one."""
        found = self._until(second(moment) + _SECOND)
        return found if found and found.captured_at >= second(moment) else None

    def before(self, moment: datetime) -> datetime | None:
        """The second of the one before."""
        found = self._until(second(moment))
        return second(found.captured_at) if found else None

    def after(self, moment: datetime) -> datetime | None:
        """The second of the one after."""
        found = self._from(second(moment) + _SECOND)
        return second(found.captured_at) if found else None

    def times(self) -> Iterator[datetime]:
        """The seconds of all, oldest first, in constant memory."""
        instants = self._snapshots.order_by("captured_at").values_list("captured_at", flat=True)
        for moment, _ in groupby(map(second, instants.iterator(chunk_size=2000))):
            yield moment

    def _until(self, end: datetime) -> Snapshot | None:
        return self._snapshots.filter(captured_at__lt=end).order_by("-captured_at", "-id").first()

    def _from(self, begin: datetime) -> Snapshot | None:
        return self._snapshots.filter(captured_at__gte=begin).order_by("captured_at", "id").first()

    @property
    def _snapshots(self) -> QuerySet[Snapshot]:
        return Snapshot.objects.of_works([self.source.pk]).select_related("payload_of")


def second(instant: datetime) -> datetime:
    """The whole second that the instant lies in."""
    return instant.replace(microsecond=0)
