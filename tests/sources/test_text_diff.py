"""Two texts, and the segments that lead from one to the other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.text_diff import Segment, SegmentKind, TextDiff, diff

EQUAL, INSERT, DELETE = SegmentKind.EQUAL, SegmentKind.INSERT, SegmentKind.DELETE
TEXTS = st.text(alphabet="ab \n.é\u202e", max_size=60)


def told(found: TextDiff) -> list[tuple[SegmentKind, str]]:
    """The segments as pairs."""
    return [(segment.kind, segment.text) for segment in found.segments]


def side(segments: tuple[Segment, ...], without: SegmentKind) -> str:
    """One of the two texts."""
    return "".join(segment.text for segment in segments if segment.kind is not without)


@given(TEXTS, TEXTS, st.sampled_from([0, 3, 50, 10**8]))
def test_segments_are_both_texts_whatever_the_budget(before: str, after: str, cells: int) -> None:
    found = diff(before, after, max_cells=cells)
    assert side(found.segments, INSERT) == before
    assert side(found.segments, DELETE) == after
    assert all(segment.text for segment in found.segments)
    kinds = [segment.kind for segment in found.segments]
    assert all(one is not two for one, two in pairwise(kinds))
    assert (INSERT, DELETE) not in list(pairwise(kinds))


@given(TEXTS)
def test_equal_texts_have_one_equal_segment(text: str) -> None:
    assert told(diff(text, text)) == ([(EQUAL, text)] if text else [])


def test_words_are_told_apart_within_a_line() -> None:
    found = diff("One.\nIt may have been so.\nEnd.", "One.\nIt was so.\nEnd.")
    assert told(found) == [
        (EQUAL, "One.\nIt "),
        (DELETE, "may have been"),
        (INSERT, "was"),
        (EQUAL, " so.\nEnd."),
    ]
    assert not found.is_coarse


def test_what_would_take_too_long_is_told_as_a_whole_and_said_to_be() -> None:
    before, after = "a b c d e", "z b y d x"
    found = diff(before, after, max_cells=20)
    assert told(found) == [(DELETE, before), (INSERT, after)]
    assert found.is_coarse
    assert not diff(before, after).is_coarse


@pytest.mark.parametrize("unit", ["a b ", "a\n", "é"])
def test_large_texts_that_share_nothing_stay_within_the_budget(unit: str) -> None:
    before, after = unit * 100_000, unit.upper() * 100_000
    found = diff(before, after)
    assert side(found.segments, INSERT) == before
    assert found.is_coarse == (unit != "é")  # 100,000 letters in a row are one word
