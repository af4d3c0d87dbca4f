"""An exact quote in a text: found where it stands whole and once, and a near match never."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claims.normal import normal_form
from claims.quotes import LEFT_OUT, Ambiguous, Anchored, Found, Missing, Page, find, find_all, fold, shown

# Few and short words, so that they often stand twice, within each other and side by side; each in several dresses.
DRESSES = [
    ["a"],
    ["ab", "a\u00adb"],
    ["aba", "ａｂａ"],
    ["can"],
    ["cannot", "can\u200bnot"],
    ["can't", "can’t"],
    ["first", "ﬁrst"],
    ["1", "１"],
    ["1.5"],
    ["-1", "−1"],
    ["é", "e\u0301"],
    ["e"],
    ["नहीं"],
    ["well-known", "well‐known"],
]
WORDS = [dress for dresses in DRESSES for dress in dresses]
MEANT = {dress: dresses[0] for dresses in DRESSES for dress in dresses}
WORD = st.sampled_from(WORDS)
SPACE = st.sampled_from([" ", "\n", "  ", "\t", "\N{NO-BREAK SPACE}", " \n ", " \u00ad "])
TEXT = st.lists(st.tuples(WORD, SPACE), min_size=1, max_size=12)
FRAGMENT = st.lists(st.tuples(WORD, SPACE), min_size=1, max_size=3)
FRAGMENTS = st.lists(FRAGMENT, min_size=1, max_size=3)
ELLIPSIS = st.sampled_from(["...", "…", "[...]", "[…]", "(...)", " … ", "...."])

Pairs = list[tuple[str, str]]


def written(pairs: Pairs) -> str:
    return "".join(word + space for word, space in pairs)


def meant(pairs: Pairs) -> list[str]:
    return [MEANT[word] for word, _ in pairs]


def places(wanted: list[str], words: list[str]) -> list[int]:
    return [number for number in range(len(words)) if words[number : number + len(wanted)] == wanted]


def by_trying_every_place(fragments: Sequence[list[str]], words: list[str]) -> int | tuple[int, ...]:
    """By the definition of `quotes`: where each fragment begins, else in how many windows they all are (0: none)."""
    placed = [
        each
        for each in product(*(places(fragment, words) for fragment in fragments))
        if all(
            before + len(fragment) <= after
            for (before, after), fragment in zip(pairwise(each), fragments, strict=False)
        )
    ]
    stretches = {(each[0], each[-1] + len(fragments[-1])) for each in placed}
    windows = {
        (start, end)
        for start, end in stretches
        if not any(start <= s and e <= end and (s, e) != (start, end) for s, e in stretches)
    }
    if len(windows) != 1:
        return len(windows)
    [(start, end)] = windows
    inside = [each for each in placed if each[0] == start and each[-1] + len(fragments[-1]) == end]
    return inside[0] if len(inside) == 1 else len(inside)


@given(text=TEXT, fragments=FRAGMENTS, between=ELLIPSIS)
def test_quote_is_found_exactly_where_trying_every_place_finds_it(
    text: Pairs, fragments: list[Pairs], between: str
) -> None:
    page = Page(written(text))
    found = find(between.join(map(written, fragments)), page)
    expected = by_trying_every_place([meant(each) for each in fragments], meant(text))
    if isinstance(expected, tuple):
        assert found == Anchored(tuple(spans(text, expected, fragments)))
    elif expected == 0:
        assert isinstance(found, Missing)
    else:
        assert isinstance(found, Ambiguous)
        assert found.count == (expected if len(fragments) < 3 else found.count)


def spans(text: Pairs, places: tuple[int, ...], fragments: list[Pairs]) -> Iterator[tuple[int, int]]:
    for place, fragment in zip(places, fragments, strict=True):
        last = place + len(fragment) - 1
        yield len(written(text[:place])), len(written(text[:last])) + len(text[last][0])


@given(text=st.text(max_size=60), quote=st.text(max_size=8), between=ELLIPSIS)
def test_whatever_is_anchored_reads_as_the_quote(text: str, quote: str, between: str) -> None:
    for words in (quote, between.join(quote), text[3:9]):
        page = Page(text)
        found = find(words, page)
        if isinstance(found, Anchored):
            exact, before, behind = shown(page, found)
            assert all(left[1] <= right[0] for left, right in pairwise(found.spans))
            assert text[max(0, found.start - 32) : found.start] == before
            assert text[found.end :][:32] == behind
            read = [normal_form(text[start:end]) for start, end in found.spans]
            assert exact == LEFT_OUT.join(text[start:end] for start, end in found.spans)
            assert read == [normal_form(words)] or all(part in normal_form(words) for part in read)
            assert "..." in normal_form(words) or read == [normal_form(words)]


@given(words=st.lists(WORD, min_size=1, max_size=6), changed=st.data())
def test_one_changed_word_is_never_anchored(words: list[str], changed: st.DataObject) -> None:
    place = changed.draw(st.integers(0, len(words) - 1))
    other = changed.draw(st.one_of(WORD, st.text(alphabet="abcen1.'-é ", max_size=6)).map(fold))
    new = " ".join([*words[:place], other, *words[place + 1 :]])
    assume(normal_form(new) != normal_form(" ".join(words)))
    wanted = [MEANT[word] for word in words]
    # A part of the change may be the very words: "a" becomes "a e".
    assume(not places(wanted, normal_form(new).split(" ")))
    for at in ("", "\u201c"):
        found = find(" ".join(words), Page(f"{at}{new}"))
        assert not isinstance(found, Anchored) or at_a_seam(found, f"{at}{new}")


def at_a_seam(found: Anchored, text: str) -> bool:
    """Whether what is around the words is no letter or number: a hyphen, an apostrophe before, a full stop."""
    return not (text[found.start - 1 : found.start].isalnum() or text[found.end : found.end + 1].isalnum())


@given(
    text=TEXT, quotes=st.lists(st.one_of(FRAGMENT.map(written), st.text(max_size=30)), min_size=1, max_size=6)
)
def test_many_quotes_at_once_are_found_as_each_on_its_own(text: Pairs, quotes: list[str]) -> None:
    whole = written(text)
    quotes += [
        whole,
        whole[3:],
        whole[:-3],
        whole[len(whole) // 3 :],
        f"{whole}x",
        f"x{whole}",
        f"{whole}…{whole}",
    ]
    page = Page(f"„{whole}“ {'and more words to be looked for, '}{whole[5:]}")
    assert find_all(quotes, page) == [find(quote, page) for quote in quotes]


@pytest.mark.parametrize("odd", ["so \u202eit is", "so ^ it", "so \ufffd it is as far as we know", ""])
def test_odd_quote_does_not_change_what_is_found_of_the_others(odd: str) -> None:
    words = "so it is, as far as we know"
    page = Page(f"We say {words}, and no more.")
    assert find_all([words, odd, words], page) == [find(words, page), find(odd, page), find(words, page)]
    assert isinstance(find(words, page), Anchored)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("we can confirm it", "we cannot confirm it"),
        ("we can", "we cannot say"),
        ("we can", "we can't say"),
        ("we can", "we can’t say"),
        ("may", "The mayor said so."),
        ("It rose by 1", "It rose by 1.5 per cent"),
        ("It rose by 1", "It rose by 1,500"),
        ("5 per cent", "1.5 per cent"),
        ("5 per cent", "It grew by -5 per cent"),
        ("5 per cent", "It grew by −5 per cent"),
        ("10", "10² of them"),
        ("legal", "It is illegal."),
        ("क", "की"),  # a letter and the vowel sign on it
        ("e", "e\u0301"),  # é in two code points
        ("가", "각"),
        ("가", "\u1100\u1161\u11a8"),
        ("f", "ﬁ"),
        ("so it is", "So it is."),
        ("it was so", "it was\u202eso\u202c"),
        ("no", ""),
    ],
)
def test_near_match_is_missing(quote: str, text: str) -> None:
    assert isinstance(find(quote, Page(text)), Missing)


@pytest.mark.parametrize(
    "quote", ["", " \n", "…", "[...]", " — ", "\u202eso it is", "so\0it is", "\ufffd", "so \ufffd"]
)
def test_quote_without_words_or_with_unreadable_ones_stands_nowhere(quote: str) -> None:
    text = f"so it is … [...] — \ufffd {quote.replace(chr(0), chr(0xFFFD))} so \ufffd"
    assert isinstance(find(quote, Page(text)), Missing)


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
        ("𝒳 1", "x 𝒳 1", "𝒳 1"),  # one code point, two UTF-16 units
        ("„so it is“", '"so it is"', '"so it is"'),
        ("naïve", "so nai\u0308ve", "nai\u0308ve"),
        ("official", "an of\u00adﬁcial says", "of\u00adﬁcial"),
        ("2019-2021", "from 2019–2021 on", "2019–2021"),
        ("Well... maybe", "Well… maybe so", "Well… maybe"),  # an ellipsis that stands there itself
        ("…so it is…", "We say so it is, still", "so it is"),
    ],
)
def test_exact_words_are_anchored(quote: str, text: str, exact: str) -> None:
    found = find(quote, Page(text))
    assert isinstance(found, Anchored)
    assert (found.start, found.end) == (text.index(exact), text.index(exact) + len(exact))


@pytest.mark.parametrize("text", ["so it is, so it is", "so it is\nso it is", "aa aa aa"])
def test_words_that_stand_twice_are_ambiguous_also_where_they_overlap(text: str) -> None:
    found = find("aa aa" if "aa" in text else "so it is", Page(text))
    assert isinstance(found, Ambiguous)
    assert found.count == 2


@pytest.mark.parametrize(
    ("prefix", "suffix", "start"),
    [
        ("They say ", "", 9),
        ("say", "", 9),
        ("", ", and", 9),
        ("we\nsay ", ".", 32),
        ("we “say", "", None),
        ("say", ";", None),
        ("", "", None),
        (" ", "\n", None),
    ],
)
def test_what_stands_around_decides_between_several_places(
    prefix: str, suffix: str, start: int | None
) -> None:
    text = "They say so it is, and not we \nsay so it is. We doubt it."
    found = find("so it is", Page(text), prefix=prefix, suffix=suffix)
    if prefix == "say":
        assert isinstance(found, Ambiguous)
    else:
        assert (found.start if isinstance(found, Anchored) else None) == (
            start and text.index("so it is", start - 5)
        )


def test_what_stands_around_is_not_asked_for_where_the_words_stand_once() -> None:
    assert isinstance(find("so it is", Page("We say so it is."), prefix="They say"), Anchored)


def test_fragments_are_anchored_each_in_its_place() -> None:
    text = "The firm saw malware in the grid, it says, and found no link to the outage. The end."
    page = Page(text)
    found = find("malware in the grid … no link to the outage", page)
    assert isinstance(found, Anchored)
    assert [text[start:end] for start, end in found.spans] == ["malware in the grid", "no link to the outage"]
    assert text[found.start : found.end].endswith("found no link to the outage")
    assert shown(page, found)[0] == "malware in the grid […] no link to the outage"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a x b", Anchored(((0, 1), (4, 5)))),
        ("a x a b y b", Anchored(((4, 5), (6, 7)))),  # the shortest stretch that holds both
        ("b x a", Missing),
        ("a x b a y b", Ambiguous),
        ("a x", Missing),
    ],
)
def test_of_two_fragments_the_shortest_stretch_is_taken_if_there_is_one(
    text: str, expected: Found | type
) -> None:
    found = find("a … b", Page(text))
    assert found == expected if isinstance(expected, Anchored) else type(found) is expected


def test_fragment_that_could_be_meant_twice_within_the_others_is_ambiguous() -> None:
    assert isinstance(find("one … a … two", Page("one a or a two")), Ambiguous)
    assert isinstance(find("one … a … two", Page("a one a two a")), Anchored)


def test_letter_within_countless_words_is_given_up_on() -> None:
    found = find("a", Page("a" * 3_000_000 + " a"))
    assert isinstance(found, Ambiguous)
    assert "too many" in found.reason


@pytest.mark.parametrize(
    "text", ["so it is " * 200_000, "a" * 1_000_000, "a\u0301" * 300_000, "so … " * 100_000]
)
@pytest.mark.parametrize(
    "quote", ["so it is " * 555, "so … " * 999, "a\u0301" * 2500, "a" * 5000, "\u202e" * 5000]
)
def test_hostile_quote_in_a_hostile_text_is_answered(quote: str, text: str) -> None:
    assert not isinstance(find(quote, Page(text)), Anchored)
