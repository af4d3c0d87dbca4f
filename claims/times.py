"""Which state of a claim is asked for: what had been said by a date, what this service knew at an instant, or both.

Valid time (`as_of`) is about the world: an appearance is there if it can have been by then. Transaction time
(`known_at`) is about the record: the log of changes up to an instant, whatever the dates in it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sources.dates import PartialDate

KNOWN_AT_FORM = "an instant with its offset such as 2021-03-02T09:30:00Z"

_GRACE = timedelta(seconds=5)
"""How far clocks may differ before an instant that is past for the asker is still to come for us."""


class StillToCome(ValueError):
    """Nobody knows yet what was known then."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of claims. None is no bound: all that was ever said, as it is known now."""

    as_of: PartialDate | None = None
    known_at: datetime | None = None

    def has(self, said_at: str, no_later_than: datetime) -> bool:
        """Whether something of this date can have been by `as_of`; undated, it counts from when we had it."""
        if self.as_of is None:
            return True
        said = PartialDate.parse(said_at or no_later_than.astimezone(UTC).isoformat())
        return _can_have_been_by(said, self.as_of)


NOW = Moment()


def known_at(text: str) -> datetime:
    """Read an instant of the record. Raises ValueError with a sentence that names the form, or `StillToCome`."""
    try:
        date = PartialDate.parse(text)
    except ValueError:
        date = None
    if date is None or "T" not in date.text:
        raise ValueError(
            f"{text!r} is not an instant. Give {KNOWN_AT_FORM}; in an address, write the + of an offset as %2B."
        )
    return checked(date.span.latest)


def checked(instant: datetime) -> datetime:
    """The instant in UTC. Raises `StillToCome`, or ValueError for one without an offset."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no offset. Give {KNOWN_AT_FORM}.")
    if instant > datetime.now(UTC) + _GRACE:
        raise StillToCome(f"{instant.isoformat()} lies in the future. Give an instant that has passed.")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(
            f"{instant.isoformat()} lies outside of the calendar. Give {KNOWN_AT_FORM}."
        ) from error


def _can_have_been_by(said: PartialDate, as_of: PartialDate) -> bool:
    """A date without a zone is one on the calendar of whoever spoke; against an instant it begins where days begin
    first, at UTC+14.
    """
    if "T" in as_of.text:
        return said.span.earliest <= as_of.span.latest
    return _first_day(said)[: len(as_of.text)] <= as_of.text


def _first_day(date: PartialDate) -> str:
    """The earliest day that the date can mean, as written where it was said: its offset is not applied."""
    return date.text[:10] + "-01-01"[len(date.text[:10]) - 4 :]
