"""Dates to places across a picture: one straight piece a day (month, year), wider where more happened.

Pure geometry. Places are parts of the width, from 0 to 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import groupby

from claims.shown import AppearanceView
from provenance import wording
from sources.dates import PartialDate

LEFT, RIGHT = 0.02, 0.96

_MAX_PIECES = 6
_DAY = 3  # parts of a date that name it; a month has 2, a year 1
# A letter of a label, as a part of the width of a picture in a column of 320 pixels.
_LETTER = 6.5 / 320
# A little space inside both ends of a piece: no mark on a hairline.
_MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class Tick:
    """Where a day, month or year begins on the axis."""

    x: float
    label: str
    is_tight: bool  # in a narrow picture it would run into the next

    @property
    def part(self) -> str:
        """Its place across, as SVG has it."""
        return f"{self.x:.2%}"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the axis: the first and the last that happened in it are its ends."""

    first: datetime
    last: datetime
    x: float
    width: float
    label: str

    def place(self, instant: datetime) -> float:
        length = max(self.last - self.first, timedelta(hours=1))
        return self.x + self.width * (_MARGIN + (1 - 2 * _MARGIN) * ((instant - self.first) / length))


class Axis:
    """The places of some appearances in time. Spans in which nothing happened are left out: the ticks tell."""

    def __init__(self, views: Sequence[AppearanceView]) -> None:
        self._zone = _common_zone(views)
        instants = sorted(filter(None, (stands_for(view, self._zone) for view in views)))
        # A month that somebody stated must not stand under the name of its first day.
        parts = min((_parts(view.said_at) for view in views if view.said_at), default=_DAY)
        self._pieces = _laid_out(instants, parts) if instants else []

    @property
    def ticks(self) -> list[Tick]:
        """Where each piece begins; none where nothing is dated."""
        return [
            Tick(round(piece.x, 4), piece.label, len(piece.label) * _LETTER > piece.width)
            for piece in self._pieces
        ]

    def place(self, view: AppearanceView) -> float | None:
        """Where one of these appearances stands; None if it is undated."""
        instant = stands_for(view, self._zone)
        if instant is None:
            return None
        return next(piece for piece in reversed(self._pieces) if piece.first <= instant).place(instant)


def stands_for(view: AppearanceView, zone: tzinfo = UTC) -> datetime | None:
    """The instant that a stated date stands for here: the middle of a day, the first of a month or year."""
    if not view.said_at:
        return None
    if "T" in view.said_at:
        return PartialDate.parse(view.said_at).span.earliest.astimezone(zone)
    year, month, day = [*map(int, view.said_at.split("-")), 0, 0][:3]
    return datetime(year, month or 1, day or 1, 12 if day else 0, tzinfo=zone)


def _parts(text: str) -> int:
    """How many parts of a calendar date a stated one has."""
    return text.partition("T")[0].count("-") + 1


def _common_zone(views: Iterable[AppearanceView]) -> tzinfo:
    """The one offset in which all times are stated, so that a day is a day to its readers; UTC if they differ."""
    offsets = {datetime.fromisoformat(view.said_at).utcoffset() for view in views if "T" in view.said_at}
    (offset,) = offsets if len(offsets) == 1 else (None,)
    return timezone(offset) if offset else UTC


def _laid_out(instants: Sequence[datetime], finest: int) -> list[_Piece]:
    groups = next(filter(None, (_grouped(instants, parts) for parts in range(finest, 0, -1))), None)
    if groups is None:
        label = f"{instants[0].year} to {instants[-1].year}"
        return [_Piece(instants[0], instants[-1], LEFT, RIGHT - LEFT, label)]
    weights = [1 + len(group) ** 0.5 for _, group in groups]
    pieces: list[_Piece] = []
    at = LEFT
    for (begin, group), weight in zip(groups, weights, strict=True):
        width = (RIGHT - LEFT) * weight / sum(weights)
        is_new_year = not pieces or pieces[-1].first.year != group[0].year
        pieces.append(_Piece(group[0], group[-1], at, width, _label(begin, with_year=is_new_year)))
        at += width
    return pieces


def _grouped(instants: Sequence[datetime], parts: int) -> list[tuple[str, list[datetime]]]:
    """The instants by day (month, year); empty if these are too many."""

    def begin(instant: datetime) -> str:
        return "-".join(instant.date().isoformat().split("-")[:parts])

    groups = [(key, list(group)) for key, group in groupby(instants, begin)]
    return groups if len(groups) <= _MAX_PIECES else []


def _label(begin: str, *, with_year: bool) -> str:
    words = wording.day_words(begin)
    return words if with_year or "-" not in begin else words.rpartition(" ")[0]
