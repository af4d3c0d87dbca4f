"""The parser of request bodies: JSON, and nothing that programs read in different ways or a database refuses."""

from typing import Any

import pytest

from sources.rest.parsing import MAX_DEPTH, read_json
from sources.rest.problems import Problem


def refusals(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as refused:
        read_json(body)
    assert refused.value.status_code == 400
    return [(error.as_json()["pointer"], error.code) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, -2, 0.5, 1e3, true, null, "\\u00e9"]}', {"a": [1, -2, 0.5, 1000.0, True, None, "é"]}),
        ('"\N{GRINNING FACE}"'.encode(), "\N{GRINNING FACE}"),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
)
def test_json_is_read(body: bytes, value: Any) -> None:
    assert value is None or read_json(body) == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ("#", "malformed")),
        (b"{", ("#", "malformed")),
        (b"{'a': 1}", ("#", "malformed")),
        (b'{"a": 1,}', ("#", "malformed")),
        (b'{"a": 1} x', ("#", "malformed")),
        (b'"a\x00b"', ("#", "malformed")),
        (b"\xef\xbb\xbf{}", ("#", "malformed")),
        (b'"\xff"', ("#", "encoding")),
        (b'"\xed\xa0\x80"', ("#", "encoding")),
        (b'{"a": NaN}', ("#/a", "number")),
        (b'{"a": [0, -Infinity]}', ("#/a/1", "number")),
        (b'{"a": 1e999}', ("#/a", "number")),
        (b'{"a": -1e999}', ("#/a", "number")),
        (b'{"a": 1' + b"0" * 5000 + b"}", ("#/a", "number")),
        (b'{"a": {"b": 1, "b": 1}}', ("#/a/b", "duplicate_name")),
        (b'{"a": ["x", "\\u0000"]}', ("#/a/1", "nul")),
        (b'{"a": "\\ud800"}', ("#/a", "surrogate")),
        (b'{"a": "\\ude00\\ud83d"}', ("#/a", "surrogate")),
        (b'{"a\\u0000": 1}', ("#/a%00", "nul")),
        (b'{"\\ud800": 1}', ("#/%3F", "surrogate")),
    ],
)
def test_what_is_not_accepted_is_named_with_its_place(body: bytes, expected: tuple[str, str]) -> None:
    assert refusals(body) == [expected]


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_values_are_refused_at_any_depth(depth: int, opening: bytes, closing: bytes) -> None:
    [(_, code)] = refusals(opening * depth + b"1" + closing * depth)
    assert code == "too_deep"


def test_all_that_is_wrong_is_told_in_the_order_of_the_text() -> None:
    body = b'{"a": NaN, "b": {"c": "\\u0000", "d": ["\\udc00", 1e999]}, "a": 2}'
    assert refusals(body) == [
        ("#/a", "duplicate_name"),
        ("#/b/c", "nul"),
        ("#/b/d/0", "surrogate"),
        ("#/b/d/1", "number"),
    ]


def test_number_of_errors_told_is_bounded() -> None:
    assert len(refusals(b"[" + b"NaN," * 5000 + b"NaN]")) == 100
