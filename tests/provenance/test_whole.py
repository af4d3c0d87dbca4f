"""Trees that are written whole are what the executor answers, byte for byte, whatever is asked and whoever asks."""

import json
import logging
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLSchema, build_schema, get_named_type, is_leaf_type
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from claims import columns
from claims.columns import FIELDS, Beside, Column, Part
from claims.models import Appearance, Claim
from claims.vocabulary import DerivationState
from provenance import graphql as view
from provenance import numbered, planner
from provenance import whole as module
from provenance.planner import OF_CLAIM, OF_TREE
from provenance.schema import EXECUTORS, schema
from provenance.whole import whole
from sources.graphql import Context
from sources.models import Source
from tests.browser import demo
from tests.factories import chain, repeats, stated
from tests.provenance.generated import Document, documents
from tests.provenance.rest import ANYBODY, CLIENT, Caller, partner
from tests.provenance.test_execution import press

pytestmark = pytest.mark.django_db

# Of the types of FIELDS, what is no column's: walks, numbers, lists of their own, and rows that are read apart.
EXECUTED = {
    "Appearance": {"originChain", "independentLines", "claim"},
    "Derivation": set[str](),
    "Source": {"snapshots", "captures", "newestCapture", "appearances"},
    "Agent": {"owner"},
    "Evidence": set[str](),
    "Quote": {"fragments"},
    "Snapshot": {
        *("size", "mediaType", "contentEncoding", "statusCode", "truncated", "warcSha256", "warcUrl"),
        *("text", "textSha256", "comparison", "source"),
    },
}


def types() -> GraphQLSchema:
    return build_schema(schema.as_str())


def leaves(of_type: str, *, beside: bool = True) -> str:
    """A selection of all fields that are columns, to their depth."""
    parts = ["__typename"]
    for name, shown in FIELDS[of_type].items():
        match shown:
            case Column():
                parts.append(name)
            case Part(part):
                parts.append(f"{name} {leaves(part)}")
            case Beside() if beside:
                parts.append(f"{name} {leaves('Appearance', beside=False)}")
    return "{ " + " ".join(parts) + " }"


ALL = f"""query All($slug: String!) {{ claim(slug: $slug) {{ {" ".join(OF_CLAIM)} provenance {{ {" ".join(OF_TREE)}
  nodes {leaves("Appearance")} edges {leaves("Derivation")} }} }} }}"""
_NUMBERS = f"""stance appearanceCount sourceCount originCount independentOriginCount establishedOriginCount
  unresolvedCount
  bottlenecks {{ __typename appearance {leaves("Appearance", beside=False)} dependentCount share }}
  unresolved {{ appearance {{ id }} reason }}"""
NUMBERS = f"""query All($slug: String!) {{ claim(slug: $slug) {{ provenance {{ nodes {{ id }}
  roots {leaves("Appearance", beside=False)} findings {{ __typename kind message stance appearances {{ id quote }} }}
  independence {{ {_NUMBERS} }} deny: independence(stance: DENY) {{ {_NUMBERS} }} }} }} }}"""
SOME = """query Some($slug: String!) { claim(slug: $slug) { provenance {
  nodes { id saidAt source { publisher { name } } parents { id } } edges { id derived { id } } } } }"""


def ask(
    document: str, variables: Any, settings: Any, how: str, caller: Caller = ANYBODY, **more: Any
) -> tuple[int, bytes, int]:
    """Status, bytes, and how many statements it took."""
    settings.GRAPHQL_EXECUTION = how
    settings.KEPT_ANSWER_SECONDS = 0
    body = {"query": document, "variables": variables, **more}
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as queries:
        patch.setattr(schema, "execution_context_class", EXECUTORS[how])
        response = CLIENT.post(
            "/graphql/", json.dumps(body), content_type="application/json", headers=caller._headers
        )
    return response.status_code, response.content, len(queries)


