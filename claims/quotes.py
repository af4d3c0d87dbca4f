"""Pure: find an exact quote in a text, or say why not.

Both are compared in normal form (see `normal`): shapes of quotation marks, dashes, spaces and letters are equal, words
and their case are not. A near match is never accepted: fail closed. Nor is one that begins or ends within a word or
number of the text: "we can" does not stand in "we cannot", nor "by 1" in "by 1.5", nor "5 per cent" in "-5 per cent".

An ellipsis ("...", "…", in brackets or not) that does not itself stand in the text leaves something out: what is around
it are fragments, which must stand in the text in their order; those without a word in them say nothing. A window is a
stretch of text that holds them all and holds no shorter such stretch. One window, in which the fragments have one place
each, is found; all else is ambiguous.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from claims.near import NearMatch, Words
from claims.normal import OVERRIDE, UNREADABLE, Normal, normal_form, normalise

CONTEXT = 32
"""Code points of prefix and suffix kept around a match (Web Annotation, TextQuoteSelector)."""

LEFT_OUT = " […] "
"""What stands between the fragments of a quote where they are shown as one."""

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
_SIGNED = re.compile(r"(?<![^\W_])[-+]\d")
# can't and Mumbai's go on behind the apostrophe; what it stands before is a word of its own (l'avion).
_GOES_ON = re.compile(r"\w'\w")
_ELLIPSIS = re.compile(r" ?(?:\[ ?\.{3,} ?\]|\( ?\.{3,} ?\)|\.{3,}) ?")
_WORD = re.compile(r"[^\W_]")

Places = tuple[int, ...]
"""Where each fragment begins."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """The words stand here and nowhere else: start and end of each fragment, in code points of the text."""

    spans: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        """Where the first fragment begins."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Where the last fragment ends."""
        return self.spans[-1][1]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The words stand in so many places, and nothing decides between them."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The words do not stand in the text. What is `near` is a suggestion for people, and no evidence."""

    reason: str
    near: NearMatch | None = None


Found = Anchored | Ambiguous | Missing


