"""Appearances, derivations and agents one by one: found, narrowed, hidden, and at a constant cost."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import derivations, publishing
from claims.models import Appearance, Derivation
from claims.vocabulary import DerivationState
from sources.models import Agent
from sources.registry import set_owner
from sources.vocabulary import AgentKind
from tests.factories import chain, paper, see, stated
from tests.provenance.rest import ANYBODY, Caller, partner

pytestmark = pytest.mark.django_db


def answered(path: str, caller: Caller = ANYBODY, **query: Any) -> dict[str, Any]:
    """What a GET answers."""
    response = caller.get(path, **query)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def ids(path: str, caller: Caller = ANYBODY, **query: Any) -> list[int]:
    """Of a list's results."""
    return [each["id"] for each in answered(path, caller, **query)["results"]]


def test_an_appearance_is_shown_as_its_tree_shows_it(owner: User) -> None:
    recorded = chain(stated("a", quote="so it is"), stated("b", "a"), by=owner)
    row = recorded.appearances["a"]
    see(row.source, "They say so it is.")
    shown = answered(f"appearances/{row.pk}/")
    nodes = answered(f"claims/{recorded.claim.slug}/tree/")["nodes"]
    assert shown.pop("claim") == recorded.claim.pk
    assert shown == next(node for node in nodes if node["id"] == row.pk)
    assert shown["evidence"]["state"] == "anchored"


def test_a_derivation_is_shown_as_its_tree_shows_it(owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    [row] = recorded.derivations
    shown = answered(f"derivations/{row.pk}/")
    assert shown.pop("claim") == recorded.claim.pk
    assert [shown] == answered(f"claims/{recorded.claim.slug}/tree/")["edges"]


def test_lists_are_narrowed_by_what_is_asked_for(owner: User) -> None:
    first = chain(stated("a", publisher=paper("The Study")), stated("b", "a"), by=owner)
    second = chain(stated("c"), by=owner)
    rows = {ref: row for each in (first, second) for ref, row in each.appearances.items()}
    assert ids("appearances/") == [rows[ref].pk for ref in "cba"]
    assert ids("appearances/", claim=second.claim.slug) == [rows["c"].pk]
    assert ids("appearances/", source=rows["b"].source_id) == [rows["b"].pk]
    assert ids("appearances/", agent=Agent.objects.get(name="The Study").pk) == [rows["a"].pk]
    assert ids("appearances/", stance="deny") == []
    [derivation] = first.derivations
    assert ids("derivations/") == ids("derivations/", claim=first.claim.slug) == [derivation.pk]
    assert ids("derivations/", derived=rows["b"].pk, origin=rows["a"].pk) == [derivation.pk]
    assert ids("derivations/", state="suggested") == ids("derivations/", origin=rows["b"].pk) == []


def test_agents_are_found_by_any_spelling_of_their_name_and_say_who_owns_them(owner: User) -> None:
    chain(stated("a", publisher=paper("The  Daily")), stated("b", publisher=paper("Big Owner")), by=owner)
    daily, big = Agent.objects.get(name="The Daily"), Agent.objects.get(name="Big Owner")
    set_owner(daily, big, by=owner)
    [found] = answered("agents/", name="the daily")["results"]
    assert (found["id"], found["owner"]["name"], found["merged_into"]) == (daily.pk, "Big Owner", None)
    assert answered(f"agents/{big.pk}/")["owner"] is None
    assert ids("agents/", kind=AgentKind.EMBASSY) == []


def test_what_was_withdrawn_or_rejected_is_not_listed(owner: User, curator: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    [row] = recorded.derivations
    derivations.decide(row, DerivationState.REJECTED, why="Written apart.", by=curator)
    assert ids("derivations/") == []
    assert ANYBODY.get(f"derivations/{row.pk}/").status_code == 404
    gone = recorded.appearances["b"]
    publishing.withdraw_appearance(gone, by=curator, why="Never said.")
    assert gone.pk not in ids("appearances/")
    assert ANYBODY.get(f"appearances/{gone.pk}/").status_code == 404


@pytest.mark.parametrize("kind", ["appearances", "derivations"])
def test_a_draft_is_for_its_owner_alone(kind: str) -> None:
    caller, other = partner(), partner()
    recorded = chain(stated("a"), stated("b", "a"), by=caller.account)
    model = Appearance if kind == "appearances" else Derivation
    pk = model.objects.first().pk  # type: ignore[union-attr]
    assert pk in ids(f"{kind}/", caller, claim=recorded.claim.slug)
    for stranger in (ANYBODY, other):
        assert ids(f"{kind}/", stranger) == []
        assert stranger.get(f"{kind}/{pk}/").status_code == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("appearances/", {"stance": "maybe"}),
        ("appearances/", {"source": "x"}),
        ("derivations/", {"state": "open"}),
        ("agents/", {"kind": "robot"}),
        ("agents/", {"owner": "1"}),
    ],
)
def test_parameters_that_say_nothing_are_named(path: str, query: dict[str, str]) -> None:
    response = ANYBODY.get(path, **query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] in query


@pytest.mark.parametrize("path", ["appearances/", "derivations/", "agents/"])
def test_a_page_costs_the_same_for_two_and_for_twenty(owner: User, path: str) -> None:
    costs = []
    for count in (2, 18):
        chain(stated("r"), *(stated(f"s{number}", "r") for number in range(count)), by=owner)
        with CaptureQueriesContext(connection) as asked:
            answered(path)
        costs.append(len(asked))
    assert costs[0] == costs[1]
