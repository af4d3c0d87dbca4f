"""Lists: in pages by cursor, narrowed by parameters, and with as many statements for twenty rows as for two."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim
from sources.models import Capture, Source
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import see
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner

pytestmark = pytest.mark.django_db

FIRM = {"name": "A Firm", "kind": "company"}


@pytest.fixture
def newsroom() -> Caller:
    return partner(trusted=True)


def listed(path: str, caller: Caller = ANYBODY, **query: Any) -> dict[str, Any]:
    """The answer of a list."""
    response = caller.get(path, **query)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = json.loads(response.content)
    assert list(answer) == ["results", "next", "previous"]
    return answer


def test_pages_follow_each_other_and_lead_back(newsroom: Caller) -> None:
    for number in range(5):
        newsroom.post("chains/", chain(text=f"Claim {number}."))
    first = listed("claims/", limit=2, search="claim")
    second = listed(first["next"])
    third = listed(second["next"])

    texts = [claim["text"] for page in (first, second, third) for claim in page["results"]]
    assert texts == [f"Claim {number}." for number in (4, 3, 2, 1, 0)]
    assert (first["previous"], third["next"]) == (None, None)
    assert listed(second["previous"])["results"] == first["results"]
    assert first["next"].startswith("http://testserver/api/v1/claims/?")


def test_row_added_meanwhile_neither_repeats_nor_hides_another(newsroom: Caller) -> None:
    for number in range(3):
        newsroom.post("chains/", chain(text=f"Claim {number}."))
    first = listed("claims/", limit=2)
    newsroom.post("chains/", chain(text="Claim 3."))
    assert [claim["text"] for claim in listed(first["next"])["results"]] == ["Claim 0."]


def test_claims_are_found_by_words_and_status(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(text="Malware caused the outage."))
    newsroom.post("chains/", chain(text="Malware was placed."))
    stranger = partner()
    stranger.post("chains/", chain(text="Malware is a draft."))

    assert len(listed("claims/", search="MALWARE outage")["results"]) == 1
    assert len(listed("claims/", search="malware")["results"]) == 2
    assert len(listed("claims/", stranger, status="draft")["results"]) == 1
    assert listed("claims/", status="draft")["results"] == []


def test_claim_is_shown_with_its_parties(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(text="So it is.", language="en", parties=[FIRM]))
    claim = Claim.objects.get()
    [shown] = listed("claims/")["results"]
    [party] = shown.pop("parties")
    assert (party["name"], party["kind"]) == ("A Firm", "company")
    created_at = shown.pop("created_at")
    assert created_at.endswith("Z")
    assert shown == {
        "id": claim.pk,
        "slug": claim.slug,
        "text": "So it is.",
        "language": "en",
        "status": "published",
        "url": f"http://testserver/claims/{claim.slug}/",
        "withdrawn_at": None,
        "withdrawn_why": "",
    }
    detail = json.loads(ANYBODY.get(f"claims/{claim.slug}/").content)
    assert detail == {**shown, "parties": [party], "created_at": created_at}


def test_source_is_found_by_any_spelling_of_its_url(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(appearance("a", url="http://example.com/b", published_at="2021-02")))
    newsroom.post("chains/", chain(appearance("b")))
    [found] = listed("sources/", url="HTTP://Example.com:80/a/../b?utm_source=x#f")["results"]

    source = Source.objects.get(pk=found["id"])
    assert (found["url"], found["published_at"], found["merged_into"]) == (
        "http://example.com/b",
        "2021-02",
        None,
    )
    assert found["publisher"] == {"id": source.publisher_id, "name": "The A", "kind": "newspaper"}
    assert json.loads(ANYBODY.get(f"sources/{source.pk}/").content) == found
    assert listed("sources/", url="http://example.com/other")["results"] == []
    assert len(listed("sources/")["results"]) == 2


def test_merged_source_is_followed(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(appearance("old", url="http://a.example/old"), appearance("new")))
    old, new = Source.objects.order_by("pk")
    Source.objects.filter(pk=old.pk).update(merged_into=new)
    assert [source["id"] for source in listed("sources/", url="http://a.example/old")["results"]] == [new.pk]
    assert [source["id"] for source in listed("sources/")["results"]] == [new.pk]
    assert json.loads(ANYBODY.get(f"sources/{old.pk}/").content)["merged_into"] == new.pk


def test_merged_claim_is_followed(newsroom: Caller) -> None:
    for text in ("Old.", "New."):
        newsroom.post("chains/", chain(text=text))
    old, new = Claim.objects.order_by("pk")
    Claim.objects.filter(pk=old.pk).update(merged_into=new)
    assert json.loads(ANYBODY.get(f"claims/{old.slug}/").content)["slug"] == new.slug
    assert json.loads(ANYBODY.get(f"claims/{old.slug}/tree/").content)["claim"]["slug"] == new.slug
    assert [claim["slug"] for claim in listed("claims/")["results"]] == [new.slug]


def _more_claims(newsroom: Caller) -> str:
    newsroom.post("chains/", chain(text="One more.", parties=[FIRM]))
    return "claims/"


def _more_sources(newsroom: Caller) -> str:
    newsroom.post("chains/", chain())
    return "sources/"


def _more_captures(newsroom: Caller) -> str:
    source = Source.objects.first()
    if source is None:
        newsroom.post("chains/", chain())
        source = Source.objects.get()
    see(source, "One more page.")
    return f"sources/{source.pk}/captures/"


def _more_changes(newsroom: Caller) -> str:
    newsroom.post("chains/", chain(appearance("a"), appearance("b", "a")))
    return "changes/"


@pytest.mark.parametrize("add", [_more_claims, _more_sources, _more_captures, _more_changes])
def test_list_costs_the_same_statements_for_twenty_rows_as_for_two(
    newsroom: Caller, add: Callable[[Caller], str]
) -> None:
    costs = []
    for rows in (2, 20):
        for _ in range(rows):
            path = add(newsroom)
        with CaptureQueriesContext(connection) as asked:
            assert len(listed(path, newsroom)["results"]) >= rows
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 4, asked.captured_queries


def test_captures_are_listed_newest_first_with_their_snapshots(newsroom: Caller) -> None:
    newsroom.post("chains/", chain())
    source = Source.objects.get()
    snapshot = see(source, "A page.")
    Capture.objects.create(source=source, requested_by=newsroom.account)
    queued, done = listed(f"sources/{source.pk}/captures/")["results"]
    assert (queued["state"], queued["outcome"], queued["snapshot"]) == (CaptureState.QUEUED, None, None)
    assert (done["state"], done["outcome"], done["snapshot"]) == (
        CaptureState.DONE,
        CaptureOutcome.CAPTURED,
        snapshot.pk,
    )
