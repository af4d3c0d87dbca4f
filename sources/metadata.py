"""What a page says of itself: who publishes it, since when, and in which language; nothing that cannot be believed.

Read from schema.org's JSON-LD, the Open Graph protocol's properties, and HTML's own `time` and `lang`. Strangers wrote
all of it: a value of another form than asked for is left out, never repaired beyond its spelling.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, tee
from typing import Any

from resiliparse.parse.html import HTMLTree

from sources.dates import PartialDate
from sources.folding import folded
from sources.languages import checked_tag

MAX_NAME = 300
MAX_LANGUAGE = 35
# A page has a few kilobytes of it; more is no description of a page.
MAX_JSON_LD = 200_000
MAX_BLOCKS = 20

_ARTICLE = re.compile(r"(Article|Posting|Report|Statement|WebPage)$")
_NAIVE = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?", re.ASCII)
_SHORT_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$", re.ASCII)
# Joiners shape the letters of names in many scripts; all other invisible characters of a name only deceive.
_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A publisher's name, a date in one of `dates.FORMS`, a language tag; each empty where the page has none."""

    publisher: str = ""
    published_at: str = ""
    language: str = ""

    def as_seen(self, at: datetime) -> "PageFacts":
        """The same without a date after the page was seen (`at`, aware)."""
        if self.published_at and PartialDate.parse(self.published_at).span.earliest > at:
            return PageFacts(self.publisher, "", self.language)
        return self


def read(tree: HTMLTree) -> PageFacts:
    """What this page says of itself; of several words for one thing the first that can be believed."""
    # One after the other, and no further than the first that can be believed: each look goes through the whole page.
    for_names, for_dates = tee(_described(tree))
    names = chain(_publishers(for_names), _contents(tree, "og:site_name"))
    dates = chain(
        (thing.get("datePublished") for thing in for_dates),
        _contents(tree, "article:published_time"),
        _attributes(tree, "header time[datetime]", "datetime"),
    )
    return PageFacts(
        publisher=_first(map(_name, names)),
        published_at=_first(map(_date, dates)),
        language=_first(map(_language, _attributes(tree, "html[lang]", "lang"))),
    )


def _described(tree: HTMLTree) -> Iterator[dict[str, Any]]:
    """The articles and pages that the page's JSON-LD is about, each publisher in place of a reference to it."""
    for block in _texts(tree, 'script[type="application/ld+json"]'):
        things = [thing for thing in _things(block) if isinstance(thing, dict)]
        by_id = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str)}
        for thing in things:
            if any(_ARTICLE.search(kind) for kind in _strings(thing.get("@type"))):
                publisher = thing.get("publisher")
                referred = publisher.get("@id") if isinstance(publisher, dict) else None
                known = by_id.get(referred) if isinstance(referred, str) else None
                yield {**thing, "publisher": known or publisher}


def _things(block: str) -> list[Any]:
    try:
        found = json.loads(block) if len(block) <= MAX_JSON_LD else None
    except (ValueError, RecursionError):
        return []
    listed = found if isinstance(found, list) else [found]
    graphs = [thing.get("@graph") for thing in listed if isinstance(thing, dict)]
    return [*listed, *(thing for graph in graphs if isinstance(graph, list) for thing in graph)]


def _publishers(described: Iterable[dict[str, Any]]) -> Iterator[Any]:
    for thing in described:
        publisher = thing["publisher"]
        for named in publisher if isinstance(publisher, list) else [publisher]:
            yield named.get("name") if isinstance(named, dict) else named


def _strings(value: Any) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _texts(tree: HTMLTree, selector: str) -> Iterator[str]:
    return (node.text for node in _nodes(tree, selector))


def _contents(tree: HTMLTree, name: str) -> Iterator[str]:
    return _attributes(tree, f'meta[property="{name}"]', "content")


def _attributes(tree: HTMLTree, selector: str, name: str) -> Iterator[str]:
    for node in _nodes(tree, selector):
        yield node.getattr(name, "")


def _nodes(tree: HTMLTree, selector: str) -> Iterator[Any]:
    """The first `MAX_BLOCKS` elements that the selector finds, in the page's order."""
    document = tree.document
    if not document or (first := document.query_selector(selector)) is None:
        return
    yield first  # mostly nobody asks for more, and the rest of the page is not gone through
    # Only a slice is taken in one go: the parser counts to each single item anew, the square of their number.
    yield from document.query_selector_all(selector)[1:MAX_BLOCKS]


def _first(words: Iterable[str]) -> str:
    return next(filter(None, words), "")


def _name(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    name = " ".join(value.split())
    deceives = any(unicodedata.category(letter).startswith("C") and letter not in _JOINERS for letter in name)
    named = any(letter.isalpha() for letter in name)
    fits = max(len(name), len(folded(name))) <= MAX_NAME
    return name if named and fits and not deceives else ""


def _date(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    text = _SHORT_OFFSET.sub(r"\1:\2", value.strip()) if "T" in value else value.strip()
    if naive := _NAIVE.fullmatch(text):
        text = naive[1]  # a time without an offset names no instant; its day is what is known
    try:
        return PartialDate.parse(text).text
    except ValueError:
        return ""


def _language(value: str) -> str:
    tag = value.strip().replace("_", "-")
    try:
        return checked_tag(tag) if len(tag) <= MAX_LANGUAGE else ""
    except ValueError:
        return ""
