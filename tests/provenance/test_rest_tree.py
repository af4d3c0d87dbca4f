"""claims/{slug}/tree/: who says it on whose word, how many origins there are, and the evidence."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Change
from sources.models import Source
from tests.factories import see
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsroom() -> Caller:
    return partner(trusted=True)


def written(newsroom: Caller, *appearances: dict[str, Any], **claim: Any) -> tuple[str, dict[str, int]]:
    """Slug of the claim, and the ids of the new appearances by their refs."""
    response = newsroom.post("chains/", chain(*appearances, **claim))
    assert response.status_code == 201, response.content
    answer = json.loads(response.content)
    return answer["claim"]["slug"], {each["ref"]: each["id"] for each in answer["appearances"]}


def tree(slug: str, caller: Caller = ANYBODY, **query: str) -> dict[str, Any]:
    response = caller.get(f"claims/{slug}/tree/", **query)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def test_tree_of_a_chain(newsroom: Caller) -> None:
    slug, ids = written(
        newsroom,
        appearance("study", quote="no proof", stance="query", said_at="2021-02-27", chain_end="primary"),
        appearance("paper", "study", certainty="hedged", published_at="2021-02-28"),
        appearance("copy", "paper", certainty="asserted", claimant={"name": "A Firm", "kind": "company"}),
        appearance("embassy", stance="deny", derived_from=[{"ref": "paper", "kind": "response"}]),
    )
    snapshot = see(Source.objects.get(url__startswith="https://study"), "We found no proof of it.")
    body = tree(slug)

    assert body["claim"]["slug"] == slug
    assert body["node_count"] == 4
    nodes = {node["id"]: node for node in body["nodes"]}
    assert list(nodes) == [ids[ref] for ref in ("study", "paper", "copy", "embassy")]
    study = nodes[ids["study"]]
    assert (study["stance"], study["certainty"], study["said_at"]) == ("query", None, "2021-02-27")
    assert study["chain_end"] == "primary"
    evidence = study["evidence"]
    assert (evidence["state"], evidence["snapshot"]["id"]) == ("anchored", snapshot.pk)
    assert evidence["snapshot"]["sha256"] == snapshot.sha256
    assert (evidence["quote"]["prefix"], evidence["quote"]["exact"]) == ("We found ", "no proof")
    paper = nodes[ids["paper"]]
    assert paper["source"]["publisher"]["name"] == "The Paper"
    assert (paper["said_at"], paper["evidence"]["state"]) == ("2021-02-28", "unanchored")
    assert nodes[ids["copy"]]["claimant"]["name"] == "A Firm"

    edges = {(edge["derived"], edge["origin"]): edge for edge in body["edges"]}
    assert set(edges) == {
        (ids["paper"], ids["study"]),
        (ids["copy"], ids["paper"]),
        (ids["embassy"], ids["paper"]),
    }
    response = edges[ids["embassy"], ids["paper"]]
    assert (response["kind"], response["basis"], response["state"]) == ("response", None, "confirmed")


def test_numbers_and_findings_are_those_of_the_graph(newsroom: Caller) -> None:
    slug, ids = written(
        newsroom,
        appearance("study", stance="query"),
        appearance("paper", "study", certainty="hedged"),
        appearance("copy", "paper", certainty="asserted"),
        appearance("embassy", stance="deny", derived_from=[{"ref": "paper", "kind": "response"}]),
    )
    body = tree(slug)
    support, deny = body["independence"]["support"], body["independence"]["deny"]

    assert body["roots"] == support["roots"] == [ids["study"]]
    assert (support["appearance_count"], support["source_count"], support["origin_count"]) == (2, 2, 1)
    assert (support["independent_origin_count"], support["established_origin_count"]) == (1, 0)
    assert support["unresolved"] == [{"appearance": ids["study"], "reason": "unread"}]
    assert support["bottlenecks"] == [
        {"appearance": ids["study"], "dependent_count": 2, "share": 1.0},
        {"appearance": ids["paper"], "dependent_count": 1, "share": 1.0},
    ]
    assert (deny["appearance_count"], deny["roots"]) == (1, [ids["embassy"]])
    kinds = {finding["kind"]: finding["appearances"] for finding in body["findings"]}
    assert kinds["stance_jump"] == [ids["study"], ids["paper"]]
    assert kinds["certainty_jump"] == [ids["paper"], ids["copy"]]


def test_suggested_derivations_are_listed_on_request_and_never_counted(newsroom: Caller) -> None:
    suggested = {"ref": "a", "kind": "citation", "basis": "inferred"}
    slug, ids = written(newsroom, appearance("a"), appearance("b", derived_from=[suggested]))
    plain, more = tree(slug), tree(slug, include_suggested="true")

    assert plain["edges"] == tree(slug, include_suggested="false")["edges"] == []
    assert [(edge["derived"], edge["state"]) for edge in more["edges"]] == [(ids["b"], "suggested")]
    assert plain["independence"] == more["independence"]


def test_waiting_appearance_is_listed_for_its_author_and_the_owner_alone(newsroom: Caller) -> None:
    slug, ids = written(newsroom, appearance("a"))
    author = partner()
    origin = {"appearance": ids["a"], "kind": "repetition"}
    _, waiting = written(author, appearance("b", derived_from=[origin]), slug=slug)

    for caller, sees in ((author, True), (newsroom, True), (ANYBODY, False), (partner(), False)):
        shown = tree(slug, caller, include_suggested="true")
        assert (waiting["b"] in {node["id"] for node in shown["nodes"]}) is sees
        assert bool(shown["edges"]) is sees
        assert shown["independence"]["support"]["appearance_count"] == 1


def test_tree_costs_the_same_statements_at_any_length(newsroom: Caller) -> None:
    costs = []
    for length in (2, 40):
        appearances = [
            appearance("n0"),
            *(appearance(f"n{each}", f"n{each - 1}") for each in range(1, length)),
        ]
        slug, _ = written(newsroom, *appearances)
        for caller in (ANYBODY, newsroom):
            with CaptureQueriesContext(connection) as asked:
                assert tree(slug, caller)["node_count"] == length
            costs.append(len(asked))
    assert costs == [3, 4, 3, 4]


def test_quote_that_leaves_something_out_is_shown_with_its_parts(newsroom: Caller) -> None:
    gapped = appearance("a", quote="We found … of it")
    whole = appearance("b", quote="no proof", quote_prefix="found", url=gapped["url"])
    slug, ids = written(newsroom, gapped, whole)
    see(Source.objects.get(), "We found no proof of it.")
    quotes = {node["id"]: node["evidence"]["quote"] for node in tree(slug)["nodes"]}
    assert quotes[ids["a"]]["exact"] == "We found […] of it"
    assert (quotes[ids["a"]]["start"], quotes[ids["a"]]["end"]) == (0, 23)
    assert quotes[ids["a"]]["fragments"] == [{"start": 0, "end": 8}, {"start": 18, "end": 23}]
    assert quotes[ids["b"]]["fragments"] == [{"start": 9, "end": 17}]


def test_evidence_says_why_it_is_none(newsroom: Caller) -> None:
    slug, _ = written(newsroom, appearance("a", quote="proof of everything"))
    see(Source.objects.get(), "We found no proof of it.")
    [node] = tree(slug)["nodes"]
    assert (node["evidence"]["state"], node["evidence"]["quote"]) == ("missing", None)
    assert node["evidence"]["reason"] == "The words do not stand in this text."


def test_tree_as_of_a_date_has_what_can_have_been_said_by_then(newsroom: Caller) -> None:
    slug, ids = written(
        newsroom,
        appearance("study", published_at="2021-02-28"),
        appearance("paper", "study", published_at="2021-03-01T05:40:00+05:30"),
        appearance("undated", "paper"),
    )
    early = tree(slug, as_of="2021-02-28")
    assert [node["id"] for node in early["nodes"]] == [ids["study"]]
    assert early["edges"] == []
    assert early["independence"]["support"]["appearance_count"] == early["node_count"] == 1
    assert tree(slug, as_of="2021-03-01")["node_count"] == 2
    assert tree(slug, as_of="2021-03-01T05:40:00+05:30")["node_count"] == 2
    assert tree(slug, as_of="2020") | {"revision": 0} == tree(slug, as_of="2020-12-31") | {"revision": 0}
    assert tree(slug, as_of="2999")["nodes"] == tree(slug)["nodes"]


def test_tree_known_at_an_instant_is_what_was_answered_then(newsroom: Caller) -> None:
    slug, ids = written(newsroom, appearance("a"), appearance("b", "a"))
    answered, first = tree(slug), Change.objects.latest("seq").at.isoformat()
    see(Source.objects.get(url__startswith="https://a."), "These are the words of a.")
    written(newsroom, appearance("c", derived_from=[{"appearance": ids["b"], "kind": "response"}]), slug=slug)

    assert tree(slug)["node_count"] == 3
    past = tree(slug, known_at=first)
    assert past | {"revision": 0} == answered | {"revision": 0}
    assert tree(slug, known_at="2001-01-01T00:00:00Z")["nodes"] == []
    assert tree(slug, known_at=first, as_of="2001")["nodes"] == []


def test_part_of_a_tree_is_listed_and_all_of_it_counted(newsroom: Caller) -> None:
    slug, ids = written(
        newsroom, appearance("a"), appearance("b", "a"), appearance("c", "b"), appearance("d")
    )
    whole = tree(slug)
    part = tree(slug, upstream_of=str(ids["b"]), max_depth="1")

    assert [node["id"] for node in part["nodes"]] == [ids["a"], ids["b"]]
    assert [(edge["derived"], edge["origin"]) for edge in part["edges"]] == [(ids["b"], ids["a"])]
    assert (part["node_count"], part["truncated"], part["next"]) == (4, True, None)
    for name in ("independence", "findings", "roots"):
        assert part[name] == whole[name]
    assert (whole["truncated"], whole["next"]) == (False, None)
    below = tree(slug, downstream_of=str(ids["b"]))
    assert [node["id"] for node in below["nodes"]] == [ids["b"], ids["c"]]


def test_next_leads_through_all_pages_of_what_was_asked_for(newsroom: Caller) -> None:
    slug, ids = written(
        newsroom, appearance("a"), *(appearance(f"b{n}", "a") for n in range(4)), appearance("z")
    )
    page = tree(slug, downstream_of=str(ids["a"]), limit="2")
    listed = [node["id"] for node in page["nodes"]]
    while page["next"]:
        assert page["truncated"]
        response = ANYBODY.get(page["next"])
        page = json.loads(response.content)
        listed += [node["id"] for node in page["nodes"]]
    assert listed == [ids[ref] for ref in ("a", "b0", "b1", "b2", "b3")]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"as_of": "yesterday"}, "date"),
        ({"as_of": ""}, "blank"),
        ({"as_of": "2021-03-01T05:40:00"}, "date"),
        ({"known_at": "2021-03-01"}, "instant"),
        ({"known_at": "2021-03-01T05:40:00 05:30"}, "instant"),
        ({"known_at": "2999-01-01T00:00:00Z"}, "future"),
    ],
)
def test_time_that_cannot_be_used_is_named(newsroom: Caller, query: dict[str, str], code: str) -> None:
    slug, _ = written(newsroom, appearance("a"))
    body = problem(ANYBODY.get(f"claims/{slug}/tree/", **query), 400)
    [error] = body["errors"]
    assert (error["parameter"], error["code"]) == (next(iter(query)), code)


def test_past_tree_costs_at_most_six_statements_at_any_length(newsroom: Caller) -> None:
    costs = []
    for length in (2, 40):
        appearances = (appearance(f"n{each}", f"n{each - 1}") for each in range(1, length))
        slug, _ = written(newsroom, appearance("n0"), *appearances)
        at = Change.objects.latest("seq").at.isoformat()
        for caller in (ANYBODY, newsroom):
            with CaptureQueriesContext(connection) as asked:
                assert tree(slug, caller, known_at=at, as_of="2999")["node_count"] == length
            costs.append(len(asked))
    assert costs == [5, 6, 5, 6]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"max_depth": "-1"}, "invalid"),
        ({"upstream_of": "x"}, "invalid"),
        ({"upstream_of": "9999999999"}, "unknown"),
        ({"downstream_of": "0"}, "unknown"),
        ({"limit": "0"}, "min_value"),
        ({"limit": "10001"}, "max_value"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"depth": "3"}, "unknown"),
    ],
)
def test_what_cannot_be_listed_is_refused_by_parameter(
    newsroom: Caller, query: dict[str, str], code: str
) -> None:
    slug, _ = written(newsroom, appearance("a"))
    [error] = problem(ANYBODY.get(f"claims/{slug}/tree/", **query), 400)["errors"]
    assert (error["parameter"], error["code"]) == (next(iter(query)), code)


def test_what_if_tells_who_is_left_without_an_origin_on_both_sides(newsroom: Caller) -> None:
    slug, ids = written(
        newsroom,
        appearance("rf"),
        appearance("x"),
        appearance("n", "rf"),
        appearance("a", "n"),
        appearance("b", "n", "x"),
        appearance("embassy", stance="deny", derived_from=[{"ref": "n", "kind": "response"}]),
    )
    response = ANYBODY.get(f"claims/{slug}/what-if/", remove=f"{ids['rf']},{ids['embassy']}")
    assert response.status_code == 200
    body = json.loads(response.content)
    assert body["claim"]["slug"] == slug
    assert body["removed"] == [ids["rf"], ids["embassy"]]
    support, deny = body["support"], body["deny"]
    assert (support["removed"], support["left_without_origin"]) == ([ids["rf"]], [ids["n"], ids["a"]])
    assert (support["before"]["appearance_count"], support["after"]["appearance_count"]) == (5, 2)
    assert (support["before"]["independent_origin_count"], support["after"]["independent_origin_count"]) == (
        2,
        1,
    )
    assert (deny["removed"], deny["after"]["origin_count"]) == ([ids["embassy"]], 0)
    assert body["revision"] == tree(slug)["revision"]


@pytest.mark.parametrize(
    ("remove", "code"),
    [
        (None, "required"),
        ("", "blank"),
        ("a", "invalid"),
        ("1,,2", "invalid"),
        ("-1", "invalid"),
        ("99999999", "unknown"),
        ("9" * 30, "invalid"),
        (",".join(["1"] * 501), "max_length"),
    ],
)
def test_what_if_without_known_appearances_is_refused(
    newsroom: Caller, remove: str | None, code: str
) -> None:
    slug, _ = written(newsroom, appearance("a"))
    query = {} if remove is None else {"remove": remove}
    [error] = problem(ANYBODY.get(f"claims/{slug}/what-if/", **query), 400)["errors"]
    assert (error["parameter"], error["code"]) == ("remove", code)


def test_what_if_of_a_hidden_claim_is_not_found() -> None:
    slug, ids = written(partner(), appearance("a"))
    problem(ANYBODY.get(f"claims/{slug}/what-if/", remove=str(ids["a"])), 404)


def test_what_if_costs_three_statements(newsroom: Caller) -> None:
    slug, ids = written(newsroom, appearance("a"), appearance("b", "a"))
    with CaptureQueriesContext(connection) as asked:
        ANYBODY.get(f"claims/{slug}/what-if/", remove=str(ids["a"]))
    assert len(asked) == 3
