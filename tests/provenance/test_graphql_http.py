"""GraphQL over HTTP: keys, statuses, media types, limits, and GraphiQL from our own files."""

import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from provenance.partners.keys import create_partner
from tests.factories import chain, stated

pytestmark = pytest.mark.django_db

JSON = "application/json"
PROPER = "application/graphql-response+json"


def post(client: Client, query: Any, **headers: str) -> Any:
    """POST a document, or any body."""
    body = json.dumps({"query": query}) if isinstance(query, str) else query
    return client.post("/graphql/", body, content_type=JSON, headers=headers)


def code(response: Any) -> str:
    """The code of the first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


def test_document_is_answered_by_post_and_get(client: Client) -> None:
    for response in (post(client, "{ __typename }"), client.get("/graphql/", {"query": "{ __typename }"})):
        assert response.status_code == 200
        assert response.json() == {"data": {"__typename": "Query"}}
        assert {"Accept", "Authorization"} <= set(response["Vary"].split(", "))


def test_other_origins_need_no_token_for_cookies_are_not_read() -> None:
    assert post(Client(enforce_csrf_checks=True), "{ __typename }").status_code == 200


def test_key_shows_drafts_of_its_partner(client: Client) -> None:
    from provenance.partners.models import Partner

    key = create_partner("A Newsroom")
    slug = chain(stated("a"), by=Partner.objects.get().account).claim.slug
    query = f'{{ claim(slug: "{slug}") {{ status }} }}'
    assert post(client, query).json() == {"data": {"claim": None}}
    with_key = post(client, query, Authorization=f"Api-Key {key}")
    assert with_key.json() == {"data": {"claim": {"status": "DRAFT"}}}


@pytest.mark.parametrize("header", ["Api-Key nonsense", "Bearer x", "Api-Key", ""])
def test_invalid_key_is_401_and_never_anonymous(client: Client, header: str) -> None:
    response = post(client, "{ __typename }", Authorization=header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Api-Key"
    assert code(response) == "UNAUTHENTICATED"


def test_tree_with_a_key_costs_one_statement_more(client: Client, django_assert_num_queries: Any) -> None:
    from provenance.partners.models import Partner

    key = create_partner("A Newsroom", trusted=True)
    slug = chain(stated("a"), stated("b", "a"), by=Partner.objects.get().account).claim.slug
    query = f'{{ claim(slug: "{slug}") {{ provenance {{ nodes {{ id parents {{ id }} }} findings {{ kind }} }} }} }}'
    with django_assert_num_queries(3):
        assert post(client, query).json()["data"]["claim"]
    with django_assert_num_queries(4):
        assert post(client, query, Authorization=f"Api-Key {key}").json()["data"]["claim"]


def test_client_that_knows_the_protocol_gets_its_media_type_and_statuses(client: Client) -> None:
    fine = post(client, "{ __typename }", Accept=PROPER)
    assert (fine.status_code, fine["Content-Type"].split(";")[0]) == (200, PROPER)
    for wrong in ("{ nothing }", "{"):
        assert post(client, wrong, Accept=PROPER).status_code == 400
        assert post(client, wrong).status_code == 200
        assert code(post(client, wrong)) == "BAD_DOCUMENT"


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{number}: __typename" for number in range(40)) + "}",
        "query($slug: String!) { claim(slug: $slug) { provenance { nodes "
        + "{ parents " * 20
        + "{ id }"
        + "}" * 20
        + "}}}",
        "{ __typename " + "# \n __typename " * 3000 + "}",
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
        "{ claims(first: 1000) { totalCount edges { node { id } } } }",
        "{ claims(first: -1) { edges { node { id } } } }",
        '{ claims(after: "nonsense") { edges { node { id } } } }',
        '{ claims(after: "QXBwZWFyYW5jZTox") { edges { node { id } } } }',
    ],
    ids=[
        "aliases",
        "depth",
        "tokens",
        "circle of fragments",
        "page too long",
        "page below nothing",
        "no cursor",
        "cursor of something else",
    ],
)
def test_document_that_asks_too_much_is_refused(client: Client, query: str) -> None:
    response = post(client, query)
    assert response.json()["errors"]
    assert code(response) in ("BAD_DOCUMENT", "BAD_INPUT")


def test_cursor_of_somebody_else_is_named_with_its_cure(client: Client) -> None:
    response = post(client, '{ claims(after: "nonsense") { edges { node { id } } } }')
    assert response.json()["errors"][0]["message"] == (
        "This page cannot be taken. Give `first` or `last` from 0 to 100, and as `after` or `before` a cursor out of "
        "an answer of this list."
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'[{"query": "{ __typename }"}]', 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{ __typename }", "variables": {"a": 1e999}}', 400),
        (b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}', 400),
        (b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', 400),
        (b"\xff", 400),
        (b'{"query": "' + b" " * 1_100_000 + b'"}', 413),
    ],
    ids=["batch", "cut", "deep", "number", "1e999", "NUL", "surrogate", "not UTF-8", "over 1 MiB"],
)
def test_bad_body_is_refused_with_a_code(client: Client, body: bytes, status: int) -> None:
    response = post(client, body)
    assert response.status_code == status
    assert code(response) in ("BAD_REQUEST", "TOO_LARGE")


@pytest.mark.parametrize(
    "field", ["claim(slug: ARG) { id }", "claims(search: ARG) { totalCount }", "source(url: ARG) { id }"]
)
@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\ud800"])
def test_text_that_no_column_holds_finds_nothing_and_breaks_nothing(
    client: Client, field: str, text: str
) -> None:
    response = post(client, "{" + field.replace("ARG", f'"{text}"') + "}")
    assert response.status_code == 200
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] in ("BAD_INPUT", "BAD_DOCUMENT")


def test_other_media_types_and_methods_are_refused(client: Client) -> None:
    assert client.post("/graphql/", {"query": "{ __typename }"}).status_code == 400
    urlencoded = client.post(
        "/graphql/", "query={__typename}", content_type="application/x-www-form-urlencoded"
    )
    assert urlencoded.status_code == 400
    assert client.put("/graphql/", "{}", content_type=JSON).status_code == 405
    assert client.get("/graphql/", {"query": "mutation { x }"}).status_code in (200, 400)


def test_error_of_ours_is_not_told(client: Client, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from claims import schema

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("SELECT secret FROM /srv/path")

    monkeypatch.setattr(schema, "tree_of", fail)
    from django.contrib.auth.models import User

    from claims.models import Claim

    Claim.objects.create(slug="x", text="x", status="published", owner=User.objects.create_user("x"))
    response = post(client, '{ claim(slug: "x") { provenance(first: 1) { nodeCount } } }')
    assert code(response) == "INTERNAL"
    assert "secret" not in response.content.decode()
    assert "secret" in caplog.text


def test_browser_gets_graphiql_without_anything_from_elsewhere(client: Client) -> None:
    response = client.get("/graphql/", headers={"Accept": "text/html"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"https?://", page)
    assert "<script>" not in page
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    assert len(files) == 7
    assert all(finders.find(file) for file in files)
