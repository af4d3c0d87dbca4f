"""What leans on words that a source changed or dropped."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.models import Claim
from tests.factories import chain, repeats, see, stated

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
