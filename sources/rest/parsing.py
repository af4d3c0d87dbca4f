"""The one parser of request bodies: JSON as RFC 8259 has it, nothing that a database column would refuse later.

What programs disagree on is refused, not guessed: duplicate names, numbers that are none or lose their value, text that
is not Unicode. All of it is named with its place.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from sources.rest.problems import MAX_ERRORS, InputError, Path, Problem

MAX_DEPTH = 32
"""Containers within containers; a chain has four."""

_CHUNK = 64 * 1024
_MAX_DIGITS = 18  # of an integer: all that fit are safe in a BIGINT


class StrictJSONParser(BaseParser):
    """application/json, at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes (413 above). Raises `Problem` with 400 or 413."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body's value. Not a byte of what is declared too long is read."""
        request = (parser_context or {}).get("request")
        declared = request.META.get("CONTENT_LENGTH", "") if request else ""
        return read_json(_read(stream, declared=int(declared) if declared.isdecimal() else 0))


def read_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises `Problem` (400), with a pointer to each value that is not accepted."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_not_a_number,
            parse_float=_finite,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        raise _bad_request("encoding", "The body is not UTF-8. Send it in that encoding.") from None
    except RecursionError:
        raise _bad_request("too_deep", _TOO_DEEP) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _bad_request("malformed", f"The body is not JSON: {error.msg} ({place}).") from None
    if errors := list(islice(_refusals(value), MAX_ERRORS)):
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return value


def _read(stream: IO[Any], *, declared: int) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = bytearray()
    if declared <= limit:
        for chunk in iter(partial(stream.read, _CHUNK), b""):
            body += chunk
            if len(body) > limit:
                break
    if max(declared, len(body)) > limit:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A body has at most {limit:,} bytes. Send a chain in parts: the first makes the claim, the others name "
            "its slug.",
        )
    return bytes(body)


def _bad_request(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, errors=[InputError(code, detail)])


# --- What the decoder cannot refuse with a place is put into the value, and found there ------------------------------


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    detail: str


_TOO_DEEP = f"Values lie at most {MAX_DEPTH} levels deep. Send a flatter one."
_NUL = _Refusal("nul", "Text cannot contain the character U+0000. Leave it out.")
_SURROGATE = _Refusal(
    "surrogate", "This text has half of a surrogate pair, which is no character. Leave it out."
)
_DUPLICATE = _Refusal("duplicate_name", "This name stands twice in one object. Give it once.")
_NOT_FINITE = _Refusal("number", "This is not a finite number. Give one that is.")
_TOO_LONG = _Refusal("number", f"An integer has at most {_MAX_DIGITS} digits.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        members[name] = _DUPLICATE if name in members else value
    return members


def _not_a_number(_: str) -> _Refusal:
    return _NOT_FINITE


def _finite(digits: str) -> float | _Refusal:
    number = float(digits)
    return number if math.isfinite(number) else _NOT_FINITE


def _integer(digits: str) -> int | _Refusal:
    return int(digits) if len(digits.lstrip("-")) <= _MAX_DIGITS else _TOO_LONG


def _refusals(value: Any) -> Iterator[InputError]:
    """Everything in a decoded value that is not accepted, in its order; walked without recursion."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, value = waiting.pop()
        if refusal := _refusal(value):
            yield InputError(refusal.code, refusal.detail, path)
        elif isinstance(value, dict | list) and len(path) >= MAX_DEPTH:
            yield InputError("too_deep", _TOO_DEEP, path)
        elif isinstance(value, dict):
            for name in value:
                if refusal := _refusal(name):
                    yield InputError(refusal.code, f"A name: {refusal.detail}", (*path, name))
            waiting += [
                ((*path, name), each) for name, each in reversed(value.items()) if _may_be_refused(each)
            ]
        elif isinstance(value, list):
            members = reversed(list(enumerate(value)))
            waiting += [((*path, place), each) for place, each in members if _may_be_refused(each)]


def _may_be_refused(value: Any) -> bool:
    """Most of a long body is not worth a look: what is empty, numbers, true, false and null."""
    return bool(value) and isinstance(value, str | dict | list | _Refusal)


def _refusal(value: Any) -> _Refusal | None:
    if isinstance(value, _Refusal):
        return value
    if not isinstance(value, str):
        return None
    if "\0" in value:
        return _NUL
    try:
        value.encode()
    except UnicodeEncodeError:
        return _SURROGATE
    return None
