"""The page of a source in a browser: its tables, its links, and what a hostile one can do, which is nothing."""

import pytest
from playwright.sync_api import Page, expect

from sources.models import Snapshot, Source
from tests.browser import demo, hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def statement(transactional_db: None) -> Source:
    """The demo's embassy statement, on which three claims rest."""
    demo.record(by=newsroom("The Owner", trusted=True))
    return Source.objects.get(url__endswith="/statement-2-march")


def test_reader_goes_from_a_source_to_its_snapshot_and_back(page: Page, statement: Source) -> None:
    page.goto(f"/sources/{statement.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(statement.title)
    expect(page.locator(".quotes > li")).to_have_count(3)
    expect(page.locator(".quotes .evidence").first).to_have_text("anchored")
    page.get_by_role("table").get_by_role("rowheader").get_by_role("link").click()
    page.get_by_role("link", name=statement.title).click()
    expect(page).to_have_url(f"{page.url.split('/sources')[0]}/sources/{statement.pk}/")


def test_accessible_in_both_colours_and_on_a_phone(page: Page, statement: Source) -> None:
    page.goto(f"/sources/{statement.pk}/")
    assert serious_issues_in_both_colours(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_hostile_source_is_nothing_but_words(page: Page, transactional_db: None) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    recorded, snapshot = hostile.record(by=newsroom("The Owner", trusted=True))
    source = recorded.appearances["evil"].source
    page.goto(f"/sources/{source.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile.SHOWN)
    expect(page.locator("blockquote")).to_have_text(hostile.QUOTE_SHOWN)
    hostile.make_links_run(source)
    page.reload()
    expect(page.get_by_text("javascript:alert(1)")).to_be_visible()
    assert page.locator("main a[href^='javascript' i], main img, main script").count() == 0
    assert Snapshot.objects.filter(pk=snapshot.pk).exists()
