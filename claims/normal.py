"""Pure: a text in the one form in which words are compared, with the way back to its code points.

Equal are: runs of white space; quotation marks of one kind (single or double) and dashes, whatever their shape; letters
composed or with marks of their own (NFC); ligatures, wide, narrow and presentation forms. Soft hyphens and characters
without width are nothing. Case is not folded, nor is a superscript, fraction or circled number: those change what is
said. What cannot be read is U+FFFD, which equals nothing: also all between an override of the direction and its end,
where people read other words than stand there, and a letter under a flood of marks.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

UNREADABLE = "\N{REPLACEMENT CHARACTER}"

MAX_MARKS = 30
"""Marks on one letter; the Stream-Safe Text Format (UAX 15) has no more, and sorting them takes the square."""

_SINGLE = "'‘’‚‛‹›′`´ʼ＇"
_DOUBLE = '"“”„‟«»″＂〝〞〟'
_DASHES = "-‐‑‒–—―−﹘﹣－"
_SAME = {mark: kind[0] for kind in (_SINGLE, _DOUBLE, _DASHES) for mark in kind}
# Without width and, between letters, without meaning: hyphens that do not show, joiners, selectors, tags, and what
# turns the direction (but for overrides).
_NOTHING = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202c\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
)
# Compatibility forms (Unicode, 5.7.3) that are the same letters in another dress.
_DRESS = frozenset({
    "<compat>", "<final>", "<font>", "<initial>", "<isolated>", "<medial>", "<narrow>", "<noBreak>", "<small>",
    "<vertical>", "<wide>",
})  # fmt: skip
# Every one of these is its own normal form and composes with nothing before it: most of most pages, and skipped at the
# speed of a regular expression. The others are looked at one by one.
PLAIN = (
    " !\"#$%&'()*+,./0-9:;<=>?@A-Z\\[\\\\\\]\\^_a-z{|}~\\-"
    "\u00a1\u00a7\u00a9\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bf-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e"
    "\u0386\u0388-\u03ce\u0400-\u0481\u05d0-\u05ea\u0620-\u064a\u0904-\u0939\u093d-\u094c\u0966-\u096f"
    "\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
)
_PLAIN_ASCII = bytes(point for point in range(128) if re.match(f"[{PLAIN}]", chr(point)))
_OVERRIDES = "\u202d\u202e"
OVERRIDE = re.compile(f"[{_OVERRIDES}]")
_ODD = f"[^{PLAIN}{_OVERRIDES}]"
# An override reaches to its end, or that of its line. The first of the two begins with a class alone, which is searched
# for several times faster.
_AFTER = f"(?:(?<=[{_OVERRIDES}])[^\u202c\\n]*\u202c?|(?:{_ODD}| )*)"
_RUN = re.compile(f"[^{PLAIN}]{_AFTER}")
_RUN_OR_SPACES = re.compile(f"(?:  +|[^{PLAIN}]){_AFTER}")
_TOKEN = re.compile(f"[\\s{_NOTHING}]+|.", re.DOTALL)
# What no mark belongs to.
_ALONE = (" ", UNREADABLE)
_IS_NOTHING = re.compile(f"[{_NOTHING}]")
# Runs are much alike: those of this length at most are looked at once.
_MAX_KEPT_RUN = 16


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the normal form whose length is not that of the part it stands for. Nothing can be cut inside it."""

    start: int
    end: int
    original_start: int
    original_end: int


