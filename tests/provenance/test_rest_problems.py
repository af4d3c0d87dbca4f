"""Every refusal below /api/ is a problem+json, whoever refuses: a view, an address that is none, Django, a fault."""

from typing import Any

import pytest
from django.test import Client, override_settings

from claims import views
from tests.provenance.rest import ANYBODY, CLIENT, partner, problem, refusal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v2/claims/",
        "claims",
        "chains/1/",
        "claims/no-such-claim/",
        "claims/no-such-claim/tree/",
        "claims/%00/",
        "claims/%F0%9F%98%80/",
        "sources/1/",
        "sources/99999999999999999999999999/",
        "sources/" + "9" * 5000 + "/",
        "sources/-1/",
        "sources/1/captures/",
        "captures/1/",
        "snapshots/1/",
        "snapshots/1/text/",
        "snapshots/1/warc/",
    ],
)
def test_unknown_address_is_404(path: str) -> None:
    problem(ANYBODY.get(path), 404)


@pytest.mark.parametrize("debug", [True, False])
def test_unknown_address_is_404_for_every_method(debug: bool) -> None:
    with override_settings(DEBUG=debug):
        for method in ("get", "post", "put", "patch", "delete", "options"):
            problem(getattr(CLIENT, method)("/api/v1/nothing"), 404)


def test_head_of_an_unknown_address_has_the_same_status() -> None:
    assert CLIENT.head("/api/v1/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "chains/"),
        ("put", "claims/"),
        ("delete", "sources/"),
        ("options", "claims/"),
        ("post", "changes/"),
    ],
)
def test_other_method_is_405(method: str, path: str) -> None:
    headers = {"Authorization": f"Api-Key {partner().key}"}
    answer = getattr(CLIENT, method)(f"/api/v1/{path}", headers=headers)
    problem(answer, 405)
    assert method.upper() not in answer["Allow"]


def test_other_media_type_than_offered_is_406() -> None:
    for path in ("claims/", "snapshots/1/text/"):
        problem(CLIENT.get(f"/api/v1/{path}", headers={"Accept": "image/png"}), 406)


def test_host_that_is_not_ours_is_400() -> None:
    problem(CLIENT.get("/api/v1/claims/", headers={"Host": "evil.example"}), 400)


def test_fault_of_ours_is_500_without_a_word_about_it(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("SELECT secret FROM /etc/passwd")

    monkeypatch.setattr(views.ClaimList, "get_queryset", fail)
    response = Client(raise_request_exception=False).get("/api/v1/claims/")
    problem(response, 500)
    assert b"secret" not in response.content
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("claims/", "serach=x", ("serach", "unknown")),
        ("claims/", "search=a&search=b", ("search", "repeated")),
        ("claims/", "search=%00", ("search", "null_characters_not_allowed")),
        ("claims/", "search=" + "x" * 201, ("search", "max_length")),
        ("claims/", "status=gone", ("status", "invalid_choice")),
        ("claims/", "limit=0", ("limit", "min_value")),
        ("claims/", "limit=101", ("limit", "max_value")),
        ("claims/", "limit=1_0", ("limit", "invalid")),
        ("claims/", "limit=-1", ("limit", "invalid")),
        ("claims/", "limit=" + "9" * 5000, ("limit", "invalid")),
        ("claims/", "cursor=nonsense", ("cursor", "cursor")),
        ("claims/", "cursor=cD1hYmM=", ("cursor", "cursor")),
        ("claims/", "cursor=", ("cursor", "blank")),
        ("claims/", "format=json", ("format", "unknown")),
        ("claims/x/", "as_of=2021", ("as_of", "unknown")),
        ("claims/x/tree/", "include_suggested=1", ("include_suggested", "invalid")),
        ("claims/x/tree/", "of=2021", ("of", "unknown")),
        ("sources/", "url=javascript:alert(1)", ("url", "url")),
        ("sources/", "url=", ("url", "blank")),
        ("changes/", "after=-1", ("after", "invalid")),
        ("changes/", "after=9223372036854775808", ("after", "max_value")),
        ("changes/", "cursor=x", ("cursor", "unknown")),
    ],
)
def test_parameter_that_no_view_names_or_takes_is_400(
    path: str, query: str, expected: tuple[str, str]
) -> None:
    body = problem(CLIENT.get(f"/api/v1/{path}?{query}"), 400)
    [error] = body["errors"]
    assert (error["parameter"], error["code"]) == expected
    assert error["pointer"] == "#"


def test_huge_position_in_a_cursor_finds_nothing_and_breaks_nothing() -> None:
    position = "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"  # p=999...
    assert ANYBODY.get("claims/", cursor=position).status_code == 200


def test_parameters_belong_to_reading() -> None:
    assert refusal(partner().post("chains/?limit=5", {})) == ("#", "unknown")


def test_other_pages_keep_their_own_errors() -> None:
    response = CLIENT.get("/no/such/page/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
