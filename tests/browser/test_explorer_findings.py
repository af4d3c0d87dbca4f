"""Findings select and light what they are about; circular reports are drawn as lines that lead back."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from claims.vocabulary import Certainty
from tests.browser import demo, hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.explorer import Explorer
from tests.factories import chain, paper, stated

pytestmark = pytest.mark.django_db(transaction=True)

WIKI = "https://wiki.example/entry"


@pytest.fixture
def loop(page: Page, owner: User) -> Explorer:
    """A claim that left an encyclopaedia for a newspaper and came back to it, beside a report that did not."""
    recorded = chain(
        stated("first", url=WIKI, published_at="2021-03-01", publisher=paper("The Wiki"), quote="so it is"),
        stated("news", "first", published_at="2021-03-02", certainty=Certainty.HEDGED),
        stated(
            "again", "news", url=WIKI, published_at="2021-03-01", said_at="2021-03-03", publisher=paper("The Wiki"),
            quote="it is so",
        ),
        stated("other", "first", published_at="2021-03-02", certainty=Certainty.ASSERTED),
        by=owner,
    )  # fmt: skip
    return Explorer(page).open(recorded.claim.slug)


def spotlight(page: Page) -> Locator:
    return page.get_by_role("region", name="Selected finding")


def test_circular_report_is_drawn_and_in_the_key(loop: Explorer) -> None:
    expect(loop.page.locator(".tree path.line.returns")).to_have_count(1)
    expect(loop.page.locator(".legend")).to_contain_text("comes back")
    expect(loop.card("The Wiki").last).to_have_accessible_name(re.compile("Came back to where it began"))


def test_finding_lights_its_way_and_says_it(loop: Explorer) -> None:
    page = loop.page
    link = page.locator(".glance").get_by_role("link", name=re.compile("Circular reporting"))
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".row.about")).to_have_count(3)
    assert loop.lit() == ["The Wiki", "The News", "The Wiki"]
    expect(page.locator(".tree path.line.returns.lit")).to_have_count(1)
    expect(spotlight(page).get_by_role("status")).to_contain_text("Circular reporting.")
    expect(spotlight(page)).to_contain_text(
        "The way it took: The Wiki → The News → The Wiki, which is back where it began."
    )
    expect(loop.selected()).to_contain_text("3 Mar")
    expect(page).to_have_url(re.compile("finding=circular_reporting-1"))
    page.reload()
    expect(page.locator(".row.about")).to_have_count(3)
    spotlight(page).get_by_role("link", name="The News").click()
    expect(loop.selected()).to_contain_text("The News")
    expect(page.locator(".row.about")).to_have_count(3)
    loop.card("The Other").click()
    expect(spotlight(page)).to_be_hidden()
    expect(page.locator(".row.about")).to_have_count(0)


def test_table_says_what_comes_back_and_marks_what_it_is_about(loop: Explorer) -> None:
    page = loop.page
    page.get_by_role("button", name="Table").click()
    expect(loop.rows().filter(has_text="comes back to The Wiki")).to_have_count(1)
    page.locator(".glance").get_by_role("link", name=re.compile("Circular reporting")).click()
    expect(page.locator("tr.about")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator("tr.about")).to_have_count(0)


def test_finding_of_the_panel_is_a_link_and_lets_go(loop: Explorer) -> None:
    page = loop.page
    loop.card("The Wiki").last.click()
    loop.panel.locator(".found").get_by_role("link").first.click()
    expect(spotlight(page)).to_be_visible()
    spotlight(page).get_by_role("button", name="Let go").click()
    expect(spotlight(page)).to_be_hidden()
    assert "finding" not in page.url


def test_nothing_leads_back_before_it_came_back(loop: Explorer) -> None:
    loop.page.get_by_role("button", name="Earlier").click()
    expect(loop.page.locator(".tree path.line.returns")).to_have_count(0)


def test_findings_of_a_kind_go_from_one_to_the_next(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    page.get_by_role("link", name="3 certainty jumps").click()
    found = []
    for _ in range(3):
        found.append(explorer.selected().locator(".name").inner_text())
        expect(explorer.selected()).to_be_in_viewport()
        expect(page.locator(".row.about")).not_to_have_count(0)
        spotlight(page).get_by_role("button", name="Next of 3").click()
    assert sorted(found) == ["Deccan Ledger", "Delhi Courier", "Mint"]
    expect(page.locator(".legend")).not_to_contain_text("comes back")


def test_finding_with_hostile_names_is_words(page: Page, owner: User) -> None:
    recorded = chain(
        stated("evil", publisher=paper(hostile.WORDS), certainty=Certainty.HEDGED),
        stated("worse", "evil", publisher=paper(f"{hostile.WORDS} 2"), certainty=Certainty.ASSERTED),
        by=owner,
    )
    Explorer(page).open(recorded.claim.slug, "#finding=certainty_jump-1")
    expect(spotlight(page)).to_contain_text("<script>alert(1)</script>")
    assert page.locator("main script, main img").count() == 0


def test_no_serious_issue_of_accessibility_and_room_on_a_phone(loop: Explorer) -> None:
    page = loop.page
    page.locator(".glance").get_by_role("link", name=re.compile("Circular reporting")).click()
    expect(spotlight(page)).to_be_visible()
    assert serious_issues_in_both_colours(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".tree path.line.returns")).to_have_count(1)
    loop.fits(390)
    assert serious_issues_in_both_colours(page) == []
