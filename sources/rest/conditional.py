"""Conditional requests (RFC 9110): an answer's tag, and "not modified" without making the answer again.

Tags are weak: an answer is never older than its tag says, but rows that are written while it is read may make it newer.
A shared cache may keep an answer to anybody, and asks again before each use; one to a key is for its owner alone.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from sources.viewers import Viewer

_Response = TypeVar("_Response", bound=HttpResponseBase)


def entity_tag(viewer: Viewer, *parts: object) -> str:
    """The tag of what this viewer gets for these parts, which must say all that the answer is made from."""
    accounts = sorted(viewer.account_ids)
    return f'W/"{digest(accounts, viewer.is_curator, *parts)[:32]}"'


def digest(*parts: object) -> str:
    """Of these parts, of the code that makes answers and of the address that it puts into them; hexadecimal."""
    return sha256(repr((_code(), settings.PUBLIC_URL, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def conditional(
    request: HttpRequest | Request, viewer: Viewer, tag: str, answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """304 where the client has what the tag stands for, else the answer, tagged. What `answer` raises is untagged."""
    met = get_conditional_response(request, etag=tag)
    return tagged(met or answer(), viewer, tag)


def tagged(response: _Response, viewer: Viewer, tag: str) -> _Response:
    """The response with its tag, and who may keep it."""
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache" if viewer.is_anonymous else "private, no-cache"
    return response


@cache
def _code() -> str:
    """Digest of the code and of what it runs on: another version may say the same otherwise."""
    found = sha256()
    for place in settings.ANSWERS_ARE_MADE_BY:
        files = [place] if place.is_file() else sorted(Path(place).rglob("*.py"))
        for file in files:
            found.update(file.read_bytes())
    return found.hexdigest()
