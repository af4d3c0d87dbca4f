"""Two snapshots of one source: their difference over REST, and side by side on a page."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sources.models import Snapshot, Source
from tests.factories import chain, see, stated
from tests.provenance.browsing import Seen
from tests.provenance.bulk import anchored_in, appear_in, published_claims, seen_often

pytestmark = pytest.mark.django_db

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
BEFORE = "<!doctype html><title>A lamp</title><p>The lamp was lit.</p><p>Nobody saw it.</p>"
AFTER = "<!doctype html><title>A lamp</title><p>The lamp was not lit.</p><p>Nobody saw it.</p><p>&lt;b&gt;x\u202ey</p>"


@pytest.fixture
def source(owner: User) -> Source:
    """What a published claim quotes."""
    told = stated("a", url="https://paper.example/lamp", quote="The lamp was lit")
    return chain(told, text="The lamp was lit", by=owner).appearances["a"].source


@pytest.fixture
def pair(source: Source) -> tuple[Snapshot, Snapshot]:
    """The page before and after an edit."""
    return see(source, BEFORE, at=NOON), see(source, AFTER, at=NOON + timedelta(hours=1))


def asked(client: Client, after: Snapshot, **query: Any) -> Any:
    return client.get(f"/api/v1/snapshots/{after.pk}/diff/", query)


def read(client: Client, before: Snapshot, after: Snapshot) -> Seen:
    return Seen(client.get(f"/snapshots/{after.pk}/diff/{before.pk}/"))


def test_segments_tell_what_was_put_in(client: Client, pair: tuple[Snapshot, Snapshot]) -> None:
    before, after = pair
    told = asked(client, after, **{"from": before.pk}).json()
    assert (told["before"], told["after"], told["is_cut"], told["is_coarse"]) == (
        before.pk,
        after.pk,
        False,
        False,
    )
    assert {"kind": "insert", "text": "not "} in told["segments"]
    texts = [snapshot.extractions.get().text for snapshot in pair]
    for text, without in zip(texts, ["insert", "delete"], strict=True):
        assert "".join(each["text"] for each in told["segments"] if each["kind"] != without) == text


def test_what_cannot_be_compared_is_refused_with_its_place(
    client: Client, owner: User, source: Source, pair: tuple[Snapshot, Snapshot]
) -> None:
    _, after = pair
    other = see(chain(stated("b"), by=owner).appearances["b"].source, "Else.")
    unread = seen_often(source, 1)[0]
    for wrong, code in ((0, "unknown"), (other.pk, "other_source"), (unread.pk, "pending")):
        answer = asked(client, after, **{"from": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
        assert answer.json()["errors"][0]["parameter"] == "from"
    assert asked(client, after).status_code == 400
    assert asked(client, unread, **{"from": after.pk}).status_code == 404
    assert client.get("/api/v1/snapshots/0/diff/", {"from": after.pk}).status_code == 404


def test_page_marks_the_quote_where_it_stood_and_what_differs(
    client: Client, pair: tuple[Snapshot, Snapshot]
) -> None:
    page = read(client, *pair)
    assert re.findall(r"<mark>(.*?)</mark>", page.html)[1:] == ["The lamp was lit"]
    assert "<ins>not </ins>" in page.html
    assert "stands in the earlier only" in page.text
    assert {f"/snapshots/{snapshot.pk}/" for snapshot in pair} <= set(page.links)


def test_hostile_words_are_escaped_and_turning_ones_shown(
    client: Client, pair: tuple[Snapshot, Snapshot]
) -> None:
    html = read(client, *pair).html
    assert "&lt;b&gt;x⟨U+202E⟩y" in html
    assert "\u202e" not in html


def test_page_of_two_sources_is_none(client: Client, owner: User, pair: tuple[Snapshot, Snapshot]) -> None:
    other = see(chain(stated("b"), by=owner).appearances["b"].source, "Else.")
    assert read(client, pair[0], other).status == 404


def test_source_and_snapshot_lead_to_the_difference(client: Client, pair: tuple[Snapshot, Snapshot]) -> None:
    before, after = pair
    address = f"/snapshots/{after.pk}/diff/{before.pk}/"
    assert address in Seen(client.get(f"/sources/{after.source_id}/")).links
    assert address in Seen(client.get(f"/snapshots/{after.pk}/")).links


@pytest.mark.parametrize("size", [1, 200])
def test_page_costs_the_same_statements_at_any_size(
    client: Client,
    owner: User,
    pair: tuple[Snapshot, Snapshot],
    size: int,
    django_assert_num_queries: Any,
) -> None:
    rows = appear_in(pair[0].source, published_claims(size, by=owner))
    anchored_in(pair[0], rows, pair[0].extractions.get().text)
    # Both snapshots, and the text and the quotes of each.
    with django_assert_num_queries(5):
        read(client, *pair)


def test_how_a_snapshot_differs_is_told_over_rest_and_graphql(
    client: Client, pair: tuple[Snapshot, Snapshot]
) -> None:
    before, after = pair
    told = client.get(f"/api/v1/snapshots/{after.pk}/").json()["comparison"]
    assert told == {"change": "substantive", "before": before.pk, "notice": "", "reason": ""}
    fields = "comparison { change notice before { databaseId } }"
    query = f'{{ source(url: "https://paper.example/lamp") {{ snapshots {{ edges {{ node {{ {fields} }} }} }} }} }}'
    answer = client.post("/graphql/", {"query": query}, content_type="application/json").json()
    nodes = [edge["node"]["comparison"] for edge in answer["data"]["source"]["snapshots"]["edges"]]
    assert nodes == [
        {"change": "SUBSTANTIVE", "notice": "", "before": {"databaseId": before.pk}},
        {"change": "FIRST", "notice": "", "before": None},
    ]
