"""The start page: what is published is listed, counted and found, at the same cost however much there is."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.vocabulary import Certainty, DerivationKind, Stance
from provenance import home_page, summaries
from tests.factories import chain, repeats, stated
from tests.provenance.browsing import Seen
from tests.provenance.bulk import appear_in, published_claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def outage(owner: User) -> str:
    """A claim with two reports, a denial, and two findings."""
    recorded = chain(
        stated("study", certainty=Certainty.HEDGED),
        stated("times", "study", certainty=Certainty.ASSERTED),
        stated("embassy", stance=Stance.DENY, derived_from=(repeats("times", DerivationKind.RESPONSE),)),
        text="Malware caused the outage",
        by=owner,
    )
    return recorded.claim.slug


def read(client: Client, **query: Any) -> Seen:
    """The start page as its reader sees it."""
    return Seen(client.get("/", query))


def test_newest_claims_come_with_their_range_of_origins(client: Client, owner: User, outage: str) -> None:
    chain(stated("a"), text="Birds are late", by=owner)
    page = read(client)
    assert (
        "Malware caused the outage 2 reports, 0 to 1 independent origin; 1 denial; 2 findings." in page.text
    )
    assert page.links.index(f"/claims/{outage}/") > 0
    assert page.text.index("Birds are late") < page.text.index("Malware caused the outage")


def test_most_findings_are_listed_with_the_first_of_them(client: Client, owner: User, outage: str) -> None:
    chain(stated("a"), text="Birds are late", by=owner)
    most = read(client).text.partition("Most findings")[2]
    assert "Of the 50 newest claims" in most
    assert "Malware caused the outage" in most
    assert "go back to one origin: The Study" in most
    assert "Birds are late" not in most


def test_search_finds_all_of_the_words_in_any_case(client: Client, outage: str) -> None:
    assert f"/claims/{outage}/" in read(client, search="OUTAGE  malware").links
    nothing = read(client, search="outage birds\0")
    assert "No claim has all of these words" in nothing.text
    assert 'value="outage birds"' in nothing.html


def test_pasted_address_finds_the_claims_of_that_page_in_any_spelling(client: Client, owner: User) -> None:
    chain(stated("a", url="https://paper.example/story?id=1"), text="It rains in the story", by=owner)
    chain(stated("b", url="https://paper.example/other"), text="It snows in the other", by=owner)
    found = read(client, search=" HTTPS://paper.example/x/../story?id=1&utm_source=mail#top ")
    assert "It rains in the story" in found.text
    assert "It snows in the other" not in found.text
    assert "No claim is recorded for this page" in read(client, search="https://paper.example/none").text


def test_address_that_cannot_be_read_is_answered_with_the_cure(client: Client, db: None) -> None:
    answer = read(client, search="https://user:secret@paper.example/")
    assert answer.status == 200
    assert "Give it without them." in answer.text


def test_drafts_are_neither_listed_nor_found(client: Client, stranger: User) -> None:
    chain(stated("a", url="https://paper.example/secret"), text="A secret draft", by=stranger)
    for query in ({}, {"search": "draft"}, {"search": "https://paper.example/secret"}):
        assert "A secret draft" not in read(client, **query).text


def test_older_claims_are_on_the_next_page(client: Client, owner: User) -> None:
    published_claims(45, by=owner)
    first, third = read(client), read(client, page="3")
    assert "?page=2" in first.links
    assert "Claim 44 " in first.text
    assert "Claim 0 " in third.text
    assert "?page=4" not in third.links
    found = read(client, search="claim", page="2")
    assert "?search=claim&page=3" in found.links
    assert "There is no page 9." in read(client, page="9").text


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 30, ""])
def test_page_number_of_nonsense_is_the_first_or_the_last(client: Client, owner: User, page: str) -> None:
    published_claims(3, by=owner)
    assert read(client, page=page).status == 200


def test_one_large_claim_leaves_the_numbers_of_the_others_alone(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "MAX_APPEARANCES", 3)
    chain(stated("a"), text="Small and old", by=owner)
    chain(stated("b"), *(stated(f"c{n}", "b") for n in range(4)), text="Large", by=owner)
    chain(stated("d"), text="Small and new", by=owner)
    text = read(client).text
    assert "Large 5 appearances, counted on the claim’s own page." in text
    assert "Small and old 1 report" in text
    assert "Small and new 1 report" in text


def test_empty_service_says_where_claims_come_from(client: Client, db: None) -> None:
    assert "No claim has been published yet." in read(client).text


@pytest.mark.parametrize("size", [30, 1000])
@pytest.mark.parametrize(
    ("query", "statements"),
    # The claims, how large each is, their derivations, their appearances.
    [({}, 4), ({"search": "claim"}, 4), ({"page": "2"}, 4), ({"search": "https://paper.example/1"}, 4)],
)
def test_home_costs_the_same_statements_at_any_size(
    client: Client,
    owner: User,
    size: int,
    query: dict[str, str],
    statements: int,
    django_assert_num_queries: Any,
) -> None:
    source = chain(stated("a", url="https://paper.example/1"), by=owner).appearances["a"].source
    appear_in(source, published_claims(size, by=owner))
    with django_assert_num_queries(statements):
        client.get("/", query)


def test_looked_at_is_what_the_page_says(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_page, "LOOKED_AT", 2)
    chain(stated("a"), stated("b", "a"), text="Out of sight", by=owner)
    chain(stated("c"), text="Second", by=owner)
    chain(stated("d"), stated("e", "d"), text="Newest", by=owner)
    most = read(client).text.partition("Most findings")[2]
    assert "Of the 2 newest claims" in most
    assert "Newest" in most
    assert "Out of sight" not in most
