"""Dates as precise as they were given, and the instants they can mean.

A `PartialDate` keeps the text somebody stated (`2021`, `2021-02`, `2021-02-28`, or an instant with offset; the
subset of ISO 8601-1 that level 0 of EDTF allows) and never pads it to midnight.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_DATES_KEPT = 4_096

_CALENDAR = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)

# A day without a zone begins first at UTC+14 (Line Islands) and ends last at UTC-12 (Baker Island).
_EASTMOST = timedelta(hours=14)
_WESTMOST = timedelta(hours=12)

FORMS = "2021, 2021-02, 2021-02-28, or an instant with its offset such as 2021-02-28T22:10:00+05:30"


@dataclass(frozen=True, slots=True)
class Span:
    """The instants a date can mean, both in UTC: the first, and the last (inclusive)."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date with the precision its author gave it, and what it can mean."""

    text: str
    span: Span

    @classmethod
    @lru_cache(_DATES_KEPT)  # the dates of a tree are few and come thousands of times
    def parse(cls, text: str) -> "PartialDate":
        """Read one of `FORMS`. Raises ValueError with a sentence that names the accepted forms."""
        try:
            if _INSTANT.fullmatch(text):
                instant = datetime.fromisoformat(text).astimezone(UTC)
                return cls(text, Span(instant, instant))
            if match := _CALENDAR.fullmatch(text):
                return cls(text, _calendar_span(*(int(part) if part else None for part in match.groups())))
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{text!r} is not a date that exists. Give {FORMS}.") from error
        raise ValueError(f"{text!r} is not a date in an accepted form. Give {FORMS}.")


def _calendar_span(year: int | None, month: int | None, day: int | None) -> Span:
    assert year is not None  # noqa: S101 - the pattern requires it
    first = date(year, 1 if month is None else month, 1 if day is None else day)
    if day is not None:
        after = first + timedelta(days=1)
    elif month is not None:
        after = date(year + month // 12, month % 12 + 1, 1)
    else:
        after = date(year + 1, 1, 1)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(after.year, after.month, after.day, tzinfo=UTC)
    return Span(start - _EASTMOST, end + _WESTMOST - timedelta(microseconds=1))
