"""Words of strangers on a page: what hides in them is seen, and only web addresses are links."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.templatetags.showing import moment, shown, size_words, weblink
from provenance.wording import date_words
from tests.provenance.bulk import BEGUN


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\x00", "\x1b", "\U000e0041"]
)
def test_what_is_not_seen_is_shown_as_its_code_point(hidden: str) -> None:
    assert shown(f"a{hidden}b") == f"a⟨U+{ord(hidden):04X}⟩b"


@pytest.mark.parametrize("text", ["two\nlines", "हिन्दी", "عربي", "👩\u200d👧", "a\u200cb", "−½ “quoted”"])
def test_what_is_seen_or_spells_words_stays(text: str) -> None:
    assert shown(text) == text


@given(st.text())
def test_no_control_but_the_line_break_is_left(text: str) -> None:
    left = {unicodedata.category(character) for character in shown(text) if character != "\n"}
    assert "Cc" not in left


@pytest.mark.parametrize("url", ["https://paper.example/", "HTTP://paper.example/"])
def test_web_address_is_a_link(url: str) -> None:
    assert weblink(url) == url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " https://x", "data:text/html,x", "//x", "", None, "\thttp://x"]
)
def test_anything_else_is_none(url: str | None) -> None:
    assert weblink(url) == ""


def test_instants_and_sizes_are_told_in_words() -> None:
    assert moment(BEGUN) == "1 March 2021, 00:00 UTC"
    assert date_words("") == ""
    assert [size_words(size) for size in (0, 999, 1500, 48_000, 2_500_000)] == [
        "0 bytes", "999 bytes", "2 kB", "48 kB", "2.5 MB",
    ]  # fmt: skip
