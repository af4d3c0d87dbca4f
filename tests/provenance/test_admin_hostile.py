"""What strangers wrote is shown in the admin as the text it is, and leads nowhere but to the web."""

from html import escape

import pytest
from django.contrib.auth.models import User

from claims.models import Appearance, Change
from sources.models import Snapshot, Source
from tests.factories import chain, curator, paper, repeats, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"
BREAKING_OUT = "\"'><img src=x onerror=alert(1)>"
HOSTILE = f"{SCRIPT}{BREAKING_OUT}"


@pytest.fixture
def hostile(stranger: User) -> Appearance:
    """A chain in which everything that can be a stranger's words is hostile, seen in a hostile page."""
    recorded = chain(
        stated("origin", title=HOSTILE, publisher=paper(HOSTILE), claimant=paper(f"{HOSTILE} too")),
        stated(
            "copy",
            quote=HOSTILE,
            title=HOSTILE,
            derived_from=(repeats("origin", quote=HOSTILE, reason=HOSTILE),),
        ),
        by=stranger,
        text=HOSTILE,
        parties=(paper(f"{HOSTILE} again"),),
    )
    copy = recorded.appearances["copy"]
    chain(stated("otherwise", url=copy.source.url, title=f"{HOSTILE} otherwise"), by=stranger)
    see(copy.source, f"<!doctype html><title>{escape(HOSTILE)}</title><p>{escape(HOSTILE)}")
    return copy


def test_hostile_words_are_shown_as_text_on_every_page(hostile: Appearance) -> None:
    browser = Browser(curator("chief"))
    lists = [
        *("claims/claim/", "claims/appearance/", "claims/derivation/", "claims/anchor/", "claims/change/"),
        *("sources/agent/", "sources/source/", "sources/capture/", "sources/snapshot/"),
        f"claims/change/?q={SCRIPT}",
    ]
    derivation, claim = hostile.origins.get(), hostile.claim
    rows = [
        *(f"claims/claim/{claim.pk}/{page}/" for page in ("change", "publish", "withdraw")),
        *(f"claims/appearance/{hostile.pk}/{page}/" for page in ("change", "vouch", "withdraw")),
        *(f"claims/derivation/{derivation.pk}/{page}/" for page in ("change", "reject")),
        f"claims/appearance/add/?claim={claim.pk}",
        f"claims/derivation/add/?derived={hostile.pk}",
        f"sources/source/{hostile.source_id}/change/",
        f"sources/agent/{hostile.claim.parties.get().pk}/change/",
        *(f"sources/snapshot/{snapshot.pk}/change/" for snapshot in Snapshot.objects.all()),
        *(f"claims/change/{change.pk}/change/" for change in Change.objects.all()),
        *(f"claims/anchor/{anchor.pk}/change/" for anchor in hostile.anchors.all()),
    ]
    for path in [*lists, *rows]:
        page = browser.open(path)
        assert page.status == 200, path
        assert SCRIPT not in page.html, path
        assert "<img src=x" not in page.html, path
    assert HOSTILE in browser.open(lists[0]).text


def test_hostile_words_in_a_refusal_are_shown_as_text(browser: Browser, hostile: Appearance) -> None:
    """A circle's sentence names the publishers in it."""
    origin = hostile.origins.get().origin
    page = browser.send(
        "claims/derivation/add/",
        derived=origin.pk,
        origin=hostile.pk,
        kind="repetition",
        first_state="confirmed",
    )

    assert "This would close a circle" in page.text
    assert HOSTILE in page.text
    assert SCRIPT not in page.html


def test_only_the_web_is_linked(browser: Browser, owner: User) -> None:
    source = chain(stated("a", url="https://a.example/"), by=owner).appearances["a"].source
    assert "https://a.example/" in browser.open(f"sources/source/{source.pk}/change/").links

    # No door lets this in; should a row ever hold it, the page still does not link it.
    Source.objects.filter(pk=source.pk).update(url="javascript:alert(1)")
    page = browser.open(f"sources/source/{source.pk}/change/")

    assert "javascript:alert(1)" in page.text
    assert not [link for link in page.links if link.lower().startswith("javascript:")]


def test_characters_that_turn_a_line_around_are_written_out(browser: Browser, owner: User) -> None:
    turned = "paid \N{RIGHT-TO-LEFT OVERRIDE}001$ to nobody"
    appearance = chain(stated("a", quote=turned), by=owner).appearances["a"]
    snapshot = see(appearance.source, turned)

    for path in (f"claims/appearance/{appearance.pk}/change/", f"sources/snapshot/{snapshot.pk}/change/"):
        assert "paid [U+202E]001$ to nobody" in browser.open(path).text


def test_every_page_forbids_what_stands_in_the_page_itself_to_run(browser: Browser, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim

    for path in ("", f"claims/claim/{claim.pk}/change/", "claims/derivation/review/", "login/"):
        policy = browser.client.get(f"/admin/{path}").headers["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval';" in policy, path
        assert "unsafe-inline" not in policy, path
