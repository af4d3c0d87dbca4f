"""Requests that may be repeated: with an Idempotency-Key, what was done once is answered again, not done again.

The answer is kept in the transaction that makes it. So it is there if and only if the work is, a refused request keeps
nothing, and of two that arrive together the database lets one win: the other waits for its commit and gets its answer.
"""

import json
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.partners.models import KeptAnswer
from sources.rest.problems import InputError, Problem
from sources.rest.views import StrictView, account_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Location",)
_DESCRIPTION = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters, such as a UUID. The same request repeated with the same key is "
    "answered again, not done again; another request with it is refused (422).",
)

Method = TypeVar("Method", bound=Callable[..., Response])


def repeatable(method: Method) -> Method:
    """A view's method that a partner may call again, with the same key, when it heard no answer."""

    @extend_schema(parameters=[_DESCRIPTION])
    @wraps(method)
    def repeated(view: StrictView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise _refusal(
                HTTPStatus.BAD_REQUEST, "invalid", "Give 1 to 255 visible ASCII characters, such as a UUID."
            )
        digest = _digest(request)
        with transaction.atomic():
            kept, is_new = KeptAnswer.objects.get_or_create(
                account=account_of(request), key=key, defaults={"request_sha256": digest}
            )
            if not is_new:
                return _answer_again(kept, digest)
            response = method(view, request, *args, **kwargs)
            _keep(kept, response)
        return response

    return cast("Method", repeated)


def _digest(request: Request) -> str:
    """Of what is asked for: method, address and the body's value, however it is spelt."""
    said = json.dumps([request.method, request.path, request.data], sort_keys=True, separators=(",", ":"))
    return sha256(said.encode()).hexdigest()


def _keep(kept: KeptAnswer, response: Response) -> None:
    # The body as text, not as a value: PostgreSQL's jsonb would not give the names back in their order.
    kept.status = response.status_code
    kept.body = {
        "content": JSONRenderer().render(response.data).decode(),
        "headers": {name: response[name] for name in _KEPT_HEADERS if name in response},
    }
    kept.save(update_fields=["status", "body"])


def _answer_again(kept: KeptAnswer, digest: str) -> Response:
    if kept.request_sha256 != digest:
        detail = "This key was used for another request. Choose a new one for a new request."
        raise _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "key_reused", detail)
    body = kept.body or {}
    return Response(
        json.loads(body["content"]), status=kept.status, headers={**body["headers"], REPLAYED: "true"}
    )


def _refusal(status: HTTPStatus, code: str, detail: str) -> Problem:
    return Problem(status, errors=[InputError(code, detail, header=HEADER)])
