"""The second date: the tree as it was known at an instant, in the address, with a sentence and a way back."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db.models import DateTimeField, Value
from playwright.sync_api import Locator, Page, expect

from claims import changes, publishing
from claims.models import Change
from sources.prepared import PreparedList
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.explorer import Explorer
from tests.factories import chain, newsroom, see, stated

pytestmark = pytest.mark.django_db(transaction=True)

RECORDED = datetime(2021, 3, 3, 9, 30, 15, tzinfo=UTC)


@pytest.fixture
def slug(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A claim recorded in March 2021 with two reports; since then one was withdrawn, two were added, one was read."""
    owner = newsroom("The Owner", trusted=True)
    with monkeypatch.context() as patch:
        patch.setattr(changes, "Now", lambda: Value(RECORDED, output_field=DateTimeField()))
        patch.setattr(changes, "_HEAD", PreparedList(changes._heads))  # put together with that clock
        recorded = chain(
            stated("study", published_at="2021-02-28"),
            stated("times", "study", published_at="2021-03-01"),
            by=owner,
        )
        see(recorded.appearances["study"].source, "They say: These are the words of study.")
    _change(recorded.claim.slug, by=owner)
    publishing.withdraw_appearance(recorded.appearances["times"], by=owner, why="Entered twice.")
    see(recorded.appearances["study"].source, "Nothing of it is left.")
    return recorded.claim.slug


def _change(slug: str, *, by: User) -> None:
    later = [stated(ref, published_at="2021-03-02") for ref in ("post", "herald")]
    chain(*later, slug=slug, text="", language="", by=by)


def known(page: Page) -> Locator:
    return page.get_by_label("Known at (UTC)")


def sentence(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="What was known on")


def test_date_is_asked_for_drawn_said_and_left_again_by_keyboard(page: Page, slug: str) -> None:
    explorer = Explorer(page).open(slug)
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(3)
    expect(sentence(page)).to_be_hidden()

    known(page).fill("2021-03-03T12:00:00")
    known(page).press("Enter")
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(2)
    expect(explorer.card("The Times")).to_be_visible()
    expect(explorer.card("The Post")).to_have_count(0)
    expect(sentence(page)).to_contain_text("What was known on 3 Mar 2021, 12:00 UTC.")
    expect(explorer.moment).to_contain_text("As of 1 Mar 2021: 2 reports")
    assert page.url.endswith("known=2021-03-03T12:00Z")

    page.get_by_role("button", name="Back to now").press("Enter")
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(3)
    expect(sentence(page)).to_be_hidden()
    expect(known(page)).to_be_focused()
    expect(known(page)).to_have_value("")
    assert "known" not in page.url


def test_panel_shows_the_words_in_the_snapshot_of_then(page: Page, slug: str) -> None:
    first = Change.objects.filter(at__year=2021).latest("seq").at
    explorer = Explorer(page).open(slug, f"#known={first:%Y-%m-%dT%H:%M:%S.%f}Z")
    explorer.card("The Study").click()
    expect(explorer.panel.locator("mark")).to_have_text("These are the words of study.")
    expect(explorer.panel.locator(".with-mark.evidence-anchored")).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(explorer.panel.locator(".with-mark.evidence-missing")).to_be_visible()


def test_state_is_linked_gone_back_to_and_goes_with_the_other_date(page: Page, slug: str) -> None:
    explorer = Explorer(page).open(slug, "#known=2021-03-03T12:00:00Z&asof=2021-02-28T00:00")
    expect(sentence(page)).to_be_visible()
    expect(known(page)).to_have_value("2021-03-03T12:00")
    expect(explorer.moment).to_contain_text("As of 28 Feb 2021: 1 report")
    page.evaluate("location.hash = ''")
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(3)
    page.go_back()
    expect(sentence(page)).to_be_visible()


def test_before_the_first_record_there_is_nothing_and_a_way_back(page: Page, slug: str) -> None:
    explorer = Explorer(page).open(slug, "#known=2020-01-01T00:00:00Z")
    expect(
        page.get_by_text("Nothing of this claim was recorded by then, or it was not shown.")
    ).to_be_visible()
    expect(known(page)).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(explorer.tree.get_by_role("treeitem")).to_have_count(3)


def test_no_serious_issue_of_accessibility_in_a_past_state(page: Page, slug: str) -> None:
    Explorer(page).open(slug, "#known=2021-03-03T12:00:00Z")
    expect(sentence(page)).to_be_visible()
    assert serious_issues_in_both_colours(page) == []


def test_phone_has_it_too(page: Page, slug: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    Explorer(page).open(slug, "#known=2021-03-03T12:00:00Z")
    expect(sentence(page)).to_be_in_viewport()
    known(page).scroll_into_view_if_needed()
    expect(known(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
