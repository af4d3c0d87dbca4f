"""What a page says of itself: publisher, date and language, and nothing that cannot be believed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from sources import metadata
from sources.canonical import name_key
from sources.dates import PartialDate
from sources.languages import checked_tag
from sources.metadata import MAX_JSON_LD, MAX_LANGUAGE, MAX_NAME, PageFacts


def _facts(head: str = "", body: str = "", language: str = "") -> PageFacts:
    lang = f' lang="{language}"' if language else ""
    page = f"<!doctype html><html{lang}><head>{head}</head><body>{body}<p>Text.</body></html>"
    return metadata.read(HTMLTree.parse(page))


def _ld(*things: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)


def _article(**facts: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", **facts}


# --- publisher ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:site_name" content="The Herald">',
        '<meta property="og:site_name" content="  The \n Herald ">',
        _ld(_article(publisher={"@type": "Organization", "name": "The Herald"})),
        _ld(_article(publisher="The Herald")),
        _ld(_article(publisher=[{"name": "The Herald"}, {"name": "The Post"}])),
        _ld([{"@type": "BreadcrumbList"}, _article(publisher={"name": "The Herald"})]),
        _ld({"@graph": [_article(publisher={"@id": "#us"}), {"@id": "#us", "name": "The Herald"}]}),
        _ld(_article(publisher={"name": "The Herald"}))
        + '<meta property="og:site_name" content="herald.example">',
    ],
)
def test_publisher_is_named(head: str) -> None:
    assert _facts(head).publisher == "The Herald"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "12345",
        "…",
        "a" * (MAX_NAME + 1),
        "ﷺ" * 100,  # short, but long once it is folded
        "The \N{RIGHT-TO-LEFT OVERRIDE}dlareH",
        "The\N{ZERO WIDTH SPACE} Herald",
        "NUL \0 Herald",
        "The \ud800 Herald",
    ],
)
def test_name_that_is_none_is_left_out(name: str) -> None:
    assert _facts(_ld(_article(publisher={"name": name}))).publisher == ""


def test_joiners_belong_to_a_name() -> None:
    name = "क्\N{ZERO WIDTH JOINER}ष समाचार"
    assert _facts(_ld(_article(publisher=name))).publisher == name


@pytest.mark.parametrize(
    "publisher", [None, 7, True, [], {}, {"name": None}, {"name": ["x"]}, {"@id": 7}, [[]]]
)
def test_publisher_of_another_form_is_left_out(publisher: Any) -> None:
    assert _facts(_ld(_article(publisher=publisher))) == PageFacts()


def test_only_what_the_page_is_about_counts() -> None:
    person = {"@type": "Person", "datePublished": "2021", "publisher": "The Herald"}
    assert _facts(_ld(person, {"@type": "VideoObject", "publisher": "The Herald"})) == PageFacts()


# --- date -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("2021", "2021"),
        ("2021-02", "2021-02"),
        ("2021-02-28", "2021-02-28"),
        (" 2021-02-28T22:10:00+05:30 ", "2021-02-28T22:10:00+05:30"),
        ("2021-02-28T22:10:00Z", "2021-02-28T22:10:00Z"),
        ("2021-02-28T22:10:00.123Z", "2021-02-28T22:10:00.123Z"),
        ("2021-02-28T22:10:00+0530", "2021-02-28T22:10:00+05:30"),
        ("2021-02-28T22:10:00", "2021-02-28"),  # of no zone: its instant is unknown, its day is not
        ("2021-02-28 22:10", "2021-02-28"),
        ("28 February 2021", ""),
        ("02/03/2021", ""),
        ("2021-02-30", ""),
        ("2021-02-28T25:00:00Z", ""),
        ("1614500000", ""),
        ("", ""),
        ("2021-02-28<script>", ""),
    ],
)
def test_date_keeps_the_precision_that_it_has(stated: str, kept: str) -> None:
    assert _facts(_ld(_article(datePublished=stated))).published_at == kept
    assert _facts(f'<meta property="article:published_time" content="{stated.strip()}">').published_at == kept
    assert _facts(body=f'<header><time datetime="{stated.strip()}">then</time></header>').published_at == kept


def test_first_word_that_can_be_believed_wins() -> None:
    head = _ld(_article(datePublished="yesterday"), _article(datePublished="2021-03"))
    body = '<header><time datetime="2020">then</time></header>'

    assert _facts(head, body).published_at == "2021-03"


def test_time_outside_of_the_header_dates_something_else() -> None:
    assert _facts(body='<main><time datetime="2021-02-28">a comment</time></main>').published_at == ""


def test_date_after_the_page_was_seen_is_left_out() -> None:
    seen = datetime(2021, 3, 1, 12, tzinfo=UTC)

    assert PageFacts("P", "2021-03-01", "en").as_seen(seen) == PageFacts("P", "2021-03-01", "en")
    assert (
        PageFacts("P", "2021-03-02", "en").as_seen(seen).published_at == "2021-03-02"
    )  # it has begun in the east
    assert PageFacts("P", "2021-03-03", "en").as_seen(seen) == PageFacts("P", "", "en")
    assert PageFacts("P", "9000", "en").as_seen(seen) == PageFacts("P", "", "en")


# --- language -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("en", "en"),
        ("pt-BR", "pt-BR"),
        ("en_GB", "en-GB"),
        (" hi ", "hi"),
        ("English please", ""),
        ("x" * 36, ""),
    ],
)
def test_language_is_that_of_the_whole_page(stated: str, kept: str) -> None:
    assert _facts(language=stated).language == kept


# --- hostile pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        "null",
        "[" * 100_000,
        '{"@graph": 7}',
        '{"@type": ["NewsArticle", 7], "datePublished": {"@value": "2021"}}',
        '{"@type": "NewsArticle", "datePublished": 1e999}',
        json.dumps(_article(datePublished="2021", articleBody="x" * MAX_JSON_LD)),
    ],
)
def test_block_that_cannot_be_read_says_nothing(block: str) -> None:
    assert _facts(f'<script type="application/ld+json">{block}</script>') == PageFacts()


def test_a_page_that_says_one_thing_thousands_of_times_is_read_in_no_time() -> None:
    site = '<meta property="og:site_name" content="The Post">' * 20_000  # for hours, once

    assert _facts(site).publisher == "The Post"


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@id", "@graph", "publisher", "name", "datePublished"]), inner
        )
    ),
    max_leaves=12,
)


@given(thing=_json, site=st.text(), date=st.text(), language=st.text(max_size=40))
def test_whatever_a_page_says_only_values_that_our_columns_hold_come_out(
    thing: Any, site: str, date: str, language: str
) -> None:
    block = json.dumps({**thing, "@type": "Article"} if isinstance(thing, dict) else thing)
    head = (
        f'<script type="application/ld+json">{block}</script>'
        f'<meta property="og:site_name" content="{site}"><meta property="article:published_time" content="{date}">'
    )

    facts = _facts(head.encode("utf-8", "replace").decode(), language=language)

    assert len(facts.publisher) <= MAX_NAME
    assert not facts.publisher or 0 < len(name_key(facts.publisher)) <= MAX_NAME
    assert facts.publisher.isprintable() or any(joiner in facts.publisher for joiner in "\u200c\u200d\xa0")
    assert not facts.published_at or PartialDate.parse(facts.published_at)
    assert not facts.language or (checked_tag(facts.language) and len(facts.language) <= MAX_LANGUAGE)
    facts.as_seen(datetime.now(UTC))