def alike(document: str, slug: str, settings: Any, caller: Caller = ANYBODY, **more: Any) -> bytes:
    """What both ways answer, which must be the same and cost as many statements."""
    written = ask(document, {"slug": slug}, settings, "columns", caller, **more)
    assert written == ask(document, {"slug": slug}, settings, "stock", caller, **more)
    return written[1]


def test_counted_values_are_those_of_the_schema() -> None:
    for of_type, fields in numbered.FIELDS.items():
        known: Any = types().type_map[of_type]
        assert fields.keys() == known.fields.keys()
        for name, shown in fields.items():
            assert is_leaf_type(get_named_type(known.fields[name].type)) == isinstance(shown, numbered.Plain)


def test_tables_name_fields_of_the_schema_and_no_other_is_forgotten() -> None:
    for of_type, fields in FIELDS.items():
        known: Any = types().type_map[of_type]
        assert fields.keys() | EXECUTED[of_type] == known.fields.keys()
        for name, shown in fields.items():
            assert not known.fields[name].args
            named = get_named_type(known.fields[name].type)
            assert is_leaf_type(named) == isinstance(shown, Column)
            if isinstance(shown, Part):
                assert named.name == shown.of_type


def test_every_column_is_what_the_executor_shows(owner: User, settings: Any) -> None:
    values = press(owner)
    assert whole(ALL, {})
    answer = alike(ALL, values["slug"][0], settings)
    # It is worth comparing: quotes that were found and that were not, what is unknown, and who answers whom.
    for part in (b'"ANCHORED"', b'"MISSING"', b'"UNANCHORED"', b'"RESPONSE"', b'"certainty":null'):
        assert part in answer
    for part in (b'"claimant":null', b'"claimant":{', b'"url":null', b'"snapshot":null', b'"capturedAt":"20'):
        assert part in answer
    alike(ALL, values["slug"][3], settings)


def test_numbers_and_findings_are_what_the_executor_shows(owner: User, settings: Any) -> None:
    values = press(owner)
    assert whole(NUMBERS, {})
    for slug in values["slug"][0], values["slug"][3], chain(stated("a"), by=owner).claim.slug:
        alike(NUMBERS, slug, settings)
    answer = json.loads(alike(NUMBERS, values["slug"][0], settings))["data"]["claim"]["provenance"]
    assert len({found["kind"] for found in answer["findings"]}) > 1
    assert answer["independence"]["bottlenecks"]
    assert answer["independence"]["unresolved"]
    assert answer["deny"]["originCount"]
    assert ask(NUMBERS, {"slug": values["slug"][0]}, settings, "columns")[2] == 3


def test_claims_of_the_demo_are_counted_alike(owner: User, settings: Any) -> None:
    demo.record(by=owner)
    for slug in Claim.objects.values_list("slug", flat=True):
        assert b'"findings":[{' in alike(NUMBERS, slug, settings)


def test_generated_documents_are_answered_alike(owner: User, settings: Any) -> None:
    values = press(owner)
    asked = types()
    for of_type, known in {
        **FIELDS,
        "Claim": {*OF_CLAIM, "provenance"},
        "ProvenanceTree": {*OF_TREE, "nodes", "edges", "roots", "independence", "findings"},
    }.items():
        fields: Any = asked.type_map[of_type]
        for name in fields.fields.keys() - set(known):
            del fields.fields[name]
        for name, field in fields.fields.items():
            field.args = field.args if name == "independence" else {}
    met: Counter[str] = Counter()
    named = f'{{ claim(slug: "{values["slug"][0]}")'
    frames = [f"{named} {{ provenance {{ nodes $Appearance edges $Derivation }} }} }}", f"{named} $Claim }}"]

    @examples(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=st.one_of([documents(asked, values, frame) for frame in frames]))
    def answered(document: Document) -> None:
        written = ask(document.query, dict(document.variables), settings, "columns")
        assert written[:2] == ask(document.query, dict(document.variables), settings, "stock")[:2]
        met["whole" if whole(document.query, document.variables) else "executed"] += 1
        met["with lists"] += b":[{" in written[1]

    answered()
    assert met["whole"] > 40
    assert met["with lists"] > 40


