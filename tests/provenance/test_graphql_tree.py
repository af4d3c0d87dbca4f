"""GraphQL: the provenance tree, flat and whole, in a number of statements that no size changes."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.vocabulary import Certainty, DerivationKind, DerivationState, Stance
from provenance.schema import schema
from sources.graphql import Context
from sources.viewers import Viewer
from tests.factories import chain, paper, repeats, see, stated

pytestmark = pytest.mark.django_db

TREE = """
query Tree($slug: String!, $suggested: Boolean! = false) {
  claim(slug: $slug) {
    id databaseId text status
    provenance(includeSuggested: $suggested) {
      nodeCount truncated
      nodes {
        id databaseId stance certainty quote saidAt independentLines
        source { id url title publisher { id name kind owner { name } } }
        evidence { state reason quote { exact prefix suffix start end fragments { start end } }
          snapshot { id sha256 size source { url } } }
        parents { databaseId } children { databaseId } originChain { databaseId }
      }
      edges { id kind basis state quote derived { databaseId } origin { databaseId } evidence { state } }
      roots { databaseId }
      support: independence { ...numbers }
      deny: independence(stance: DENY) { ...numbers }
      findings { kind message appearances { databaseId } }
    }
  }
}
fragment numbers on Independence {
  appearanceCount sourceCount originCount independentOriginCount establishedOriginCount unresolvedCount
  bottlenecks { appearance { databaseId } dependentCount share }
  unresolved { appearance { databaseId } reason }
}
"""


def ask(document: str, *, viewer: Viewer | None = None, **variables: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    context = Context(viewer=viewer) if viewer else Context()
    result = schema.execute_sync(document, variable_values=variables, context_value=context)
    assert not result.errors, result.errors
    assert result.data is not None
    return result.data


def refused(document: str, **variables: Any) -> dict[str, Any]:
    """The one error of an answer, as a client gets it."""
    result = schema.execute_sync(document, variable_values=variables, context_value=Context())
    assert result.errors
    assert len(result.errors) == 1
    return dict(result.errors[0].formatted)


def test_tree_says_who_said_it_first_who_repeated_it_and_who_answered(owner: User) -> None:
    recorded = chain(
        stated("study", stance=Stance.QUERY, quote="no link was found", published_at="2021-02-28"),
        stated("times", "study", certainty=Certainty.HEDGED),
        stated("courier", "times", certainty=Certainty.ASSERTED),
        stated("embassy", stance=Stance.DENY, derived_from=(repeats("times", DerivationKind.RESPONSE),)),
        by=owner,
    )
    see(recorded.appearances["study"].source, "They say that no link was found, so far.")
    ids = {ref: appearance.pk for ref, appearance in recorded.appearances.items()}
    tree = ask(TREE, slug=recorded.claim.slug)["claim"]["provenance"]

    nodes = {node["databaseId"]: node for node in tree["nodes"]}
    assert list(nodes)[:2] == [ids["study"], ids["times"]]
    assert [each["databaseId"] for each in nodes[ids["courier"]]["originChain"]] == [
        ids["study"],
        ids["times"],
        ids["courier"],
    ]
    assert [each["databaseId"] for each in nodes[ids["embassy"]]["parents"]] == [ids["times"]]
    assert nodes[ids["embassy"]]["originChain"] == [{"databaseId": ids["embassy"]}]
    assert {each["databaseId"] for each in nodes[ids["times"]]["children"]} == {
        ids["courier"],
        ids["embassy"],
    }
    assert nodes[ids["study"]]["saidAt"] == "2021-02-28"
    evidence = nodes[ids["study"]]["evidence"]
    assert (evidence["state"], evidence["quote"]["exact"]) == ("ANCHORED", "no link was found")
    span = {"start": evidence["quote"]["start"], "end": evidence["quote"]["end"]}
    assert evidence["quote"]["fragments"] == [span]
    assert evidence["snapshot"]["source"]["url"] == nodes[ids["study"]]["source"]["url"]
    assert nodes[ids["times"]]["evidence"]["state"] == "UNANCHORED"

    assert tree["roots"] == [{"databaseId": ids["study"]}]
    assert {edge["kind"] for edge in tree["edges"]} == {"REPETITION", "RESPONSE"}
    support, deny = tree["support"], tree["deny"]
    assert (support["appearanceCount"], support["originCount"], support["establishedOriginCount"]) == (
        2,
        1,
        1,
    )
    assert support["bottlenecks"][0] == {
        "appearance": {"databaseId": ids["study"]},
        "dependentCount": 2,
        "share": 1.0,
    }
    assert deny["unresolved"] == [{"appearance": {"databaseId": ids["embassy"]}, "reason": "UNREAD"}]
    assert {finding["kind"] for finding in tree["findings"]} >= {
        "STANCE_JUMP",
        "CERTAINTY_JUMP",
        "SINGLE_ORIGIN",
    }
    assert (tree["nodeCount"], tree["truncated"]) == (4, False)


def test_suggested_derivations_are_listed_on_request(owner: User) -> None:
    leaning = repeats("study", state=DerivationState.SUGGESTED)
    slug = chain(stated("study"), stated("cell", derived_from=(leaning,)), by=owner).claim.slug
    assert ask(TREE, slug=slug)["claim"]["provenance"]["edges"] == []
    with_them = ask(TREE, slug=slug, suggested=True)["claim"]["provenance"]
    assert [edge["state"] for edge in with_them["edges"]] == ["SUGGESTED"]
    assert [each["reason"] for each in with_them["support"]["unresolved"]] == ["UNREAD", "PENDING"]


@pytest.mark.parametrize("length", [5, 500])
def test_tree_costs_the_same_statements_at_any_size(owner: User, length: int) -> None:
    repeated = [stated(f"n{number}", f"n{number - 1}") for number in range(1, length)]
    slug = chain(stated("n0"), *repeated, by=owner).claim.slug
    plain = """query($slug: String!) { claim(slug: $slug) { provenance {
      nodes { id stance quote saidAt source { url title publisher { name } } parents { id } children { id }
              evidence { state quote { exact } snapshot { sha256 } } }
      edges { kind } roots { id } independence { originCount } findings { kind message } } } }"""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        tree = ask(plain, slug=slug)["claim"]["provenance"]
    assert len(tree["nodes"]) == length
    assert len(queries) == 3


def test_fields_beyond_the_tree_cost_one_statement_each_and_none_a_node(owner: User) -> None:
    recorded = chain(
        stated("a", quote="aaa"), *(stated(f"b{n}", "a", quote="bbb") for n in range(6)), by=owner
    )
    for ref, appearance in recorded.appearances.items():
        see(appearance.source, "aaa" if ref == "a" else "bbb")
    deep = """query($slug: String!) { claim(slug: $slug) { parties { name } provenance { nodes {
      source { publisher { owner { name } }
               snapshots(first: 1) { totalCount edges { node { size text } } }
               captures { edges { node { state outcome reason detail } } }
               appearances { totalCount edges { node { id quote claim { slug } parents { id } } } } }
      evidence { snapshot { size mediaType source { title } } } } } } }"""
    with CaptureQueriesContext(connection) as queries:
        nodes = ask(deep, slug=recorded.claim.slug)["claim"]["provenance"]["nodes"]
    assert all(node["source"]["snapshots"]["totalCount"] == 1 for node in nodes)
    assert all(node["source"]["appearances"]["edges"][0]["node"]["quote"] for node in nodes)
    assert len(queries) <= 15
    assert len({query["sql"] for query in queries.captured_queries}) == len(queries)


def test_lists_inside_lists_have_an_end(owner: User) -> None:
    fans = [stated(f"f{number}", "hub") for number in range(60)]
    slug = chain(stated("hub"), *fans, by=owner).claim.slug
    back_and_forth = "children { parents { children { parents { children { id } } } } }"
    error = refused(
        f"query($slug: String!) {{ claim(slug: $slug) {{ provenance {{ nodes {{ {back_and_forth} }} }} }} }}",
        slug=slug,
    )
    assert error["extensions"]["code"] == "TOO_MUCH"


def test_stance_that_is_no_side_is_refused_by_name(owner: User) -> None:
    slug = chain(stated("a"), by=owner).claim.slug
    error = refused(
        "query($slug: String!) { claim(slug: $slug) { provenance { independence(stance: QUERY) { originCount } } } }",
        slug=slug,
    )
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert "stance" in error["message"]


def test_several_trees_of_one_page_are_read_together(owner: User) -> None:
    for number in range(4):
        chain(stated("a"), stated(f"b{number}", "a"), by=owner)
    page = "{ claims(first: 10) { totalCount edges { node { slug parties { name } provenance { nodes { id } } } } } }"
    with CaptureQueriesContext(connection) as queries:
        claims = ask(page)["claims"]
    assert claims["totalCount"] == 4
    assert [len(edge["node"]["provenance"]["nodes"]) for edge in claims["edges"]] == [2, 2, 2, 2]
    assert len(queries) <= 6


PART = """
query($slug: String!, $up: ID, $down: ID, $depth: Int, $first: Int! = 10000, $after: String) {
  claim(slug: $slug) {
    provenance(upstreamOf: $up, downstreamOf: $down, maxDepth: $depth, first: $first, after: $after) {
      nodeCount truncated endCursor nodes { id databaseId } edges { derived { databaseId } }
      independence { appearanceCount } findings { kind }
    }
  }
}
"""


def test_part_of_a_tree_is_listed_by_either_id_and_all_of_it_counted(owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), stated("c", "b"), stated("d"), by=owner)
    ids = {ref: appearance.pk for ref, appearance in recorded.appearances.items()}
    whole = ask(PART, slug=recorded.claim.slug)["claim"]["provenance"]
    global_id = next(node["id"] for node in whole["nodes"] if node["databaseId"] == ids["b"])
    for given in (str(ids["b"]), global_id):
        part = ask(PART, slug=recorded.claim.slug, up=given)["claim"]["provenance"]
        assert [node["databaseId"] for node in part["nodes"]] == [ids["a"], ids["b"]]
        assert part["edges"] == [{"derived": {"databaseId": ids["b"]}}]
        assert (part["nodeCount"], part["truncated"], part["endCursor"]) == (4, True, None)
        assert (part["independence"], part["findings"]) == (whole["independence"], whole["findings"])
    below = ask(PART, slug=recorded.claim.slug, down=str(ids["a"]), depth=1)["claim"]["provenance"]
    assert [node["databaseId"] for node in below["nodes"]] == [ids["a"], ids["b"]]
    assert (whole["truncated"], whole["endCursor"]) == (False, None)


def test_pages_of_a_tree_follow_one_another(owner: User) -> None:
    recorded = chain(stated("a"), *(stated(f"b{n}", "a") for n in range(4)), by=owner)
    listed: list[int] = []
    after = None
    for size in (2, 2, 1):
        page = ask(PART, slug=recorded.claim.slug, first=2, after=after)["claim"]["provenance"]
        assert len(page["nodes"]) == size
        listed += [node["databaseId"] for node in page["nodes"]]
        after = page["endCursor"]
    assert after is None
    assert listed == [appearance.pk for appearance in recorded.appearances.values()]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"depth": -1}, "maxDepth"),
        ({"up": "999999"}, "upstreamOf"),
        ({"up": "nonsense"}, "nonsense"),
        ({"down": "9" * 40}, "downstreamOf"),
        ({"first": 0}, "first"),
        ({"first": 10_001}, "first"),
        ({"after": "nonsense"}, "after"),
    ],
)
def test_what_cannot_be_listed_is_refused_by_argument(
    owner: User, arguments: dict[str, Any], named: str
) -> None:
    error = refused(PART, slug=chain(stated("a"), by=owner).claim.slug, **arguments)
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert named in error["message"]


WITHOUT = """
query($slug: String!, $remove: [ID!]!, $stance: Stance! = SUPPORT) { claim(slug: $slug) { provenance {
  whatIf(remove: $remove, stance: $stance) {
    removed { databaseId } leftWithoutOrigin { databaseId source { url } parents { databaseId } }
    before { ...counts } after { ...counts }
  } } } }
