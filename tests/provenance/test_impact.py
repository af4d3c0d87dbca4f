"""What leans on words that a source changed or dropped."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.models import Appearance, Claim
from tests.factories import chain, repeats, see, stated
from tests.provenance.test_graphql_tree import ask, refused

pytestmark = pytest.mark.django_db


def day(number: int) -> datetime:
    return datetime(2021, 3, number, tzinfo=UTC)


def told(client: Client, claim: Claim) -> list[dict[str, Any]]:
    impacts: list[dict[str, Any]] = client.get(f"/api/v1/claims/{claim.slug}/impact/").json()["impacts"]
    return impacts


def test_dropped_words_come_with_all_downstream_and_the_numbers_without_them(
    client: Client, owner: User
) -> None:
    study = stated("study", quote="The lamp was lit")
    paper = stated("paper", quote="A lamp, says a study", derived_from=(repeats("study"),))
    copy = stated("copy", derived_from=(repeats("paper"),))
    recorded = chain(study, paper, copy, stated("other"), by=owner)
    rows = recorded.appearances
    first = see(rows["study"].source, "The lamp was lit. Nobody saw it.", at=day(1))
    assert told(client, recorded.claim) == []
    see(rows["study"].source, "Here is something else altogether.", at=day(2))
    [impact] = told(client, recorded.claim)
    assert (impact["appearance"], impact["derivation"], impact["state"]) == (
        rows["study"].pk,
        None,
        "missing",
    )
    assert (impact["stood"], impact["snapshot"]) == ("The lamp was lit", first.pk)
    assert impact["leaning"] == [rows["paper"].pk, rows["copy"].pk]
    counts = [impact["support"][when]["appearance_count"] for when in ("before", "after")]
    assert counts == [4, 1]


def test_words_that_lead_to_an_origin_count_too_and_never_seen_ones_do_not(
    client: Client, owner: User
) -> None:
    paper = stated("paper", quote="Never there", derived_from=(repeats("study", quote="A study says so"),))
    recorded = chain(stated("study"), paper, by=owner)
    source = recorded.appearances["paper"].source
    see(source, "A study says so.", at=day(1))
    see(source, "Here is something else altogether.", at=day(2))
    [impact] = told(client, recorded.claim)
    assert impact["derivation"] == recorded.derivations[0].pk
    assert impact["appearance"] == recorded.appearances["paper"].pk


@pytest.mark.parametrize("size", [1, 12])
def test_it_costs_the_same_statements_at_any_size(
    client: Client, owner: User, size: int, django_assert_num_queries: Any
) -> None:
    rows = chain(*(stated(f"x{n}", quote=f"Line {n} stands.") for n in range(size)), by=owner)
    for n in range(size):
        source = rows.appearances[f"x{n}"].source
        see(source, f"Line {n} stands.", at=day(1))
        see(source, "Here is something else altogether.", at=day(2))
    # The claim with its parties, its derivations, its appearances.
    with django_assert_num_queries(3):
        assert len(told(client, rows.claim)) == size


def dropped(owner: User, size: int) -> Claim:
    """A claim of a study and papers that repeat it, all of whose pages dropped the words that were quoted."""
    study = stated("study", quote="Line study stands.")
    papers = [
        stated(f"x{n}", quote=f"Line x{n} stands.", derived_from=(repeats("study"),)) for n in range(size - 1)
    ]
    rows = chain(study, *papers, by=owner)
    for ref, row in rows.appearances.items():
        see(row.source, f"Line {ref} stands.", at=day(1))
        see(row.source, "Here is something else altogether.", at=day(2))
    return rows.claim


def test_pages_hold_each_once_whatever_comes_back_meanwhile(client: Client, owner: User) -> None:
    claim = dropped(owner, 5)
    whole = [each["appearance"] for each in told(client, claim)]
    first = client.get(f"/api/v1/claims/{claim.slug}/impact/?limit=2").json()
    assert (first["count"], len(first["impacts"])) == (5, 2)
    again = Appearance.objects.get(pk=whole[1])
    see(again.source, f"{again.quote}", at=day(3))  # the last of the first page stands again
    listed = [each["appearance"] for each in first["impacts"]]
    address = first["next"]
    while address:
        page = client.get(address).json()
        listed += [each["appearance"] for each in page["impacts"]]
        address = page["next"]
    assert listed == whole


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("limit=0", "limit"), ("limit=51", "limit"), ("cursor=abc", "cursor"), ("cursor=", "cursor")],
)
def test_a_page_that_cannot_be_had_is_refused_by_name(
    client: Client, owner: User, query: str, parameter: str
) -> None:
    answer = client.get(f"/api/v1/claims/{dropped(owner, 1).slug}/impact/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == parameter


_QUERY = """
query ($slug: String!, $first: Int, $after: String, $stance: Stance!) { claim(slug: $slug) { provenance {
  impacts(first: $first, after: $after) { count endCursor impacts {
    appearance { databaseId } derivation { databaseId } evidence { state quote { exact } }
    leaning { databaseId }
    without(stance: $stance) { before { appearanceCount } after { appearanceCount } }
} } } } }
"""


def test_graphql_says_the_same(client: Client, owner: User) -> None:
    claim = dropped(owner, 4)
    rest = told(client, claim)
    page = ask(_QUERY, slug=claim.slug, first=3, stance="SUPPORT")["claim"]["provenance"]["impacts"]
    assert (page["count"], len(page["impacts"])) == (4, 3)
    after = ask(_QUERY, slug=claim.slug, first=3, after=page["endCursor"], stance="SUPPORT")
    rest_of_it = after["claim"]["provenance"]["impacts"]
    assert rest_of_it["endCursor"] is None
    for said, shown in zip(rest, page["impacts"] + rest_of_it["impacts"], strict=True):
        assert shown["appearance"]["databaseId"] == said["appearance"]
        assert shown["derivation"] is None
        assert shown["evidence"] == {"state": "MISSING", "quote": {"exact": said["stood"]}}
        assert [each["databaseId"] for each in shown["leaning"]] == said["leaning"]
        for when in ("before", "after"):
            numbers = said["support"][when]["appearance_count"]
            assert shown["without"][when] == {"appearanceCount": numbers}


@pytest.mark.parametrize(
    ("given", "named"),
    [({"first": 0}, "first"), ({"after": "abc"}, "after"), ({"stance": "QUERY"}, "stance")],
)
def test_graphql_refuses_what_cannot_be_listed(owner: User, given: dict[str, Any], named: str) -> None:
    error = refused(_QUERY, **{"slug": dropped(owner, 1).slug, "stance": "SUPPORT", **given})
    assert error["message"].startswith(f"{named}: ")
    assert error["extensions"]["code"] == "BAD_INPUT"
