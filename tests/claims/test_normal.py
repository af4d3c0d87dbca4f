"""The normal form: what is equal in it, what is not, and the way back to the original's code points."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.normal import MAX_MARKS, PLAIN, UNREADABLE, _form_of, normal_form, normalise

# Weighted towards what is looked at: marks, ligatures, spaces, nothing, overrides, Korean letters, wide forms.
ODD = st.sampled_from([
    *" \n\t\u00a0\u00ad\u200b\u200d\ufe0f\u0301\u0323\u093c\u094dﬁ…“”’–ｶﾞＡ²½①가ᄀ\u1161\u11a8",
    *"\u202e\u202c\u2066\u2069\ufffd\0\u3164\u1fef\u0344\ufdfaſ´\U000e0041\U0001d400",
])  # fmt: skip
TEXT = st.lists(st.one_of(ODD, st.sampled_from("aen1.'- "), st.characters(codec="utf-8")), max_size=40).map(
    "".join
)


@given(text=TEXT)
def test_form_of_a_form_is_itself(text: str) -> None:
    form = normalise(text).text
    assert normalise(form).text == form


@given(text=TEXT, ends=st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_what_stands_between_two_cuts_is_the_form_of_what_they_lead_back_to(
    text: str, ends: tuple[int, int]
) -> None:
    normal = normalise(text)
    start, end = (min(end, len(normal.text)) for end in sorted(ends))
    words = normal.text[start:end]
    # A mark is no beginning, and what is turned around is no end: nothing may be cut there (see `quotes`).
    if words and normal.is_cut(start) and normal.is_cut(end) and not _joins(normal.text, start, end):
        first, last = normal.span(start, end)
        assert 0 <= first < last <= len(text)
        if UNREADABLE not in words:
            assert normalise(text[first:last]).text == words


def _joins(line: str, start: int, end: int) -> bool:
    return any(
        unicodedata.category(each).startswith("M") or "\u1160" <= each <= "\u11ff"
        for each in (line[start], line[end : end + 1] or " ")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("„So“ «is» ‘it’", '"So" "is" \'it\''),
        ("don’t", "don't"),
        ("1914–1918 — so", "1914-1918 - so"),
        ("re\u00adport\u200bed", "reported"),
        ("ﬁnal ﬂow oﬃce", "final flow office"),
        ("na\u00efve", "nai\u0308ve"),
        ("q\u0323\u0307", "q\u0307\u0323"),
        ("각", "\u1100\u1161\u11a8"),
        ("Ｗｉｄｅ １２", "Wide 12"),
        ("ｶﾞ", "ガ"),
        ("a \u00a0\n\t b", "a b"),
        ("so…", "so..."),
        ("e\u00ad\u0301", "\u00e9"),
        ("\u2068so\u2069 it\u200f is", "so it is"),
        ("𝐒𝐨", "So"),
    ],
)
def test_these_are_equal(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("So", "so"),
        ("10²", "102"),
        ("5½", "51⁄2"),
        ("①", "1"),
        ("H₂O", "H2O"),
        ("ss", "ß"),
        ("naive", "naïve"),
        ("well known", "wellknown"),
        ("'so'", '"so"'),
        ("a - b", "a-b"),
        ("\u0430", "a"),  # Cyrillic
        ("पानी", "पानि"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("no \u202etnuocca\u202c so", f"no {UNREADABLE} so"),
        ("no \u202dso it is\nAnd more", f"no {UNREADABLE} And more"),
        ("e" + "\u0301" * (MAX_MARKS + 1) + "x", f"{UNREADABLE}x"),
        ("\0", "\0"),
    ],
)
def test_what_people_cannot_read_is_unreadable(text: str, form: str) -> None:
    assert normalise(text).text == form


def test_plain_characters_are_their_own_form_and_join_nothing() -> None:
    seconds = {
        unicodedata.decomposition(chr(point)).split()[-1]
        for point in range(sys.maxunicode)
        if " " in unicodedata.decomposition(chr(point))
        and not unicodedata.decomposition(chr(point)).startswith("<")
    }
    plain = re.compile(f"[{PLAIN}]")
    for point in range(0xFFFF):
        character = chr(point)
        if plain.match(character):
            assert _form_of(character) == character
            assert unicodedata.combining(character) == 0
            assert f"{point:04X}" not in seconds


@pytest.mark.parametrize(
    "flood",
    [
        "a" + "\u0301" * 200_000,
        "e\u0301" * 100_000,
        " \u00ad" * 100_000,
        "\u202e" * 200_000,
        "ﬁ\u0301" * 100_000,
    ],
)
def test_floods_are_read_in_one_pass(flood: str) -> None:
    assert len(normalise(flood).text) <= 2 * len(flood)
