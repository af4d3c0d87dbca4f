"""What a worker and its reader (a process of its own) say to each other, as bytes; the worker believes none of it.

A message is two lengths (big-endian, 4 bytes each), a head in JSON and a body. A question's body is the page, an
answer's is the text in UTF-8. Whoever wrote the page may have taken over the reader: what `answered` lets through has
the form of a reading, and no more can be said of it.
"""

import json
import re
import struct
from hashlib import sha256
from typing import Any, NoReturn

from sources.dates import PartialDate
from sources.languages import checked_tag
from sources.metadata import MAX_LANGUAGE, MAX_NAME, PageFacts
from sources.texts import MAX_TEXT, MAX_TITLE, Text, Unreadable

LENGTHS = struct.Struct("!II")
MAX_HEAD = 64 * 1024
MAX_BODY = 4 * MAX_TEXT
MAX_PAGE = 64 * 1024 * 1024
"""Bytes of a page that are given to a reader at all; the door brings half of it at most."""
MAX_SENTENCE = 1000

NO_PDFS = "--no-pdfs"
"""A reader's option: nothing that may be a PDF will be asked of it, so it starts without PDFium, in half the time."""
HELLO = b"ready\n"
"""What a reader says once, when it can be asked."""
OUT_OF_MEMORY = 77
"""The exit status of a reader that was refused memory."""

_DIGEST = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII)
_ERROR_NAME = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)


class Garbled(Exception):
    """These bytes are no message of the agreed form."""


Outcome = Text | Unreadable | str
"""What a reader made of a page: its text, or the reason why there is none, or the name of an error of ours."""


def message(head: dict[str, Any], body: bytes) -> tuple[bytes, bytes]:
    """The message's two parts: lengths with head, and the body as it is (it may be large)."""
    encoded = json.dumps(head).encode()
    return LENGTHS.pack(len(encoded), len(body)) + encoded, body


def answer(outcome: Outcome) -> tuple[bytes, bytes]:
    """The reader's message."""
    if isinstance(outcome, Unreadable):
        return message({"unreadable": str(outcome)[:MAX_SENTENCE]}, b"")
    if isinstance(outcome, str):
        return message({"error": outcome}, b"")
    facts = outcome.facts
    head = {
        "title": outcome.title,
        "text_key": outcome.text_key,
        "publisher": facts.publisher,
        "published_at": facts.published_at,
        "language": facts.language,
    }
    return message(head, outcome.text.encode())


def lengths(start: bytes | bytearray) -> tuple[int, int] | None:
    """Of an answer that begins so, the lengths of head and body; None while too little is there. Raises `Garbled`."""
    if len(start) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack_from(start)
    if head > MAX_HEAD or body > MAX_BODY:
        _garbled()
    return head, body


def answered(head: bytes | bytearray, body: bytes | bytearray) -> Outcome:
    """Read an answer's two parts. Raises `Garbled` for anything but what `answer` writes."""
    try:
        said = json.loads(head)
        return _outcome(said, body) if isinstance(said, dict) else _garbled()
    except (ValueError, RecursionError):  # of JSON, of UTF-8, of dates and languages
        _garbled()


def _outcome(said: dict[str, Any], body: bytes | bytearray) -> Outcome:
    if said.keys() == {"unreadable"} and not body:
        return Unreadable(_words(said["unreadable"], most=MAX_SENTENCE, least=1))
    if said.keys() == {"error"} and not body:
        return _of_form(_ERROR_NAME, said["error"])
    if said.keys() != {"title", "text_key", "publisher", "published_at", "language"}:
        _garbled()
    text = _stored_words(body.decode(), most=MAX_TEXT, least=1)
    title = _words(said["title"], most=MAX_TITLE)
    key = _of_form(_DIGEST, said["text_key"])
    # These bytes are the text's one spelling in UTF-8: to decode them is to know that.
    return Text(text, title, key, _facts(said), digest=sha256(body).hexdigest())


def _facts(said: dict[str, Any]) -> PageFacts:
    facts = PageFacts(
        publisher=_words(said["publisher"], most=MAX_NAME),
        published_at=_words(said["published_at"], most=MAX_LANGUAGE),
        language=_words(said["language"], most=MAX_LANGUAGE),
    )
    if facts.published_at:
        PartialDate.parse(facts.published_at)
    if facts.language:
        checked_tag(facts.language)
    return facts


def _words(value: Any, *, most: int, least: int = 0) -> str:
    """A text that every store takes. A lone surrogate of the JSON's cannot be encoded: a ValueError."""
    words = _stored_words(value, most=most, least=least)
    words.encode()
    return words


def _stored_words(value: Any, *, most: int, least: int) -> str:
    """The same of what was decoded from UTF-8, where nothing is a lone surrogate."""
    if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
        _garbled()
    return value


def _of_form(form: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        _garbled()
    return value


def _garbled() -> NoReturn:
    raise Garbled("The answer has not the agreed form.")