fragment counts on SideCounts {
  appearanceCount sourceCount originCount independentOriginCount establishedOriginCount unresolvedCount
}
"""


def test_what_if_tells_who_is_left_and_what_is_counted_then(owner: User) -> None:
    recorded = chain(
        stated("rf"), stated("x"), stated("n", "rf"), stated("a", "n"), stated("b", "n", "x"), by=owner
    )
    ids = {ref: appearance.pk for ref, appearance in recorded.appearances.items()}
    with CaptureQueriesContext(connection) as queries:
        answer = ask(WITHOUT, slug=recorded.claim.slug, remove=[str(ids["rf"])])
    found = answer["claim"]["provenance"]["whatIf"]
    assert found["removed"] == [{"databaseId": ids["rf"]}]
    assert [each["databaseId"] for each in found["leftWithoutOrigin"]] == [ids["n"], ids["a"]]
    assert (found["before"]["appearanceCount"], found["after"]["appearanceCount"]) == (5, 2)
    assert (found["before"]["originCount"], found["after"]["originCount"]) == (2, 1)
    assert len(queries) == 3
    other = ask(WITHOUT, slug=recorded.claim.slug, remove=[str(ids["rf"])], stance="DENY")
    assert other["claim"]["provenance"]["whatIf"]["removed"] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"remove": ["999999"]}, "remove"),
        ({"remove": ["x"]}, "'x'"),
        ({"remove": [], "stance": "QUERY"}, "stance"),
    ],
)
def test_what_if_that_cannot_be_asked_is_refused(owner: User, arguments: dict[str, Any], named: str) -> None:
    error = refused(WITHOUT, slug=chain(stated("a"), by=owner).claim.slug, **arguments)
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert named in error["message"]


def test_finding_of_parties_names_what_it_is_about(owner: User) -> None:
    recorded = chain(stated("embassy", stance=Stance.DENY), parties=(paper("The Embassy"),), by=owner)
    findings = ask(TREE, slug=recorded.claim.slug)["claim"]["provenance"]["findings"]
    assert [(each["kind"], each["appearances"]) for each in findings] == [
        ("INTERESTED_PARTY", [{"databaseId": recorded.appearances["embassy"].pk}])
    ]
