"""The quick ways to fold a text give what the rule gives, letter by letter and side by side."""

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from sources.folding import defined, folded

LATIN_1 = [chr(code) for code in range(256)]
LETTERS = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000]
# Marks, a vowel of Hangul and one of Bengali, which are composed with what is before them; and what decomposes.
COMPOSED = ["\u0301", "\u0308", "\u0323", "\u0345", "\u1161", "\u11a8", "\u1100", "\u09be", "\u3099"]
DECOMPOSED = [*"´¨½…™ŉİſΐﬁＡᾳ㉠가µßẞǄÅ", "\u1df2"]
SPACES = [" ", "  ", "\n", "\t", "\x1f", "\xa0", "\u2028"]


def test_every_letter_between_others_is_folded_as_defined() -> None:
    assert [each for each in LETTERS if folded(f"é{each}A") != defined(f"é{each}A")] == []


def test_every_pair_of_letters_of_latin_1_is_folded_as_defined() -> None:
    pairs = map("".join, product(LATIN_1, repeat=2))

    assert [pair for pair in pairs if folded(pair) != defined(pair)] == []


@given(
    st.lists(st.text(max_size=3) | st.sampled_from([*COMPOSED, *DECOMPOSED, *SPACES, *"aAéÉüÜ“’"])).map(
        "".join
    )
)
@example("\xa0Straße\x85 \tÀ\n\n ")
@example("“É”  – a\0b\ud800")
@example("é\u0301")
@example("ΑΒΓΔΕΖΗΘΙΚ")
def test_any_text_is_folded_as_defined(text: str) -> None:
    assert folded(text) == defined(text)


def test_no_text_is_looked_through_for_each_of_its_letters() -> None:
    text = "".join(LETTERS) * 3  # a minute, if it were

    assert folded(text) == defined(text)
