"""One spelling for every URL of a page, and one key for every spelling of a name."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.canonical import MAX_URL_BYTES, InvalidURL, canonical_url, host_of, name_key
from sources.fetchers.policy import FetchPolicy, read_target

HOSTS = [
    "example.com",
    "EXAMPLE.com.",
    "bücher.example",
    "127.0.0.1",
    "0x7f.1",
    "[::1]",
    "a..b",
    "a_b",
    "1.2.3.4..",
    "%61",
]
ANY_PORT = FetchPolicy(ports=frozenset(range(1 << 16)))
PATH_CHARACTERS = "aZ09.~-_%25eEfF/\\;:@&=+$,!'()*[]{}|^` \"<>ü\u202e\u3000"


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """URLs that people, editors and attackers might write down."""
    scheme = draw(st.sampled_from(["http://"] * 4 + ["HTTPS://"] * 4 + ["https:", "http:/", "http:\\\\"]))
    user = draw(st.sampled_from([""] * 8 + ["@", "user@"]))
    host = draw(st.sampled_from(HOSTS) | st.text("aZ0.-_%2eü,!", max_size=8))
    port = draw(st.sampled_from(["", "", ":", ":80", ":443", ":8080", ":0", ":99999"]))
    path = draw(st.text(PATH_CHARACTERS, max_size=12))
    query = draw(st.sampled_from(["", "?"])) + draw(st.text(PATH_CHARACTERS + "?", max_size=12))
    fragment = draw(st.sampled_from(["", "#", "#part"]))
    return f"{scheme}{user}{host}{port}/{path}{query}{fragment}"


def accepted(text: str) -> str:
    """Its canonical spelling, or that of some other URL if it is invalid."""
    try:
        return canonical_url(text)
    except InvalidURL:
        return "http://example.com/"


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/b",
        "HTTP://Example.com:80/a/../b?utm_source=x#f",
        "http://example.com/%62",
        "http://example.com./b?",
        "http://example.com/b?&fbclid=1&utm%5Fmedium=2",
        " http://EXAMPLE.COM/./b ",
        "http://ｅxample.com/a/%2E%2e/b",
    ],
)
def test_spellings_of_one_page_meet(text: str) -> None:
    assert canonical_url(text) == "http://example.com/b"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/", "https://example.com/"),
        ("http://example.com/", "http://www.example.com/"),
        ("http://example.com/a", "http://example.com/a/"),
        ("http://example.com/a", "http://example.com/A"),
        ("http://example.com/?a=1&b=2", "http://example.com/?b=2&a=1"),
        ("http://example.com/?utm=1", "http://example.com/"),
        ("http://example.com/a%2Fb", "http://example.com/a/b"),
        ("http://example.com/a%252Fb", "http://example.com/a%2Fb"),
        ("http://example.com//a", "http://example.com/a"),
    ],
)
def test_what_may_be_two_pages_stays_two(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


def test_a_sign_that_encodes_nothing_does_not_meet_what_is_decoded_behind_it() -> None:
    assert canonical_url("http://example.com/%%32%45") == "http://example.com/%%32%45"
    assert canonical_url("http://example.com/100%") == "http://example.com/100%"


@given(spellings() | st.text().map("https://example.org/".__add__))
@example("http://example.com/%%32%45")
@example("http://example.com/%%32%45%%32%45/a")
@example("http://example.com../")
def test_the_canonical_spelling_is_canonical(text: str) -> None:
    canonical = accepted(text)

    assert canonical_url(canonical) == canonical


@given(spellings())
@example("http://1.2.3.4../")
@example("http://a,b/")
def test_the_door_reads_every_canonical_url_as_it_is_written(text: str) -> None:
    canonical = accepted(text)
    target = read_target(canonical, policy=ANY_PORT)

    assert target.url == canonical
    assert target.authority == host_of(target.url)


@given(st.text() | spellings())
def test_any_text_is_a_url_or_invalid_with_a_sentence(text: str) -> None:
    try:
        url = canonical_url(text)
    except InvalidURL as error:
        url = str(error)

    assert url.endswith(".") or len(url.encode()) <= MAX_URL_BYTES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/a",
        "//example.com/",
        "javascript:alert(1)",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://",
        "http:///",
        "https:example.com",
        "http:\\\\example.com\\",
        "http://example.com/a\\b",
        "http://good.example\\@evil.example/",
        "http://user:secret@example.com/",
        "http://@example.com/",
        "http://a..b/",
        "http://example.com../",
        "http://a b/",
        "http://!$&.example/",
        "http://" + "a" * 64 + ".example/",
        "http://1.2.3.4.5/",
        "http://[::1/",
        "http://example.com:99999/",
        "http://exam\tple.com/",
        "http://example.com/\x00",
        "http://example.com/\ud800",
        "http://example.com/" + "a" * MAX_URL_BYTES,
    ],
)
def test_what_no_fetch_could_ever_reach_is_invalid(text: str) -> None:
    with pytest.raises(InvalidURL, match=r"\.$"):
        canonical_url(text)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]:8000/", "http://169.254.169.254/a", "http://intranet/"]
)
def test_private_addresses_are_sources_for_the_door_to_refuse(url: str) -> None:
    assert canonical_url(url) == url


def test_politeness_counts_by_host_and_port() -> None:
    assert host_of("https://example.com/a/b?c=/d") == "example.com"
    assert host_of("http://[::1]:8080/") == "[::1]:8080"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The  New York\u00a0TIMES", "the new york times"),
        ("Straße", "STRASSE"),
        ("ＮＨＫ", "nhk"),
        ("Le Monde ", "\tle monde"),
        ("Cafe\u0301", "CAFÉ"),
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Le Monde", "Lemonde"), ("Café", "Cafe"), ("The Times", "Times")]
)
def test_names_that_differ_in_a_letter_or_a_word_stay_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text())
@example("\u0345\u0391\u0301")
@example("\u0130\u1df2\u032f")
def test_a_name_is_found_by_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(
    st.lists(
        st.text(max_size=4) | st.sampled_from([" ", "  ", "\n", "\t", "\x1f", "\u2028", "\u3000", "a"])
    ).map("".join)
)
@example(" a  b\n\n c \x1fd\u3000")
def test_white_space_of_a_name_is_one_space_between_words(name: str) -> None:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())

    assert name_key(name) == " ".join(folded.split())
