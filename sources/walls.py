"""Pure: is this the page, or something that stands before it and was served with 200?

A wall says nothing about the words behind it. In doubt a page is a page: it is blocked for what a new line or its title
begins with, and only where most of what the last page said is gone, or (the first of its source) where it says little.
"""

import re
from collections import Counter
from dataclasses import dataclass

from sources.vocabulary import Wall

SHORT = 60
"""Words of a first page that can be a wall by what it says alone."""

KEPT = 0.6
"""Of the words of the last page, in lines that are still there: with as many, a page is the page."""

_COLLAPSED = 0.1
_LONG = 200  # words, of which a tenth says nothing
_LINES = 400  # that are looked at
_MAX_LINE = 300  # code points of a line in which a wall speaks

# By kind, how lines and titles begin, a pattern a line. Other languages than English have the commonest alone.
_SAYS = {
    Wall.CHALLENGE: r"""just a moment
checking (?:if the site|your browser)
verify(?:ing)? (?:that )?you are (?:a )?human
are you a robot
attention required
please (?:enable|turn on) (?:javascript|js)\b
(?:enable|activate) javascript (?:and cookies )?to continue
unusual (?:traffic|activity)\b
pardon our interruption
complete the (?:captcha|security check)""",
    Wall.COOKIES: r"""(?:please )?(?:enable|accept|allow) (?:all )?cookies
cookies (?:are|must be) (?:disabled|enabled|required)
before you continue to\b
we (?:and our \d+ partners|value your privacy|use cookies)
(?:cookies akzeptieren|accepter (?:et continuer|les cookies)|aceptar (?:y continuar|las cookies))""",
    Wall.PAYWALL: r"""(?:please )?subscribe (?:now )?to (?:continue|keep|read|unlock)
to (?:continue|keep) reading
(?:this|the) (?:article|story|content) is (?:only |exclusively )?(?:for|available to) (?:our )?(?:subscribers|members)
you(?:'ve| have) (?:reached|read) (?:your|all|the) .{0,30}(?:limit|free)
already a subscriber
(?:weiterlesen mit\b|(?:article|contenu) réservé aux abonnés|contenido (?:exclusivo )?para suscriptores)""",
    Wall.LOGIN: r"""(?:please )?(?:log|sign) ?in(?: to (?:continue|view|see|read|your)\b| or register| \||$)
you (?:must|need to) (?:be logged in|log in|sign in)
(?:create|register) (?:a|an|for a) (?:free )?account to (?:continue|read)
(?:bitte melden sie sich an|connectez-vous pour|inicie sesión para)\b""",
    Wall.ERROR: r"""(?:http )?(?:error )?[45]\d\d(?:$|[ :|–—-]+(?:error|not found|forbidden|bad|gone|internal|service))
error [45]\d\d\b
(?:page|file|article|story|content) not found
(?:oops|sorry)[,!.]? .{0,60}(?:can't|cannot|couldn't|could not|not) (?:be )?f(?:ind|ound)
(?:the|this) (?:page|article|story|content|post) .{0,60}(?:does not exist|doesn't exist|no longer (?:available|exists))
(?:the|this) (?:page|article|story|content|post) .{0,60}(?:not available|unavailable|can(?:'t|not) be found|could not)
(?:the|this) (?:page|article|story|content|post) (?:was|has been) (?:removed|deleted)
(?:page|service|site) (?:is )?(?:temporarily )?unavailable
(?:internal server|application) error
(?:access denied|something went wrong|(?:forbidden|not found)$)
(?:site|down) (?:is )?(?:under|for) maintenance
(?:seite nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada|पृष्ठ नहीं मिला)""",
}
_PATTERNS = {wall: re.compile("|".join(says.split("\n"))) for wall, says in _SAYS.items()}
_WORD = re.compile(r"\w+")
_LONGER = re.compile(rf"(?:\W*+\w++){{{SHORT + 1}}}")
_TITLE_PART = re.compile(r"\s[|·:–—-]+\s")


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as far as walls go."""

    title: str
    text: str

    @property
    def words(self) -> int:
        """How many."""
        return _count(self.text)

    @property
    def is_short(self) -> bool:
        """Whether it has no more than `SHORT` words, without counting them all."""
        return _LONGER.match(self.text) is None


def find_wall(page: Seen, before: Seen | None) -> tuple[Wall, str] | None:
    """What kind of wall this is, and the line that says so; None for a page. `before` is the last that was one."""
    if before is None:
        return _first_said(page, set()) if page.is_short else None
    words, had = page.words, before.words
    if _kept(page, before) >= KEPT * had:
        return None
    found = _first_said(page, set(_lines(before)))
    # Long pages of this kind have menus and lists of other pages; the others are shorter than what they hide.
    if found and (found[0] in (Wall.ERROR, Wall.CHALLENGE) or words < KEPT * had):
        return found
    if had >= _LONG and words < _COLLAPSED * had:
        return Wall.COLLAPSE, f"{words} words of {had} are left."
    return None


def _first_said(page: Seen, known: set[str]) -> tuple[Wall, str] | None:
    for line in _lines(page):
        for wall, pattern in _PATTERNS.items():
            if line not in known and pattern.match(line):
                return wall, line
    return None


def _kept(page: Seen, before: Seen) -> int:
    """How many words of the page before stand in lines that this one has too."""
    both = Counter(page.text.split("\n")) & Counter(before.text.split("\n"))
    return sum(times * _count(line) for line, times in both.items())


def _lines(page: Seen) -> list[str]:
    """The parts of the title and the first lines of the text, in small letters, each from its first word on."""
    lines = [*_TITLE_PART.split(page.title), *page.text.split("\n", _LINES)[:_LINES]]
    plain = (line[:_MAX_LINE].casefold().replace("’", "'").lstrip(" \t!¡?¿.…*#-–—|:»>") for line in lines)
    return [line.rstrip(" .!") for line in plain if line]


def _count(text: str) -> int:
    return len(_WORD.findall(text))
