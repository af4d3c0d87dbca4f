"""The plain pages: what is published is shown, escaped; the rest is a friendly 404."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import chain, see, stated

pytestmark = pytest.mark.django_db


def test_home_lists_and_finds_published_claims(client: Client, owner: User, stranger: User) -> None:
    chain(stated("a"), text="Malware caused the outage", by=owner)
    chain(stated("b"), text="A secret draft about the outage", by=stranger)
    assert "Malware caused the outage" in client.get("/").content.decode()
    found = client.get("/", {"search": "OUTAGE"}).content.decode()
    assert "Malware caused" in found
    assert "secret" not in found
    assert "No claim has all of these words" in client.get("/", {"search": "birds\0"}).content.decode()


def test_claim_page_says_how_many_origins_and_shows_the_evidence(client: Client, owner: User) -> None:
    recorded = chain(stated("study", quote="so it is"), stated("times", "study"), by=owner)
    snapshot = see(recorded.appearances["study"].source, "We say so it is.")
    page = " ".join(client.get(f"/claims/{recorded.claim.slug}/").content.decode().split())
    assert "2 reports in 2 sources; 1 independent origin." in page
    assert "All 2 appearances that support the claim go back to one origin" in page
    assert f"/api/v1/snapshots/{snapshot.pk}/warc/" in page


def test_words_of_strangers_are_escaped_on_every_page(client: Client, owner: User) -> None:
    hostile = "<script>alert(1)</script>"
    recorded = chain(stated("a", quote=hostile, title=hostile), text=f"It is {hostile} so", by=owner)
    for address in ("/", f"/claims/{recorded.claim.slug}/"):
        response = client.get(address)
        assert "<script" not in response.content.decode()
        assert "&lt;script&gt;" in response.content.decode()
        assert "script-src" not in response["Content-Security-Policy"]
        assert "default-src 'none'" in response["Content-Security-Policy"]


def test_draft_or_unknown_claim_is_a_friendly_404(client: Client, stranger: User) -> None:
    slug = chain(stated("a"), by=stranger).claim.slug
    for address in (f"/claims/{slug}/", "/claims/nothing-of-the-kind/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize("size", [2, 30])
def test_pages_cost_the_same_statements_at_any_size(
    client: Client, owner: User, size: int, django_assert_num_queries: Any
) -> None:
    slugs = [
        chain(stated("a"), *(stated(f"b{n}", "a") for n in range(size)), by=owner).claim.slug
        for _ in range(size)
    ]
    with django_assert_num_queries(2):
        client.get("/")
    with django_assert_num_queries(3):
        client.get(f"/claims/{slugs[0]}/")
