"""GraphQL beside the tree: finding claims, sources and snapshots, and any object by its id."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Appearance
from sources.models import Capture
from sources.viewers import Viewer
from tests.factories import chain, see, stated
from tests.provenance.test_graphql_tree import ask, refused

pytestmark = pytest.mark.django_db

NODE = """query($id: ID!) { node(id: $id) { __typename id
  ... on Claim { slug } ... on Appearance { quote parents { id } originChain { id } independentLines claim { slug } }
  ... on Derivation { kind derived { id } origin { id } } ... on Source { url } ... on Agent { name }
  ... on Snapshot { text textSha256 sha256 warcUrl } ... on Capture { state } } }"""


def test_claims_are_found_by_all_words_in_any_case(owner: User) -> None:
    chain(stated("a"), text="Malware caused the outage", by=owner)
    chain(stated("b"), text="Birds caused the outage", by=owner)
    found = ask('{ claims(search: "OUTAGE malware") { totalCount edges { node { text } } } }')["claims"]
    assert found == {"totalCount": 1, "edges": [{"node": {"text": "Malware caused the outage"}}]}


def test_claims_come_in_pages_that_follow_each_other(owner: User) -> None:
    slugs = [chain(stated("a"), by=owner).claim.slug for _ in range(5)]
    page = """query($after: String) { claims(first: 2, after: $after) {
      pageInfo { hasNextPage endCursor } edges { node { slug } } } }"""
    seen, after = [], None
    while True:
        claims = ask(page, after=after)["claims"]
        seen += [edge["node"]["slug"] for edge in claims["edges"]]
        after = claims["pageInfo"]["endCursor"]
        if not claims["pageInfo"]["hasNextPage"]:
            break
    assert seen == slugs[::-1]


def test_source_is_found_by_any_spelling_of_its_url(owner: User) -> None:
    chain(stated("a", url="http://example.com/b"), by=owner)
    ask_source = "query($url: String!) { source(url: $url) { url appearances { totalCount } } }"
    found = ask(ask_source, url="HTTP://Example.com:80/a/../b?utm_source=x#f")["source"]
    assert found == {"url": "http://example.com/b", "appearances": {"totalCount": 1}}
    assert ask(ask_source, url="http://example.com/other")["source"] is None
    assert refused(ask_source, url="javascript:alert(1)")["extensions"]["code"] == "BAD_INPUT"


def test_claims_citing_a_source_are_each_listed_once(owner: User) -> None:
    url = "https://times.example/report"
    claim = chain(stated("a", url=url), stated("b", url=url, quote="other words"), by=owner).claim
    chain(stated("c"), by=owner)
    citing = ask(
        "query($url: String!) { claimsCiting(url: $url) { totalCount edges { node { slug } } } }", url=url
    )
    assert citing["claimsCiting"] == {"totalCount": 1, "edges": [{"node": {"slug": claim.slug}}]}


def test_every_kind_of_object_is_found_by_its_id(owner: User) -> None:
    recorded = chain(stated("a", quote="aaa"), stated("b", "a"), by=owner)
    snapshot = see(recorded.appearances["a"].source, "aaa")
    everything = ask(
        """query($slug: String!) { claim(slug: $slug) { id provenance { nodes { id source { id publisher { id }
           captures { edges { node { id } } } } evidence { snapshot { id } } } edges { id } } } }""",
        slug=recorded.claim.slug,
    )["claim"]
    first = everything["provenance"]["nodes"][0]
    for kind, given in {
        "Claim": everything["id"],
        "Appearance": everything["provenance"]["nodes"][1]["id"],
        "Derivation": everything["provenance"]["edges"][0]["id"],
        "Source": first["source"]["id"],
        "Agent": first["source"]["publisher"]["id"],
        "Snapshot": first["evidence"]["snapshot"]["id"],
        "Capture": first["source"]["captures"]["edges"][0]["node"]["id"],
    }.items():
        node = ask(NODE, id=given)["node"]
        assert (node["__typename"], node["id"]) == (kind, given)
    assert ask("query($id: ID!) { snapshot(id: $id) { text sha256 } }", id=str(snapshot.pk))["snapshot"] == {
        "text": "aaa",
        "sha256": snapshot.sha256,
    }


@pytest.mark.parametrize("given", ["nonsense", "Q2xhaW0=", "UXVlcnk6MQ==", "Tm90aGluZzox", "Q2xhaW06"])
def test_malformed_id_is_an_error_with_a_code_or_nothing_and_never_a_stack(given: str) -> None:
    from provenance.schema import schema
    from sources.graphql import Context

    result = schema.execute_sync(NODE, variable_values={"id": given}, context_value=Context())
    for error in result.errors or ():
        assert error.formatted["extensions"]["code"] in ("BAD_INPUT", "BAD_DOCUMENT")
        assert "Traceback" not in error.message


def test_id_of_nothing_is_null() -> None:
    from strawberry import relay

    for kind in ("Claim", "Appearance", "Derivation", "Source", "Agent", "Snapshot", "Capture"):
        assert ask(NODE, id=str(relay.GlobalID(kind, "999999"))) == {"node": None}
        assert ask(NODE, id=str(relay.GlobalID(kind, "9" * 30))) == {"node": None}


def test_draft_and_what_it_alone_cites_are_there_for_its_owner_only(stranger: User, owner: User) -> None:
    recorded = chain(stated("a", url="https://secret.example/", quote="aaa"), by=stranger)
    snapshot = see(recorded.appearances["a"].source, "aaa")
    mine = Viewer(frozenset({stranger.pk}))
    ids = ask(
        """query($slug: String!) { claim(slug: $slug) { id provenance { nodes { id source { id publisher { id }
           captures { edges { node { id } } } } evidence { snapshot { id } } } } } }""",
        viewer=mine,
        slug=recorded.claim.slug,
    )["claim"]
    node = ids["provenance"]["nodes"][0]
    hidden = [
        ids["id"],
        node["id"],
        node["source"]["id"],
        node["source"]["publisher"]["id"],
        node["evidence"]["snapshot"]["id"],
        node["source"]["captures"]["edges"][0]["node"]["id"],
    ]
    for other in (Viewer(), Viewer(frozenset({owner.pk}))):
        assert (
            ask("query($s: String!) { claim(slug: $s) { id } }", viewer=other, s=recorded.claim.slug)["claim"]
            is None
        )
        assert ask("{ claims { totalCount } sources { totalCount } }", viewer=other) == {
            "claims": {"totalCount": 0},
            "sources": {"totalCount": 0},
        }
        assert ask('{ source(url: "https://secret.example/") { id } }', viewer=other)["source"] is None
        assert (
            ask("query($id: ID!) { snapshot(id: $id) { id } }", viewer=other, id=str(snapshot.pk))["snapshot"]
            is None
        )
        assert (
            ask('{ claimsCiting(url: "https://secret.example/") { totalCount } }', viewer=other)[
                "claimsCiting"
            ]["totalCount"]
            == 0
        )
        for given in hidden:
            assert ask(NODE, viewer=other, id=given)["node"] is None
    for given in hidden:
        assert ask(NODE, viewer=mine, id=given)["node"] is not None


def test_draft_that_cites_a_public_source_does_not_show_there(owner: User, stranger: User) -> None:
    url = "https://times.example/report"
    chain(stated("a", url=url), by=owner)
    chain(stated("b", url=url, quote="secret words"), by=stranger)
    assert Appearance.objects.count() == 2
    ask_source = (
        "query($url: String!) { source(url: $url) { appearances { totalCount edges { node { quote } } } } }"
    )
    assert ask(ask_source, url=url)["source"]["appearances"]["totalCount"] == 1
    assert "secret" not in str(ask(ask_source, url=url))


CAPTURES = "query($ids: [ID!]!) { sourcesById(ids: $ids) { url newestCapture { state outcome } } }"


@pytest.mark.parametrize("size", [2, 100])
def test_newest_captures_of_many_sources_cost_two_statements(owner: User, size: int) -> None:
    recorded = chain(*(stated(f"n{number}") for number in range(size)), by=owner)
    sources = [appearance.source for appearance in recorded.appearances.values()]
    see(sources[0], "so it is")
    with CaptureQueriesContext(connection) as queries:
        found = ask(CAPTURES, ids=[str(source.pk) for source in sources])["sourcesById"]
    assert [each["url"] for each in found] == [source.url for source in sources]
    assert found[0]["newestCapture"] == {"state": "DONE", "outcome": "CAPTURED"}
    assert {each["newestCapture"]["state"] for each in found[1:]} == {"QUEUED"}
    assert len(queries) == 2


def test_newest_capture_is_the_last_one_that_was_asked_for(owner: User) -> None:
    source = chain(stated("a"), by=owner).appearances["a"].source
    see(source, "so it is")
    Capture.objects.create(source=source, requested_by=owner)
    (found,) = ask(CAPTURES, ids=[str(source.pk)])["sourcesById"]
    assert found["newestCapture"] == {"state": "QUEUED", "outcome": None}


def test_sources_that_are_not_to_be_seen_are_null_in_their_place(owner: User) -> None:
    source = chain(stated("a"), by=owner).appearances["a"].source
    found = ask(CAPTURES, ids=["999999", str(source.pk)])["sourcesById"]
    assert [each and each["url"] for each in found] == [None, source.url]


def test_more_sources_than_a_page_are_refused() -> None:
    assert (
        "Ask for at most 100 at once"
        in refused(CAPTURES, ids=[str(number) for number in range(1, 102)])["message"]
    )
