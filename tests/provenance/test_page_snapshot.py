"""The page of a snapshot: its facts, and its text with every quote marked that everybody may see."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.intake import Recorded
from claims.models import Appearance, Derivation
from claims.vocabulary import DerivationKind, DerivationState
from provenance import snapshot_page
from sources.models import Extraction, Snapshot
from tests.factories import chain, repeats, see, stated
from tests.provenance.browsing import Seen
from tests.provenance.bulk import anchored_in, appear_in, published_claims, seen_often

pytestmark = pytest.mark.django_db

PAGE = "<!doctype html><title>The story</title><p>Yesterday the lamp was lit.</p><p>The keeper says so &amp; waits.</p>"


@pytest.fixture
def story(owner: User) -> Recorded:
    """A claim that rests on two overlapping quotes of one page, one of them for its origin."""
    return chain(
        stated("keeper"),
        stated(
            "story",
            quote="the lamp was lit",
            derived_from=(repeats("keeper", DerivationKind.CITATION, quote="lamp was lit. The keeper says"),),
        ),
        text="The lamp was lit",
        by=owner,
    )


@pytest.fixture
def snapshot(story: Recorded) -> Snapshot:
    """What was seen of that page."""
    return see(story.appearances["story"].source, PAGE)


def read(client: Client, snapshot: Snapshot) -> Seen:
    """The page of a snapshot as its reader sees it."""
    return Seen(client.get(f"/snapshots/{snapshot.pk}/"))


def marked(page: Seen) -> list[str]:
    """The marked pieces of the text, in order."""
    return re.findall(r"<mark>(.*?)</mark>", page.html, re.DOTALL)


def test_facts_are_what_anyone_needs_to_check_the_snapshot(client: Client, snapshot: Snapshot) -> None:
    page = read(client, snapshot)
    extraction = snapshot.extractions.get()
    assert f"of the page {snapshot.sha256}" in page.text
    assert f"of the text {extraction.text_sha256}" in page.text
    assert f"/api/v1/snapshots/{snapshot.pk}/warc/" in page.links
    assert f"/api/v1/snapshots/{snapshot.pk}/text/" in page.links
    assert f"/sources/{snapshot.source_id}/" in page.links
    assert '<h1 dir="auto">The story</h1>' in page.html


def test_every_quote_is_marked_where_it_stands_also_where_they_overlap(
    client: Client, story: Recorded, snapshot: Snapshot
) -> None:
    page = read(client, snapshot)
    assert marked(page) == ["the ", "lamp was lit", ".\nThe keeper says"]
    assert "2 quotes found in it" in page.text
    assert "support , to the words" in page.text
    assert "citation: the words that lead to its origin , to the words" in page.text
    assert page.links.count(f"/claims/{story.claim.slug}/") == 2
    assert {"#q1", "#q2", "#m1", "#m2"} <= set(page.links)


def test_lines_of_the_text_are_kept_and_its_letters_escaped(client: Client, snapshot: Snapshot) -> None:
    html = read(client, snapshot).html
    assert "Yesterday " in html
    assert "says</mark><sup" in html
    assert " so &amp; waits." in html


def test_quotes_of_drafts_are_not_marked(client: Client, snapshot: Snapshot, stranger: User) -> None:
    chain(stated("b", source=snapshot.source_id, quote="waits"), text="A secret draft", by=stranger)
    page = read(client, see(snapshot.source, PAGE))
    assert "waits" not in marked(page)
    assert "A secret draft" not in page.text


def test_waiting_appearances_and_rejected_derivations_are_not_marked(
    client: Client, story: Recorded, snapshot: Snapshot
) -> None:
    Derivation.objects.filter(claim=story.claim).update(state=DerivationState.REJECTED)
    assert marked(read(client, snapshot)) == ["the lamp was lit"]
    Appearance.objects.filter(pk=story.appearances["story"].pk).update(published=False)
    assert marked(read(client, snapshot)) == []


def test_snapshot_that_only_a_draft_cites_is_not_there(client: Client, stranger: User) -> None:
    source = chain(stated("a"), by=stranger).appearances["a"].source
    assert read(client, see(source, PAGE)).status == 404


def test_hidden_direction_is_shown_as_its_code_point(client: Client, owner: User) -> None:
    source = chain(stated("a", quote="lamp til"), by=owner).appearances["a"].source
    page = read(client, see(source, "The lamp \u202btil\u202c was, not \u202elamp til\u202c."))
    # Under an override people read other words than stand there: no quote is found in them.
    assert marked(page) == ["lamp ⟨U+202B⟩til"]
    assert "not ⟨U+202E⟩lamp til⟨U+202C⟩" in page.text
    assert "\u202b" not in page.html
    assert "\u202e" not in page.html
    assert "\u202c" not in page.html


def test_long_text_is_cut_with_a_sentence_and_a_link(
    client: Client, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_page, "MAX_TEXT", 30)
    page = read(client, snapshot)
    length = len(snapshot.extractions.get().text)
    assert f"its first 30 of {length} characters; the whole text stands alone" in page.text
    assert marked(page) == ["the lamp was lit"]
    assert "citation: the words that lead to its origin , beyond what is shown here" in page.text


def test_snapshot_without_a_text_says_why(client: Client, owner: User) -> None:
    source = chain(stated("a"), by=owner).appearances["a"].source
    unread = seen_often(source, 1)[0]
    assert "The text has not been read yet." in read(client, unread).text
    Extraction.objects.create(snapshot=unread, extractor="visible-1", error="The page shows no text.")
    assert "No text could be read out of this page. The page shows no text." in read(client, unread).text


def test_page_that_nobody_quotes_says_so(client: Client, owner: User) -> None:
    source = chain(stated("a", quote="not in it"), by=owner).appearances["a"].source
    assert "none stand in this snapshot" in read(client, see(source, PAGE)).text


def test_very_many_quotes_are_marked_up_to_a_number(client: Client, snapshot: Snapshot, owner: User) -> None:
    text = snapshot.extractions.get().text
    anchored_in(snapshot, appear_in(snapshot.source, published_claims(400, by=owner)), text)
    page = read(client, snapshot)
    assert "Only the first 300 are marked here." in page.text
    assert "+295" in page.text


@pytest.mark.parametrize("size", [10, 1000])
def test_snapshot_costs_the_same_statements_at_any_size(
    client: Client, snapshot: Snapshot, owner: User, size: int, django_assert_num_queries: Any
) -> None:
    text = snapshot.extractions.get().text
    anchored_in(snapshot, appear_in(snapshot.source, published_claims(size, by=owner)), text)
    # The snapshot with its source, its text, and its anchors with their claims.
    with django_assert_num_queries(4):
        client.get(f"/snapshots/{snapshot.pk}/")


def test_of_a_quote_that_leaves_something_out_only_its_words_are_marked(client: Client, owner: User) -> None:
    row = chain(stated("a", quote="Yesterday […] was lit"), by=owner).appearances["a"]
    page = read(client, see(row.source, PAGE))
    assert marked(page) == ["Yesterday", "was lit"]
    assert page.html.count('id="m1"') == 1
