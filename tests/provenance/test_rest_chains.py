"""POST chains/: a whole chain goes in with one call, and its answer says what came of it."""

import json

import pytest

from claims.models import Appearance, Claim, Derivation
from claims.vocabulary import DerivationState
from sources.models import Agent, Capture, Source
from tests.provenance.rest import Caller, appearance, chain, partner, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsroom() -> Caller:
    return partner(trusted=True)


def test_chain_is_answered_with_all_that_it_wrote(newsroom: Caller) -> None:
    body = chain(
        appearance("a", quote="it may be so", certainty="hedged", published_at="2021-02-28"),
        appearance("b", "a", claimant={"name": "A Minister", "kind": "person"}),
    )
    response = newsroom.post("chains/", body)

    assert response.status_code == 201
    answer = json.loads(response.content)
    claim = Claim.objects.get()
    assert answer["claim"] == {
        "id": claim.pk,
        "slug": claim.slug,
        "text": body["claim"]["text"],
        "language": "en",
        "status": "published",
        "url": f"http://testserver/claims/{claim.slug}/",
    }
    assert response["Location"] == f"http://testserver/api/v1/claims/{claim.slug}/"
    a, b = Appearance.objects.order_by("pk")
    assert [(each["ref"], each["id"]) for each in answer["appearances"]] == [("a", a.pk), ("b", b.pk)]
    derivation = Derivation.objects.get()
    assert answer["derivations"] == [
        {"id": derivation.pk, "derived": b.pk, "origin": a.pk, "kind": "repetition", "state": "confirmed"}
    ]
    captures = [(capture["id"], capture["url"], capture["state"]) for capture in answer["captures"]]
    stored = Capture.objects.order_by("pk").select_related("source")
    assert captures == [(capture.pk, capture.source.url, "queued") for capture in stored]


def test_everything_stated_is_kept_as_stated(newsroom: Caller) -> None:
    stated = {
        "ref": "post",
        "url": "HTTP://Example.com:80/a/../b?utm_source=x#f",
        "publisher": {"name": "The Paper", "kind": "newspaper"},
        "title": " A title ",
        "published_at": "2021-02-28T22:10:00+05:30",
        "language": "pt-BR",
        "stance": "query",
        "certainty": "attributed",
        "quote": "exact  words",
        "said_at": "2021-02",
        "claimant": {"name": "A Firm", "kind": "company"},
        "chain_end": "anonymous",
    }
    body = {
        "claim": {"text": "So it is.", "parties": [{"name": "A Firm", "kind": "company"}]},
        "appearances": [stated],
    }
    assert newsroom.post("chains/", body).status_code == 201

    row = Appearance.objects.get()
    source = row.source
    assert (source.url, source.title) == ("http://example.com/b", " A title ")
    assert (source.published_at, source.language) == ("2021-02-28T22:10:00+05:30", "pt-BR")
    assert source.publisher == Agent.objects.get(name="The Paper")
    assert (row.stance, row.certainty, row.quote) == ("query", "attributed", "exact  words")
    assert (row.said_at, row.chain_end) == ("2021-02", "anonymous")
    assert row.claimant == Claim.objects.get().parties.get() == Agent.objects.get(name="A Firm")


def test_null_and_empty_say_no_more_than_leaving_out(newsroom: Caller) -> None:
    empty = dict.fromkeys(["title", "published_at", "language", "certainty", "said_at", "chain_end"], "")
    null = dict.fromkeys(
        ["source", "claimant", "title", "published_at", "language", "certainty", "chain_end"]
    )
    for nothing in (empty, null):
        response = newsroom.post("chains/", chain(appearance("a", **nothing)))
        assert response.status_code == 201, response.content
    assert set(Appearance.objects.values_list("certainty", "chain_end", "said_at")) == {("", "", "")}


def test_claim_is_extended_by_its_slug_and_a_stored_origin_by_its_id(newsroom: Caller) -> None:
    first = json.loads(newsroom.post("chains/", chain(appearance("a"))).content)
    origin = first["appearances"][0]["id"]
    later = appearance("b", derived_from=[{"appearance": origin, "kind": "citation"}])
    response = newsroom.post("chains/", chain(later, slug=first["claim"]["slug"]))

    assert response.status_code == 201
    [derivation] = json.loads(response.content)["derivations"]
    assert derivation["origin"] == origin
    assert Claim.objects.count() == 1


def test_source_can_be_named_by_its_id(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(appearance("a")))
    source = Source.objects.get()
    body = chain(appearance("again", url=None, source=source.pk, publisher=None))
    assert newsroom.post("chains/", body).status_code == 201
    assert Source.objects.get() == source


def test_work_without_url_is_offline_and_not_captured(newsroom: Caller) -> None:
    response = newsroom.post("chains/", chain(appearance("book", url=None, title="A book")))
    assert response.status_code == 201
    assert json.loads(response.content)["captures"] == []
    assert refusal(newsroom.post("chains/", chain(appearance("book", url=None)))) == (
        "#/appearances/0/title",
        "required",
    )


def test_claim_of_a_partner_that_is_not_trusted_waits_as_a_draft() -> None:
    response = partner().post("chains/", chain())
    assert json.loads(response.content)["claim"]["status"] == "draft"


def test_what_is_written_on_the_claim_of_another_waits(newsroom: Caller) -> None:
    first = json.loads(newsroom.post("chains/", chain(appearance("a"))).content)
    origin = {"appearance": first["appearances"][0]["id"], "kind": "repetition"}
    body = chain(appearance("b", derived_from=[origin]), slug=first["claim"]["slug"])
    answer = json.loads(partner(trusted=True).post("chains/", body).content)

    assert answer["appearances"][0]["published"] is False
    assert answer["derivations"][0]["state"] == "suggested"


def test_inferred_derivation_is_suggested_until_somebody_says_why(newsroom: Caller) -> None:
    inferred = {"ref": "a", "kind": "citation", "basis": "inferred"}
    for more, state in (
        ({}, DerivationState.SUGGESTED),
        ({"reason": "The figures are the same.", "state": "confirmed"}, DerivationState.CONFIRMED),
    ):
        body = chain(appearance("a"), appearance("b", derived_from=[{**inferred, **more}]))
        answer = json.loads(newsroom.post("chains/", body).content)
        assert answer["derivations"][0]["state"] == state
