"""The panel: the exact words within the snapshot, the facts to check them by, and what they rest on."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from claims.vocabulary import Certainty, ChainEnd, DerivationKind
from tests.browser import demo
from tests.browser.explorer import Explorer
from tests.factories import chain, newsroom, paper, repeats, see, stated

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = (
    "<!doctype html><title>Story</title><p>A paragraph before it.</p>"
    "<p>One came first. Two came 🎉 then. We know that it is so, and more. Four followed. Five came last.</p>"
)


@pytest.fixture
def owner(transactional_db: None) -> User:
    """The newsroom whose claims are shown."""
    return newsroom("The Owner", trusted=True)


def test_words_stand_marked_in_a_few_sentences_of_the_snapshot(page: Page, owner: User) -> None:
    recorded = chain(stated("times", quote="it is so", published_at="2021-03-02"), by=owner)
    snapshot = see(recorded.appearances["times"].source, PAGE, at=datetime(2021, 3, 3, 9, 30, tzinfo=UTC))
    panel = Explorer(page).open(recorded.claim.slug).panel
    expect(panel.locator("blockquote")).to_have_text(
        "Two came 🎉 then. We know that it is so, and more. Four followed."
    )
    expect(panel.locator("mark")).to_have_text("it is so")
    expect(panel.get_by_role("heading", name="The words in the snapshot")).to_contain_text("anchored")
    expect(panel).to_contain_text("Captured 3 Mar 2021, 09:30 UTC")
    expect(panel.get_by_role("link", name="WARC")).to_have_attribute(
        "href", f"http://testserver/api/v1/snapshots/{snapshot.pk}/warc/"
    )
    expect(panel.get_by_role("link", name="the whole text")).to_have_attribute(
        "href", f"/snapshots/{snapshot.pk}/"
    )


def test_digest_can_be_copied_whole(context: BrowserContext, page: Page, owner: User) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    recorded = chain(stated("times", quote="it is so"), by=owner)
    snapshot = see(recorded.appearances["times"].source, PAGE)
    panel = Explorer(page).open(recorded.claim.slug).panel
    expect(panel.locator("code")).to_have_text(
        f"{snapshot.sha256[:4]} {snapshot.sha256[4:8]}…{snapshot.sha256[-4:]}"
    )
    panel.get_by_role("button", name="Copy the SHA-256").click()
    expect(panel.get_by_text("copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == snapshot.sha256


def test_lost_words_are_told_as_seen_and_never_as_deleted(page: Page, owner: User) -> None:
    recorded = chain(stated("times", quote="it is so"), by=owner)
    source = recorded.appearances["times"].source
    see(source, PAGE, at=datetime(2021, 3, 3, 9, 30, tzinfo=UTC))
    see(source, "We say nothing.", at=datetime(2021, 3, 4, 9, 30, tzinfo=UTC))
    panel = Explorer(page).open(recorded.claim.slug).panel
    expect(panel.get_by_role("heading", name="The words in the snapshot")).to_contain_text("missing now")
    expect(panel).to_contain_text(
        "Present on 3 Mar 2021, 09:30 UTC, absent on 4 Mar 2021, 09:30 UTC. That says what was seen, not why."
    )
    expect(panel.locator("mark")).to_have_text("it is so")
    expect(panel.get_by_role("link", name="1 other snapshot")).to_have_attribute(
        "href", f"/sources/{source.pk}/"
    )
    expect(panel).not_to_contain_text(re.compile("deleted", re.IGNORECASE))


def test_facts_say_who_says_it_how_firmly_and_on_whose_word(page: Page, owner: User) -> None:
    recorded = chain(
        stated("study", chain_end=ChainEnd.PRIMARY, certainty=Certainty.HEDGED, published_at="2021-02-28"),
        stated(
            "times",
            title="The day it was so",
            claimant=paper("A Firm"),
            certainty=Certainty.ATTRIBUTED,
            published_at="2021-03-01T08:00:00+05:30",
            derived_from=(
                repeats("study", DerivationKind.CITATION, basis=None, quote="as the study has it"),
            ),
        ),
        by=owner,
    )
    times = recorded.appearances["times"].pk
    explorer = Explorer(page).open(recorded.claim.slug, f"#sel={times}")
    panel = explorer.panel
    expect(panel.locator(".over")).to_have_text("Newspaper, 1 Mar 2021, 08:00 UTC+05:30")
    expect(panel.get_by_role("link", name="The day it was so")).to_have_attribute(
        "rel", re.compile("noopener")
    )
    expect(panel.locator("dl")).to_contain_text("Attributed (“X says”)")
    expect(panel.locator("dl")).to_contain_text("A Firm")
    expect(panel.locator("dl")).to_contain_text("Cites The Study, by its own account.")
    expect(panel.locator("dl")).to_contain_text("as the study has it")
    panel.locator("dl").get_by_role("link", name="The Study").click()
    expect(panel.locator("dl")).to_contain_text("Nothing: an origin, in its own words")


def test_suggested_derivation_says_that_it_waits_and_why_it_is_suggested(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    explorer.card("Home Department of Maharashtra").click()
    expect(explorer.panel).to_contain_text(
        "Perhaps cites Recorded Future, as somebody concludes: suggested, so it does not count until a curator decides."
    )
    expect(explorer.panel).to_contain_text("Nobody outside has read the cyber cell’s report")


def test_escape_clears_the_selection(page: Page, owner: User) -> None:
    recorded = chain(stated("study"), stated("times", "study"), by=owner)
    explorer = Explorer(page).open(recorded.claim.slug)
    explorer.card("The Times").click()
    page.keyboard.press("Escape")
    expect(explorer.selected()).to_have_count(0)
    expect(explorer.panel).to_contain_text("Select an appearance")
