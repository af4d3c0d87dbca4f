"""Pure: what was taken out of a text and put into it, line by line, and word by word where lines differ.

The work is bounded by counting it beforehand, not by a clock: the same texts always give the same answer. What would
cost more is told as a whole, and the answer says so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

MAX_CELLS = 100_000_000
"""Pairs of lines, or of words, that are compared at most in one diff."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class SegmentKind(StrEnum):
    """Where a segment stands."""

    EQUAL = "equal"  # in both
    INSERT = "insert"  # in the later text alone
    DELETE = "delete"  # in the earlier text alone


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text of one kind."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True, slots=True)
class TextDiff:
    """The segments in order: without the inserted ones they are the earlier text, without the deleted the later.

    `is_coarse` says that somewhere more is marked than differs, for to look closer would have taken too long.
    """

    segments: tuple[Segment, ...]
    is_coarse: bool


def diff(before: str, after: str, *, max_cells: int = MAX_CELLS) -> TextDiff:
    """How the one text became the other. Between two changes, a deletion comes before its insertion."""
    budget = _Budget(max_cells)
    pieces = _by_lines(_LINE.findall(before), _LINE.findall(after), budget)
    return TextDiff(tuple(_segments(pieces)), budget.was_short)


_Piece = tuple[str, str]
"""What stands in the earlier text and in the later, the same in both or neither."""


class _Budget:
    def __init__(self, cells: int) -> None:
        self.left = cells
        self.was_short = False

    def take(self, cells: int) -> bool:
        """Whether so many pairs may be compared."""
        if cells > self.left:
            self.was_short = True
            return False
        self.left -= cells
        return True


def _by_lines(old: Sequence[str], new: Sequence[str], budget: _Budget) -> Iterator[_Piece]:
    for before, after in _aligned(old, new, budget):
        if before == after or not before or not after:
            yield before, after
        else:
            yield from _joined(_aligned(_WORD.findall(before), _WORD.findall(after), budget))


def _aligned(old: Sequence[str], new: Sequence[str], budget: _Budget) -> Iterator[_Piece]:
    """Runs of parts that are equal, and between them what is not; in whole where the budget does not reach."""
    first, last = _common_ends(old, new)
    there, here = old[first : len(old) - last], new[first : len(new) - last]
    yield _both(old[:first])
    if budget.take(len(there) * len(here)):
        yield from _merged(there, here)
    else:
        yield "".join(there), "".join(here)
    yield _both(old[len(old) - last :])


def _common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many parts both begin with, and how many of the rest they end with."""
    most = min(len(old), len(new))
    first = next((place for place in range(most) if old[place] != new[place]), most)
    rest = most - first
    return first, next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)


def _merged(old: Sequence[str], new: Sequence[str]) -> Iterator[_Piece]:
    """What was deleted and what was inserted in one place as one piece."""
    before, after = "", ""
    for step in Indel.opcodes(old, new):
        gone = "".join(old[step.src_start : step.src_end])
        if step.tag != "equal":
            before, after = before + gone, after + "".join(new[step.dest_start : step.dest_end])
            continue
        yield before, after
        before = after = ""
        yield gone, gone
    yield before, after


def _joined(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """With white space between two changed words as a part of the change: phrases are read, not single words."""
    before, after, space = "", "", ""
    for old, new in pieces:
        if old == new and old.isspace() and (before or after):
            space += old
        elif old == new:
            yield before, after
            yield space + old, space + new
            before = after = space = ""
        else:
            before, after, space = before + space + old, after + space + new, ""
    yield before, after
    yield space, space


def _both(parts: Iterable[str]) -> _Piece:
    text = "".join(parts)
    return text, text


def _segments(pieces: Iterable[_Piece]) -> Iterator[Segment]:
    """Neighbours of one kind as one; nothing empty."""
    before = after = equal = ""
    for old, new in pieces:
        if old != new:
            yield from _filled((SegmentKind.EQUAL, equal))
            before, after, equal = before + old, after + new, ""
        elif old:
            yield from _filled((SegmentKind.DELETE, before), (SegmentKind.INSERT, after))
            before, after, equal = "", "", equal + old
    yield from _filled((SegmentKind.DELETE, before), (SegmentKind.INSERT, after), (SegmentKind.EQUAL, equal))


def _filled(*segments: tuple[SegmentKind, str]) -> Iterator[Segment]:
    return (Segment(kind, text) for kind, text in segments if text)
