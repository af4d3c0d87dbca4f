"""The compiled executor on a schema made for it: what fails in it, what it leaves to the stock executor, and calls."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import Undefined
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.permission import BasePermission
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from provenance.compiled import CompiledExecutor
from provenance.readings import reading
from provenance.schema import schema as served

STOCK = StrawberryGraphQLCoreExecutionContext


@dataclass
class Row:
    """What the types below are over."""

    number: int
    name: Any = "so"
    rows: Any = field(default_factory=list)
    guarded: str = "a secret"
    old: int = 7


def rows_of(item: Any) -> list[Any]:
    """Of a Row, which is what `self` of a resolver is."""
    found: list[Any] = item.rows
    return found


CALLS: list[Any] = []


class Refusing(BasePermission):
    """Refuses odd rows."""

    message = "Not for you."

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        CALLS.append(("asked", source.number))
        return not source.number % 2


class Shouting(FieldExtension):
    """Changes what a field says."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: Any, **kwargs: Any) -> Any:
        return str(next_(source, info, **kwargs)).upper()


@strawberry.type
class Item:
    """Over a Row."""

    number: int
    name: str
    guarded: str | None = strawberry.field(permission_classes=[Refusing])
    old: int = strawberry.field(deprecation_reason="Ask for number.")

    @strawberry.field
    def may_fail(self) -> int | None:
        CALLS.append(("may fail", self.number))
        if self.number % 2:
            raise ValueError(f"No {self.number}.")
        return self.number

    @strawberry.field
    def must_not_fail(self) -> int:
        CALLS.append(("must not fail", self.number))
        if self.number % 3 == 2:
            raise LookupError(f"Never {self.number}.")
        return self.number

    @strawberry.field
    def path(self, info: strawberry.Info) -> str:
        return f"{info.path.as_list()} {info.field_name} {len(info.selected_fields)} {info.return_type}"

    @strawberry.field
    def times(self, by: int, info: strawberry.Info) -> int:
        return self.number * by

    @strawberry.field(extensions=[Shouting()])  # type: ignore[untyped-decorator]
    def loud(self) -> str:
        return f"row {self.number}"

    @strawberry.field
    def inner(self) -> "list[Item]":
        return rows_of(self)

    @strawberry.field
    def inner_or_null(self) -> "list[Item | None] | None":
        return rows_of(self)

    @strawberry.field
    def grid(self) -> "list[list[Item]]":
        return [rows_of(self), rows_of(self)]

    @strawberry.field
    def words(self) -> list[str]:
        return ["a", str(self.number)]

    @strawberry.field
    def lazily(self) -> "list[Item]":
        return iter(rows_of(self))  # type: ignore[return-value]

    @strawberry.field
    def later(self) -> str:
        CALLS.append(("later", self.number))

        async def say() -> str:
            return f"later {self.number}"

        return say()  # type: ignore[return-value]

    @strawberry.field
    async def awaited(self) -> str:
        return f"awaited {self.number}"


@strawberry.type
class Query:
    """Five rows, each with the ones before it inside."""

    @strawberry.field
    def items(self) -> list[Item | None]:
        return rows()  # type: ignore[return-value]

    @strawberry.field
    def all_items(self) -> list[Item]:
        return rows()  # type: ignore[return-value]


def rows() -> list[Row]:
    made: list[Row] = []
    for number in range(5):
        made.append(Row(number, rows=list(made)))
    return made


def told(
    executor: type, document: str, *, extensions: Sequence[Any] = (), later: bool = False, **variables: Any
) -> Any:
    """All that an execution comes to: data, errors whole, and the calls of resolvers in their order."""
    schema = strawberry.Schema(Query, execution_context_class=executor, extensions=extensions)
    CALLS.clear()
    if later:
        result: Any = asyncio.run(schema.execute(document, variables))
    else:
        result = schema.execute_sync(document, variables)
    errors = [(error.formatted, repr(error.original_error)) for error in result.errors or ()]
    return result.data, errors, list(CALLS)


def alike(document: str, **options: Any) -> Any:
    """What both executors tell."""
    stock = told(STOCK, document, **options)
    assert told(CompiledExecutor, document, **options) == stock
    return stock


FRAGMENTS = "fragment F on Item { inner { a: mayFail ...G } } fragment G on Item { a: mayFail }"


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        ("{ items { number mayFail name } }", 2),
        ("{ items { number mustNotFail mayFail } }", 3),
        ("{ allItems { mayFail mustNotFail } }", 2),
        ("{ items { inner { mustNotFail mayFail } mayFail } }", 6),
        ("{ items { inner { inner { mustNotFail } } } }", 1),
        ("{ items { innerOrNull { mustNotFail mayFail } } }", 6),
        ("{ items { grid { number mayFail mustNotFail } } }", 6),
        (f"{{ items {{ ...F number }} }} {FRAGMENTS}", 4),
    ],
)
def test_failing_resolvers_deep_in_lists_null_the_same_places(document: str, errors: int) -> None:
    _, met, calls = alike(document)
    assert (len(met), bool(calls)) == (errors, True)