class Page:
    """A text in which quotes are looked for: brought into normal form once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.normal: Normal = normalise(text)

    @cached_property
    def by_words(self) -> dict[str, int]:
        """Behind every space the next `_KEY` characters: where they stand, -1 where in several places."""
        line = self.normal.text
        lengths = map(len, line.split(" ")[:-1])
        starts = [place + number for number, place in enumerate(accumulate(lengths), 1)]
        keys = [line[start : start + _KEY] for start in starts]
        index = dict(zip(keys, starts, strict=True))
        index.update([(key, -1) for key, start in zip(keys, starts, strict=True) if index[key] != start])
        return index

    @cached_property
    def words(self) -> Words:
        """For near matches."""
        return Words(self.normal)

    def anchored(self, spans: tuple[tuple[int, int], ...]) -> Anchored:
        """Spans of the normal form as spans of the text."""
        if not self.normal.regions:
            return Anchored(spans)
        return Anchored(tuple(self.normal.span(start, end) for start, end in spans))

    def splits(self, place: int) -> bool:
        """Whether a cut before this place would go through a word, a number, or a letter and its marks."""
        return _splits(self.normal.text, place) or not self.normal.is_cut(place)


def fold(quote: str) -> str:
    """The quote with every run of white space as one space."""
    return " ".join(quote.split())


def problem(quote: str) -> str:
    """Why nobody could have copied this from a page, as a sentence with the cure; empty for a quote."""
    if OVERRIDE.search(quote):
        return "These words hold a control that turns their direction around. Give them without it."
    if quote and not normal_form(quote):
        return "These are characters that nobody can see. Give the words, or leave the quote out."
    return ""


def find(quote: str, page: Page, *, prefix: str = "", suffix: str = "") -> Found:
    """Look for the quote's words in the text.

    Of several places the one with this `prefix` before it and this `suffix` behind it is taken, if there is one.
    """
    words = normal_form(quote)
    if UNREADABLE in words:
        return Missing("The quote holds a character that nobody can read.")
    if not _WORD.search(words):
        return Missing("There is no word in this quote.")
    found = _find_in_order([words], page, prefix, suffix)
    if not isinstance(found, Missing) or "..." not in words:
        return found
    fragments = [part.strip() for part in _ELLIPSIS.split(words) if _WORD.search(part)]
    return _find_in_order(fragments, page, prefix, suffix)


def shown(page: Page, found: Anchored) -> tuple[str, str, str]:
    """The words as they stand in the text, with what is right before and right behind them."""
    exact = LEFT_OUT.join(page.text[start:end] for start, end in found.spans)
    before = page.text[max(0, found.start - CONTEXT) : found.start]
    return exact, before, page.text[found.end : found.end + CONTEXT]


# --- many quotes ----------------------------------------------------------------------------------------------------

# Long enough that few of a text's words share it by chance.
_KEY = 16
_SEPARATOR = "^"


def find_all(quotes: Sequence[str], page: Page) -> list[Found]:
    """The same for many quotes at once, at a small part of the cost."""
    words = _normal_forms(quotes)
    if words is None:
        return [find(quote, page) for quote in quotes]
    found = _looked_up(words, page)
    return [each or find(quote, page) for each, quote in zip(found, quotes, strict=True)]


def _normal_forms(quotes: Sequence[str]) -> list[str] | None:
    """The quotes in normal form, brought into it together; None where one would change the others."""
    joined = _SEPARATOR.join(quotes)
    words = normalise(joined).text.split(_SEPARATOR)
    # What is overridden in one quote would take the next ones with it.
    if joined.count(_SEPARATOR) != len(quotes) - 1 or len(words) != len(quotes) or UNREADABLE in joined:
        return None
    return [each.strip() for each in words]


def _looked_up(quotes: Iterable[str], page: Page) -> list[Found | None]:
    """What `find` would answer for words in normal form, where one look into the index tells; else None.

    Where most quotes pass nothing is called that is not needed: the calls would cost more than the look.
    """
    line, index, is_moved = page.normal.text, page.by_words, bool(page.normal.regions)
    found: list[Found | None] = []
    for words in quotes:
        second = words.find(" ") + 1
        key = words[second : second + _KEY]
        start = index.get(key, 0) - second
        end = start + len(words)
        if not second or len(key) < _KEY or start < -second or UNREADABLE in words:
            found.append(None)
        elif start < 0 or not line.startswith(words, start):
            # The key stands nowhere else, so neither do the words; parts of them may.
            found.append(None if "..." in words else _NOWHERE)
        elif (start and line[start - 1] != " " and page.splits(start)) or (
            line[end : end + 1] != " " and page.splits(end)
        ):
            found.append(None)
        else:
            found.append(page.anchored(((start, end),)) if is_moved else Anchored(((start, end),)))
    return found


# --- one quote ------------------------------------------------------------------------------------------------------

_NOWHERE = Missing("The words do not stand in this text.")
_ONLY_WITHIN = Missing("The words stand in this text only as a part of other words.")
_NOT_IN_ORDER = Missing("The parts of the quote do not all stand in this text in their order.")
_TOO_MANY = Ambiguous(_MAX_PLACES, "The words stand within too many others in this text.")


def _find_in_order(fragments: Sequence[str], page: Page, prefix: str, suffix: str) -> Found:
    each: list[list[int]] = []
    for fragment in fragments:
        places = _whole_places(fragment, page)
        if not isinstance(places, list):
            return places
        each.append(places)
    windows = list(_windows(fragments, each))
    if not windows:
        return _NOT_IN_ORDER
    if len(windows) > 1:
        fitting = [window for window in windows if _stands_between(window, fragments, page, prefix, suffix)]
        if len(fitting) != 1 or not (prefix.strip() or suffix.strip()):
            return Ambiguous(len(windows), f"The words stand in {len(windows)} places of this text.")
        windows = fitting
    first, last = windows[0]
    if first != last:
        return Ambiguous(2, "A part of the quote stands more than once between the others.")
    return page.anchored(
        tuple((start, start + len(words)) for start, words in zip(first, fragments, strict=True))
    )


def _whole_places(words: str, page: Page) -> list[int] | Found:
    """Where the words stand whole, in order and at least once; else what there is to say of them."""
    within = 0
    whole: list[int] = []
    for start in _places(words, page.normal.text):
        if page.splits(start) or page.splits(start + len(words)):
            within += 1
        else:
            whole.append(start)
        if len(whole) + within == _MAX_PLACES:
            return _TOO_MANY
    if whole:
        return whole
    return _ONLY_WITHIN if within else _NOWHERE


def _places(words: str, line: str) -> Iterator[int]:
    """Where the words begin, those that overlap included."""
    start = line.find(words)
    while start >= 0:
        yield start
        start = line.find(words, start + 1)


def _windows(fragments: Sequence[str], each: Sequence[Sequence[int]]) -> Iterator[tuple[Places, Places]]:
    """The places of the fragments in every window: as early as they can be in it, and as late."""
    started = -1
    for end in each[-1]:
        late = _latest(fragments, each, end)
        # A window that begins where the one before did holds that one.
        if late is not None and late[0] > started:
            started = late[0]
            yield _earliest(fragments, each, late), late


def _latest(fragments: Sequence[str], each: Sequence[Sequence[int]], end: int) -> Places | None:
    """The fragments before a last one that begins here, each as close to the next as it can be."""
    places = [end]
    for words, starts in zip(fragments[-2::-1], each[-2::-1], strict=True):
        before = bisect_right(starts, places[-1] - len(words))
        if not before:
            return None
        places.append(starts[before - 1])
    return tuple(reversed(places))


def _earliest(fragments: Sequence[str], each: Sequence[Sequence[int]], late: Places) -> Places:
    """The same from the first on; the ends of the window stay where they are."""
    places = [late[0]]
    for words, starts in zip(fragments[:-2], each[1:-1], strict=False):
        places.append(starts[bisect_left(starts, places[-1] + len(words))])
    return (*places, late[-1]) if len(late) > 1 else late


def _stands_between(
    window: tuple[Places, Places], fragments: Sequence[str], page: Page, prefix: str, suffix: str
) -> bool:
    """Whether this is before the window, and that behind it; white space at the seams says nothing."""
    line, start, end = page.normal.text, window[0][0], window[0][-1] + len(fragments[-1])
    before, behind = normal_form(prefix), normal_form(suffix)
    return line[:start].rstrip().endswith(before) and line[end:].lstrip().startswith(behind)


def _splits(line: str, place: int) -> bool:
    before, after = line[place - 1 : place], line[place : place + 1]
    if not before or not after:
        return False
    if unicodedata.category(after).startswith("M"):
        return True
    if _of_word(before) and _of_word(after):
        return True
    numbers = _NUMBER.match(line, place - 1) or (place > 1 and _NUMBER.match(line, place - 2))
    return bool(numbers or _GOES_ON.match(line, place - 1) or _SIGNED.match(line, place - 1))


def _of_word(character: str) -> bool:
    kind = unicodedata.category(character)[0]
    return kind in "LNM" and not unicodedata.name(character, "").startswith(_UNSPACED)
