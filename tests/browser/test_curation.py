"""A round of curation in a real browser: paste an address, see it captured, draw, decide, and see the counts change."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from playwright.sync_api import Page, expect

from claims import anchoring
from claims.intake import Recorded
from claims.models import Derivation
from claims.vocabulary import DerivationState
from provenance.roles import grant_curation
from sources import capturing, extracting
from sources.models import Capture
from tests.browser import hostile
from tests.browser.axe import serious_issues
from tests.factories import chain, newsroom, paper, repeats, see, stated
from tests.sources.loopback import ScriptedServer
from tests.sources.loopback import page as answer

pytestmark = pytest.mark.django_db(transaction=True)

REPORT = b"""<!doctype html><html lang="en-IN"><head><title>Malware feared behind outage</title>
<meta property="og:site_name" content="The Post"><meta property="article:published_time" content="2021-03-01">
</head><body><p>So it is, the Herald reports.</p></body></html>"""


@pytest.fixture
def recorded(transactional_db: None) -> Recorded:
    """A study that was seen, and a herald of which a stranger suggests that it repeats the study."""
    owner, stranger = newsroom("The Owner", trusted=True), newsroom("A Stranger")
    recorded = chain(
        stated("study", title="The study", publisher=paper("An Institute"), published_at="2021-02-27"),
        stated("herald", title="The report", publisher=paper("The Herald"), published_at="2021-02-28"),
        by=owner,
        text="The outage was an attack",
    )
    for appearance in recorded.appearances.values():
        see(appearance.source, appearance.quote)
    paper_of_it = recorded.appearances["herald"]
    suggested = repeats("study", state=DerivationState.SUGGESTED, basis=None)
    _suggest(
        recorded, derived=paper_of_it.pk, origin=recorded.appearances["study"].pk, by=stranger, how=suggested
    )
    chain(publisher_known := stated("elsewhere", publisher=paper("The Post")), by=owner)
    assert publisher_known.publisher
    return recorded


def _suggest(recorded: Recorded, *, derived: int, origin: int, by: User, how: Any) -> None:
    from claims import derivations

    ends = {appearance.pk: appearance for appearance in recorded.appearances.values()}
    derivations.derive(ends[derived], ends[origin], how, by=by)


@pytest.fixture
def site(settings: Any) -> Iterator[ScriptedServer]:
    """A news site on loopback that captures may reach."""
    with ScriptedServer({"/report": answer(REPORT)}) as server:
        settings.CAPTURE_ALLOW_HOSTS = frozenset([server.netloc])
        yield server


@pytest.fixture
def curator_page(page: Page, transactional_db: None) -> Page:
    """The browser of a curator who has just logged in."""
    grant_curation(User.objects.create_user("cora", password="a curator's password"))
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Username").fill("cora")
    page.get_by_label("Password").fill("a curator's password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Review")).to_be_visible()
    return page


def _capture(url: str) -> None:
    """What a worker does; in a thread, since Playwright's event loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_work, url).result()


def _work(url: str) -> None:
    try:
        capture = Capture.objects.open().get(source__url=url)
        snapshot = capturing.run(capture.pk)
        assert snapshot
        extracting.extract(snapshot)
        anchoring.anchor_source(capture.source_id)
    finally:
        connection.close()


def _choose(page: Page, name: str, words: str) -> None:
    """Find a row by typing, and take it."""
    box = page.locator(f"#id_new_derivations-0-{name}")
    box.locator("xpath=following-sibling::*").first.click()
    page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option", has_text=words).first.click()
    expect(box.locator("xpath=following-sibling::*").first).to_contain_text(words)


