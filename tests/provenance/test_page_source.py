"""The page of a source: what was seen of it, what was tried, and which claims rest on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.vocabulary import Certainty, Stance
from sources.fetchers.base import Reason
from sources.models import Capture, Source
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState
from tests.factories import chain, paper, see, stated
from tests.provenance.browsing import Seen
from tests.provenance.bulk import appear_in, published_claims, seen_often
from tests.provenance.test_leaning import two_claims

pytestmark = pytest.mark.django_db

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def story(owner: User) -> Source:
    """A source that one published claim rests on, and that nobody has captured yet."""
    recorded = chain(
        stated(
            "a",
            url="https://paper.example/story",
            title="A story",
            published_at="2021-02-28",
            language="en",
            publisher=paper("The Paper", AgentKind.NEWSPAPER),
            claimant=paper("The Minister", AgentKind.PERSON),
            stance=Stance.DENY,
            certainty=Certainty.ASSERTED,
            quote="it is not so",
        ),
        text="It is so",
        by=owner,
    )
    return recorded.appearances["a"].source


def read(client: Client, source: Source, **query: Any) -> Seen:
    """The page of a source as its reader sees it."""
    return Seen(client.get(f"/sources/{source.pk}/", query))


def test_facts_of_the_source_are_told_as_precisely_as_known(client: Client, story: Source) -> None:
    page = read(client, story)
    assert "Source, newspaper A story Publisher The Paper Published 28 February 2021 Language en" in page.text
    assert "https://paper.example/story" in page.links


def test_claims_that_rest_on_it_come_with_stance_quote_and_evidence(client: Client, story: Source) -> None:
    see(story, "We say it is not so today.")
    text = read(client, story).text
    assert "deny , asserted anchored it is not so The Minister, in the claim It is so" in text


def test_quote_without_a_snapshot_says_how_far_its_capture_has_come(client: Client, story: Source) -> None:
    assert "waiting to be fetched it is not so" in read(client, story).text
    _end_capture(story, CaptureOutcome.FAILED, Reason.HTTP_NOT_FOUND)
    text = read(client, story).text
    assert "could not be fetched it is not so" in text
    assert "There is no snapshot of it yet: it is" not in text
    assert "delet" not in text


def test_failed_capture_is_told_with_its_reason(client: Client, story: Source) -> None:
    _end_capture(story, CaptureOutcome.REFUSED, Reason.ADDRESS_REFUSED)
    tried = read(client, story).text.partition("What was tried")[2]
    assert "not fetched: The address does not belong to the public internet." in tried


def test_snapshots_say_whether_the_page_had_changed(client: Client, story: Source) -> None:
    for hours, words in enumerate(["It is so.", "It is so.", "It is not so."]):
        see(story, words, at=NOON + timedelta(hours=hours))
    page = read(client, story)
    seen = page.text.partition("What was seen")[2].partition("What was tried")[0]
    assert (
        seen.index("14:00 UTC changed")
        < seen.index("13:00 UTC unchanged")
        < seen.index("12:00 UTC first seen")
    )
    newest = story.snapshots.newest_first().first()
    assert newest is not None
    assert f"/snapshots/{newest.pk}/" in page.links
    assert f"/api/v1/snapshots/{newest.pk}/warc/" in page.links


def test_snapshot_that_was_cut_says_so(client: Client, story: Source) -> None:
    seen_often(story, 1, truncated="length")
    assert "first seen, cut short (length)" in read(client, story).text


def test_change_is_told_across_pages(client: Client, story: Source) -> None:
    seen_often(story, 120)
    first, last = read(client, story), read(client, story, snapshots="3")
    assert first.text.count("unchanged") == 25
    assert "first seen" not in first.text
    assert last.text.count("first seen") == 1
    assert "?snapshots=2" in first.links
    assert "?captures=2" in first.links


def test_drafts_and_withdrawn_appearances_are_not_listed(
    client: Client, story: Source, stranger: User
) -> None:
    chain(stated("b", source=story.pk, quote="hidden words"), text="A secret draft", by=stranger)
    text = read(client, story).text
    assert "hidden words" not in text
    assert "A secret draft" not in text


def test_source_that_only_a_draft_cites_is_not_there(client: Client, stranger: User) -> None:
    source = chain(stated("a"), by=stranger).appearances["a"].source
    assert read(client, source).status == 404


def test_merged_source_leads_to_the_one_that_stayed(client: Client, story: Source, owner: User) -> None:
    other = chain(stated("b"), by=owner).appearances["b"].source
    Source.objects.filter(pk=other.pk).update(merged_into=story)
    answer = client.get(f"/sources/{other.pk}/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/sources/{story.pk}/"


def test_offline_work_has_no_link(client: Client, owner: User) -> None:
    recorded = chain(stated("a", url=None, title="A letter", publisher=paper("The Office")), by=owner)
    text = read(client, recorded.appearances["a"].source).text
    assert "Address none: an offline work" in text
    assert "Nobody has asked for a capture of it." in text


def test_address_that_a_browser_would_run_is_no_link(client: Client, story: Source) -> None:
    Source.objects.filter(pk=story.pk).update(url="javascript:alert(1)")
    page = read(client, story)
    assert "javascript:alert(1)" in page.text
    assert not [link for link in page.links if link.startswith("javascript")]


@pytest.mark.parametrize("size", [60, 1000])
def test_source_costs_the_same_statements_at_any_size(
    client: Client, story: Source, owner: User, size: int, django_assert_num_queries: Any
) -> None:
    appear_in(story, published_claims(size, by=owner))
    Capture.objects.filter(source=story).update(state=CaptureState.DONE, outcome=CaptureOutcome.FAILED)
    seen_often(story, size)
    # The source, its snapshots, how they differ, captures, newest capture, appearances, their claims; and what leans
    # on it: claims, with the derivations and the appearances of their trees.
    with django_assert_num_queries(10):
        client.get(f"/sources/{story.pk}/")


def test_claims_that_lean_on_it_come_with_the_share_of_each_side(client: Client, owner: User) -> None:
    first, second = two_claims(owner)
    text = read(client, first.appearances["times"].source).text
    listed = text.partition("Claims that lean on this source")[2].partition("Its words in them")[0]
    newer, older = (listed.index(recorded.claim.text) for recorded in (second, first))
    assert newer < older
    assert "It is the only report recorded. None" not in listed
    assert "2 of 4 other reports (50 %) pass through it on every chain to an origin." in listed[older:]
    assert "It is the only report recorded." in listed[newer:older]
    assert f"/claims/{first.claim.slug}/" in read(client, first.appearances["times"].source).links


def test_denial_that_carries_a_source_on_passes_through_it(client: Client, owner: User) -> None:
    recorded = chain(
        stated("embassy", stance=Stance.DENY, title="Statement"),
        stated("mint", "embassy", stance=Stance.DENY),
        stated("post", "mint", stance=Stance.DENY),
        stated("other", stance=Stance.DENY),
        by=owner,
    )
    text = read(client, recorded.appearances["embassy"].source).text
    assert "2 of 3 other denials (66 %) pass through it on every chain to an origin." in text
    assert "report" not in text.partition("lean on this source")[2].partition("Its words in them")[0]


def test_claims_that_lean_on_it_come_in_pages(client: Client, story: Source, owner: User) -> None:
    appear_in(story, published_claims(7, by=owner))
    first, second = read(client, story), read(client, story, leaning="2")
    assert "?leaning=2" in first.links
    assert "?leaning=1" in second.links
    assert "There is no page 9 of them." in read(client, story, leaning="9").text


def test_what_only_its_owner_sees_leans_on_nothing(client: Client, story: Source, stranger: User) -> None:
    chain(stated("b", source=story.pk), text="A secret draft", by=stranger)
    assert "A secret draft" not in read(client, story).text


def _end_capture(source: Source, outcome: CaptureOutcome, reason: Reason) -> None:
    Capture.objects.filter(source=source).update(state=CaptureState.DONE, outcome=outcome, reason=reason)
