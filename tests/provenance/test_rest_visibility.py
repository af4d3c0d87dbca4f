"""Who sees what, as a table: roles x addresses. What is not shown to somebody is not there for them: 404, never 403."""

import json
from typing import Any

import pytest

from claims import publishing
from claims.models import Claim
from sources.models import Capture, Source
from tests.factories import curator, see
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner, problem

pytestmark = pytest.mark.django_db

SHARED = "https://shared.example/"
READ = (
    "claims/{slug}/",
    "claims/{slug}/tree/",
    "sources/{source}/",
    "sources/{source}/captures/",
    "captures/{capture}/",
    "snapshots/{snapshot}/",
    "snapshots/{snapshot}/text/",
    "snapshots/{snapshot}/warc/",
)


@pytest.fixture
def roles() -> dict[str, Caller]:
    """The draft's owner, another newsroom, and anybody; the owner is not trusted, so that its claims are drafts."""
    return {"owner": partner("Owner"), "stranger": partner("Stranger", trusted=True), "anybody": ANYBODY}


@pytest.fixture
def draft(roles: dict[str, Caller]) -> dict[str, Any]:
    """A draft, and what it alone cites, by the names in the table."""
    body = chain(appearance("a", url=SHARED, quote="so it is", title="Of a draft"))
    slug = json.loads(roles["owner"].post("chains/", body).content)["claim"]["slug"]
    source = Source.objects.get()
    snapshot = see(source, "We looked, and so it is.")
    return {"slug": slug, "source": source.pk, "capture": Capture.objects.get().pk, "snapshot": snapshot.pk}


def seen(caller: Caller, names: dict[str, Any]) -> set[str]:
    """The addresses of the table that answer this caller; the others must answer 404."""
    found = set()
    for path in READ:
        response = caller.get(path.format(**names))
        if response.status_code == 200:
            found.add(path)
        else:
            problem(response, 404)
    return found


def listed(caller: Caller) -> dict[str, int]:
    """How many rows each list shows."""
    paths = ("claims/", "sources/", f"sources/?url={SHARED}", "changes/")
    return {path: len(json.loads(caller.get(f"/api/v1/{path}").content)["results"]) for path in paths}


def test_draft_and_what_it_alone_cites_is_its_owners(roles: dict[str, Caller], draft: dict[str, Any]) -> None:
    assert {role: seen(caller, draft) for role, caller in roles.items()} == {
        "owner": set(READ),
        "stranger": set(),
        "anybody": set(),
    }
    nothing = {"claims/": 0, "sources/": 0, f"sources/?url={SHARED}": 0, "changes/": 0}
    assert listed(roles["stranger"]) == listed(roles["anybody"]) == nothing
    assert listed(roles["owner"])["claims/"] == 1


def test_nobody_writes_on_what_is_hidden(roles: dict[str, Caller], draft: dict[str, Any]) -> None:
    stranger = roles["stranger"]
    rows = Claim.objects.count(), Capture.objects.count()
    problem(stranger.post(f"sources/{draft['source']}/captures/"), 404)
    problem(stranger.post("chains/", chain(slug=draft["slug"])), 404)
    named = stranger.post("chains/", chain(appearance("b", url=None, source=draft["source"])))
    assert problem(named, 400)["errors"][0]["pointer"] == "#/appearances/0/source"
    assert (Claim.objects.count(), Capture.objects.count()) == rows


def test_published_claim_shows_what_it_cites(roles: dict[str, Caller], draft: dict[str, Any]) -> None:
    publishing.publish(Claim.objects.get(), by=curator())
    for caller in roles.values():
        assert seen(caller, draft) == set(READ)
        assert min(listed(caller).values()) >= 1


def test_withdrawn_claim_is_its_owners_and_its_sources_stay_public(
    roles: dict[str, Caller], draft: dict[str, Any]
) -> None:
    by = curator()
    publishing.publish(Claim.objects.get(), by=by)
    publishing.withdraw_claim(Claim.objects.get(), by=by, why="A mistake.")
    of_claim = {"claims/{slug}/", "claims/{slug}/tree/"}
    assert {role: seen(caller, draft) for role, caller in roles.items()} == {
        "owner": set(READ),
        "stranger": set(READ) - of_claim,
        "anybody": set(READ) - of_claim,
    }


def test_who_names_the_same_page_sees_the_page_and_not_the_draft(
    roles: dict[str, Caller], draft: dict[str, Any]
) -> None:
    second = partner("Second")
    assert second.post("chains/", chain(appearance("mine", url=SHARED))).status_code == 201
    assert seen(second, draft) == set(READ) - {"claims/{slug}/", "claims/{slug}/tree/"}
    assert seen(roles["stranger"], draft) == set()
    assert [change["by"] for change in json.loads(second.get("changes/").content)["results"]].count(
        "other"
    ) == 1
