"""What the single values of a press are drawn from: words, as often as their weights say, days and digests. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from random import Random

_BEGUN = date(2021, 3, 1)


def _weighted(**weights: int) -> tuple[str, ...]:
    return tuple(word for word, weight in weights.items() for _ in range(weight))


STANCES = _weighted(support=82, deny=8, query=5, comment=5)
CERTAINTIES = _weighted(hedged=20, attributed=35, asserted=35) + ("",) * 10
CHAIN_ENDS = _weighted(primary=40, anonymous=10, unspecified=10, paywalled=5, oral=5) + ("",) * 30
KINDS = _weighted(repetition=50, syndication=18, citation=16, quotation=11, translation=5)
STATES = _weighted(confirmed=93, suggested=5, rejected=2)
BASES = _weighted(read=45, asserted=40) + ("",) * 15
SEEN = {
    1: _weighted(anchored=97, ambiguous=2, missing=1),
    2: _weighted(anchored=50, changed=30, missing=20),
}
REASONS = {
    "anchored": "",
    "ambiguous": "The words stand there more than once.",
    "changed": "A near match stands where the words were.",
    "missing": "The words do not stand there.",
}


def pick(chance: Random, words: Sequence[str]) -> str:
    """One of these words, each as likely as any."""
    return words[int(chance.random() * len(words))]


def instant(day: int, number: int) -> str:
    """As both databases take it."""
    minute, second = divmod(number % 86_400, 60)
    return f"{_day(day)} {minute // 60:02}:{minute % 60:02}:{second:02}"


def date_of(day: int, number: int) -> str:
    """A date as precise as such dates are: mostly a day."""
    return _day(day)[: 7 if number % 25 == 0 else 10]


@cache
def _day(day: int) -> str:
    return (_BEGUN + timedelta(days=day)).isoformat()


def digest_of(kind: str, number: int) -> str:
    """The SHA-256 that stands for bytes which nobody wrote."""
    return text_digest(f"{kind}-{number}")


def text_digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()
