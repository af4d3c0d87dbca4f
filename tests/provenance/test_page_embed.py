"""The card for other sites: whoever wants may frame it, and it brings nothing along."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.models import Claim
from claims.vocabulary import DerivationKind, DerivationState, Stance
from tests.factories import chain, repeats, stated
from tests.provenance.browsing import Seen
from tests.provenance.bulk import published_claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def outage(owner: User) -> Claim:
    """A claim with two reports that rest on a study, a suggestion, and a denial."""
    return chain(
        stated("study", stance=Stance.QUERY, published_at="2021-02-28"),
        stated("times", "study", published_at="2021-02-28T22:10:00+05:30"),
        stated("wire", "times", published_at="2021-03-01T05:40:00+05:30"),
        stated("embassy", stance=Stance.DENY, derived_from=(repeats("times", DerivationKind.RESPONSE),)),
        stated("minister", derived_from=(repeats("study", state=DerivationState.SUGGESTED),)),
        text='The "lamp" <b>was</b> lit',
        by=owner,
    ).claim


def test_any_site_may_frame_the_card_and_nobody_the_page_about_it(client: Client, outage: Claim) -> None:
    card = client.get(f"/embed/{outage.slug}/")
    assert "frame-ancestors *" in card["Content-Security-Policy"]
    assert "X-Frame-Options" not in card
    about = client.get(f"/embed/{outage.slug}/about/")
    assert "frame-ancestors 'none'" in about["Content-Security-Policy"]
    assert about["X-Frame-Options"] == "DENY"


def test_card_brings_no_cookie_and_no_script(client: Client, outage: Claim) -> None:
    card = client.get(f"/embed/{outage.slug}/")
    assert not card.cookies
    assert "Cookie" not in card.get("Vary", "")
    assert "<script" not in card.content.decode()
    assert len(card.content) < 20_000


def test_card_says_the_range_and_leads_to_the_claim(client: Client, outage: Claim) -> None:
    card = Seen(client.get(f"/embed/{outage.slug}/"))
    assert "Claim, first seen 28 February 2021" in card.text
    assert "3 reports, no established origins" in card.text
    assert "0 to 2 independent origins, 1 denial." in card.text
    assert "suggested line, not counted" in card.text
    assert f"http://testserver/claims/{outage.slug}/" in card.links


def test_card_of_a_claim_without_appearances_says_so(client: Client, owner: User) -> None:
    claim = published_claims(1, by=owner)[0]
    card = Seen(client.get(f"/embed/{claim.slug}/"))
    assert "No reports yet" in card.text
    assert "Nobody has recorded where this claim appears yet." in card.text


def test_snippet_frames_the_card_in_a_sandbox_and_survives_quotes(client: Client, outage: Claim) -> None:
    about = Seen(client.get(f"/embed/{outage.slug}/about/"))
    assert f'<iframe src="http://testserver/embed/{outage.slug}/"' in about.text
    # What the reader copies is HTML itself: the claim's own quotes and tags are escaped within it.
    assert 'title="Where the claim comes from: The &quot;lamp&quot; &lt;b&gt;was&lt;/b&gt; lit"' in about.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in about.text


@pytest.mark.parametrize("page", ["", "about/"])
def test_draft_and_unknown_claims_have_no_card(client: Client, stranger: User, page: str) -> None:
    slug = chain(stated("a"), by=stranger).claim.slug
    assert client.get(f"/embed/{slug}/{page}").status_code == 404
    assert client.get(f"/embed/none-of-it/{page}").status_code == 404


@pytest.mark.parametrize("size", [10, 200])
def test_card_costs_the_same_statements_at_any_size(
    client: Client, owner: User, size: int, django_assert_num_queries: Any
) -> None:
    slug = chain(stated("a"), *(stated(f"b{n}", "a") for n in range(size)), by=owner).claim.slug
    with django_assert_num_queries(3):
        page = Seen(client.get(f"/embed/{slug}/"))
    assert ("more not drawn" in page.text) == (size == 200)
