"""Errors as application/problem+json (RFC 9457), in one form whoever finds them: parser, serializer, rule or Django.

Each wrong value of the input is an entry of `errors`, led to by a JSON Pointer as URI fragment (RFC 6901, 6); one that
is not in the body names its query `parameter` or `header` instead, and points to the whole (`#`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotAuthenticated,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.settings import api_settings

CONTENT_TYPE = "application/problem+json"

MAX_ERRORS = 100
"""So that a body of a hundred thousand mistakes is not answered with as many."""

HIDDEN_OR_UNKNOWN = "There is no such thing here, or it is not shown to you."

Path = tuple[str | int, ...]
"""Where in the body: member names and list positions, outermost first."""

# What RFC 3986 allows in a fragment beside the unreserved characters; "/" parts the tokens.
_FRAGMENT_SAFE = "!$&'()*+,;=:@"


@dataclass(frozen=True, slots=True)
class InputError:
    """One wrong value: a stable code, a sentence with the cure, and where it stands."""

    code: str
    detail: str
    path: Path = ()
    parameter: str = ""
    header: str = ""

    def as_json(self) -> dict[str, str]:
        """The entry of `errors`."""
        elsewhere = {"parameter": self.parameter, "header": self.header}
        named = {place: name for place, name in elsewhere.items() if name}
        return {"pointer": pointer(self.path), "code": self.code, "detail": self.detail, **named}


class Problem(APIException):
    """An answer that refuses the request, with this HTTP status."""

    def __init__(self, status: HTTPStatus, detail: str = "", errors: Iterable[InputError] = ()) -> None:
        self.errors = list(islice(errors, MAX_ERRORS))
        super().__init__(detail or _summary(self.errors))
        self.status_code = status


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people: what is wrong, and the cure."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "Into the body, such as #/appearances/0/url.",
                    },
                    "code": {"type": "string", "description": "For programs: stable."},
                    "detail": {"type": "string"},
                    "parameter": {"type": "string", "description": "The query parameter that is meant."},
                    "header": {"type": "string", "description": "The header that is meant."},
                },
            },
        },
    },
}
"""The form of every problem, as JSON Schema, for the API's description."""


def pointer(path: Path) -> str:
    """The JSON Pointer to a place in the body, as a URI fragment.

    >>> pointer(("appearances", 0, "a/b"))
    '#/appearances/0/a~1b'
    """
    tokens = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{quote(token, safe=_FRAGMENT_SAFE, errors='replace')}" for token in tokens)


def problem_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler: whatever refuses a request, as a problem; None for a fault of our own."""
    problem = _as_problem(error)
    if problem is None:
        return None
    # A plain response: byte views have renderers that could not write it.
    response = problem_response(HTTPStatus(problem.status_code), str(problem.detail), problem.errors)
    if auth_header := getattr(error, "auth_header", ""):
        response["WWW-Authenticate"] = auth_header
    return response


def problem_response(status: HTTPStatus, detail: str, errors: Iterable[InputError] = ()) -> HttpResponse:
    """The answer itself."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "detail": detail,
        "errors": [error.as_json() for error in errors],
    }
    return HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE)


def input_errors(detail: Any, path: Path = ()) -> Iterator[InputError]:
    """Flatten the nested `detail` of a serializer's ValidationError."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            at = path if name == api_settings.NON_FIELD_ERRORS_KEY else (*path, name)
            yield from input_errors(inner, at)
    elif isinstance(detail, list):
        for inner in detail:
            yield from input_errors(inner, path)
    else:
        yield InputError(getattr(detail, "code", "") or "invalid", str(detail), path)


def _as_problem(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case Http404():
            return Problem(HTTPStatus.NOT_FOUND, HIDDEN_OR_UNKNOWN)
        case PermissionDenied():
            return Problem(HTTPStatus.FORBIDDEN, "This is not yours to do.")
        case ValidationError():
            return Problem(HTTPStatus.BAD_REQUEST, errors=input_errors(error.detail))
        case NotAuthenticated():
            return Problem(
                HTTPStatus.UNAUTHORIZED, "This needs a key. Send yours in the Authorization header."
            )
        case UnsupportedMediaType():
            return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
        case APIException():
            detail = error.detail if isinstance(error.detail, ErrorDetail) else error.default_detail
            return Problem(HTTPStatus(error.status_code), str(detail))
    return None


def _summary(errors: list[InputError]) -> str:
    if len(errors) == 1:
        return errors[0].detail
    return f"There are {len(errors)} things to correct in this request; see errors."
