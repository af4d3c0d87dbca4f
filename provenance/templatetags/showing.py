"""How words of strangers are put on a page: their invisible characters made visible, their links only if safe."""

import re
from datetime import UTC, datetime

from django import template

from provenance.wording import date_words

register = template.Library()

# What is not seen and changes what is: controls but for the line break, marks and overrides of direction, spaces and
# joiners of no width, byte order marks and tags. Joiners within scripts (U+200C, U+200D) spell words: they stay.
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_WEB = ("http://", "https://")


@register.filter
def shown(text: object) -> str:
    r"""The text, or what a row calls itself, with each invisible character as its code point; a tab is white space.

    >>> shown("now \u202ereversed")
    'now ⟨U+202E⟩reversed'
    """
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", str(text).replace("\t", " "))


@register.filter
def weblink(url: str | None) -> str:
    """The URL if a browser opens it as a web page; empty if it would run it, or if there is none."""
    return url if url and url.lower().startswith(_WEB) else ""


@register.filter
def dated(text: str) -> str:
    """A stated date in words, as precise as it is."""
    return date_words(text)


@register.filter
def moment(instant: datetime) -> str:
    """An instant of ours in words, to the minute: `1 March 2021, 00:41 UTC`."""
    return date_words(instant.astimezone(UTC).isoformat())


@register.filter
def size_words(count: int) -> str:
    """A number of bytes for people: `640 bytes`, `48 kB`, `1.5 MB` (SI, powers of ten)."""
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"
