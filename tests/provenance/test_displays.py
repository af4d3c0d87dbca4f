"""Rows of columns are those that `dict` makes, however many columns there are."""

import json

import pytest

from provenance import displays


@pytest.mark.parametrize("length", [0, 1, 3])
@pytest.mark.parametrize("width", range(1, 12))
def test_each_row_has_its_values_under_their_keys_in_order(width: int, length: int) -> None:
    keys = [f"k{number}" for number in reversed(range(width))]
    columns = [[f"{key} of {row}" for row in range(length)] for key in keys]
    rows = displays.rows(keys, columns)
    assert json.dumps(rows) == json.dumps(
        [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]
    )


@pytest.mark.parametrize("width", range(2, 12))
def test_columns_of_different_lengths_are_refused(width: int) -> None:
    columns = [["a", "b"]] * (width - 1) + [["a"]]
    with pytest.raises(ValueError, match="shorter"):
        displays.rows([str(number) for number in range(width)], columns)
