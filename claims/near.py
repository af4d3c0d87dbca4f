"""Pure: what in a text is most like a quote that does not stand in it. A suggestion for people, never evidence.

The work is bounded: the stretch of the text with most of the quote's words in it is found in one pass, and only that is
aligned with the quote, word by word. A text without the quote's words is not like it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from claims.normal import Normal, normal_form

LIKE = 70
"""Per cent of the characters of both that must be alike for a stretch of text to be near."""

MAX_NEAR = 6000
"""Code points of text that are kept of a near match; a longer one is none."""

_LIKE_BY_WORDS = 40  # of the words, to be looked at more closely
_MAX_WORDS = 200_000  # of a text, that are looked at
_MAX_PLACES = 100  # of one word: what stands everywhere leads nowhere
# A word, or a letter of a script without spaces between words.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class NearMatch:
    """A stretch of the text, in its code points, and how like the quote it is in per cent."""

    start: int
    end: int
    score: int
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A piece of two texts: it stands in both, or the one has this where the other has that."""

    before: str
    after: str

    @property
    def is_equal(self) -> bool:
        """Whether both say the same here."""
        return self.before == self.after


class Words:
    """The words of a text in normal form and their places, by which what is like a quote is found."""

    def __init__(self, normal: Normal) -> None:
        self.normal = normal
        self.spans: list[tuple[int, int]] = []
        self.words: list[str] = []
        self.numbers: dict[str, list[int]] = {}
        for number, match in enumerate(islice(_WORD.finditer(normal.text), _MAX_WORDS)):
            self.spans.append(match.span())
            self.words.append(match[0])
            self.numbers.setdefault(match[0], []).append(number)


def look(quote: str, text: str, words: Words) -> NearMatch | None:
    """The stretch of the text that is most like the quote; None if none is near. `words` are the text's."""
    wanted = normal_form(quote)
    stretch = _aligned(_WORD.findall(wanted), words)
    if stretch is None:
        return None
    start, end = words.spans[stretch[0]][0], words.spans[stretch[1] - 1][1]
    score = int(fuzz.ratio(wanted, words.normal.text[start:end]))
    first, last = words.normal.span(start, end)
    if score < LIKE or last - first > MAX_NEAR:
        return None
    return NearMatch(first, last, score, text[first:last])


def differences(before: str, after: str) -> list[Difference]:
    """The two texts side by side, word by word: what is equal, and between that what is not."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Difference] = []
    for step in Indel.opcodes(old, new):
        piece = Difference(
            "".join(old[step.src_start : step.src_end]), "".join(new[step.dest_start : step.dest_end])
        )
        if pieces and not piece.is_equal and not pieces[-1].is_equal:
            last = pieces.pop()
            piece = Difference(last.before + piece.before, last.after + piece.after)
        pieces.append(piece)
    return pieces


def _aligned(wanted: Sequence[str], words: Words) -> tuple[int, int] | None:
    """The numbers of the text's words, from and up to, that are most like those of the quote."""
    stretch = _densest(wanted, words)
    if stretch is None:
        return None
    first, last = stretch
    found = fuzz.partial_ratio_alignment(wanted, words.words[first:last], score_cutoff=_LIKE_BY_WORDS)
    if found is None:
        return None
    around = len(wanted) // 10 + 2
    return _trimmed(
        wanted, words, max(first, first + found.dest_start - around), first + found.dest_end + around
    )


def _trimmed(wanted: Sequence[str], words: Words, first: int, last: int) -> tuple[int, int] | None:
    """The stretch without words at its ends that stand for none of the quote's."""
    there = words.words[first:last]
    equal = [step for step in Indel.opcodes(wanted, there) if step.tag == "equal"]
    if not equal:
        return None
    before = min(equal[0].src_start, equal[0].dest_start)
    behind = min(len(wanted) - equal[-1].src_end, len(there) - equal[-1].dest_end)
    return first + equal[0].dest_start - before, first + equal[-1].dest_end + behind


def _densest(wanted: Sequence[str], words: Words) -> tuple[int, int] | None:
    """The stretch, up to three times as long as the quote, with most of its words in it; the first of several."""
    left = Counter(wanted)
    numbers = sorted(_rare(left, words))
    out = shared = most = 0
    best = (0, 0)
    for number in numbers:
        left[words.words[number]] -= 1
        shared += left[words.words[number]] >= 0
        while numbers[out] <= number - 2 * len(wanted):
            gone = words.words[numbers[out]]
            shared -= left[gone] >= 0
            left[gone] += 1
            out += 1
        if shared > most:
            most, best = shared, (numbers[out], number)
    if not most:
        return None
    around = len(wanted) // 2
    return max(0, best[0] - around), min(len(words.words), best[1] + around + 1)


def _rare(wanted: Iterable[str], words: Words) -> Iterator[int]:
    for word in wanted:
        places = words.numbers.get(word, ())
        if len(places) <= _MAX_PLACES:
            yield from places
