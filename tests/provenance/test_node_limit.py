"""A tree with more nodes than an answer lists: the first part, word of the cut, the way on; numbers of all.

Both interfaces page by the same cursors: what one began the other goes on with."""

from hashlib import sha256

import pytest
from django.contrib.auth.models import User

from claims.listing import MAX_NODES
from claims.models import Appearance, Claim, Derivation
from tests.factories import chain, stated
from tests.provenance.rest import ANYBODY
from tests.provenance.test_graphql_tree import ask

pytestmark = pytest.mark.django_db

MORE = 3


@pytest.fixture
def wide(owner: User) -> Claim:
    """One report and what repeats it: three nodes more than a page lists."""
    recorded = chain(stated("report"), by=owner)
    origin, claim = recorded.appearances["report"], recorded.claim
    quotes = [f"These are the words of number {number}." for number in range(MAX_NODES + MORE - 1)]
    repeated = Appearance.objects.bulk_create(
        Appearance(
            claim=claim, source=origin.source, author=owner, stance=origin.stance,
            quote=quote, quote_sha256=sha256(quote.encode()).hexdigest(),
        )
        for quote in quotes
    )  # fmt: skip
    Derivation.objects.bulk_create(
        Derivation(
            claim=claim, derived=each, origin=origin, kind="repetition", state="confirmed", author=owner,
            quote_sha256=sha256(b"").hexdigest(),
        )
        for each in repeated
    )  # fmt: skip
    return claim


_PAGE = """
query ($slug: String!, $after: String) { claim(slug: $slug) { provenance(after: $after) {
  nodeCount truncated endCursor nodes { databaseId } independence { appearanceCount originCount }
} } }
"""


def test_the_first_part_is_listed_and_leads_on(wide: Claim) -> None:
    over_graphql = ask(_PAGE, slug=wide.slug)["claim"]["provenance"]
    assert (over_graphql["nodeCount"], over_graphql["truncated"]) == (MAX_NODES + MORE, True)
    assert over_graphql["independence"] == {"appearanceCount": MAX_NODES + MORE, "originCount": 1}
    first = [node["databaseId"] for node in over_graphql["nodes"]]
    assert len(first) == MAX_NODES

    over_rest = ANYBODY.get(f"claims/{wide.slug}/tree/", cursor=over_graphql["endCursor"]).json()
    assert over_rest["node_count"] == over_rest["independence"]["support"]["appearance_count"]
    assert (over_rest["truncated"], over_rest["next"]) == (True, None)
    rest = [node["id"] for node in over_rest["nodes"]]
    assert len(rest) == len(over_rest["edges"]) == MORE
    assert len({*first, *rest}) == MAX_NODES + MORE
