"""Merging as callers meet it: over REST, and followed by whatever reads."""

import json
from typing import Any

import pytest
from django.test import Client

from claims.models import Claim
from provenance.roles import Role, rights_of
from sources.models import Agent, Capture, Source
from tests.factories import see
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner, problem, refusal

pytestmark = pytest.mark.django_db

REASON = {"reason": "They are one."}


@pytest.fixture
def newsroom() -> Caller:
    return partner("The Newsroom", trusted=True)


@pytest.fixture
def curation() -> Caller:
    """A partner that curates: its account has a curator's rights."""
    caller = partner("The Desk", trusted=True)
    caller.account.user_permissions.set(rights_of(Role.CURATOR))
    return caller


def asked(query: str, **variables: Any) -> Any:
    response = Client().post(
        "/graphql/", json.dumps({"query": query, "variables": variables}), "application/json"
    )
    body = json.loads(response.content)
    assert "errors" not in body, body
    return body["data"]


def recorded(newsroom: Caller, *appearances: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(newsroom.post("chains/", chain(*appearances)).content)
    return answer


def body(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return json.loads(response.content)


# --- agents ---------------------------------------------------------------------------------------------------------


def test_agents_are_merged_and_parted_over_rest(newsroom: Caller, curation: Caller) -> None:
    slug = recorded(newsroom, appearance("a"), appearance("b"))["claim"]["slug"]
    one, two = Agent.objects.order_by("pk")
    before = ANYBODY.get(f"claims/{slug}/tree/")

    merged = body(curation.post(f"agents/{one.pk}/merge/", {"into": two.pk, **REASON}))
    assert (merged["id"], merged["merged_into"]) == (one.pk, two.pk)
    assert body(ANYBODY.get(f"agents/{one.pk}/"))["merged_into"] == two.pk
    assert [each["id"] for each in body(ANYBODY.get("agents/"))["results"]] == [two.pk]
    assert [each["claim"]["slug"] for each in body(ANYBODY.get(f"agents/{one.pk}/claims/"))["results"]] == [
        slug
    ]
    assert len(body(ANYBODY.get("appearances/", agent=one.pk))["results"]) == 2
    counts = body(ANYBODY.get(f"claims/{slug}/tree/"))
    assert ANYBODY.get(f"claims/{slug}/tree/")["ETag"] != before["ETag"]
    node = "query($id: ID!) { node(id: $id) { ... on Agent { databaseId name } } }"
    relay_id = asked(
        "{ claims(first: 1) { edges { node { provenance { nodes { source { publisher { id } } } } } } } }"
    )
    [edge] = relay_id["claims"]["edges"]
    assert asked(node, id=edge["node"]["provenance"]["nodes"][0]["source"]["publisher"]["id"])["node"] == {
        "databaseId": two.pk,
        "name": two.name,
    }

    parted = body(curation.post(f"agents/{one.pk}/unmerge/", {"reason": "They are two."}))
    assert parted["merged_into"] is None
    after = body(ANYBODY.get(f"claims/{slug}/tree/"))
    assert after["independence"] != counts["independence"]
    assert after.pop("revision") > counts["revision"]
    assert after == {name: value for name, value in json.loads(before.content).items() if name != "revision"}


@pytest.mark.parametrize(
    ("caller", "sent", "status", "pointer", "code"),
    [
        ("newsroom", {}, 403, "#", "not_yours"),
        ("curation", {"into": 10**9}, 409, "#/into", "unknown"),
        ("curation", {"into": "x"}, 400, "#/into", "invalid"),
        ("curation", {"reason": " "}, 400, "#/reason", "blank"),
        ("curation", {"settled": ["kind"]}, 400, "#/settled", "unknown"),
        ("curation", {"into": "itself"}, 400, "#/into", "self"),
        ("curation", {"why": "So."}, 400, "#/why", "unknown"),
    ],
)
def test_what_is_wrong_is_named(
    request: pytest.FixtureRequest,
    newsroom: Caller,
    caller: str,
    sent: Any,
    status: int,
    pointer: str,
    code: str,
) -> None:
    recorded(newsroom, appearance("a"), appearance("b"))
    one, two = Agent.objects.order_by("pk")
    sent = {"into": two.pk, **REASON, **sent}
    if sent["into"] == "itself":
        sent["into"] = one.pk
    answer = request.getfixturevalue(caller).post(f"agents/{one.pk}/merge/", sent)
    assert refusal(answer, status) == (pointer, code)


def test_who_has_no_key_merges_nothing(newsroom: Caller) -> None:
    recorded(newsroom)
    agent = Agent.objects.get()
    problem(ANYBODY.post(f"agents/{agent.pk}/merge/", {"into": agent.pk, **REASON}), 401)
    problem(newsroom.post(f"agents/{10**9}/merge/", {"into": agent.pk, **REASON}), 404)
    assert refusal(newsroom.post(f"agents/{agent.pk}/unmerge/", REASON), 403)[1] == "not_yours"


def test_agents_are_found_and_corrected(newsroom: Caller, curation: Caller) -> None:
    post = {"name": "The Morning Post", "kind": "newspaper"}
    recorded(newsroom, appearance("a", publisher=post), appearance("b"))
    two, one = Agent.objects.order_by("name")

    [found] = body(ANYBODY.get("agents/", search="POST morning"))["results"]
    assert found["id"] == one.pk
    edited = body(
        curation.patch(f"agents/{one.pk}/", {"name": "The Post", "kind": "magazine", "owner": two.pk})
    )
    assert (edited["name"], edited["kind"], edited["owner"]["id"]) == ("The Post", "magazine", two.pk)
    assert [each["id"] for each in body(ANYBODY.get("agents/", owned_by=two.pk))["results"]] == [one.pk]
    assert refusal(curation.patch(f"agents/{two.pk}/", {"owner": one.pk}), 409) == ("#/owner", "circle")
    assert refusal(curation.patch(f"agents/{two.pk}/", {"owner": 10**9}), 409) == ("#/owner", "unknown")
    taken = {"name": two.name, "kind": two.kind}
    assert refusal(curation.patch(f"agents/{one.pk}/", taken), 409) == ("#/name", "taken")
    assert refusal(curation.patch(f"agents/{one.pk}/", {"name": "ﷺ" * 100}), 400) == ("#/name", "invalid")
    assert refusal(newsroom.patch(f"agents/{one.pk}/", {"name": "Mine"}), 403) == ("#", "not_yours")
    assert body(curation.patch(f"agents/{one.pk}/", {"owner": None}))["owner"] is None
    curation.patch(f"agents/{one.pk}/", {"kind": two.kind})
    body(curation.post(f"agents/{one.pk}/merge/", {"into": two.pk, **REASON}))
    assert refusal(curation.patch(f"agents/{one.pk}/", {"name": "Again"}), 409) == ("#", "merged")


# --- sources --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pages(newsroom: Caller) -> tuple[str, Source, Source]:
    """A claim in two sources of one publisher, both seen."""
    facts = {"publisher": {"name": "The Paper", "kind": "newspaper"}}
    said = [appearance(ref, url=f"https://a.example/{ref}", quote=f"words of {ref}", **facts) for ref in "ab"]
    slug = recorded(newsroom, *said)["claim"]["slug"]
    one, two = Source.objects.order_by("pk")
    for source, ref in ((one, "a"), (two, "b")):
        see(source, f"Here stand words of {ref}.")
    return slug, one, two


def test_merged_source_is_followed_by_every_reader(
    pages: tuple[str, Source, Source], curation: Caller, newsroom: Caller
) -> None:
    slug, one, two = pages
    body(curation.post(f"sources/{one.pk}/merge/", {"into": two.pk, **REASON}))

    assert body(ANYBODY.get(f"sources/{one.pk}/"))["merged_into"] == two.pk
    assert [each["id"] for each in body(ANYBODY.get("sources/", url=one.url))["results"]] == [two.pk]
    assert [each["id"] for each in body(ANYBODY.get("sources/"))["results"]] == [two.pk]
    assert len(body(ANYBODY.get("appearances/", source=one.pk))["results"]) == 2
    assert len(body(ANYBODY.get(f"sources/{one.pk}/captures/"))["results"]) == 2
    assert [each["claim"]["slug"] for each in body(ANYBODY.get(f"sources/{one.pk}/claims/"))["results"]] == [
        slug
    ]
    found = asked(
        """query($url: String!, $one: ID!, $two: ID!) {
            source(url: $url) { databaseId snapshots(first: 5) { totalCount edges { node { sha256 } } }
                                captures(first: 5) { totalCount } newestCapture { databaseId } }
            sourcesById(ids: [$one, $two]) { databaseId }
            claimsCiting(url: $url) { edges { node { slug } } }
            sources { totalCount } }""",
        url=one.url,
        one=str(one.pk),
        two=str(two.pk),
    )
    leaning = asked(
        "query($one: ID!) { claimsLeaningOn(source: $one) { edges { node { leaning(source: $one) {"
        " appearances { databaseId } } } } } }",
        one=str(one.pk),
    )
    [edge] = leaning["claimsLeaningOn"]["edges"]
    assert len(edge["node"]["leaning"]["appearances"]) == 2
    assert found["source"]["databaseId"] == two.pk
    assert (found["source"]["snapshots"]["totalCount"], found["source"]["captures"]["totalCount"]) == (2, 2)
    assert len(found["source"]["snapshots"]["edges"]) == 2
    assert found["source"]["newestCapture"]["databaseId"] == Capture.objects.latest("pk").pk
    assert found["sourcesById"] == [{"databaseId": two.pk}] * 2
    assert found["claimsCiting"]["edges"] == [{"node": {"slug": slug}}]
    assert found["sources"]["totalCount"] == 1
    page = Client().get(f"/sources/{one.pk}/")
    assert (page.status_code, page["Location"]) == (302, f"/sources/{two.pk}/")
    assert Client().get("/", {"search": str(one.url)}).content.count(slug.encode())
    times = b"".join(Client().get(f"/timemap/link/{one.url}"))
    assert times.count(b"/memento/") >= 1
    snapshots = [row.pk for row in (one.snapshots.get(), two.snapshots.get())]
    assert body(ANYBODY.get(f"snapshots/{snapshots[1]}/diff/?from={snapshots[0]}"))["before"] == snapshots[0]
    assert Client().get(f"/snapshots/{snapshots[1]}/diff/{snapshots[0]}/").status_code == 200
    asked_for = body(newsroom.post(f"sources/{one.pk}/captures/"), 202)
    assert asked_for["source"] == two.pk
    late = recorded(newsroom, appearance("late", url=one.url, quote="other words"))["appearances"]
    assert body(ANYBODY.get(f"appearances/{late[0]['id']}/"))["source"]["id"] == two.pk

    body(curation.post(f"sources/{one.pk}/unmerge/", {"reason": "They are two."}))
    assert Client().get(f"/sources/{one.pk}/").status_code == 200
    assert len(body(ANYBODY.get(f"sources/{one.pk}/captures/"))["results"]) == 1


# --- claims ---------------------------------------------------------------------------------------------------------


def test_merged_claim_is_followed_by_every_reader(newsroom: Caller, curation: Caller) -> None:
    old, new = (recorded(newsroom, appearance(ref))["claim"]["slug"] for ref in "ab")
    before = asked("query($slug: String!) { claim(slug: $slug) { slug provenance { nodeCount } } }", slug=old)
    assert before["claim"]["provenance"]["nodeCount"] == 1
    merged = body(curation.post(f"claims/{old}/merge/", {"into": new, **REASON}))
    assert merged["slug"] == new

    for path in ("", "tree/", "impact/", "annotations/", "receipt/"):
        assert ANYBODY.get(f"claims/{old}/{path}").status_code == 200
    assert body(ANYBODY.get(f"claims/{old}/"))["slug"] == new
    assert len(body(ANYBODY.get("appearances/", claim=old))["results"]) == 2
    found = asked("query($slug: String!) { claim(slug: $slug) { slug provenance { nodeCount } } }", slug=old)
    assert found["claim"] == {"slug": new, "provenance": {"nodeCount": 2}}
    assert asked("{ claims { totalCount } }")["claims"]["totalCount"] == 1
    for page in ("claims/{}/", "embed/{}/", "embed/{}/about/"):
        response = Client().get(f"/{page.format(old)}")
        assert (response.status_code, response["Location"]) == (301, f"/{page.format(new)}")
    assert old.encode() not in Client().get("/").content
    got = Client().get("/graphql/", {"query": f'{{ claim(slug: "{old}") {{ slug }} }}'})
    assert (json.loads(got.content)["data"]["claim"]["slug"], got.has_header("ETag")) == (new, True)
    extended = newsroom.post("chains/", chain(appearance("c"), slug=old))
    assert body(extended, 201)["claim"]["slug"] == new
    assert refusal(curation.post(f"claims/{old}/merge/", {"into": new, **REASON}), 409) == ("#", "merged")
    assert refusal(curation.post(f"claims/{new}/merge/", {"into": "none", **REASON}), 409) == (
        "#/into",
        "unknown",
    )


def test_owner_of_both_claims_merges_them(newsroom: Caller) -> None:
    stranger = partner()
    old, new = (recorded(newsroom, appearance(ref))["claim"]["slug"] for ref in "ab")
    assert refusal(stranger.post(f"claims/{old}/merge/", {"into": new, **REASON}), 403) == ("#", "not_yours")
    body(newsroom.post(f"claims/{old}/merge/", {"into": new, **REASON}))
    assert Claim.objects.get(slug=old).merged_into == Claim.objects.get(slug=new)


# --- what else is decided -------------------------------------------------------------------------------------------


def test_parties_and_text_of_a_claim_are_its_owners_to_correct(newsroom: Caller, curation: Caller) -> None:
    slug = recorded(newsroom, appearance("a"), appearance("b"))["claim"]["slug"]
    one, two = Agent.objects.order_by("pk")
    edited = body(newsroom.patch(f"claims/{slug}/", {"text": "So it is.", "parties": [one.pk, two.pk]}))
    assert (edited["text"], {each["id"] for each in edited["parties"]}) == ("So it is.", {one.pk, two.pk})
    assert body(newsroom.patch(f"claims/{slug}/", {"language": "hi"}))["parties"] == edited["parties"]
    assert refusal(newsroom.patch(f"claims/{slug}/", {"parties": [10**9]}), 409) == ("#/parties/0", "unknown")
    assert refusal(newsroom.patch(f"claims/{slug}/", {"slug": "x"})) == ("#/slug", "unknown")
    assert refusal(partner().patch(f"claims/{slug}/", {"text": "No."}), 403) == ("#", "not_yours")
    body(curation.post(f"agents/{one.pk}/merge/", {"into": two.pk, **REASON}))
    assert [each["id"] for each in body(ANYBODY.get(f"claims/{slug}/"))["parties"]] == [two.pk]
    assert refusal(newsroom.patch(f"claims/{slug}/", {"parties": [one.pk]}), 409) == ("#/parties/0", "merged")


def test_who_vouches_for_an_origin_establishes_it_and_says_why(newsroom: Caller) -> None:
    answer = recorded(newsroom, appearance("a"))
    slug, pk = answer["claim"]["slug"], answer["appearances"][0]["id"]

    def established() -> int:
        counts = body(ANYBODY.get(f"claims/{slug}/tree/"))["independence"]["support"]
        number: int = counts["established_origin_count"]
        return number

    assert established() == 0
    assert refusal(newsroom.post(f"appearances/{pk}/vouch/", {"reason": " "})) == ("#/reason", "blank")
    assert refusal(partner().post(f"appearances/{pk}/vouch/", {"reason": "So."}), 403) == ("#", "not_yours")
    vouched = body(newsroom.post(f"appearances/{pk}/vouch/", {"reason": "Read on paper."}))
    assert vouched["vouched_why"] == "Read on paper."
    assert established() == 1
    found = asked(
        "query($slug: String!) { claim(slug: $slug) { provenance { nodes { vouchedWhy } "
        "independence(stance: SUPPORT) { establishedOriginCount } } } }",
        slug=slug,
    )["claim"]["provenance"]
    assert found == {
        "nodes": [{"vouchedWhy": "Read on paper."}],
        "independence": {"establishedOriginCount": 1},
    }
