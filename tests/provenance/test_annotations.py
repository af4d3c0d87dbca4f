"""Quotes as Web Annotations: what annotation tools are told of each."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.models import Claim
from tests.factories import chain, stated
from tests.provenance.evidence import STUDY, told_claim
from tests.provenance.rest import ANYBODY

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(owner: User) -> Claim:
    """See `told_claim`."""
    return told_claim(owner)


def annotations_of(claim: Claim) -> list[dict[str, Any]]:
    """As anybody gets them."""
    response = ANYBODY.get(f"claims/{claim.slug}/annotations/")
    assert response["Content-Type"] == 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
    collection = response.json()
    assert collection["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert collection["total"] == len(collection["first"]["items"])
    items: list[dict[str, Any]] = collection["first"]["items"]
    return items


def test_every_quote_that_was_found_is_one_annotation(claim: Claim) -> None:
    found = {each["target"]["selector"][0]["exact"] for each in annotations_of(claim)}
    assert found == {
        "it may have been so",
        "“It was so”, a study says",
        "a study says",
        "Nothing of the kind happened",
    }


def test_place_is_told_by_words_by_position_and_by_the_state_of_the_page(
    claim: Claim, client: Client
) -> None:
    study = next(each for each in annotations_of(claim) if each["target"]["source"] == STUDY)
    quote, position = study["target"]["selector"]
    assert quote == {
        "type": "TextQuoteSelector",
        "exact": "it may have been so",
        "prefix": "They think that ",
        "suffix": ".",
    }
    assert position == {"type": "TextPositionSelector", "start": 16, "end": 35}
    state = study["target"]["state"]
    assert (state["type"], state["sourceDate"]) == ("TimeState", "2021-03-02T12:00:00+00:00")
    cached = client.get(state["cached"].partition("127.0.0.1:8000")[2] or state["cached"])
    assert b"it may have been so" in cached.content


def test_bodies_say_what_is_claimed_and_how(claim: Claim) -> None:
    bodies = {
        each["target"]["selector"][0]["exact"]: [
            body.get("value") or body["id"].rpartition("/claims/")[2] for body in each["body"]
        ]
        for each in annotations_of(claim)
    }
    assert bodies["it may have been so"] == [f"{claim.slug}/", "support"]
    assert bodies["a study says"] == [f"{claim.slug}/", "repetition"]
    assert bodies["Nothing of the kind happened"] == [f"{claim.slug}/", "deny"]


def test_a_claim_without_a_found_quote_has_an_empty_collection(owner: User) -> None:
    assert annotations_of(chain(stated("a"), by=owner).claim) == []


def test_a_draft_is_hidden(stranger: User) -> None:
    draft = chain(stated("a"), by=stranger).claim
    assert ANYBODY.get(f"claims/{draft.slug}/annotations/").status_code == 404
