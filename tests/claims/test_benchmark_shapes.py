"""The claims that the benchmarks draw: a run of the oracle in small, and every shape analysed."""

from collections.abc import Callable
from random import Random

import pytest

from benchmarks.analyses import all_analyses
from benchmarks.oracle import differences
from benchmarks.shapes import SHAPES, Shape, small


def drawn_from(seed: int | str) -> Random:
    return Random(seed)


@pytest.mark.parametrize("number", range(150))
def test_random_claim_is_answered_as_by_networkx(number: int) -> None:
    chance = drawn_from(f"test-{number}")
    assert differences(small(chance), chance) == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 60])
def test_every_shape_is_a_claim_of_that_size(shape: Callable[[int, Random], Shape], size: int) -> None:
    drawn = shape(size, drawn_from(size))
    assert len(drawn.nodes) == size
    assert all_analyses(drawn) >= 0
    assert shape(size, drawn_from(size)) == drawn
