"""Bad input on the write side: the right status, a pointer to the field, and nothing written."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from claims.models import Appearance, Change, Claim, Derivation
from sources.models import Agent, Capture, Source
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner, problem, refusal

pytestmark = pytest.mark.django_db

# One character that its compatibility form spells out in eighteen.
EXPANDS = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"

ROWS = (Agent, Source, Capture, Claim, Appearance, Derivation, Change)


@pytest.fixture
def newsroom() -> Caller:
    return partner(trusted=True)


@pytest.fixture
def nothing_is_written() -> Iterator[None]:
    """Whatever the test sends leaves every table as it was."""
    before = {model: model.objects.count() for model in ROWS}
    yield
    assert {model: model.objects.count() for model in ROWS} == before


def body(text: str = "So it is.", **facts: Any) -> bytes:
    """A chain as bytes, to be spoilt by hand."""
    return json.dumps(chain(appearance("a", **facts), text=text)).encode()


@pytest.mark.usefixtures("nothing_is_written")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"{", ("#", "malformed")),
        (b"", ("#/claim", "required")),
        (b"null", ("#", "null")),
        (b"[1]", ("#", "invalid")),
        (b"[" * 100_000, ("#", "too_deep")),
        (body("So.\x00"), ("#/claim/text", "nul")),
        (body(quote="\x00"), ("#/appearances/0/quote", "nul")),
        (body(quote="\ud800"), ("#/appearances/0/quote", "surrogate")),
        (body(source=1).replace(b'"source": 1', b'"source": 1e999'), ("#/appearances/0/source", "number")),
        (body(url="javascript:alert(1)"), ("#/appearances/0/url", "url")),
        (body(published_at="28/02/2021"), ("#/appearances/0/published_at", "date")),
        (body(sha256="0" * 64), ("#/appearances/0/sha256", "unknown")),
        (body(quote=True), ("#/appearances/0/quote", "invalid")),
    ],
)
def test_bad_value_is_400_with_a_pointer(newsroom: Caller, sent: bytes, expected: tuple[str, str]) -> None:
    errors = problem(newsroom.post("chains/", sent), 400)["errors"]
    assert (errors[0]["pointer"], errors[0]["code"]) == expected


@pytest.mark.usefixtures("nothing_is_written")
@pytest.mark.parametrize(
    ("appearances", "expected"),
    [
        ([appearance("a", "nobody")], ("#/appearances/0/derived_from/0/ref", "unknown")),
        ([appearance("a"), appearance("a")], ("#/appearances/1/ref", "duplicate")),
        ([appearance("a", "a")], ("#/appearances/0/derived_from/0", "self")),
        ([appearance("a", "b"), appearance("b", "a")], ("#/appearances/1/derived_from/0", "cycle")),
        ([appearance("a", source=1)], ("#/appearances/0/source", "invalid")),
        ([appearance("a", url=None, source=999)], ("#/appearances/0/source", "unknown")),
        ([appearance("a", url=None, source=10**17)], ("#/appearances/0/source", "unknown")),
        (
            [appearance("a", derived_from=[{"appearance": 10**17, "kind": "citation"}])],
            ("#/appearances/0/derived_from/0/appearance", "unknown"),
        ),
        ([appearance("a", derived_from=[{"kind": "citation"}])], ("#/appearances/0/derived_from/0", "invalid")),
        (
            [appearance("a"), appearance("b", derived_from=[{"ref": "a", "appearance": 1, "kind": "citation"}])],
            ("#/appearances/1/derived_from/0", "invalid"),
        ),
        (
            [appearance("a"), appearance("b", derived_from=[{"ref": "a", "kind": "citation", "state": "rejected"}])],
            ("#/appearances/1/derived_from/0/state", "invalid"),
        ),
        (
            [appearance("a", publisher={"name": EXPANDS * 50, "kind": "other"})],
            ("#/appearances/0/publisher/name", "invalid"),
        ),
    ],
)  # fmt: skip
def test_chain_that_does_not_hold_together_is_400(
    newsroom: Caller, appearances: list[dict[str, Any]], expected: tuple[str, str]
) -> None:
    assert refusal(newsroom.post("chains/", chain(*appearances))) == expected


@pytest.mark.usefixtures("nothing_is_written")
def test_new_claim_needs_a_text(newsroom: Caller) -> None:
    assert refusal(newsroom.post("chains/", chain(language="en"))) == ("#/claim/text", "required")


def test_unknown_slug_is_404(newsroom: Caller) -> None:
    assert refusal(newsroom.post("chains/", chain(slug="no-such-claim")), 404) == ("#/claim/slug", "unknown")


def test_what_is_stored_already_is_409(newsroom: Caller) -> None:
    stated = appearance("a")
    slug = json.loads(newsroom.post("chains/", chain(stated)).content)["claim"]["slug"]
    again = newsroom.post("chains/", chain(stated, slug=slug))
    assert refusal(again, 409) == ("#/appearances/0", "duplicate")
    other_text = newsroom.post("chains/", chain(slug=slug, text="It is otherwise."))
    assert refusal(other_text, 409) == ("#/claim/text", "differs")


@pytest.mark.usefixtures("nothing_is_written")
def test_body_over_a_mebibyte_is_413(newsroom: Caller) -> None:
    fits = body("x" * (1024 * 1024 - len(body(""))))
    assert problem(newsroom.post("chains/", fits), 400)["errors"][0]["code"] == "max_length"
    assert len(fits) == 1024 * 1024
    problem(newsroom.post("chains/", fits + b" "), 413)


@pytest.mark.usefixtures("nothing_is_written")
@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_other_media_type_is_415(newsroom: Caller, media_type: str) -> None:
    problem(newsroom.post("chains/", body(), **{"Content-Type": media_type}), 415)


def test_media_type_may_have_parameters(newsroom: Caller) -> None:
    response = newsroom.post("chains/", body(), **{"Content-Type": "application/json; charset=utf-8"})
    assert response.status_code == 201


@pytest.mark.usefixtures("nothing_is_written")
def test_chunked_body_is_411(newsroom: Caller) -> None:
    sent = newsroom.post("chains/", b"", **{"Transfer-Encoding": "chunked", "Content-Length": ""})
    problem(sent, 411)


@pytest.mark.usefixtures("nothing_is_written")
def test_writing_without_a_key_is_401() -> None:
    response = ANYBODY.post("chains/", chain())
    problem(response, 401)
    assert response["WWW-Authenticate"] == "Api-Key"
