"""Pure: a text cut into pieces at the ends of the spans marked in it, however they overlap.

No Django here, and no HTML: what is put on a page is escaped piece by piece, after the cutting.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that is marked, in code points, under a number that names the mark."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that the same marks cover. Of a mark, exactly one piece begins it and one ends it."""

    text: str
    marks: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()


def cut(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The text in pieces: together they are the text, and each lies in the spans of its `marks` and in no other.

    A span that is empty or not wholly inside the text marks nothing. Marks of a piece stand in the order of the spans'
    starts, then numbers. n spans that all overlap make n pieces with up to n marks each.
    """
    fitting = sorted(
        (span for span in spans if 0 <= span.start < span.end <= len(text)),
        key=lambda span: (span.start, span.number),
    )
    edges = sorted({0, len(text), *(span.start for span in fitting), *(span.end for span in fitting)})
    return list(_pieces(text, fitting, edges))


def _pieces(text: str, spans: list[Span], edges: list[int]) -> Iterator[Piece]:
    coming, covering = iter(spans), list[Span]()
    following = next(coming, None)
    for start, end in pairwise(edges):
        covering = [span for span in covering if span.end > start]
        while following is not None and following.start == start:
            covering.append(following)
            following = next(coming, None)
        yield Piece(
            text[start:end],
            marks=tuple(span.number for span in covering),
            begins=tuple(span.number for span in covering if span.start == start),
            ends=tuple(span.number for span in covering if span.end == end),
        )