def test_null_where_there_must_be_an_item_nulls_what_is_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Any]:
        inner = [Row(1), None, Row(2)], [RuntimeError("an error for a row")], [3]
        return [Row(number, rows=found) for number, found in enumerate(inner)]

    monkeypatch.setattr("tests.provenance.test_compiled.rows", broken)
    data, errors, _ = alike("{ items { inner { number mayFail } } }")
    assert data == {"items": [None, None, None]}
    assert [error["path"] for error, _ in errors] == [
        ["items", 0, "inner", 0, "mayFail"],
        ["items", 0, "inner", 1],
        ["items", 1, "inner", 0],
        ["items", 2, "inner", 0, "number"],
    ]
    assert alike("{ allItems { inner { number } } }")[0] is None


@pytest.mark.parametrize(
    "name", [None, "", 7, True, 1.5, float("inf"), b"so", ["so"], object, Undefined, ValueError("so")]
)
def test_values_of_other_types_are_coerced_or_refused_alike(
    name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.provenance.test_compiled.rows", lambda: [Row(1, name), Row(2)])
    alike("{ items { name __typename } }")


@pytest.mark.parametrize("number", [None, "7", "x", 2**31, -(2**31), True, 2.0, 2.5])
def test_numbers_of_other_kinds_are_coerced_or_refused_alike(
    number: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.provenance.test_compiled.rows", lambda: [Row(number), Row(2)])
    alike("{ items { number } allItems { number } }")


def test_resolvers_are_told_the_same_of_where_they_are() -> None:
    data, errors, _ = alike("{ items { here: path inner { path grid { path } } } }")
    assert not errors
    assert data["items"][4]["inner"][3]["path"].startswith("['items', 4, 'inner', 3, 'path'] path 1 ")


def test_permissions_extensions_and_arguments_are_never_passed_over() -> None:
    data, errors, calls = alike("query($by: Int!) { items { guarded loud times(by: $by) old words } }", by=3)
    assert [item["guarded"] for item in data["items"]] == ["a secret", None] * 2 + ["a secret"]
    assert [item["loud"] for item in data["items"]] == [f"ROW {number}" for number in range(5)]
    assert (len(errors), calls) == (2, [("asked", number) for number in range(5)])


def test_schema_extension_sees_every_field_and_is_asked_once_for_each() -> None:
    class Watching(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            CALLS.append(info.path.as_list())
            return _next(root, info, *args, **kwargs)

    _, _, calls = alike("{ items { number mayFail } }", extensions=[Watching])
    assert ["items", 4, "number"] in calls


@pytest.mark.parametrize("directive", ["@skip(if: $no)", "@include(if: $no)"])
def test_directive_without_a_value_is_an_error_of_each_item(directive: str) -> None:
    document = f"query($no: Boolean = true) {{ items {{ number inner {{ number {directive} mayFail }} }} }}"
    for given in ({}, {"no": False}, {"no": None}):
        _, errors, _ = alike(document, **given)
    assert errors[0][0]["path"] == ["items", 1, "inner", 0]


def test_lists_that_are_not_read_yet_are_left_to_the_stock_executor() -> None:
    data, errors, _ = alike("{ items { lazily { number mayFail lazily { number } } } }")
    assert not errors or data["items"][3]["lazily"][2]["lazily"][1] == {"number": 1}


def test_what_must_be_awaited_is_awaited() -> None:
    for document in ("{ items { number later } }", "{ items { mayFail inner { awaited later } } }"):
        stock, compiled = (told(each, document, later=True) for each in (STOCK, CompiledExecutor))
        assert compiled[:2] == stock[:2]
    assert compiled[0]["items"][4]["inner"][3] == {"awaited": "awaited 3", "later": "later 3"}


# --- the schema that is served ----------------------------------------------------------------------------------------

TYPES_OF_A_TREE = (
    *(
        "Agent",
        "Appearance",
        "Bottleneck",
        "Capture",
        "Comparison",
        "Derivation",
        "Evidence",
        "Finding",
        "Fragment",
    ),
    *("Impact", "ImpactPage"),
    *("Independence", "Leaning", "ProvenanceTree", "Quote", "Share", "SideCounts", "Snapshot", "Source"),
    *("UnresolvedOrigin", "WhatIf"),
)
WITH_ARGUMENTS = {"impacts", "independence", "whatIf", "without"}
CONNECTIONS = {"snapshots", "captures", "appearances"}


@pytest.mark.parametrize("name", TYPES_OF_A_TREE)
def test_fields_of_a_tree_are_read_without_the_stock_executor(name: str) -> None:
    of_type: Any = served._schema.type_map[name]
    left = {field for field, definition in of_type.fields.items() if reading(of_type, definition) is None}
    assert left <= (CONNECTIONS if name == "Source" else WITH_ARGUMENTS)
