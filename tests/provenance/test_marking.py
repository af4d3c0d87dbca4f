"""Quotes marked in a text: nothing of the text is lost, and nothing is marked that is not quoted."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from provenance.marking import Span, cut

TEXTS = st.text(max_size=60)
SPANS = st.lists(st.tuples(st.integers(-3, 63), st.integers(-3, 63)), max_size=12).map(
    lambda ends: [Span(start, end, number) for number, (start, end) in enumerate(ends, 1)]
)


def fits(span: Span, text: str) -> bool:
    """Whether a span marks anything in the text."""
    return 0 <= span.start < span.end <= len(text)


@given(TEXTS, SPANS)
def test_pieces_together_are_the_text(text: str, spans: list[Span]) -> None:
    pieces = cut(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)


@given(TEXTS, SPANS)
def test_every_letter_has_the_marks_of_the_spans_around_it_and_no_others(
    text: str, spans: list[Span]
) -> None:
    at = 0
    for piece in cut(text, spans):
        for place in range(at, at + len(piece.text)):
            around = {span.number for span in spans if fits(span, text) and span.start <= place < span.end}
            assert set(piece.marks) == around
        at += len(piece.text)


@given(TEXTS, SPANS)
def test_every_mark_begins_once_and_ends_once(text: str, spans: list[Span]) -> None:
    pieces = cut(text, spans)
    marked = sorted(span.number for span in spans if fits(span, text))
    assert sorted(number for piece in pieces for number in piece.begins) == marked
    assert sorted(number for piece in pieces for number in piece.ends) == marked
    for piece in pieces:
        assert {*piece.begins, *piece.ends} <= set(piece.marks)


@given(TEXTS, SPANS, st.randoms())
def test_order_of_the_spans_changes_nothing(text: str, spans: list[Span], random: Random) -> None:
    shuffled = [*spans]
    random.shuffle(shuffled)
    assert cut(text, shuffled) == cut(text, spans)


def test_overlap_is_a_piece_of_both() -> None:
    pieces = cut("abcdef", [Span(0, 4, 1), Span(2, 6, 2)])
    assert [(piece.text, piece.marks) for piece in pieces] == [("ab", (1,)), ("cd", (1, 2)), ("ef", (2,))]


def test_text_without_quotes_is_one_piece_and_no_text_is_none() -> None:
    assert [piece.text for piece in cut("abc", [])] == ["abc"]
    assert cut("", [Span(0, 1, 1)]) == []


def test_span_counts_code_points() -> None:
    assert [piece.text for piece in cut("a😀b", [Span(1, 2, 1)])] == ["a", "😀", "b"]
