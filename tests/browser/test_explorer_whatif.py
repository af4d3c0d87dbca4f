"""What if: taken out in thought, on the tree, in the strip, in the table and in the address; and put back."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from claims import publishing
from claims.models import Appearance
from claims.vocabulary import DerivationKind, Stance
from tests.browser import hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim
from tests.factories import chain, repeats, stated

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "What if this were not there?"


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="What if")


def test_without_the_bottleneck_what_hangs_on_it_is_left_without_an_origin(explorer: Explorer) -> None:
    page = explorer.page
    expect(strip(page)).to_be_hidden()
    explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(strip(page).get_by_role("status")).to_have_text(
        "Without The New York Times: 12 reports would be left without an origin; "
        "1 of 14 reports would still have one."
    )
    expect(strip(page).locator("dl > div").first).to_have_text("Reports with an origin14 →  now, then 1")
    expect(page.locator(".row.removed")).to_contain_text("The New York Times")
    expect(page.locator(".row.removed")).to_contain_text("set aside for this question")
    expect(page.locator(".row.orphaned")).to_have_count(9)  # one of them stands for four copies
    expect(explorer.card("Delhi Courier")).to_have_accessible_name(re.compile("Left without an origin"))
    expect(explorer.card("4 verbatim copies")).to_have_accessible_name(re.compile("Left without an origin"))
    expect(explorer.card("Ministry of Power")).not_to_have_accessible_name(re.compile("Left without"))
    expect(explorer.panel.locator(".supposing p")).to_contain_text("12 reports would be left without")
    head = page.locator(".claim")
    expect(head.locator(".strip.supposed i.lost")).to_have_count(12)
    expect(head.locator(".strip:not(.supposed)")).to_be_hidden()
    expect(head).to_contain_text("What if: 1 of 14 reports with an origin, 12 without.")

    strip(page).get_by_role("button", name="Put it back: The New York Times").click()
    expect(strip(page)).to_be_hidden()
    expect(page.locator(".row:is(.removed, .orphaned)")).to_have_count(0)
    expect(head.locator(".strip.supposed")).to_have_count(0)
    expect(head.locator(".strip")).to_be_visible()


def test_question_is_kept_in_the_address_and_the_back_button_takes_it_back(explorer: Explorer) -> None:
    page = explorer.page
    times = Appearance.objects.get(source__publisher__name="The New York Times")
    explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(page).to_have_url(re.compile(f"out={times.pk}"))
    page.reload()
    expect(page.locator(".row.orphaned")).to_have_count(9)
    page.go_back()
    expect(strip(page)).to_be_hidden()
    expect(page.locator(".row.orphaned")).to_have_count(0)


def test_several_are_taken_out_and_put_back_each_and_all(explorer: Explorer) -> None:
    page = explorer.page
    for name in ("Union Newswire", "Deccan Ledger"):
        explorer.card(name).click()
        explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(strip(page).get_by_role("status")).to_contain_text("Without 2 appearances:")
    strip(page).get_by_role("button", name="Put it back: Union Newswire").click()
    expect(strip(page).get_by_role("status")).to_contain_text("Without Deccan Ledger:")
    expect(strip(page).get_by_role("button")).to_be_focused()
    explorer.card("Union Newswire").click()
    explorer.panel.get_by_role("button", name=QUESTION).click()
    strip(page).get_by_role("button", name="Put all back").click()
    expect(strip(page)).to_be_hidden()


def test_whole_source_is_taken_out_at_once(explorer: Explorer) -> None:
    explorer.card("Mint").first.click()
    explorer.panel.get_by_role("button", name="What if all 2 of this source were not?").click()
    expect(explorer.page.locator(".row.removed")).to_have_count(2)
    expect(strip(explorer.page).get_by_role("status")).to_contain_text("Without 2 appearances")


def test_table_says_the_same_and_sorts_by_it(explorer: Explorer) -> None:
    page = explorer.page
    explorer.panel.get_by_role("button", name=QUESTION).click()
    page.get_by_role("button", name="Table").click()
    outcome = explorer.table.get_by_role("columnheader", name="What if")
    expect(explorer.rows().filter(has_text="left without an origin")).to_have_count(12)
    expect(explorer.rows().filter(has_text="taken out")).to_have_count(1)
    expect(explorer.rows().filter(has_text="as before")).to_have_count(7)
    outcome.get_by_role("button").click()
    expect(explorer.rows().nth(0)).to_contain_text("as before")
    explorer.panel.get_by_role("button", name="Put it back").click()
    expect(outcome).to_have_count(0)


def test_it_is_asked_and_answered_by_keys(explorer: Explorer) -> None:
    page = explorer.page
    explorer.card("Union Newswire").focus()
    page.keyboard.press("w")
    expect(page.locator(".row.removed")).to_contain_text("Union Newswire")
    expect(explorer.card("Union Newswire")).to_be_focused()
    page.keyboard.press("w")
    expect(strip(page)).to_be_hidden()
    button = explorer.panel.get_by_role("button", name=QUESTION)
    button.focus()
    page.keyboard.press("Enter")
    expect(explorer.panel.get_by_role("button", name="Put it back")).to_be_focused()
    expect(page.locator(".row.orphaned")).to_have_count(9)


def test_denials_have_their_own_numbers(page: Page, owner: User) -> None:
    recorded = chain(
        stated("study"),
        stated("embassy", stance=Stance.DENY, derived_from=(repeats("study", DerivationKind.RESPONSE),)),
        stated("mint", "embassy", stance=Stance.DENY),
        by=owner,
    )
    Explorer(page).open(recorded.claim.slug, f"#out={recorded.appearances['embassy'].pk}")
    expect(strip(page).get_by_role("status")).to_have_text(
        "Without The Embassy: no report would be left without an origin; 1 of 1 report would still have one. "
        "1 denial would be left without an origin; 0 of 2 denials would still have one."
    )
    expect(strip(page)).to_contain_text("Denials with an origin2 →  now, then 0")


def test_what_is_not_in_the_tree_is_dropped_with_a_sentence(page: Page, owner: User) -> None:
    recorded = chain(stated("study"), stated("times", "study"), stated("post", "times"), by=owner)
    times = recorded.appearances["times"]
    explorer = Explorer(page).open(recorded.claim.slug, f"#out={times.pk},999999")
    expect(page.get_by_text("One appearance that was taken out is not in this tree")).to_be_visible()
    expect(page.locator(".row.removed")).to_have_count(1)
    assert "999999" in page.url
    publishing.withdraw_appearance(times, by=owner, why="Entered twice.")
    page.reload()
    expect(page.get_by_text("2 appearances that were taken out are not in this tree")).to_be_visible()
    expect(strip(page)).to_be_hidden()
    explorer.card("The Study").click()
    explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(page.get_by_text("are not in this tree")).to_be_hidden()


def test_numbers_that_cannot_be_had_are_said_to_be_missing(explorer: Explorer, complaints: object) -> None:
    complaints.expected.append("Failed to load resource")  # type: ignore[attr-defined]
    explorer.page.route("**/graphql/", lambda route: route.fulfill(status=500, body="{}"))
    explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(strip(explorer.page).get_by_role("status")).to_contain_text("the numbers could not be loaded")
    explorer.page.unroute("**/graphql/")
    strip(explorer.page).get_by_role("button", name="Put it back").click()
    explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(strip(explorer.page).get_by_role("status")).to_contain_text("12 reports would be left")


def test_hostile_names_are_words(page: Page, owner: User) -> None:
    recorded, _ = hostile.record(by=owner)
    Explorer(page).open(recorded.claim.slug, f"#out={recorded.appearances['evil'].pk}")
    expect(strip(page).get_by_role("status")).to_contain_text("Without \"'><script>alert(1)</script>")
    assert page.locator("main script, main img").count() == 0


def test_thousand_are_asked_about_too(page: Page, owner: User) -> None:
    claim = large_claim(1000, by=owner)
    first = claim.appearances.order_by("pk").first()
    assert first is not None
    Explorer(page).open(claim.slug, f"#out={first.pk}")
    expect(strip(page).get_by_role("status")).to_contain_text("969 reports would be left without an origin")
    expect(page.locator(".claim svg.strip.supposed rect.lost")).to_have_count(1)


def test_no_serious_issue_of_accessibility_in_tree_table_and_phone(explorer: Explorer) -> None:
    page = explorer.page
    explorer.panel.get_by_role("button", name=QUESTION).click()
    expect(page.locator(".row.orphaned")).to_have_count(9)
    assert serious_issues_in_both_colours(page) == []
    page.get_by_role("button", name="Table").click()
    assert serious_issues_in_both_colours(page) == []
    page.get_by_role("button", name="Tree").click()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(strip(page)).to_be_visible()
    explorer.fits(390)
    assert serious_issues_in_both_colours(page) == []
    explorer.card("The New York Times").click()
    expect(explorer.panel.get_by_role("button", name="Put it back")).to_be_visible()
    expect(explorer.panel.locator(".supposing p")).to_contain_text("12 reports")