@dataclass(frozen=True)
class Normal:
    """A text in normal form. Places are counted in it, and given back in code points of the original."""

    text: str
    regions: tuple[Region, ...] = field(repr=False)

    def is_cut(self, place: int) -> bool:
        """Whether this place is one between code points of the original."""
        before = bisect_left(self._starts, place)
        return not before or self.regions[before - 1].end <= place

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the original of what stands between two places, without the nothing around it."""
        behind = bisect_right(self._ends, start)
        before = bisect_left(self._starts, end)
        return self._moved(behind, start), self._moved(before, end)

    @cached_property
    def _starts(self) -> list[int]:
        return [region.start for region in self.regions]

    @cached_property
    def _ends(self) -> list[int]:
        return [region.end for region in self.regions]

    def _moved(self, passed: int, place: int) -> int:
        if not passed:
            return place
        last = self.regions[passed - 1]
        return last.original_end + place - last.end


def normalise(text: str) -> Normal:
    """The text in normal form; white space at its ends stays, as one space."""
    # Of most quotes nothing is odd, and finding that out this way takes a tenth of the time.
    if text.isascii() and "  " not in text and not text.encode().translate(None, _PLAIN_ASCII):
        return Normal(text, ())
    parts: list[str] = []
    regions: list[Region] = []
    done = place = 0  # of the original, of the normal form
    for match in (_RUN_OR_SPACES if "  " in text else _RUN).finditer(text):
        overridden = OVERRIDE.match(match[0]) is not None
        # A mark belongs to the letter before it.
        start = max(done, match.start() - (not overridden))
        parts.append(text[done:start])
        place += start - done
        done = start
        run = text[start : match.end()]
        for normal, length in [(UNREADABLE, len(run))] if overridden else _pieces(run):
            if length != 1 or len(normal) != 1:
                regions.append(Region(place, place + len(normal), done, done + length))
            parts.append(normal)
            place += len(normal)
            done += length
    parts.append(text[done:])
    return Normal("".join(parts), tuple(regions))


def normal_form(text: str) -> str:
    """The same without the way back, and without white space at its ends."""
    return normalise(text).text.strip()


def _pieces(run: str) -> Iterable[tuple[str, int]]:
    return _kept_pieces(run) if len(run) <= _MAX_KEPT_RUN else _read_pieces(run)


@lru_cache(maxsize=4096)
def _kept_pieces(run: str) -> tuple[tuple[str, int], ...]:
    return tuple(_read_pieces(run))


def _read_pieces(run: str) -> Iterator[tuple[str, int]]:
    """The run in pieces that stay whole: the normal form of each, and how many code points it stands for."""
    letters: list[str] = []  # the forms of one letter and what belongs to it
    length = 0
    for token in _TOKEN.findall(run):
        form = _form(token)
        if letters and (not form or _continues(form)) and letters[0] not in _ALONE:
            letters.append(form)
        elif letters:
            yield _joined(letters), length
            letters, length = [form], 0
        else:
            letters = [form]
        length += len(token)
    if letters:
        yield _joined(letters), length


def _joined(forms: list[str]) -> str:
    if len(forms) == 1:
        return forms[0]
    if len(forms) > MAX_MARKS + 1:
        return UNREADABLE
    return unicodedata.normalize("NFC", "".join(forms))


def _form(token: str) -> str:
    if len(token) > 1 or token.isspace() or _IS_NOTHING.match(token):
        return " " if any(map(str.isspace, token)) else ""
    return _form_of(token)


@lru_cache(maxsize=4096)
def _form_of(character: str) -> str:
    form, before = character, ""
    while form != before:
        before = form
        form = _IS_NOTHING.sub("", "".join(map(_undressed, form)))
    return form


def _undressed(character: str) -> str:
    """One step towards the normal form."""
    if character in _SAME:
        return _SAME[character]
    dress = unicodedata.decomposition(character).partition(" ")[0]
    if dress in _DRESS:
        plain = unicodedata.normalize("NFKC", character)
        # An accent that stands alone is no space with a mark.
        return character if plain.startswith(" ") else plain
    return unicodedata.normalize("NFC", character)


def _continues(form: str) -> bool:
    """Whether it is part of the letter before: a mark, or a vowel or final of a Korean syllable."""
    first = form[0]
    return (
        unicodedata.category(first).startswith("M")
        or "\u1160" <= first <= "\u11ff"
        or "\ud7b0" <= first <= "\ud7fb"
    )
