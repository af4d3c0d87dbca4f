"""Answers kept as bytes, and conditional requests: nobody reads what is no longer so, or what is not theirs."""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import redis
import time_machine
from django.contrib.auth.models import User
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from graphql import build_schema
from strawberry.http import GraphQLRequestData

from claims import changes, trees
from claims.models import Claim
from provenance import kept
from provenance.asked import asked
from provenance.covered import _IN_A_TREE
from provenance.graphql import graphql
from provenance.memory import Memory
from provenance.schema import schema
from sources import registry
from sources.models import Agent, Source
from sources.viewers import ANONYMOUS
from tests.factories import chain, paper, stated
from tests.provenance.rest import ANYBODY, CLIENT, Caller, partner
from tests.provenance.rest import appearance as written
from tests.provenance.rest import chain as chain_body

pytestmark = pytest.mark.django_db

TREE = """query($slug: String!) { claim(slug: $slug) { text revision provenance {
  nodes { source { url title publisher { name owner { name } } } } } } }"""


@pytest.fixture(autouse=True)
def _keeping(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEPT_ANSWER_SECONDS = 60
    # A rolled back test leaves its ids to the next; what is kept would outlive it.
    monkeypatch.setattr(kept, "_PREFIX", uuid4().hex)
    other_server(monkeypatch)


def other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, ask a web server that has nothing at hand."""
    monkeypatch.setattr(kept, "_at_hand", Memory(most=10_000_000, largest=1_000_000))


def lose_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, no server is there."""
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(kept, "_store", lambda: nowhere)


def ask(slug: str, document: str = TREE, caller: Caller = ANYBODY, **variables: Any) -> Any:
    """POST a question about a claim."""
    body = {"query": document, "variables": {"slug": slug, **variables}}
    return CLIENT.post(
        "/graphql/", json.dumps(body), content_type="application/json", headers=caller._headers
    )


def unsent(slug: str) -> Any:
    """The answer before its web server has sent it, and closes it."""
    body = json.dumps({"query": TREE, "variables": {"slug": slug}})
    return graphql(RequestFactory().post("/graphql/", body, content_type="application/json"))


def sent(response: Any) -> None:
    """Close the response, as a web server does; our connection stays open."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def get(slug: str, document: str = TREE, caller: Caller = ANYBODY, **headers: Any) -> Any:
    """GET a question about a claim."""
    query = {"query": document, "variables": json.dumps({"slug": slug})}
    return CLIENT.get("/graphql/", query, headers={**caller._headers, **headers})


def statements(do: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        do()
    return len(queries)


def edit(row: Agent | Source, by: User, **facts: str) -> None:
    with registry.editing(row, by=by):
        for name, value in facts.items():
            setattr(row, name, value)


def a_source() -> Source:
    source = Source.objects.filter(publisher__name="The Paper").first()
    assert source
    return source


def published(owner: User) -> Claim:
    return chain(stated("a", publisher=paper("The Paper")), stated("b", "a"), by=owner).claim


def titles(response: Any) -> set[str]:
    nodes = response.json()["data"]["claim"]["provenance"]["nodes"]
    return {node["source"]["title"] for node in nodes}


# --- kept bytes -----------------------------------------------------------------------------------------------------


def test_second_answer_is_the_first_ones_bytes_for_one_statement(owner: User) -> None:
    slug = published(owner).slug
    first = ask(slug)
    assert statements(lambda: ask(slug)) == 1
    assert ask(slug).content == get(slug).content == first.content


def test_cold_answer_costs_three_statements(owner: User) -> None:
    slug = published(owner).slug
    document = "query($slug: String!) { claim(slug: $slug) { provenance { nodes { id parents { id } } } } }"
    assert statements(lambda: ask(slug, document)) == 3


def test_kept_answer_comes_in_the_media_type_that_is_asked_for(owner: User) -> None:
    slug = published(owner).slug
    get(slug)
    proper = "application/graphql-response+json"
    assert get(slug, Accept=proper)["Content-Type"] == f"{proper}; charset=utf-8"
    assert get(slug)["Content-Type"] == "application/json"


def test_edits_of_source_agent_and_owner_are_seen_at_once(owner: User) -> None:
    slug = published(owner).slug
    source = a_source()
    ask(slug)
    edit(source, owner, title="Another title")
    assert "Another title" in titles(ask(slug))
    assert source.publisher
    edit(source.publisher, owner, name="Another Name")
    assert "Another Name" in ask(slug).content.decode()
    registry.set_owner(source.publisher, registry.find_or_add_agent(paper("The Group"), by=owner), by=owner)
    assert "The Group" in ask(slug).content.decode()


def test_write_while_the_answer_is_read_is_seen_by_the_next_reader(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = published(owner).slug
    source = a_source()
    load, keep = trees.load_trees, kept.keep

    def write_then_load(*args: Any, **options: Any) -> Any:
        edit(source, owner, title="Before the rows")
        return load(*args, **options)

    def write_then_keep(*args: Any) -> None:
        edit(source, owner, title="After the rows")
        keep(*args)

    with monkeypatch.context() as patch:
        patch.setattr(trees, "load_trees", write_then_load)
        patch.setattr(kept, "keep", write_then_keep)
        assert "Before the rows" in titles(ask(slug))
    assert "After the rows" in titles(ask(slug))


def test_claim_that_is_withdrawn_is_not_served_from_what_was_kept(owner: User) -> None:
    claim = published(owner)
    ask(claim.slug)
    with changes.write(by=owner) as log:
        Claim.objects.filter(pk=claim.pk).update(status="draft")
        log.touch({claim.pk})
    assert ask(claim.slug).json() == {"data": {"claim": None}}


def test_answers_to_keys_are_never_kept_and_never_mix() -> None:
    first, second = partner(), partner()
    answer = first.post("chains/", chain_body(written("a")))
    slug = json.loads(answer.content)["claim"]["slug"]
    assert ask(slug, caller=first).json()["data"]["claim"]
    assert statements(lambda: ask(slug, caller=first)) > 3
    for other in (second, ANYBODY):
        assert ask(slug, caller=other).json() == {"data": {"claim": None}}


@pytest.mark.parametrize(
    "document",
    [
        "query($slug: String!) { claim(slug: $slug) { id } __typename }",
        "query($slug: String!) { claim(slug: $slug) { provenance { nodes { source { captures { totalCount } } } } } }",
        "query($slug: String!) { claim(slug: $slug) { provenance { nodes { evidence { snapshot { text } } } } } }",
        "query($slug: String!) { ...f } fragment f on Query { claim(slug: $slug) { id } }",
        """query($slug: String!) { claim(slug: $slug) { provenance { nodes { ...f } } } }
           fragment f on Appearance { source { snapshots { totalCount } } }""",
    ],
    ids=["two fields", "captures", "text", "fragment on the root", "snapshots in a fragment"],
)
def test_what_a_revision_does_not_cover_has_no_tag_and_is_computed_anew(owner: User, document: str) -> None:
    slug = published(owner).slug
    assert not get(slug, document).has_header("ETag")
    assert statements(lambda: get(slug, document)) == statements(lambda: get(slug, document))
    assert get(slug, document).json()["data"]["claim"]


def test_answers_with_errors_are_neither_tagged_nor_kept(owner: User) -> None:
    slug = published(owner).slug
    document = "query($slug: String!) { claim(slug: $slug) { id provenance(maxDepth: -1) { nodeCount } } }"
    for _ in range(2):
        response = get(slug, document)
        assert response.json()["errors"]
        assert not response.has_header("ETag")


def test_past_has_a_tag_and_is_not_kept(owner: User) -> None:
    slug = published(owner).slug
    document = """query($slug: String!) { claim(slug: $slug) {
      provenance(knownAt: "2001-01-01T00:00:00Z") { nodeCount } } }"""
    assert get(slug, document)["ETag"]
    assert statements(lambda: ask(slug, document)) > 1


def test_lost_store_costs_time_and_no_answer(
    owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slug = published(owner).slug
    first = ask(slug).content
    lose_the_store(monkeypatch)
    assert ask(slug).content == first
    assert not caplog.text
    other_server(monkeypatch)
    assert ask(slug).content == first
    assert "Kept answers could not be read" in caplog.text
    assert "An answer could not be kept" in caplog.text
    caplog.clear()
    assert statements(lambda: ask(slug)) == 1
    assert not caplog.text


def test_other_servers_find_the_same_bytes(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = published(owner).slug
    first = ask(slug)
    other_server(monkeypatch)
    assert statements(lambda: ask(slug)) == 1
    assert ask(slug).content == first.content


@pytest.mark.parametrize("is_large", [False, True])
def test_other_servers_find_an_answer_once_it_was_sent_and_a_large_one_before(
    owner: User, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    slug = published(owner).slug
    if is_large:
        monkeypatch.setattr(kept, "_SMALL_BYTES", 0)
    response = unsent(slug)
    assert statements(lambda: ask(slug)) == 1
    other_server(monkeypatch)
    monkeypatch.setattr(kept, "keep", lambda *_: None)
    assert (statements(lambda: ask(slug)) == 1) == is_large
    sent(response)
    assert statements(lambda: ask(slug)) == 1


def test_small_answer_does_not_wait_for_the_store(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = published(owner).slug
    put: list[str] = []
    monkeypatch.setattr(kept, "_put", lambda *given: put.append(given[0]))
    response = unsent(slug)
    assert response.status_code == 200
    assert not put
    sent(response)
    assert len(put) == 1


def test_store_that_hung_up_meanwhile_is_asked_again(
    owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slug = published(owner).slug
    ask(slug)
    for _ in range(2):
        other_server(monkeypatch)
        kept._line.connection._sock.shutdown(socket.SHUT_RDWR)
        assert statements(lambda: ask(slug)) == 1
    assert not caplog.text


def test_nobody_is_told_what_another_one_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    kept.keep("a" * 64, b"of a")
    other_server(monkeypatch)
    with monkeypatch.context() as patch:
        # As if something ended the question between asking and listening.
        patch.setattr(type(kept._line.connection), "read_response", interrupted)
        with pytest.raises(KeyboardInterrupt):
            kept.find("a" * 64)
    assert kept.find("b" * 64) is None
    assert kept.find("a" * 64) == b"of a"


def interrupted(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def test_answer_is_kept_no_longer_by_whoever_finds_it_later(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = published(owner).slug
    with time_machine.travel(time.time(), tick=False) as clock:
        ask(slug)
        clock.shift(45)
        other_server(monkeypatch)
        assert statements(lambda: ask(slug)) == 1
        lose_the_store(monkeypatch)  # whose clock is its own
        assert statements(lambda: ask(slug)) == 1
        clock.shift(16)
        assert statements(lambda: ask(slug)) > 1


def test_kept_answer_has_all_headers_of_the_first(owner: User, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    slug = published(owner).slug
    origin = {"Origin": "https://app.example", "Accept": "application/graphql-response+json"}
    settings.KEPT_ANSWER_SECONDS = 0
    computed = get(slug, TREE, ANYBODY, **origin)
    settings.KEPT_ANSWER_SECONDS = 60
    first, kept_one = (get(slug, TREE, ANYBODY, **origin) for _ in range(2))
    assert computed.headers == first.headers == kept_one.headers
    assert computed["Access-Control-Allow-Origin"] == "https://app.example"
    assert computed["X-Content-Type-Options"] == "nosniff"
    posted, again = ask(slug), ask(slug)
    assert posted.headers == again.headers
    assert set(computed.headers) - set(again.headers) == {
        "ETag",
        "Cache-Control",
        "access-control-allow-origin",
        "access-control-expose-headers",
    }


def test_claim_is_made_of_what_was_read_for_the_key(owner: User) -> None:
    claim = published(owner)
    claim.parties.add(*Agent.objects.all())
    data = GraphQLRequestData(
        query=TREE, variables={"slug": claim.slug}, operation_name=None, extensions=None
    )
    visible = Claim.objects.with_parties().with_epoch()
    wanted = visible.get(pk=claim.pk)
    question = asked(data, ANONYMOUS)
    assert question
    with CaptureQueriesContext(connection) as queries:
        made = question.claim
    assert not queries
    assert made is question.claim
    for name in [*(field.attname for field in Claim._meta.concrete_fields), "registry_epoch"]:
        assert getattr(made, name) == getattr(wanted, name)
    assert made.party_owners
    assert wanted.party_owners
    assert sorted(made.party_owners) == sorted(wanted.party_owners)
    assert question.state == (wanted.pk, wanted.revision, wanted.registry_epoch)


def test_kept_answer_is_not_given_for_an_invalid_key(owner: User) -> None:
    slug = published(owner).slug
    ask(slug)
    body = json.dumps({"query": TREE, "variables": {"slug": slug}})
    for header in ("Api-Key nothing", "Bearer x", ""):
        refused = CLIENT.post(
            "/graphql/", body, content_type="application/json", headers={"Authorization": header}
        )
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Api-Key")


def test_places_hold_one_answer_each_and_none_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_SMALL_PLACES", 1)
    first, second, huge = ("a" * 64, "b" * 64, "c" * 64)
    kept.keep(first, b"1")
    kept.keep(second, b"2")
    kept.keep(huge, b"0" * (kept.MOST_BYTES + 1))
    other_server(monkeypatch)
    assert [kept.find(key) for key in (first, second, huge)] == [None, b"2", None]


def test_writers_of_one_place_leave_one_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_SMALL_PLACES", 1)
    keys = [f"{number:064x}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: kept.keep(key, b"1"), keys))
    other_server(monkeypatch)
    assert sum(kept.find(key) is not None for key in keys) == 1


# --- conditional requests -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["graphql", "claims/{}/", "claims/{}/tree/"])
def test_unchanged_answer_is_304_until_something_in_it_changes(owner: User, path: str) -> None:
    claim = published(owner)

    def fetch(**headers: str) -> Any:
        if path == "graphql":
            return get(claim.slug, TREE, ANYBODY, **headers)
        return CLIENT.get(f"/api/v1/{path.format(claim.slug)}", headers=headers)

    first = fetch()
    tag = first["ETag"]
    assert tag.startswith('W/"')
    assert first["Cache-Control"] == "no-cache"
    assert "Authorization" in first["Vary"]
    same = fetch(**{"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert "Authorization" in same["Vary"]
    edit(a_source(), owner, title="Another title")
    changed = fetch(**{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] != tag


def test_tag_differs_by_key_and_its_answer_is_private(owner: User) -> None:
    slug, newsroom = published(owner).slug, partner()
    public, own = get(slug), get(slug, caller=newsroom)
    assert own["Cache-Control"] == "private, no-cache"
    assert own["ETag"] != public["ETag"]
    crossed = get(slug, TREE, newsroom, **{"If-None-Match": str(public["ETag"])})
    assert crossed.status_code == 200


def test_condition_on_a_post_is_no_condition(owner: User) -> None:
    slug = published(owner).slug
    tag = get(slug)["ETag"]
    body = json.dumps({"query": TREE, "variables": {"slug": slug}})
    response = CLIENT.post("/graphql/", body, content_type="application/json", headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert not response.has_header("ETag")


def test_covered_fields_of_sources_are_fields_of_the_schema() -> None:
    types = build_schema(schema.as_str()).type_map
    for name, fields in _IN_A_TREE.items():
        assert fields <= types[name].fields.keys()  # type: ignore[attr-defined]  # object types have them
