"""Evidence and the log are shown in the admin, and written by nobody there, whatever their rights."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import RequestFactory

from claims.models import Anchor, Appearance, Change
from sources.admin.snapshots import SHOWN_TEXT
from sources.models import Capture, Snapshot
from tests.factories import chain, curator, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

READ_ONLY = ["claims/anchor", "claims/change", "sources/capture", "sources/snapshot"]


@pytest.fixture
def seen(owner: User) -> Appearance:
    """An appearance whose words stand in the page that was seen."""
    appearance = chain(stated("a", quote="so it is"), by=owner).appearances["a"]
    see(appearance.source, "We looked, and so it is, as far as we know.")
    appearance.refresh_from_db()
    return appearance


@pytest.fixture
def chief(db: None) -> Browser:
    """A superuser's browser."""
    return Browser(curator("chief"))


def test_curator_sees_what_stands_where_the_words_were_with_its_difference(
    chief: Browser, owner: User
) -> None:
    words = "The lamp <b>was</b> lit by the keeper of the house"
    row = chain(stated("a", quote=words), by=owner).appearances["a"]
    page = (
        "<!doctype html><title>x</title><p>The lamp &lt;b&gt;was&lt;/b&gt; {} by the keeper of the house.</p>"
    )
    see(row.source, page.format("lit"))
    see(row.source, page.format("\u202enever\u202c put out"))
    row.refresh_from_db()
    for shown in (
        chief.open(f"claims/appearance/{row.pk}/change/"),
        chief.open(f"claims/anchor/{row.newest_anchor_id}/change/"),
    ):
        assert "The lamp &lt;b&gt;was&lt;/b&gt; " in shown.html
        assert '<del class="line-through">lit</del>' in shown.html
        assert "[U+202E]never[U+202C] put out</ins>" in shown.html
        assert "per cent alike" in shown.text


def test_curator_sees_whether_a_snapshot_shows_the_page(chief: Browser, seen: Appearance) -> None:
    wall = see(seen.source, "<title>404 Not Found</title><p>nginx")
    shown = chief.open(f"sources/snapshot/{wall.pk}/change/")
    assert "blocked" in shown.text.lower()
    assert "error: 404 not found" in shown.text


@pytest.mark.parametrize("page", READ_ONLY)
def test_evidence_cannot_be_added_changed_or_deleted(chief: Browser, seen: Appearance, page: str) -> None:
    shown = chief.open(f"{page}/1/change/")
    assert shown.status == 200
    assert "_save" not in shown.html
    assert chief.post(f"{page}/1/change/", sha256="0" * 64, state="anchored").status == 403
    assert chief.post(f"{page}/add/").status == 403
    assert chief.post(f"{page}/1/delete/", post="yes").status == 403


def test_nothing_can_be_deleted_but_groups_of_rights(seen: Appearance) -> None:
    request = RequestFactory().get("/admin/")
    request.user = curator("chief")
    kept = [page for model, page in admin.site._registry.items() if model is not Group]

    assert [page for page in kept if page.has_delete_permission(request)] == []
    assert [page for page in kept if "delete_selected" in page.get_actions(request)] == []


def test_every_page_of_ours_writes_through_its_own_function(seen: Appearance) -> None:
    """Django's save is reached by accounts and groups alone."""
    from sources.admin.writing import ShownAdmin

    others = {
        model.__name__ for model, page in admin.site._registry.items() if not isinstance(page, ShownAdmin)
    }
    assert others == {"User", "Group"}


def test_snapshot_shows_what_proves_it_and_its_text(browser: Browser, seen: Appearance) -> None:
    snapshot = Snapshot.objects.get()

    page = browser.open(f"sources/snapshot/{snapshot.pk}/change/")

    assert snapshot.sha256 in page.text
    assert snapshot.warc_sha256 in page.text
    assert "We looked, and so it is, as far as we know." in page.text
    assert f"/api/v1/snapshots/{snapshot.pk}/text/" in page.links
    assert f"/api/v1/snapshots/{snapshot.pk}/warc/" in page.links


def test_snapshot_of_a_draft_s_source_is_read_here_alone(browser: Browser, stranger: User) -> None:
    appearance = chain(stated("a"), by=stranger).appearances["a"]
    snapshot = see(appearance.source, "Nobody else sees this yet.")

    page = browser.open(f"sources/snapshot/{snapshot.pk}/change/")

    assert "Nobody else sees this yet." in page.text
    assert not [link for link in page.links if link.startswith("/api/")]


def test_long_text_is_cut_and_says_so(browser: Browser, seen: Appearance) -> None:
    snapshot = see(seen.source, "x" * (SHOWN_TEXT + 1234))

    page = browser.open(f"sources/snapshot/{snapshot.pk}/change/")

    assert "… and 1,234 characters more." in page.text
    assert "x" * (SHOWN_TEXT + 1) not in page.html


def test_page_without_text_says_so(browser: Browser, seen: Appearance) -> None:
    snapshot = see(seen.source, "<!doctype html><title>Empty</title>")

    page = browser.open(f"sources/snapshot/{snapshot.pk}/change/")

    assert "No text was read out of it." in page.text
    assert "The page shows no text." in page.text


def test_anchor_shows_the_words_in_their_place(browser: Browser, seen: Appearance) -> None:
    page = browser.open(f"claims/anchor/{Anchor.objects.get().pk}/change/")

    assert "…We looked, and [so it is], as far as we know.…" in page.text


def test_appearance_shows_its_evidence(browser: Browser, seen: Appearance) -> None:
    page = browser.open(f"claims/appearance/{seen.pk}/change/")

    assert "anchored" in page.text
    assert f"/admin/sources/snapshot/{Snapshot.objects.get().pk}/change/" in page.links


def test_capture_leads_to_its_snapshot(browser: Browser, seen: Appearance) -> None:
    page = browser.open(f"sources/capture/{Capture.objects.get().pk}/change/")

    assert f"/admin/sources/snapshot/{Snapshot.objects.get().pk}/change/" in page.links


def test_log_names_who_wrote_and_leads_to_the_row(browser: Browser, seen: Appearance) -> None:
    listed = browser.open("claims/change/")
    assert "the-owner" in listed.text
    assert "the service" in listed.text  # what captures and anchors write

    created = Change.objects.get(object_type="appearance", action="created")
    page = browser.open(f"claims/change/{created.pk}/change/")
    assert "quote: so it is" in page.text
    assert f"/admin/claims/appearance/{seen.pk}/change/" in page.links