@pytest.mark.parametrize("of_type", ["Boolean!", "Boolean! = true", "Boolean = true"])
@pytest.mark.parametrize("more", [True, False, None, 1, "yes"])
def test_flags_are_honoured_and_wrong_ones_refused(
    owner: User, settings: Any, more: Any, of_type: str
) -> None:
    slug = chain(stated("a"), stated("b", "a"), by=owner).claim.slug
    document = SOME.replace("$slug: String!", f"$slug: String!, $more: {of_type}")
    document = document.replace("saidAt", "saidAt @include(if: $more)")
    written, stock = (
        ask(document, {"slug": slug, "more": more}, settings, how)[:2] for how in ("columns", "stock")
    )
    assert written == stock
    assert (b'"saidAt":' in written[1]) == (more is True)
    assert bool(whole(document, {"slug": slug, "more": more})) == isinstance(more, bool)


def test_what_no_document_declares_is_not_remembered() -> None:
    remembered = module._whole.cache_info().currsize
    for number in range(5):
        assert whole(ALL + f" # {remembered}", {"slug": "a", f"{'x' * 1000}{number}": True})
    assert module._whole.cache_info().currsize == min(remembered + 1, module._DOCUMENTS_KEPT)


@pytest.mark.parametrize("length", [0, 1, 3, 40])
def test_any_size_costs_three_statements(owner: User, settings: Any, length: int) -> None:
    repeated = [stated(f"n{number}", f"n{number - 1}") for number in range(1, length)]
    recorded = chain(stated("n0"), *repeated, by=owner)
    if not length:
        Appearance.objects.update(published=False)
    slug = recorded.claim.slug
    alike(ALL, slug, settings)
    assert ask(ALL, {"slug": slug}, settings, "columns")[2] == 3


@pytest.mark.parametrize("days", [(2, 1), (1, 3, 2), (3, 2, 1), (2, 3, 1), (4, 1, 3, 2)])
def test_what_was_said_before_its_origin_comes_behind_it(
    owner: User, settings: Any, days: tuple[int, ...]
) -> None:
    said = [
        stated(f"n{number}", *([f"n{number - 1}"] if number else []), published_at=f"2021-03-0{day}")
        for number, day in enumerate(days)
    ]
    recorded = chain(*said, stated("later", "n0", published_at="2022"), by=owner)
    nodes = json.loads(alike(ALL, recorded.claim.slug, settings))["data"]["claim"]["provenance"]["nodes"]
    rows = [recorded.appearances[f"n{number}"].pk for number in range(len(days))]
    assert [node["databaseId"] for node in nodes] == [*rows, recorded.appearances["later"].pk]


def test_what_others_may_not_see_is_not_written(settings: Any) -> None:
    own, other = partner("The Owner", trusted=True), partner("Another")
    owner = User.objects.get(partner__name="The Owner")
    recorded = chain(
        stated("a"),
        stated("b", "a"),
        stated("c", "b"),
        stated("d", derived_from=(repeats("a", state=DerivationState.SUGGESTED),)),
        by=owner,
    )
    slug = recorded.claim.slug
    Appearance.objects.filter(pk=recorded.appearances["b"].pk).update(published=False)
    for caller in (ANYBODY, own, other):
        nodes = json.loads(alike(SOME, slug, settings, caller))["data"]["claim"]["provenance"]["nodes"]
        assert len(nodes) == 3
    Claim.objects.update(status="draft")
    assert json.loads(alike(SOME, slug, settings))["data"] == {"claim": None}
    assert json.loads(alike(SOME, slug, settings, own))["data"]["claim"]


