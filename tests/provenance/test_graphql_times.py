"""GraphQL: provenance as of a date, and as it was known at an instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import publishing
from claims.models import Change
from claims.permissions import viewer_of
from tests.factories import chain, see, stated
from tests.provenance.test_graphql_tree import ask, refused

pytestmark = pytest.mark.django_db

TREE = """
query Tree($slug: String!, $asOf: String, $knownAt: DateTime) {
  claim(slug: $slug) { provenance(asOf: $asOf, knownAt: $knownAt) {
    nodeCount
    nodes { databaseId saidAt source { title publisher { name } } parents { databaseId }
            evidence { state quote { exact } snapshot { sha256 } } }
    edges { derived { databaseId } origin { databaseId } }
    roots { databaseId }
    independence { appearanceCount originCount }
    findings { kind }
  } }
}
"""


def tree(slug: str, **arguments: Any) -> dict[str, Any]:
    provenance: dict[str, Any] = ask(TREE, slug=slug, **arguments)["claim"]["provenance"]
    return provenance


def test_as_of_is_what_can_have_been_said_by_then_with_the_numbers_of_that(owner: User) -> None:
    recorded = chain(
        stated("study", published_at="2021-02-28"),
        stated("times", "study", published_at="2021-03-01T05:40:00+05:30"),
        stated("post", "times", published_at="2021-03-02"),
        by=owner,
    )
    sizes = {
        as_of: len(tree(recorded.claim.slug, asOf=as_of)["nodes"])
        for as_of in ("2020", "2021-02-28", "2021-03-01", "2021-03", "2021-03-01T00:10:00Z", "2999")
    }
    assert list(sizes.values()) == [0, 1, 2, 3, 2, 3]
    early = tree(recorded.claim.slug, asOf="2021-03-01")
    assert len(early["edges"]) == 1
    assert (early["nodeCount"], early["independence"]) == (2, {"appearanceCount": 2, "originCount": 1})
    assert tree(recorded.claim.slug, asOf="2020")["roots"] == []


def test_known_at_is_what_was_recorded_by_then(owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    first = Change.objects.latest("seq").at
    see(recorded.appearances["a"].source, "<title>Found</title><p>These are the words of a.")
    publishing.withdraw_appearance(recorded.appearances["b"], by=owner, why="Entered twice.")
    old, new = tree(recorded.claim.slug, knownAt=first.isoformat()), tree(recorded.claim.slug)
    assert [node["source"]["title"] for node in old["nodes"]] == ["", ""]
    assert [node["evidence"]["state"] for node in old["nodes"]] == ["UNANCHORED", "UNANCHORED"]
    assert [[each["databaseId"] for each in node["parents"]] for node in old["nodes"]] == [
        [],
        [recorded.appearances["a"].pk],
    ]
    assert [(node["source"]["title"], node["evidence"]["state"]) for node in new["nodes"]] == [
        ("Found", "ANCHORED")
    ]
    assert tree(recorded.claim.slug, knownAt=datetime.now(UTC).isoformat()) == new
    assert tree(recorded.claim.slug, knownAt="2001-01-01T00:00:00Z")["nodeCount"] == 0


def test_two_states_stand_side_by_side_in_one_answer(owner: User) -> None:
    slug = chain(stated("a"), by=owner).claim.slug
    first = Change.objects.latest("seq").at.isoformat()
    chain(stated("b"), slug=slug, text="", language="", by=owner)
    answer = ask(
        """query($slug: String!, $first: DateTime!) { claim(slug: $slug) {
             then: provenance(knownAt: $first) { nodes { quote } } now: provenance { nodes { quote } } } }""",
        slug=slug,
        first=first,
    )["claim"]
    assert (len(answer["then"]["nodes"]), len(answer["now"]["nodes"])) == (1, 2)


@pytest.mark.parametrize("length", [3, 60])
def test_both_times_cost_at_most_six_statements_at_any_size(owner: User, length: int) -> None:
    appearances = [stated(f"n{number}", f"n{number - 1}") for number in range(1, length)]
    recorded = chain(stated("n0"), *appearances, by=owner)
    see(recorded.appearances["n0"].source, "These are the words of n0.")
    now = datetime.now(UTC).isoformat()
    with CaptureQueriesContext(connection) as queries:
        assert tree(recorded.claim.slug, knownAt=now, asOf="2999")["nodeCount"] == length
    assert len(queries) == 5
    with CaptureQueriesContext(connection) as queries:
        assert tree(recorded.claim.slug, asOf="2999")["nodeCount"] == length
    assert len(queries) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ('asOf: "yesterday"', "BAD_INPUT", "asOf: 'yesterday' is not a date in an accepted form. Give 2021,"),
        ('asOf: "2021-02-30"', "BAD_INPUT", "asOf: '2021-02-30' is not a date that exists."),
        ('asOf: ""', "BAD_INPUT", "asOf: '' is not a date"),
        ('knownAt: "2021-03-02T09:30:00"', "BAD_INPUT", "knownAt: 2021-03-02T09:30:00 has no offset."),
        ('knownAt: "2999-01-01T00:00:00Z"', "BAD_INPUT", "lies in the future. Give an instant that has passed."),
        ('knownAt: "yesterday"', "BAD_DOCUMENT", "DateTime"),
    ],
)  # fmt: skip
def test_time_that_cannot_be_used_is_an_error_that_says_so(
    owner: User, arguments: str, code: str, words: str
) -> None:
    slug = chain(stated("a"), by=owner).claim.slug
    error = refused(f'{{ claim(slug: "{slug}") {{ provenance({arguments}) {{ nodeCount }} }} }}')
    assert error["extensions"]["code"] == code
    assert words in error["message"]


def test_draft_of_then_is_for_its_owner(owner: User, stranger: User, curator: User) -> None:
    claim = chain(stated("a"), by=stranger).claim
    draft = Change.objects.latest("seq").at.isoformat()
    publishing.publish(claim, by=curator)
    ask_for: dict[str, Any] = {"slug": claim.slug, "knownAt": draft}
    assert ask(TREE, **ask_for)["claim"]["provenance"]["nodeCount"] == 0
    mine = ask(TREE, viewer=viewer_of(stranger), **ask_for)["claim"]["provenance"]
    assert mine["nodeCount"] == 1


def test_instant_just_past_is_known(owner: User) -> None:
    slug = chain(stated("a"), by=owner).claim.slug
    soon = datetime.now(UTC) + timedelta(seconds=1)
    assert tree(slug, knownAt=soon.isoformat())["nodeCount"] == 1
