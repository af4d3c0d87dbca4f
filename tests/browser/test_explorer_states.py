"""What the explorer looks like when something is not there: appearances, dates, GraphQL, scripts, colours of day."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import demo, hostile
from tests.browser.axe import serious_issues
from tests.browser.conftest import Complaints
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim
from tests.factories import chain, stated

pytestmark = pytest.mark.django_db(transaction=True)


def test_claim_without_appearances_says_what_to_do(page: Page, owner: User) -> None:
    slug = large_claim(0, by=owner).slug
    Explorer(page).open(slug)
    expect(page.locator(".explorer").get_by_text("Nobody has recorded an appearance yet.")).to_be_visible()
    expect(page.get_by_role("tree")).to_be_hidden()
    expect(page.locator(".panel")).to_be_hidden()
    assert serious_issues(page) == []


def test_one_appearance_stands_alone_without_a_scrubber(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(chain(stated("a", published_at="2021-03-01"), by=owner).claim.slug)
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(1)
    expect(explorer.moment).to_contain_text("As of 1 Mar 2021: 1 report")
    expect(explorer.slider).to_be_hidden()


def test_appearances_without_dates_are_indented_and_say_so(page: Page, owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), stated("c", "b"), by=owner)
    explorer = Explorer(page).open(recorded.claim.slug)
    expect(explorer.card("The C, undated")).to_be_visible()
    expect(explorer.moment).to_have_text(
        "No appearance has a date, so there is no earlier moment to go back to."
    )
    lefts = [explorer.left(f"The {name}") for name in "ABC"]
    assert lefts[0] < lefts[1] < lefts[2]


def test_unreachable_graphql_leaves_the_table_with_a_sentence_and_try_again(
    page: Page, owner: User, complaints: Complaints
) -> None:
    complaints.expected.append("ERR_FAILED")
    page.route("**/graphql/", lambda route: route.abort())
    page.goto(f"/claims/{demo.record_outage(by=owner).slug}/")
    expect(page.get_by_text("The tree could not be loaded.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Delhi Courier").first).to_be_visible()
    expect(page.get_by_text("14 reports, 1 established origin")).to_be_visible()
    assert serious_issues(page) == []
    page.unroute("**/graphql/")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("tree").get_by_role("treeitem")).to_have_count(17)
    expect(page.get_by_text("The tree could not be loaded.")).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "body"), [(502, "<h1>Bad gateway</h1>"), (200, '{"errors": [{"message": "no"}]}')]
)
def test_answer_that_is_no_tree_is_no_tree(
    page: Page, owner: User, complaints: Complaints, status: int, body: str
) -> None:
    complaints.expected.append("502")
    page.route("**/graphql/", lambda route: route.fulfill(status=status, body=body))
    page.goto(f"/claims/{chain(stated('a'), by=owner).claim.slug}/")
    expect(page.get_by_text("The tree could not be loaded.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="The A")).to_be_visible()


def test_outlines_of_cards_wait_for_the_tree(page: Page, owner: User) -> None:
    held: list[Route] = []
    page.route("**/graphql/", lambda route: held.append(route))
    page.goto(f"/claims/{chain(stated('a'), by=owner).claim.slug}/")
    expect(page.get_by_text("Loading the tree…")).to_be_visible()
    expect(page.locator(".ghosts i")).to_have_count(9)
    expect(page.get_by_text("1 report, no established origins")).to_be_visible()
    expect(
        page.get_by_role("row").filter(has_text="The A")
    ).to_be_visible()  # it takes long: meanwhile, the table
    for route in held:
        route.continue_()
    expect(page.get_by_role("treeitem")).to_have_count(1)
    expect(page.locator(".ghosts")).to_have_count(0)


def test_page_is_whole_without_scripts(chromium: Browser, live_server: object, owner: User) -> None:
    slug = demo.record_outage(by=owner).slug
    context = chromium.new_context(java_script_enabled=False, base_url=str(live_server))
    page = context.new_page()
    page.goto(f"/claims/{slug}/")
    expect(page.get_by_text("13 of 14 rest on one newspaper report, itself included.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Delhi Courier").first).to_be_visible()
    page.get_by_role("link", name="Stance jump: The New York Times").click()
    expect(page.locator("tr:target")).to_contain_text("The New York Times")
    context.close()


def test_hostile_words_are_words_in_tree_table_and_panel(page: Page, owner: User) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    recorded, _ = hostile.record(by=owner)
    evil = recorded.appearances["evil"]
    explorer = Explorer(page).open(recorded.claim.slug, f"#sel={evil.pk}")
    shown = " ".join(hostile.SHOWN.split())
    expect(explorer.selected().locator(".name")).to_have_text(shown)
    expect(explorer.panel.locator("h2")).to_have_text(shown)
    expect(explorer.panel.locator(".title")).to_have_text(shown)
    expect(explorer.panel.locator("mark")).to_have_text(" ".join(hostile.QUOTE_SHOWN.split()))
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("button", name="Table").click()
    expect(explorer.rows().first).to_contain_text("<script>alert(1)</script>")
    assert page.locator("main script, main img, main svg[onload]").count() == 0


def test_link_that_would_run_is_no_link(page: Page, owner: User) -> None:
    recorded, _ = hostile.record(by=owner)
    hostile.make_links_run(recorded.appearances["evil"].source)
    explorer = Explorer(page).open(recorded.claim.slug, f"#sel={recorded.appearances['evil'].pk}")
    expect(explorer.panel.locator(".title")).to_be_visible()
    assert page.locator("a[href^='javascript']").count() == 0
    expect(explorer.panel.locator(".title a")).to_have_count(0)


def test_dark_colours_are_the_readers_choice_and_the_systems(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(chain(stated("a"), stated("b", "a"), by=owner).claim.slug)
    expect(explorer.panel).to_have_css("background-color", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="dark")
    expect(explorer.panel).to_have_css("background-color", "rgb(28, 32, 36)")
    page.get_by_role("button", name="Switch to light colours").click()
    expect(explorer.panel).to_have_css("background-color", "rgb(255, 255, 255)")
    page.reload()
    expect(explorer.panel).to_have_css("background-color", "rgb(255, 255, 255)")
    assert page.context.cookies() == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_serious_issue_of_accessibility(page: Page, owner: User, colours: str) -> None:
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    expect(explorer.panel.locator("mark")).to_be_visible()
    assert serious_issues(page) == []
    explorer.card("Samvad").click()
    page.get_by_role("button", name="Query 2").click()
    assert serious_issues(page) == []
    page.get_by_role("button", name="Table").click()
    assert serious_issues(page) == []


def test_thousand_appearances_fold_and_only_those_in_view_are_there(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(large_claim(1000, by=owner).slug)
    items = explorer.tree.get_by_role("treeitem")
    expect(items.first).to_be_visible()
    assert items.count() < 80
    expect(page.get_by_role("treeitem", name=" that follow").first).to_be_visible()
    page.mouse.wheel(0, 1500)
    expect(items.last).not_to_contain_text("Paper 0")
    assert items.count() < 120
    folded = page.get_by_role("treeitem", expanded=False).filter(has_text="that follow").first
    folded.click()
    expect(page.get_by_role("treeitem", selected=True)).to_have_attribute("aria-expanded", "true")
    assert serious_issues(page) == []
