"""changes/: the ordered feed of what was written, by which nobody learns who else has an account or a draft."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from claims import changes, publishing
from claims.models import Claim
from sources.models import Source
from tests.factories import see
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsroom() -> Caller:
    return partner(trusted=True)


def feed(caller: Caller = ANYBODY, path: str = "changes/", **query: Any) -> dict[str, Any]:
    response = caller.get(path, **query)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def everything(caller: Caller = ANYBODY) -> list[dict[str, Any]]:
    """The whole feed, read page by page to its end."""
    found: list[dict[str, Any]] = []
    page = feed(caller, limit=2)
    while page["results"]:
        found += page["results"]
        page = feed(caller, page["next"])
    return found


def test_feed_is_in_order_and_whole(newsroom: Caller) -> None:
    for _ in range(2):
        newsroom.post("chains/", chain(appearance("a"), appearance("b", "a")))
    seen = everything()

    assert [change["seq"] for change in seen] == sorted({change["seq"] for change in seen})
    written = [
        (change["object_type"], change["action"]) for change in seen if change["object_type"] != "source"
    ]
    one_chain = [
        ("claim", "created"),
        ("appearance", "created"),
        ("appearance", "created"),
        ("derivation", "created"),
    ]
    assert written == one_chain * 2
    assert sum(change["object_type"] == "source" for change in seen) == 4


def test_next_is_an_address_to_ask_again_also_when_nothing_is_new(newsroom: Caller) -> None:
    newsroom.post("chains/", chain())
    last = changes.last_seq()
    page = feed(after=last)
    assert page == {
        "results": [],
        "next": f"http://testserver/api/v1/changes/?after={last}&limit=50",
        "previous": None,
    }
    newsroom.post("chains/", chain())
    assert feed(path=page["next"])["results"][0]["seq"] > last


def test_change_shows_the_row_before_and_after(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(text="So it is.", language="en"))
    claim = Claim.objects.get()
    publishing.withdraw_claim(claim, by=newsroom.account, why="It is not.")
    withdrawn = everything(newsroom)[-1]

    assert (withdrawn["action"], withdrawn["object_id"], withdrawn["claim"]) == (
        "withdrawn",
        claim.pk,
        claim.slug,
    )
    assert withdrawn["before"]["status"] == "published"
    assert (withdrawn["after"]["status"], withdrawn["after"]["withdrawn_why"]) == ("withdrawn", "It is not.")


def test_feed_tells_whether_it_was_you_and_no_account_of_others(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(appearance("a", quote="so it is")))
    see(Source.objects.get(), "And so it is.")
    by = {caller: {change["by"] for change in everything(caller)} for caller in (newsroom, ANYBODY)}
    assert by == {newsroom: {"you", "service"}, ANYBODY: {"other", "service"}}

    accounts = {"owner_id", "author_id", "created_by_id", "withdrawn_by_id", "vouched_by_id", "decided_by_id"}
    for change in everything(newsroom):
        assert not accounts & {*(change["after"] or {}), *(change["before"] or {})}


def test_what_waits_on_a_published_claim_is_told_to_those_who_see_it(newsroom: Caller) -> None:
    first = json.loads(newsroom.post("chains/", chain(appearance("a", title="A"))).content)
    author = partner()
    origin = {"appearance": first["appearances"][0]["id"], "kind": "repetition"}
    waiting = chain(appearance("b", derived_from=[origin], quote="so it is"), slug=first["claim"]["slug"])
    author.post("chains/", waiting)
    see(Source.objects.order_by("pk")[1], "And so it is.")

    kinds = {"appearance", "derivation", "anchor"}
    after = changes.last_seq() - 10
    told = {
        caller: {change["object_type"] for change in everything(caller) if change["seq"] > after} & kinds
        for caller in (author, newsroom)
    }
    assert told[author] == told[newsroom] == kinds
    for caller in (ANYBODY, partner()):
        own = [change for change in everything(caller) if change["object_type"] in kinds]
        assert [(change["object_type"], change["object_id"]) for change in own] == [
            ("appearance", first["appearances"][0]["id"])
        ]


def test_what_a_draft_says_otherwise_of_a_source_is_told_to_its_author_alone(newsroom: Caller) -> None:
    public = appearance("a", url="https://a.example/", title="The title")
    newsroom.post("chains/", chain(public))
    author = partner()
    author.post("chains/", chain({**public, "title": "What a draft calls it"}))

    def told(caller: Caller) -> bool:
        return "What a draft calls it" in json.dumps(everything(caller))

    assert (told(author), told(newsroom), told(ANYBODY)) == (True, False, False)


def test_agents_are_nobodys_news(newsroom: Caller) -> None:
    newsroom.post("chains/", chain())
    assert User.objects.count() == 1
    assert "agent" not in {change["object_type"] for change in everything(newsroom)}
