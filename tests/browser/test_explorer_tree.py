"""The tree: select, see the chain, fold, filter, go back in time; and the address that keeps all of it."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from claims.models import Appearance
from claims.vocabulary import Certainty, DerivationKind, DerivationState, Stance
from tests.browser.explorer import Explorer
from tests.factories import chain, repeats, see, stated

pytestmark = pytest.mark.django_db(transaction=True)


def test_tree_has_a_card_for_each_appearance_and_one_for_the_copies(explorer: Explorer) -> None:
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(17)
    expect(explorer.card("4 verbatim copies, 07:15 to 09:05. Run the text of Union Newswire")).to_be_visible()
    expect(explorer.card("Recorded Future, 28 Feb 2021. Query, hedged. An origin")).to_be_visible()
    expect(explorer.page.locator(".lane")).to_have_text(["Answers it", "Suggested origins"])


def test_largest_bottleneck_is_selected_first_and_says_how_many_rest_on_it(explorer: Explorer) -> None:
    expect(explorer.selected()).to_contain_text("The New York Times")
    expect(explorer.selected()).to_contain_text("12 of 13 others rest on this")
    expect(explorer.panel.get_by_role("heading", name="The New York Times")).to_be_visible()


def test_selecting_lights_the_chain_to_the_root(explorer: Explorer) -> None:
    explorer.card("Samvad").click()
    assert explorer.lit() == [
        "Recorded Future", "The New York Times", "Union Newswire", "Delhi Courier", "Samvad",
    ]  # fmt: skip
    expect(explorer.panel.locator("blockquote")).to_contain_text("A modern country")
    crumbs = explorer.panel.get_by_role("listitem").filter(has_text="the one above")
    expect(crumbs).to_have_count(4)
    expect(explorer.page.locator("path.line.lit")).not_to_have_count(0)


def test_answer_lights_what_it_answers(explorer: Explorer) -> None:
    explorer.card("Ministry of Power of India").click()
    assert explorer.lit() == ["Recorded Future", "The New York Times", "Ministry of Power of India"]
    expect(explorer.panel.get_by_role("heading", name="What it answers, back to the origin")).to_be_visible()


def test_crumb_selects_and_the_panel_keeps_the_focus(explorer: Explorer) -> None:
    explorer.card("Samvad").click()
    explorer.panel.get_by_role("listitem").get_by_role("link", name="Union Newswire").click()
    expect(explorer.selected()).to_contain_text("Union Newswire")
    expect(explorer.panel).to_be_focused()


def test_finding_of_the_head_selects_what_it_is_about_one_after_the_other(explorer: Explorer) -> None:
    finding = explorer.page.get_by_role("link", name="3 certainty jumps")
    found = []
    for _ in range(3):
        finding.click()
        found.append(explorer.selected().locator(".name").inner_text())
    assert sorted(found) == ["Deccan Ledger", "Delhi Courier", "Mint"]
    expect(explorer.panel).to_contain_text("is more certain")


def test_copies_unfold_and_fold(explorer: Explorer) -> None:
    copies = explorer.card("4 verbatim copies")
    expect(copies).to_have_attribute("aria-expanded", "false")
    copies.click()
    expect(copies).to_have_attribute("aria-expanded", "true")
    expect(explorer.card("Konkan Herald")).to_be_visible()
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(21)
    copies.click()
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(17)


def test_filtered_stance_leaves_its_glyph_and_the_shape_of_the_tree(explorer: Explorer) -> None:
    card = explorer.card("Grid and Power Review")
    before = card.bounding_box()
    explorer.page.get_by_role("button", name="Query 2").click()
    expect(card.locator(".name")).to_be_hidden()
    expect(card.locator("svg").first).to_be_visible()
    assert card.bounding_box() == before
    expect(explorer.page.get_by_role("button", name="Query 2")).to_have_attribute("aria-pressed", "false")


def test_filter_by_kind_leaves_what_derives_in_that_way(explorer: Explorer) -> None:
    explorer.page.get_by_label("Show by kind of derivation").select_option("Citation")
    expect(explorer.card("Union Newswire").locator(".name")).to_be_visible()
    expect(explorer.card("Metro Page").locator(".name")).to_be_hidden()


def test_filters_that_leave_nothing_say_so_and_show_all_again(explorer: Explorer) -> None:
    for stance in ("Support 14", "Deny 4", "Query 2"):
        explorer.page.get_by_role("button", name=stance).click()
    expect(explorer.page.get_by_text("No appearance matches these filters.")).to_be_visible()
    explorer.page.get_by_role("button", name="Show all").click()
    expect(explorer.page.get_by_text("No appearance matches these filters.")).to_be_hidden()
    expect(explorer.page.get_by_role("button", name="Deny 4")).to_have_attribute("aria-pressed", "true")


def test_scrubber_goes_back_event_by_event_and_says_what_was_there(explorer: Explorer) -> None:
    expect(explorer.moment).to_have_text(
        "As of 2 Mar 2021, 14:00: 14 reports, 1 established origin, 4 denials"
    )
    explorer.page.get_by_role("button", name="Earlier").click()
    expect(explorer.moment).to_have_text(
        "As of 2 Mar 2021, 10:30: 13 reports, 1 established origin, 3 denials"
    )
    expect(explorer.card("Mint")).to_have_count(0)
    explorer.page.get_by_role("button", name="Later").click()
    expect(explorer.card("Mint")).to_have_count(2)


def test_scrubber_moves_by_keys_and_speaks(explorer: Explorer) -> None:
    explorer.slider.focus()
    explorer.page.keyboard.press("Home")
    expect(explorer.slider).to_have_attribute(
        "aria-valuetext", "As of 28 Feb 2021: no reports, no origin yet, no denials"
    )
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(1)
    explorer.page.keyboard.press("ArrowRight")
    expect(explorer.moment).to_contain_text("28 Feb 2021, 22:10: 1 report, 1 established origin")
    expect(explorer.card("The New York Times")).to_contain_text("nothing rests on this yet")
    explorer.page.keyboard.press("End")
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(17)


def test_dragging_the_scrubber_hides_what_came_later_and_keeps_its_place(explorer: Explorer) -> None:
    before = explorer.card("Union Newswire").bounding_box()
    box = explorer.slider.bounding_box()
    assert box is not None
    explorer.page.mouse.move(box["x"] + box["width"] - 9, box["y"] + box["height"] / 2)
    explorer.page.mouse.down()
    explorer.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    explorer.page.mouse.up()
    expect(explorer.card("Mint")).to_have_count(0)
    assert explorer.card("Union Newswire").bounding_box() == before
    expect(explorer.moment).to_contain_text("As of 1 Mar 2021")
    assert "14 reports, 1 established origin" in explorer.page.locator(".claim").inner_text(), (
        "the head says now"
    )


def test_address_keeps_selection_filters_view_and_moment(explorer: Explorer) -> None:
    explorer.card("Delhi Courier").click()
    explorer.page.get_by_role("button", name="Query 2").click()
    explorer.page.get_by_role("button", name="Earlier").click()
    expect(explorer.page).to_have_url(re.compile(r"#sel=\d+&hide=query&asof=2021-03-02T10:30$"))
    explorer.page.reload()
    expect(explorer.selected()).to_contain_text("Delhi Courier")
    expect(explorer.moment).to_contain_text("13 reports")
    expect(explorer.page.get_by_role("button", name="Query 2")).to_have_attribute("aria-pressed", "false")


def test_line_of_the_page_without_scripts_is_selected(explorer: Explorer) -> None:
    courier = Appearance.objects.get(source__publisher__name="Delhi Courier")
    explorer.page.evaluate(f"location.hash = '#a{courier.pk}'")
    expect(explorer.selected()).to_contain_text("Delhi Courier")


def test_shapes_tell_certainty_and_lost_evidence(page: Page, owner: User) -> None:
    recorded = chain(
        stated("study", certainty=Certainty.HEDGED, published_at="2021-03-01", quote="it may be so"),
        stated("times", "study", certainty=Certainty.ASSERTED, published_at="2021-03-02", quote="it is so"),
        stated("cell", derived_from=(
            repeats("study", DerivationKind.CITATION, state=DerivationState.SUGGESTED),
        ), published_at="2021-03-02"),
        stated("reply", stance=Stance.DENY, published_at="2021-03-03",
               derived_from=(repeats("times", DerivationKind.RESPONSE),)),
        by=owner,
    )  # fmt: skip
    see(recorded.appearances["times"].source, "We know that it is so.")
    see(recorded.appearances["times"].source, "We took it back.")
    see(recorded.appearances["reply"].source, "Something else.")
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.card("The Study")).to_have_class(re.compile("hedged"))
    expect(explorer.card("The Times")).to_have_class(re.compile("asserted"))
    expect(page.locator(".tree path.line.heavy")).to_have_count(1)
    expect(page.locator(".tree path.line.suggested")).to_have_count(1)
    expect(page.locator(".tree path.bar.deny")).to_have_count(1)
    expect(explorer.note("The Times")).to_have_text("words not in the latest snapshot")
    expect(explorer.note("The Reply")).to_have_text("quote not found")
    expect(explorer.note("The Cell")).to_have_text("being fetched")
