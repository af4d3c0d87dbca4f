"""An exact quote in a text: found where it stands whole and once, and a near match never."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claims.quotes import CONTEXT, Match, find, fold
from claims.vocabulary import EvidenceState
from sources import texts

ANCHORED, AMBIGUOUS, MISSING = EvidenceState.ANCHORED, EvidenceState.AMBIGUOUS, EvidenceState.MISSING

# Few and short words, so that they often stand twice, within each other and side by side.
WORDS = st.sampled_from(["a", "ab", "aba", "b", "can", "cannot", "1", "1.5", "नहीं", "中国", "e\u0301", "x"])
SPACES = st.sampled_from([" ", "\n", "  ", "\t", "\N{NO-BREAK SPACE}", " \n "])


def spaced(words: list[str], spaces: list[str]) -> str:
    return "".join(word + space for word, space in zip(words, spaces, strict=True))


TEXT = st.lists(st.tuples(WORDS, SPACES), min_size=1, max_size=12).map(
    lambda pairs: texts.fold("".join(word + space for word, space in pairs))
)
QUOTE = st.lists(st.tuples(WORDS, SPACES), max_size=3).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


def whole_places(quote: str, text: str) -> list[int]:
    """By trying every place: where the words of the quote are words of the text, one after the other."""
    wanted = quote.split()
    words = []
    place = 0
    for word in text.replace("\n", " ").split(" "):
        words.append((place, word))
        place += len(word) + 1
    return [
        words[number][0]
        for number in range(len(words) - len(wanted) + 1)
        if wanted and [word for _, word in words[number : number + len(wanted)]] == wanted
    ]


@given(quote=QUOTE, text=TEXT)
def test_quote_of_whole_words_is_found_as_trying_every_place_finds_it(quote: str, text: str) -> None:
    match, places = find(quote, text), whole_places(quote, text)
    assert match.state == {0: MISSING, 1: ANCHORED}.get(len(places), AMBIGUOUS)
    if places:
        assert match.start in (places[0], None)


@given(quote=QUOTE, text=TEXT)
def test_what_is_anchored_stands_there_and_nowhere_else(quote: str, text: str) -> None:
    match = find(quote, text)
    if match.state == ANCHORED:
        assert match.start is not None
        assert match.end is not None
        assert text[match.start : match.end] == match.exact
        assert fold(match.exact) == fold(quote)
        assert match.prefix == text[: match.start][-CONTEXT:]
        assert match.suffix == text[match.end :][:CONTEXT]
    else:
        assert match == Match(match.state, match.reason)
        assert match.reason.endswith(".")


@given(words=st.lists(WORDS, min_size=1, max_size=6), changed=st.data())
def test_one_changed_word_is_never_anchored(words: list[str], changed: st.DataObject) -> None:
    place = changed.draw(st.integers(0, len(words) - 1))
    other = changed.draw(st.one_of(WORDS, st.text(max_size=6)).map(fold))
    assume(other != words[place])
    text = texts.fold(" ".join([*words[:place], other, *words[place + 1 :]]))
    quote = " ".join(words)
    assume(not whole_places(quote, text))
    assume(not unspaced(quote))
    assert find(quote, text).state == MISSING


def unspaced(text: str) -> bool:
    """Whether it has words of a script that puts no space between them, where another word may follow at once."""
    return any(unicodedata.name(character, "").startswith("CJK") for character in text)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("we can confirm it", "we cannot confirm it"),
        ("we can", "we cannot say"),
        ("we can", "we can't say"),
        ("we can", "we can’t say"),
        ("It rose by 1", "It rose by 1.5 per cent"),
        ("It rose by 1", "It rose by 1,500"),
        ("5 per cent", "1.5 per cent"),
        ("legal", "It is illegal."),
        ("क", "की"),  # a letter and the vowel sign on it
        ("e", "e\u0301"),  # é in two code points
        ("so it is", "So it is."),
        ("„so it is“", '"so it is"'),
        ("naïve", unicodedata.normalize("NFD", "naïve")),
        ("no", ""),
        ("", "Nothing stands nowhere."),
        (" \n", "Nothing stands nowhere."),
    ],
)
def test_near_match_is_missing(quote: str, text: str) -> None:
    assert find(quote, text).state == MISSING


@pytest.mark.parametrize(
    ("quote", "text", "exact"),
    [
        ("so it is", "We say: so it is.", "so it is"),
        ("so\n it is ", "We say so\nit is, still", "so\nit is"),
        ("by 1", "It rose by 1. Then it fell.", "by 1"),
        ("avion", "C'est l'avion de ligne.", "avion"),
        ("中国", "驻印度的中国大使馆", "中国"),
        ("ประเทศ", "ในประเทศอินเดีย", "ประเทศ"),
        ("it is", "it is and it isn't", "it is"),
        ("𝒜 1", "x 𝒜 1", "𝒜 1"),  # one code point, two UTF-16 units
    ],
)
def test_exact_words_are_anchored(quote: str, text: str, exact: str) -> None:
    match = find(quote, text)
    assert (match.state, match.exact, match.start) == (ANCHORED, exact, text.index(exact))


@pytest.mark.parametrize("text", ["so it is, so it is", "so it is\nso it is", "aa aa aa"])
def test_words_that_stand_twice_are_ambiguous_also_where_they_overlap(text: str) -> None:
    assert find("aa aa" if "aa" in text else "so it is", text).state == AMBIGUOUS


def test_letter_within_countless_words_is_given_up_on() -> None:
    match = find("a", "a" * 3_000_000 + " a")
    assert match.state == AMBIGUOUS
    assert "too many" in match.reason
