"""The tree on a claim's page in the admin: drawn by the explorer's script, from GraphQL with the account's rights."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from claims.models import Claim
from provenance.roles import grant_curation
from tests.factories import chain, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

ENDPOINT = "/admin/graphql/"


@pytest.fixture
def draft(stranger: User) -> Claim:
    """A stranger's draft."""
    return chain(stated("a"), stated("b", "a"), by=stranger).claim


def _asked(client: Client, claim: Claim, **headers: str) -> Any:
    query = {"query": f'{{ claim(slug: "{claim.slug}") {{ provenance {{ nodeCount }} }} }}'}
    return client.post(ENDPOINT, json.dumps(query), content_type="application/json", headers=headers)


def test_page_of_a_claim_has_a_place_for_the_tree(browser: Browser, draft: Claim) -> None:
    page = browser.open(f"claims/claim/{draft.pk}/change/")

    assert f'data-tree="{draft.slug}" data-asks="{ENDPOINT}"' in page.html
    assert "/static/provenance/admin-tree.js" in page.loaded
    assert "data-tree" not in browser.open("claims/claim/add/").html


def test_curator_reads_the_tree_of_a_draft(browser: Browser, draft: Claim) -> None:
    answer = _asked(browser.client, draft)

    assert answer.json() == {"data": {"claim": {"provenance": {"nodeCount": 2}}}}
    assert "no-store" in answer["Cache-Control"]


def test_clerk_reads_what_everybody_reads(draft: Claim, owner: User) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_claim"))

    assert _asked(Browser(clerk).client, draft).json() == {"data": {"claim": None}}
    assert _asked(Browser(clerk).client, chain(stated("c"), by=owner).claim).json()["data"]["claim"]


def test_without_a_log_in_there_is_nothing(draft: Claim, owner: User) -> None:
    for client in (Client(), Browser(owner).client):
        answer = _asked(client, draft)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_page_of_another_site_cannot_ask(draft: Claim) -> None:
    cora = User.objects.create_user("cora")
    grant_curation(cora)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cora)

    answer = _asked(client, draft, origin="https://evil.example")

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert client.get(ENDPOINT, {"query": "{ __typename }"}).status_code == 405


def test_public_endpoint_still_reads_no_cookies(browser: Browser, draft: Claim) -> None:
    query = json.dumps({"query": f'{{ claim(slug: "{draft.slug}") {{ slug }} }}'})

    answer = browser.client.post("/graphql/", query, content_type="application/json")

    assert answer.json() == {"data": {"claim": None}}
