"""What a chain's values must be like by themselves: each wrong one is named with its place, none is guessed."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from claims.chain_serializers import MAX_APPEARANCES, MAX_DERIVATIONS, ChainSerializer
from claims.models import Appearance, Claim, Derivation
from claims.stated import StatedAppearance, StatedChain, StatedDerivation
from claims.vocabulary import Basis, Certainty, DerivationKind, Stance
from sources.models import Agent, Source
from sources.registry import AgentName
from sources.rest.problems import input_errors, pointer
from sources.vocabulary import AgentKind

APPEARANCE: dict[str, Any] = {"ref": "a", "url": "https://a.example/", "stance": "support"}


def chain(*more: dict[str, Any], claim: Any = None, **facts: Any) -> dict[str, Any]:
    """A body with one appearance, whose fields are changed by `facts`, and more of them."""
    return {"claim": claim or {"text": "So it is."}, "appearances": [{**APPEARANCE, **facts}, *more]}


def read(body: Any) -> StatedChain:
    serializer = ChainSerializer(data=body)
    serializer.is_valid(raise_exception=True)
    stated: StatedChain = serializer.validated_data
    return stated


def refusals(body: Any) -> set[tuple[str, str]]:
    """Pointer and code of all that is wrong with a body."""
    with pytest.raises(ValidationError) as refused:
        read(body)
    return {(pointer(error.path), error.code) for error in input_errors(refused.value.detail)}


def test_chain_is_read_as_the_values_of_intake() -> None:
    body = chain(
        {
            "ref": "b",
            "stance": "deny",
            "certainty": "asserted",
            "publisher": {"name": "The Paper", "kind": "newspaper"},
            "derived_from": [{"ref": "a", "kind": "response", "basis": "read", "quote": "they said"}],
        },
        claim={"text": "So it is.", "language": "en", "parties": [{"name": "A Firm", "kind": "company"}]},
    )
    origin = StatedDerivation(ref="a", kind=DerivationKind.RESPONSE, basis=Basis.READ, quote="they said")
    assert read(body) == StatedChain(
        text="So it is.",
        language="en",
        parties=(AgentName("A Firm", AgentKind.COMPANY),),
        appearances=(
            StatedAppearance(ref="a", url="https://a.example/", stance=Stance.SUPPORT),
            StatedAppearance(
                ref="b",
                stance=Stance.DENY,
                certainty=Certainty.ASSERTED,
                publisher=AgentName("The Paper", AgentKind.NEWSPAPER),
                derived_from=(origin,),
            ),
        ),
    )


@pytest.mark.parametrize("name", ["title", "quote"])
def test_text_is_kept_as_given(name: str) -> None:
    [appearance] = read(chain(**{name: "  two  spaces\n"})).appearances
    assert getattr(appearance, name) == "  two  spaces\n"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ref", None, "null"),
        ("ref", "", "blank"),
        ("ref", "r" * 101, "max_length"),
        ("url", "javascript:alert(1)", "url"),
        ("url", "", "blank"),
        ("url", "/relative", "url"),
        ("url", "https://user:secret@a.example/", "url"),
        ("url", "https://a.example/" + "x" * 2000, "url"),
        ("source", "1", "invalid"),
        ("source", True, "invalid"),
        ("source", 1.0, "invalid"),
        ("source", 0, "min_value"),
        ("title", 1, "invalid"),
        ("title", True, "invalid"),
        ("title", ["a"], "invalid"),
        ("title", " \n", "blank"),
        ("title", "t" * 1001, "max_length"),
        ("quote", "q" * 5001, "max_length"),
        ("quote", {}, "invalid"),
        ("quote", " \n\t", "blank"),
        ("quote", "\u200b\u00ad", "quote"),
        ("quote", "we \u202eyas\u202c so", "quote"),
        ("quote_prefix", "p" * 201, "max_length"),
        ("quote_suffix", 1, "invalid"),
        ("published_at", "2021-02-30", "date"),
        ("published_at", "28 February 2021", "date"),
        ("published_at", "2021-02-28T22:10:00", "date"),
        ("published_at", "٢٠٢١", "date"),
        ("said_at", 2021, "invalid"),
        ("said_at", "2021-13", "date"),
        ("language", "english, mostly", "language"),
        ("stance", "SUPPORT", "invalid_choice"),
        ("stance", "", "invalid_choice"),
        ("stance", None, "null"),
        ("stance", 1, "invalid_choice"),
        ("stance", ["support"], "invalid_choice"),
        ("certainty", "sure", "invalid_choice"),
        ("certainty", True, "invalid_choice"),
        ("chain_end", "end", "invalid_choice"),
        ("publisher", "The Paper", "invalid"),
        ("claimant", [], "invalid"),
        ("derived_from", {}, "not_a_list"),
        ("derived_from", None, "null"),
        ("id", 1, "unknown"),
        ("published", True, "unknown"),
    ],
)
def test_wrong_value_of_an_appearance_is_refused_with_its_place(name: str, value: Any, code: str) -> None:
    assert refusals(chain(**{name: value})) == {(f"#/appearances/0/{name}", code)}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("name", "", "blank"),
        ("name", "n" * 301, "max_length"),
        ("kind", "press", "invalid_choice"),
        ("owner", "x", "unknown"),
    ],
)
def test_wrong_value_of_an_agent_is_refused_wherever_one_is_named(name: str, value: Any, code: str) -> None:
    agent = {"name": "The Paper", "kind": "newspaper", name: value}
    assert refusals(chain(publisher=agent)) == {(f"#/appearances/0/publisher/{name}", code)}
    assert refusals(chain(claimant=agent)) == {(f"#/appearances/0/claimant/{name}", code)}
    party = {"text": "So it is.", "parties": [{"name": "A Firm", "kind": "company"}, agent]}
    assert refusals(chain(claim=party)) == {(f"#/claim/parties/1/{name}", code)}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("kind", "rumour", "invalid_choice"),
        ("basis", "guessed", "invalid_choice"),
        ("state", "maybe", "invalid_choice"),
        ("state", "", "invalid_choice"),
        ("appearance", "7", "invalid"),
        ("reason", "r" * 1001, "max_length"),
        ("quote", 7, "invalid"),
        ("author", 7, "unknown"),
    ],
)
def test_wrong_value_of_a_derivation_is_refused_with_its_place(name: str, value: Any, code: str) -> None:
    derivation = {"ref": "a", "kind": "repetition", name: value}
    body = chain({"ref": "b", "stance": "support", "derived_from": [derivation]})
    assert refusals(body) == {(f"#/appearances/1/derived_from/0/{name}", code)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], {("#", "invalid")}),
        ("chain", {("#", "invalid")}),
        (None, {("#", "null")}),
        ({}, {("#/claim", "required"), ("#/appearances", "required")}),
        (chain(claim=["So it is."]), {("#/claim", "invalid")}),
        (chain(claim={"text": 1}), {("#/claim/text", "invalid")}),
        (chain(claim={"text": "t" * 1001}), {("#/claim/text", "max_length")}),
        (chain(claim={"text": "So.", "status": "published"}), {("#/claim/status", "unknown")}),
        ({**chain(), "a/b~c d": 1}, {("#/a~1b~0c%20d", "unknown")}),
        ({**chain(), "appearances": []}, {("#/appearances", "empty")}),
        ({**chain(), "appearances": {}}, {("#/appearances", "not_a_list")}),
        ({**chain(), "appearances": [1]}, {("#/appearances/0", "invalid")}),
    ],
)
def test_wrong_shape_is_refused_with_its_place(body: Any, expected: set[tuple[str, str]]) -> None:
    assert refusals(body) == expected


def test_all_that_is_wrong_is_told_at_once() -> None:
    body = chain({"ref": "b", "stance": "maybe"}, title=1, said_at="soon", extra=None)
    assert refusals(body) == {
        ("#/appearances/0/title", "invalid"),
        ("#/appearances/0/said_at", "date"),
        ("#/appearances/0/extra", "unknown"),
        ("#/appearances/1/stance", "invalid_choice"),
    }


def test_number_of_appearances_and_derivations_is_bounded() -> None:
    one_too_many = [{**APPEARANCE, "ref": str(number)} for number in range(MAX_APPEARANCES + 1)]
    body = {"claim": {"text": "So it is."}, "appearances": one_too_many}
    assert refusals(body) == {("#/appearances", "max_length")}

    derivations = [{"ref": "a", "kind": "repetition"}] * (MAX_DERIVATIONS + 1)
    assert refusals(chain(derived_from=derivations)) == {("#/appearances", "max_length")}


def test_longest_texts_fit_their_columns() -> None:
    """PostgreSQL refuses a longer one with an error that is no answer."""
    longest = {
        Claim: {"text": 1000, "language": 35, "slug": 80},
        Appearance: {"said_at": 40, "language": 35},
        Derivation: {"reason": 1000},
        Source: {"title": 1000, "published_at": 40, "language": 35, "url": 2000},
        Agent: {"name": 300},
    }
    for model, columns in longest.items():
        for name, length in columns.items():
            column: Any = model._meta.get_field(name)
            assert column.max_length == length, (model, name)
