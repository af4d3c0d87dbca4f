"""Compiled answers are the stock executor's, byte for byte, whatever is asked and whatever fails."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLError, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.relay.utils import to_base64

from claims.models import Appearance, Claim, Derivation
from claims.placed import Placed
from claims.shown import Tree
from claims.vocabulary import Certainty, ChainEnd, DerivationKind, DerivationState, Stance
from provenance import graphql as view
from provenance import schema as schema_module
from provenance.schema import EXECUTORS, schema
from sources import registry
from sources.graphql import BadInput, Context
from sources.models import Agent, Capture, Snapshot, Source
from tests.factories import chain, paper, repeats, see, stated
from tests.provenance.generated import Document, documents
from tests.provenance.rest import CLIENT

pytestmark = pytest.mark.django_db


def press(owner: User) -> dict[str, list[str]]:
    """Two claims that share a source, with evidence, owners, parties and nulls; and texts to ask for them by."""
    outage = chain(
        stated("study", stance=Stance.QUERY, quote="no link was found", published_at="2021-02-28"),
        stated("times", "study", certainty=Certainty.HEDGED, published_at="2021-02-28T10:00:00+05:30"),
        stated("courier", "times", certainty=Certainty.ASSERTED, language="en"),
        stated("deccan", "times", "courier"),
        stated("cell", derived_from=(repeats("study", state=DerivationState.SUGGESTED),)),
        stated(
            "radio", chain_end=ChainEnd.ORAL, url=None, title="The news at nine", claimant=paper("A Witness")
        ),
        stated("embassy", stance=Stance.DENY, derived_from=(repeats("times", DerivationKind.RESPONSE),)),
        parties=(paper("The Embassy"),),
        by=owner,
    )
    rows = outage.appearances
    again = chain(stated("mint", source=rows["times"].source_id), by=owner)
    see(rows["study"].source, "They say that no link was found, so far.")
    see(rows["times"].source, "These are the words of times. And more.")
    see(rows["times"].source, "The page says something else now.")
    publisher = rows["courier"].source.publisher
    assert publisher
    registry.set_owner(publisher, registry.find_or_add_agent(paper("The Group"), by=owner), by=owner)
    nodes = [str(row.pk) for row in rows.values()]
    given = {
        "slug": [outage.claim.slug, outage.claim.slug, outage.claim.slug, again.claim.slug, "none"],
        "url": [str(rows["times"].source.url), "https://nobody.example/", "no url"],
        "search": ["claim", "number", "", "nothing of the kind"],
        "asOf": ["2021", "2021-02-28", "2019", "soon"],
        "knownAt": ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"],
        "remove": [*nodes, "999999", "x"],
        "upstreamOf": nodes,
        "downstreamOf": [*nodes, "999999"],
        "after": ["nonsense", to_base64("arrayconnection", 0)],
        "agent": [str(pk) for pk in Agent.objects.values_list("pk", flat=True)[:4]],
    }
    ids = [
        to_base64(model.__name__, pk)
        for model in (Agent, Appearance, Capture, Claim, Derivation, Snapshot, Source)
        for pk in model.objects.order_by("pk").values_list("pk", flat=True)[:3]
    ]
    return {**given, "id": [*ids, "1", "999999", to_base64("Claim", 999999), to_base64("Nothing", 1), "x"]}


# --- faults: what resolvers and values do that they should not --------------------------------------------------------

Fault = Callable[[pytest.MonkeyPatch], None]


def _on_placed(name: str, read: Callable[[Placed], Any]) -> Fault:
    return lambda patch: patch.setattr(Placed, name, property(read), raising=False)


def _failing(placed: Placed) -> Any:
    if placed.view.id % 2:
        raise RuntimeError(f"Nobody can read {placed.view.id}.")
    return "en"


def _beside(more: Callable[[], Any]) -> Fault:
    beside = Placed.beside
    return lambda patch: patch.setattr(Placed, "beside", lambda self, views: [*beside(self, views), more()])


def _raising(name: str, error: Callable[[int], Exception | None]) -> Fault:
    method = getattr(Tree, name)

    def fail(tree: Tree, pk: int) -> Any:
        if found := error(pk):
            raise found
        return method(tree, pk)

    return lambda patch: patch.setattr(Tree, name, fail)


FAULTS: dict[str, Fault] = {
    "an attribute that raises": _on_placed("language", _failing),
    "null where there must be text": _on_placed("quote", lambda placed: None if placed.view.id % 3 else "so"),
    "a value that is an error": _on_placed("said_at", lambda _: LookupError("It was lost.")),
    "numbers for text": _on_placed("vouched_why", lambda placed: placed.view.id),
    "no text at all": _on_placed("vouched_why", lambda _: ["a", "list"]),
    "an enum's bare value": _on_placed("stance", lambda _: "support"),
    "no value of an enum": _on_placed("certainty", lambda _: "surely"),
    "an object of another type": _on_placed("source", lambda placed: placed.view.evidence),
    "no object": _on_placed("evidence", lambda _: None),
    "a date that is none": _on_placed("no_later_than", lambda _: "yesterday"),
    "an id that is none": _on_placed("id", lambda _: None),
    "an id too large": _on_placed("id", lambda placed: placed.view.id + 2**40),
    "null in a list": _beside(lambda: None),
    "something else in a list": _beside(lambda: "an appearance?"),
    "an error in a list": _beside(lambda: RuntimeError("Not one of us.")),
    "parents that cannot be told": _raising("parents", lambda pk: RuntimeError("No.") if pk % 2 else None),
    "lines that cannot be counted": _raising("independent_lines", lambda pk: BadInput(f"no: {pk}")),
    "an error with a place of its own": _raising(
        "origin_chain", lambda pk: GraphQLError("Elsewhere.", path=["else", pk])
    ),
}


# --- both answers -----------------------------------------------------------------------------------------------------


def answer(
    document: Document, how: str, *, allowance: int = 100_000, faults: Sequence[str] = ()
) -> tuple[Any, ...]:
    """Status, bytes and statements; the bytes tell what each error was before it was made fit for clients."""
    told = schema_module._told

    def tell(error: GraphQLError) -> GraphQLError:
        shown = told(error)
        assert shown.extensions is not None
        shown.extensions |= {"first": error.message, "cause": repr(type(error.original_error))}
        return shown

    connection.queries_log.clear()  # it holds 9,000, which many examples fill
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as queries:
        patch.setattr(django_settings, "GRAPHQL_EXECUTION", how)
        patch.setattr(schema, "execution_context_class", EXECUTORS[how])
        patch.setattr(view, "Context", partial(Context, allowance=allowance))
        patch.setattr(schema_module, "_told", tell)
        for fault in faults:
            FAULTS[fault](patch)
        body = {"query": document.query, "variables": dict(document.variables)}
        response = CLIENT.post("/graphql/", json.dumps(body), content_type="application/json")
    return response.status_code, response.content, [query["sql"] for query in queries.captured_queries]


TREE = '{ claim(slug: "%s") { provenance { nodes $Appearance edges $Derivation findings $Finding } } }'


@pytest.mark.parametrize("faulty", [False, True])
def test_generated_answers_are_the_same_bytes_for_the_same_statements(
    owner: User, caplog: pytest.LogCaptureFixture, *, faulty: bool
) -> None:
    caplog.set_level(logging.CRITICAL)
    values = press(owner)
    assert (
        connection.features.supports_json_field
    )  # Django asks a new connection once, which is no part of an answer
    frames = [TREE % values["slug"][0]] if faulty else ["$Query", TREE % values["slug"][0]]
    met: Counter[str] = Counter()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        document=st.one_of([documents(schema._schema, values, frame) for frame in frames]),
        allowance=st.sampled_from([100_000, 3]),
        faults=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=3) if faulty else st.just([]),
    )
    def alike(document: Document, allowance: int, faults: list[str]) -> None:
        stock = answer(document, "stock", allowance=allowance, faults=faults)
        assert answer(document, "compiled", allowance=allowance, faults=faults) == stock
        content = json.loads(stock[1])
        codes = [error["extensions"]["code"] for error in content.get("errors", ())]
        met.update(set(codes) or {"whole"})
        met["with lists"] += b":[{" in stock[1]

    alike()
    # The documents are worth it: few are refused, and many answers have lists and errors of their own.
    assert met["with lists"] > 50
    assert met["BAD_DOCUMENT"] < met["whole"] + met["BAD_INPUT"] + met["INTERNAL"]
    assert not met.keys() & {"BAD_REQUEST", "UNAUTHENTICATED"}
    assert met["INTERNAL"] > 10 or not faulty


DEEP = (
    "{ claims { edges { node { provenance { nodes " + "{ parents " * 11 + "{ id }" + " }" * 11 + " } } } } }"
)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (DEEP, "exceeds maximum operation depth of 15"),
        (
            "{ claims { edges { node { " + " ".join(f"a{n}: id" for n in range(31)) + " } } } }",
            "31 aliases found",
        ),
        ("{ claims { edges { node { " + "id " * 2_000 + "} } } }", "more than 2000 tokens"),
        (
            "{ claims { edges { node { provenance { nodes { nothing } } } } } }",
            "Cannot query field 'nothing'",
        ),
        ('{ claim(slug: "none") { provenance { nodes { id } } } } { claims { totalCount } }', "operation"),
    ],
)
def test_documents_are_refused_before_they_are_executed(db: None, document: str, said: str) -> None:
    stock = answer(Document(document, {}), "stock")
    assert said in stock[1].decode()
    assert answer(Document(document, {}), "compiled") == stock
    assert stock[2] == []


def test_document_is_validated_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    validated: list[Any] = []

    def count(*arguments: Any) -> Any:
        validated.append(arguments)
        return validate(*arguments)

    monkeypatch.setattr("strawberry.schema.schema.validate", count)
    for _ in range(3):
        answer(Document("{ claims { a_name_of_its_own: totalCount } }", {}), "compiled")
    assert len(validated) == 1


@pytest.mark.parametrize("length", [3, 40])
def test_tree_of_any_size_costs_the_same_statements_in_both_ways(owner: User, length: int) -> None:
    repeated = [stated(f"n{number}", f"n{number - 1}") for number in range(1, length)]
    slug = chain(stated("n0"), *repeated, by=owner).claim.slug
    assert connection.features.supports_json_field
    document = """query($slug: String!) { claim(slug: $slug) { provenance {
      nodes { id stance source { publisher { name owner { name } } } parents { id } evidence { snapshot { size } } }
      edges { kind derived { id } } findings { kind appearances { id } } } } }"""
    stock = answer(Document(document, {"slug": slug}), "stock")
    assert answer(Document(document, {"slug": slug}), "compiled") == stock
    assert len(stock[2]) == 4
