"""Which claims lean on a source, or on an agent, and how much of each does."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.vocabulary import DerivationKind, Stance
from sources.models import Agent
from tests.factories import chain, paper, repeats, stated
from tests.provenance.rest import ANYBODY, Caller, appearance, problem
from tests.provenance.rest import chain as body_of_chain
from tests.provenance.rest import partner as newsroom
from tests.provenance.test_graphql_tree import ask, refused

pytestmark = pytest.mark.django_db

TIMES = "https://times.example/report"


def lists(path: str, caller: Caller = ANYBODY, **query: str) -> dict[str, Any]:
    response = caller.get(path, **query)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def two_claims(owner: User) -> tuple[Any, Any]:
    """Of the first all but one other rest on the Times; in the second it stands alone, beside a denial."""
    first = chain(
        stated("study"),
        stated("times", url=TIMES, publisher=paper("Times")),
        stated("post", "times"),
        stated("mail", "times", "study"),
        stated("herald", "post"),
        by=owner,
    )
    answer = repeats("times", DerivationKind.RESPONSE)
    second = chain(
        stated("times", url=TIMES, publisher=paper("Times")),
        stated("embassy", stance=Stance.DENY, derived_from=(answer,)),
        by=owner,
    )
    return first, second


def test_source_has_its_claims_with_the_share_of_each_side(owner: User) -> None:
    first, second = two_claims(owner)
    source = first.appearances["times"].source_id
    for path in (f"sources/{source}/claims/", f"agents/{Agent.objects.get(name='Times').pk}/claims/"):
        newer, older = lists(path)["results"]
        assert (older["claim"]["slug"], older["appearances"]) == (
            first.claim.slug,
            [first.appearances["times"].pk],
        )
        assert older["support"] == {"dependent_count": 2, "share": 0.5}
        assert newer["claim"]["slug"] == second.claim.slug
        assert newer["support"] == newer["deny"] == {"dependent_count": 0, "share": 0.0}


def test_agent_that_speaks_is_leaned_on_too(owner: User) -> None:
    recorded = chain(stated("a", claimant=paper("Minister")), stated("b", "a"), by=owner)
    (found,) = lists(f"agents/{Agent.objects.get(name='Minister').pk}/claims/")["results"]
    assert found["claim"]["slug"] == recorded.claim.slug
    assert found["support"] == {"dependent_count": 1, "share": 1.0}


def test_both_appearances_of_one_source_are_taken_out_together(owner: User) -> None:
    recorded = chain(
        stated("v1", url=TIMES),
        stated("v2", url=TIMES, quote="other words"),
        stated("post", "v1", "v2"),
        by=owner,
    )
    source = recorded.appearances["v1"].source_id
    (found,) = lists(f"sources/{source}/claims/")["results"]
    assert len(found["appearances"]) == 2
    assert found["support"] == {"dependent_count": 1, "share": 1.0}


def test_page_costs_the_same_statements_at_any_length(owner: User) -> None:
    costs = []
    for number in (1, 9):
        for _ in range(number):
            recorded = chain(stated("times", url=TIMES), stated("post", "times"), by=owner)
        path = f"sources/{recorded.appearances['times'].source_id}/claims/"
        with CaptureQueriesContext(connection) as asked:
            page = lists(path)
        costs.append(len(asked))
    assert len(page["results"]) == 10
    assert costs == [4, 4]


def test_list_goes_on_by_cursor(owner: User) -> None:
    for _ in range(3):
        recorded = chain(stated("times", url=TIMES), by=owner)
    page = lists(f"sources/{recorded.appearances['times'].source_id}/claims/", limit="2")
    rest = lists(page["next"])
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (2, 1, None)


def test_drafts_are_listed_to_their_owner_alone() -> None:
    author = newsroom()
    response = author.post("chains/", body_of_chain(appearance("times", url=TIMES)))
    slug = json.loads(response.content)["claim"]["slug"]
    source = json.loads(author.get("sources/", url=TIMES).content)["results"][0]["id"]
    assert [each["claim"]["slug"] for each in lists(f"sources/{source}/claims/", author)["results"]] == [slug]
    problem(ANYBODY.get(f"sources/{source}/claims/"), 404)
    problem(ANYBODY.get("agents/999999/claims/"), 404)


LEANING = """
query($source: ID, $agent: ID) {
  claimsLeaningOn(source: $source, agent: $agent) { totalCount edges { node {
    slug leaning(source: $source, agent: $agent) {
      appearances { databaseId } support { dependentCount share } deny { dependentCount share }
    } } } }
}
"""


def test_graphql_tells_the_same(owner: User) -> None:
    first, _ = two_claims(owner)
    source = str(first.appearances["times"].source_id)
    agent = str(Agent.objects.get(name="Times").pk)
    arguments: list[dict[str, Any]] = [{"source": source}, {"agent": agent}]
    for given in arguments:
        with CaptureQueriesContext(connection) as asked:
            found = ask(LEANING, **given)["claimsLeaningOn"]
        assert found["totalCount"] == 2
        older = found["edges"][1]["node"]
        assert older["slug"] == first.claim.slug
        assert older["leaning"]["appearances"] == [{"databaseId": first.appearances["times"].pk}]
        assert older["leaning"]["support"] == {"dependentCount": 2, "share": 0.5}
        assert len(asked) == 4


@pytest.mark.parametrize("given", [{}, {"source": "1", "agent": "1"}, {"source": "x"}])
def test_source_and_agent_at_once_neither_or_wrong_are_refused(given: dict[str, str]) -> None:
    assert refused(LEANING, **given)["extensions"]["code"] == "BAD_INPUT"


def test_unknown_source_has_no_claims() -> None:
    assert ask(LEANING, source="999999")["claimsLeaningOn"] == {"totalCount": 0, "edges": []}
