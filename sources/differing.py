"""Pure: how one text of a source differs from the one before, and whether it says so itself.

Compared line by line, each line by its words: a line is a block of the page. Linear in the texts.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from sources.vocabulary import PageChange

MAX_NOTE = 1000
"""Code points that are kept of a correction's notice."""

# What is said: words, numbers with their signs and points, and what a sum is in.
_SAID = re.compile(r"[-−+]?\d+(?:[.,:]\d+)*%?|[^\W\d_]+|[$€£¥₹]")
# How notices begin. Other languages than English have fewer of them here; a notice that is not known is a silent edit.
_MARKS = " *#[("
_BEGINNING = 300  # code points of a line
_SAYS = r"""corrections?(?:$|\s?[:–—-]| to\b| of\b|,)
clarifications?(?:$|\s?[:–—-]| on\b| to\b)
(?:erratum|errata|retractions?|retracted)\b
(?:editor|editors|publisher)(?:'s|s'|') note\b
(?:a )?note (?:from|by) the editors?\b
updates?\s?[:(\[–—-]
updated?\b.{0,40}\b(?:to (?:add|clarify|correct|include|note|reflect|remove)|after|because)\b
(?:this|the) (?:article|story|post|piece|report|headline)\b.{0,120}\b(?:corrected|amended|revised|clarified)\b
(?:this|the) (?:article|story|post|piece|report|headline)\b.{0,120}\b(?:retracted|withdrawn)\b
(?:this|the) (?:article|story|post|piece|report|headline) (?:was|has been) (?:updated|changed|edited)\b
(?:an|a) (?:earlier|previous) version of (?:this|the) (?:article|story|post|piece|report|page|headline)\b
we (?:have )?(?:corrected|amended|retracted|regret)\b
(?:korrektur|berichtigung|anmerkung der redaktion|in einer früheren version)\b
(?:rectificatif|note de la rédaction|une (?:version antérieure|précédente version) de cet article)\b
(?:corrección|fe de errores|nota (?:del editor|de la redacción)|una versión anterior de est[ea])\b
(?:(?:भूल[ -]?)?सुधार|संपादक की टिप्पणी)"""
_NOTICE = re.compile("|".join(_SAYS.split("\n")))
# Where a line may be one, in many lines at once: the few that it finds are looked at one by one.
_PERHAPS = re.compile(rf"^(?=[{re.escape(_MARKS)}]*(?:{_NOTICE.pattern}))", re.MULTILINE)
_HEADLINE_SHARE = 0.6
_HEADLINE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a page: all of its text, its title, and the key that its main text shares with copies, if any."""

    text: str
    title: str
    text_key: str


def compare(before: Reading, after: Reading) -> PageChange:
    """`same_text`, `cosmetic` (other signs or other surroundings, the same words) or `substantive`."""
    if before.text == after.text:
        return PageChange.SAME_TEXT
    if _SAID.findall(before.text) == _SAID.findall(after.text):
        return PageChange.COSMETIC
    same_main = before.text_key and before.text_key == after.text_key
    if same_main and _said(before.title) == _said(after.title) and not _headline_gone(before, after):
        return PageChange.COSMETIC
    return PageChange.SUBSTANTIVE


def notice(before: Reading | None, after: Reading) -> str:
    """The line in which the new text declares a correction that the old one did not; empty if none does."""
    found = _notices(after.text.split("\n"))
    old = Counter(map(_said, before.text.split("\n"))) if before and found else Counter[tuple[str, ...]]()
    return next((line[:MAX_NOTE] for line in found if not old[_said(line)]), "")


def _notices(lines: Sequence[str]) -> list[str]:
    """Those of the lines that declare a correction."""
    beginnings = _plain("\n".join([line[:_BEGINNING] for line in lines]))
    places = [match.start() for match in _PERHAPS.finditer(beginnings)]
    numbers = accumulate(beginnings.count("\n", start, end) for start, end in pairwise([0, *places]))
    return [lines[number] for number in numbers if is_notice(lines[number])]


def is_notice(line: str) -> bool:
    """Whether a line declares a correction."""
    return _NOTICE.match(_plain(line[:_BEGINNING]).lstrip(_MARKS)) is not None


def _plain(text: str) -> str:
    return text.casefold().replace("’", "'")


def _headline_gone(before: Reading, after: Reading) -> bool:
    """Whether a line with most of the title's words in it is there no more: keys of main texts leave headlines out."""
    title = set(_said(before.title.casefold()))
    kept = set(map(_said, after.text.split("\n")))
    for line in before.text.split("\n"):
        said = _said(line)
        if said in kept or len(said) < _HEADLINE_WORDS:
            continue
        if len(title.intersection(_said(line.casefold()))) >= _HEADLINE_SHARE * len(said):
            return True
    return False


def _said(line: str) -> tuple[str, ...]:
    return tuple(_SAID.findall(line))
