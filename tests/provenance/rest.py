"""Newsrooms that call the REST side as partners do: over HTTP, each with a key of its own."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from provenance.partners.keys import create_partner
from provenance.partners.models import Partner

ROOT = "/api/v1/"
JSON = "application/json"
PROBLEM = "application/problem+json"

CLIENT = Client()
"""One for all: each would list the static files anew."""

_numbers = count(1)


@dataclass(frozen=True)
class Caller:
    """Somebody outside; without a key, anybody."""

    key: str | None = None

    @property
    def account(self) -> User:
        """The service account of a partner."""
        digest_prefix = (self.key or "")[:12]
        return Partner.objects.get(keys__prefix=digest_prefix).account

    def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1/, or an absolute address."""
        return CLIENT.get(_address(path), query, headers=self._headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST a value as JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        media_type = headers.pop("Content-Type", JSON)
        return CLIENT.post(
            _address(path), content, content_type=media_type, headers={**self._headers, **headers}
        )

    def patch(self, path: str, body: Any) -> Any:
        """PATCH with a value as JSON."""
        return CLIENT.patch(
            _address(path), json.dumps(body).encode(), content_type=JSON, headers=self._headers
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Api-Key {self.key}"} if self.key else {}


ANYBODY = Caller()


def partner(name: str = "", *, trusted: bool = False) -> Caller:
    """A partner newsroom with a key."""
    return Caller(create_partner(name or f"Newsroom {next(_numbers)}", trusted=trusted))


def _address(path: str) -> str:
    return path if path.startswith(("/", "http")) else ROOT + path


def appearance(ref: str, *rests_on: str, **facts: Any) -> dict[str, Any]:
    """An appearance of a body for chains/: with a URL of its own unless said, and repeating those it rests on."""
    return {
        "ref": ref,
        "url": f"https://{ref}.example/{next(_numbers)}",
        "publisher": {"name": f"The {ref.title()}", "kind": "newspaper"},
        "stance": "support",
        "quote": f"These are the words of {ref}.",
        "derived_from": [{"ref": origin, "kind": "repetition", "basis": "read"} for origin in rests_on],
        **facts,
    }


def chain(*appearances: dict[str, Any], **claim: Any) -> dict[str, Any]:
    """A body for chains/."""
    return {
        "claim": claim or {"text": f"Claim number {next(_numbers)} is so.", "language": "en"},
        "appearances": list(appearances) or [appearance("a")],
    }


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem that the response must be, with its status."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    body: dict[str, Any] = json.loads(response.content)
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["detail"]
    return body


def refusal(response: Any, status: int = 400) -> tuple[str, str]:
    """Pointer and code of the one error in the problem that the response must be."""
    [error] = problem(response, status)["errors"]
    assert error["detail"]
    return error["pointer"], error["code"]
