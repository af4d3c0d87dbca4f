"""Pure: find an exact quote in a text, or say why not.

Words are compared exactly; only white space is folded, on both sides. The text is one of `sources.texts`: single
spaces and single line breaks, so folding it changes no offset. A near match is never accepted: fail closed. Nor is one
that ends within a word or number of the text: "we can" does not stand in "we cannot", nor "by 1" in "by 1.5".
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from claims.vocabulary import EvidenceState

CONTEXT = 32
"""Code points of prefix and suffix kept around a match (Web Annotation, TextQuoteSelector)."""

# A quote of one letter can stand within a million words; nobody needs to know more of it than that.
_MAX_PLACES = 1000

# Scripts that put no space between words, by how Unicode's names of their characters begin.
_UNSPACED = (
    "CJK ",
    "HIRAGANA ",
    "KATAKANA",
    "BOPOMOFO ",
    "THAI ",
    "LAO ",
    "KHMER ",
    "MYANMAR ",
    "TIBETAN ",
    "YI ",
)
_NUMBER = re.compile(r"\d[.,]\d")
# can't and Mumbai's go on behind the apostrophe; what it stands before is a word of its own (l'avion).
_GOES_ON = re.compile(r"\w['’]\w")


@dataclass(frozen=True, slots=True)
class Match:
    """What a text shows of a quote; the span is in code points (TextPositionSelector) when it is anchored."""

    state: EvidenceState
    reason: str = ""
    start: int | None = None
    end: int | None = None
    exact: str = ""
    prefix: str = ""
    suffix: str = ""


def fold(quote: str) -> str:
    """The quote with every run of white space as one space."""
    return " ".join(quote.split())


def find(quote: str, text: str) -> Match:
    """Look for the quote's words in the text: `anchored` where they stand once, else `ambiguous` or `missing`."""
    words, line = fold(quote), text.replace("\n", " ")
    within = 0
    whole: list[int] = []
    for start in _places(words, line):
        if _splits(line, start) or _splits(line, start + len(words)):
            within += 1
        else:
            whole.append(start)
        if len(whole) > 1:
            return Match(EvidenceState.AMBIGUOUS, "The words stand more than once in this text.")
        if within == _MAX_PLACES:
            return Match(EvidenceState.AMBIGUOUS, "The words stand within too many others in this text.")
    if not whole:
        only_within = "The words stand in this text only as a part of other words."
        return Match(EvidenceState.MISSING, only_within if within else "The words do not stand in this text.")
    return _anchored(text, whole[0], whole[0] + len(words))


def _anchored(text: str, start: int, end: int) -> Match:
    return Match(
        EvidenceState.ANCHORED,
        start=start,
        end=end,
        exact=text[start:end],
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
    )


def _places(words: str, line: str) -> Iterator[int]:
    """Where the words begin, those that overlap included; nothing stands nowhere."""
    start = line.find(words) if words else -1
    while start >= 0:
        yield start
        start = line.find(words, start + 1)


def _splits(line: str, place: int) -> bool:
    """Whether a cut before this code point would go through a word, a number, or a letter and its marks."""
    before, after = line[place - 1 : place], line[place : place + 1]
    if not before or not after:
        return False
    if unicodedata.category(after).startswith("M"):
        return True
    if _of_word(before) and _of_word(after):
        return True
    numbers = _NUMBER.match(line, place - 1) or (place > 1 and _NUMBER.match(line, place - 2))
    return bool(numbers or _GOES_ON.match(line, place - 1))


def _of_word(character: str) -> bool:
    kind = unicodedata.category(character)[0]
    return kind in "LNM" and not unicodedata.name(character, "").startswith(_UNSPACED)