def test_round_of_curation(curator_page: Page, recorded: Recorded, site: ScriptedServer) -> None:
    page, claim = curator_page, recorded.claim
    page.goto(f"/claims/{claim.slug}/")
    expect(page.locator("main")).to_contain_text("2 reports, 1 established origin")
    expect(page.locator("main")).to_contain_text("1 origin not established")

    # Paste an address: it is captured at once, and the page says how that gets on.
    page.goto(f"/admin/claims/claim/{claim.pk}/change/")
    page.locator("#id_new_appearances-0-url").fill(site.url("/report"))
    page.locator("#id_new_appearances-0-quote").fill("So it is, the Herald reports")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-capture]").last).to_have_text("waiting to be fetched")
    _capture(site.url("/report"))
    expect(page.locator("[data-capture]").last).to_have_text("captured")
    page.get_by_role("link", name="Show what was found").click()
    expect(page.get_by_role("link", name="Malware feared behind outage (The Post)").first).to_be_visible()

    # Draw a derivation between two of the claim's appearances.
    _choose(page, "derived", "Malware feared behind outage")
    _choose(page, "origin", "The report")
    page.locator("#id_new_derivations-0-kind").select_option("repetition")
    page.locator("#id_new_derivations-0-quote").fill("the Herald reports")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#derivations-data")).to_contain_text("confirmed")

    # Drawn the other way round it is refused, at its field.
    _choose(page, "derived", "The report")
    _choose(page, "origin", "Malware feared behind outage")
    page.locator("#id_new_derivations-0-kind").select_option("repetition")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field-origin.errors")).to_contain_text("This would close a circle")

    # Confirm what a stranger suggested.
    page.get_by_role("link", name="Review").click()
    suggestion = Derivation.objects.get(state=DerivationState.SUGGESTED)
    page.get_by_role("link", name=f"Confirm derivation {suggestion.pk}").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Suggested derivations (0)")).to_be_visible()

    # The counts follow.
    page.goto(f"/claims/{claim.slug}/")
    expect(page.locator("main")).to_contain_text("3 reports, 1 established origin")
    expect(page.locator("main")).to_contain_text("No open origin")


def test_tree_of_a_draft_is_drawn_on_its_page(curator_page: Page) -> None:
    draft = chain(
        stated("study", publisher=paper("An Institute")),
        stated("herald", "study", publisher=paper("The Herald")),
        by=newsroom("A Stranger"),
    ).claim

    curator_page.goto(f"/admin/claims/claim/{draft.pk}/change/")

    tree = curator_page.locator("[data-tree]")
    tree.scroll_into_view_if_needed()
    expect(tree).to_contain_text("An Institute")
    expect(tree).to_contain_text("The Herald")


def test_pages_of_ours_are_accessible(curator_page: Page, recorded: Recorded) -> None:
    page, first = curator_page, recorded.appearances["study"]
    suggestion = recorded.claim.derivations.get()
    found = {}
    for path in (
        f"claims/claim/{recorded.claim.pk}/change/",
        f"claims/claim/{recorded.claim.pk}/history/",
        "claims/derivation/review/",
        f"claims/derivation/{suggestion.pk}/reject/",
        f"claims/appearance/{first.pk}/change/",
        f"sources/source/{first.source_id}/change/",
    ):
        page.goto(f"/admin/{path}")
        found[path] = serious_issues(page)

    assert found == {path: [] for path in found}


def test_lists_keep_to_the_policy(curator_page: Page, recorded: Recorded) -> None:
    page = curator_page
    for name in (
        "claims/claim",
        "claims/appearance",
        "claims/derivation",
        "sources/source",
        "sources/capture",
    ):
        page.goto(f"/admin/{name}/")
        page.wait_for_load_state("networkidle")

    page.goto("/admin/claims/derivation/")
    page.locator("#action-toggle").check()
    bar = page.locator("#changelist-actions")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("style", re.compile(r"width: [1-9]\d+(\.\d+)?px"))


def test_hostile_words_run_nowhere(curator_page: Page) -> None:
    page = curator_page
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    recorded, snapshot = hostile.record(by=newsroom("The Owner", trusted=True))
    source = recorded.appearances["evil"].source
    hostile.make_links_run(source)

    for path in (
        f"claims/claim/{recorded.claim.pk}/change/",
        f"claims/claim/{recorded.claim.pk}/history/",
        "claims/derivation/review/",
        f"sources/source/{source.pk}/change/",
        f"sources/snapshot/{snapshot.pk}/change/",
    ):
        page.goto(f"/admin/{path}")
        page.wait_for_load_state("networkidle")
        assert page.locator("a[href^='javascript' i]").count() == 0, path