def test_pages_end_where_the_executor_ends_them(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = press(owner)["slug"][0]
    document = SOME.replace("nodes {", "nodeCount truncated endCursor nodes { children { id } ")
    assert whole(document, {})
    for most in range(1, 8):
        monkeypatch.setattr("claims.columnar.MAX_NODES", most)
        written = json.loads(ask(document, {"slug": slug}, settings, "columns")[1])
        first = document.replace("provenance {", f"provenance(first: {most}) {{")
        assert whole(first, {}) is None
        assert written == json.loads(ask(first, {"slug": slug}, settings, "stock")[1])


@pytest.mark.parametrize(
    "document",
    [
        SOME.replace("provenance {", "provenance(first: 3) {"),
        SOME.replace("provenance {", 'provenance(asOf: "2021") {'),
        SOME.replace("provenance {", "again: provenance { nodeCount } provenance {"),
        SOME.replace("parents { id }", "parents { parents { id } }"),
        SOME.replace("saidAt", "originChain { id }"),
        SOME.replace("edges {", "whatIf(remove: []) { stance } edges {"),
        SOME.replace("edges {", "independence(stance: QUERY) { originCount } edges {"),
        SOME.replace("$slug: String!", '$slug: String!, $after: String = ""').replace(
            "provenance {", "provenance(after: $after) {"
        ),
        SOME.replace("saidAt", "nothing"),
        SOME.replace("query Some", "query Other { claims { totalCount } } query Some"),
        SOME + "}",
        "",
        "{" * 500,
    ],
)
def test_what_is_no_column_is_executed(owner: User, settings: Any, document: str) -> None:
    assert whole(document, {}) is None
    alike(document, chain(stated("a"), stated("b", "a"), by=owner).claim.slug, settings)


def test_operation_must_be_the_one_that_is_named(owner: User, settings: Any) -> None:
    slug = chain(stated("a"), by=owner).claim.slug
    for name in ("Some", None, "Other", ""):
        answer = alike(SOME, slug, settings, operationName=name)
        assert (b'"nodes"' in answer) == (name in ("Some", None))


def test_what_cannot_be_written_is_left_to_the_executor(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "provenance.whole")
    slug = press(owner)["slug"][0]
    with monkeypatch.context() as patch:
        patch.setattr(columns, "MAX_INT", 0)  # as if ids were larger than GraphQL's numbers
        patch.setattr(planner, "MAX_INT", 0)
        assert written(ALL, slug) is None
    with monkeypatch.context() as patch:
        patch.setattr(view, "Context", partial(Context, allowance=1))
        assert written(SOME, slug, allowance=1) is None
        answers = [ask(SOME, {"slug": slug}, settings, how)[:2] for how in ("columns", "stock")]
        assert answers[0] == answers[1]
        assert b"TOO_MUCH" in answers[0][1]
    Source.objects.filter(published_at__gt="").update(published_at="soon")
    assert written(SOME, slug) is None
    answers = [ask(SOME, {"slug": slug}, settings, how)[:2] for how in ("columns", "stock")]
    assert answers[0] == answers[1]
    assert b"INTERNAL" in answers[0][1]
    assert not [record for record in caplog.records if record.name == "provenance.whole"]


def written(document: str, slug: str, allowance: int = 100_000) -> Any:
    """The data of a document that is answered whole; None where it was tried and left to the executor."""
    found = whole(document, {})
    assert found
    return found.data(Claim.objects.with_parties().get(slug=slug), allowance)


def test_mistake_of_ours_costs_no_answer(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slug = chain(stated("a"), stated("b", "a"), by=owner).claim.slug
    written = ask(SOME, {"slug": slug}, settings, "columns")[1]

    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("Nobody thought of it.")

    monkeypatch.setattr("claims.columnar.read", fail)
    assert ask(SOME, {"slug": slug}, settings, "columns")[1] == written
    assert "Nobody thought of it." in caplog.text
