"""What is most like a quote that does not stand in a text: a suggestion, bounded in work and in length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.near import MAX_NEAR, NearMatch, differences, look
from claims.quotes import Page

TEXT = (
    "The ministry spoke on Monday. Malware that Chinese hackers had placed in the grid did cause the outage, it said. "
    "Nobody confirmed that. The firm, which looked at the grid for a year, saw no link to the outage of October."
)


def near(quote: str, text: str = TEXT) -> NearMatch | None:
    page = Page(text)
    return look(quote, page.text, page.words)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        (
            "Malware that Chinese hackers had placed in the grid may have caused the outage",
            "Malware that Chinese hackers had placed in the grid did cause the outage",
        ),
        ("saw a link to the outage of October", "saw no link to the outage of October"),
        ("the ministry spoke on Monday", "The ministry spoke on Monday"),
        ("Nobody confirmed this.", "Nobody confirmed that"),
    ],
)
def test_words_that_were_edited_are_near(quote: str, found: str) -> None:
    match = near(quote)
    assert match
    assert (match.text, TEXT[match.start : match.end]) == (found, found)
    assert match.score >= 70


@pytest.mark.parametrize(
    "quote",
    ["", "—", "The grid of the ministry in October", "An embassy denied all of it yesterday", "x" * 5000],
)
def test_words_of_another_sentence_are_not(quote: str) -> None:
    assert near(quote) is None


def test_place_is_one_of_the_original_text() -> None:
    text = f"“Of\u00adﬁcials” … {TEXT}"
    match = near("The ministry spoke on a Monday.", text)
    assert match
    assert text[match.start : match.end] == match.text == "The ministry spoke on Monday"


@given(quote=st.text(alphabet="ab. é中", max_size=40), text=st.text(alphabet="ab. é中\n", max_size=80))
def test_whatever_is_near_stands_there_and_is_like_it(quote: str, text: str) -> None:
    match = near(quote, text)
    if match:
        assert text[match.start : match.end] == match.text != ""
        assert match.score >= 70


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_differences_give_both_texts_back(before: str, after: str) -> None:
    pieces = differences(before, after)
    assert "".join(piece.before for piece in pieces) == before
    assert "".join(piece.after for piece in pieces) == after


def test_difference_is_told_by_words() -> None:
    told = [(piece.before, piece.after) for piece in differences("it may have been", "it did have been")]
    assert told == [("it ", "it "), ("may", "did"), (" have been", " have been")]


@pytest.mark.parametrize("text", ["ab " * 400_000, "a" * 1_000_000, "中" * 300_000, "ab x " * 100_000])
@pytest.mark.parametrize("quote", ["ab " * 1600 + "x", "a" * 5000, "中" * 5000, "ab. " * 1250])
def test_hostile_text_is_answered_with_little_or_nothing(quote: str, text: str) -> None:
    match = near(quote, text)
    assert match is None or len(match.text) <= MAX_NEAR
