"""The quick way to a page's text gives the text of the walk that defines it, whatever the page does to hinder it."""

import random
import time
from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from resiliparse.parse.html import ElementNode, HTMLTree

from benchmarks import pages
from sources import texts, visible

MOST = 1_000_000

NAMES = [
    *(
        "p",
        "div",
        "li",
        "td",
        "table",
        "tr",
        "br",
        "hr",
        "pre",
        "h1",
        "body",
        "html",
        "head",
        "button",
        "form",
    ),
    *(
        "a",
        "b",
        "i",
        "span",
        "font",
        "nobr",
        "img",
        "input",
        "x-y",
        "a:b",
        "frameset",
        "frame",
        "ruby",
        "label",
    ),
    *(
        "script",
        "style",
        "template",
        "noscript",
        "noembed",
        "noframes",
        "rp",
        "iframe",
        "object",
        "video",
        "title",
    ),
    *(
        "svg",
        "math",
        "desc",
        "foreignObject",
        "mi",
        "annotation-xml",
        "select",
        "option",
        "textarea",
        "dialog",
    ),
    *("xmp", "plaintext", "listing", "image", "isindex", "colgroup", "col", "caption", "details", "summary"),
    *("p<b", "x<p", 'x"y', "x'", "p\v", "p\x1c", "x\u2028", "x<!--", "x--", "é", "ſcript", "\N{KELVIN SIGN}"),
]
ATTRIBUTES = [
    *(
        "hidden",
        "HIDDEN=x",
        "open",
        "style='display:none'",
        'style="x:y;DISPLAY : NONE"',
        "style='display:\nnone'",
    ),
    *("style=none", "style='display:block'", "type=hidden", "class='a\nb'", "x:y=1", "\v", "\0", "é=1", "=x"),
    *(
        "a<b=1",
        '"=2',
        "'",
        "a--",
        "<!--",
        "x=-->",
        "x=<!--",
        "title='<p>&lt;'",
        "title='a>b'",
        "x='&quot;&nbsp;'",
    ),
]
TEXTS = [
    *(
        "a",
        "b c",
        " ",
        "  ",
        "\n",
        "\t",
        "\r\n",
        "\r",
        "\v",
        "\f",
        "\x1c",
        "\x1f",
        "\x85",
        "\u2028",
        "\u3000",
        "é",
    ),
    *(
        "&nbsp;",
        "&amp;nbsp;",
        "&amp;amp;",
        "&amp;lt;",
        "&lt;p&gt;",
        "&notit;",
        "&#13;",
        "&#0;",
        "&#xD800;",
        "&#x80;",
    ),
    *(
        "<",
        "< p>",
        ">",
        "&",
        "\0",
        '"',
        "--",
        "-->",
        "]]>",
        "\u200b",
        "\ufeff",
        "\ufffe",
        "\N{GRINNING FACE}",
    ),
]
ODDITIES = [
    *(
        "<!-- c -->",
        "<!--a--!>",
        "<!-->",
        "<!--->",
        "<!---->",
        "<!--a<b>c-->",
        "<!--a--->",
        "<!-- <!-- -->",
        "<!--",
    ),
    *(
        "<!",
        "<!x>",
        "<?pi ?>",
        "<![CDATA[a<b]]>",
        "<![CDATA[",
        "</>",
        "</ x>",
        "<!--<script>",
        "<!--x<xmp>-->",
    ),
    *("<!doctype html>", "</script>", "</xmp>", "</noscript>", "<body hidden>", "<!-- <p hidden> -->"),
]

tags = st.builds(
    "<{}{}{}>".format,
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(ATTRIBUTES), max_size=2).map(
        lambda given: "".join(f" {each}" for each in given)
    ),
    st.sampled_from(["", "", "", "/", " "]),
)
ends = st.sampled_from(NAMES).map("</{}>".format)
fragments = tags | ends | st.sampled_from(TEXTS) | st.sampled_from(ODDITIES) | st.text(max_size=3)


def body_of(page: str) -> ElementNode:
    body = HTMLTree.parse(page).body
    assert body
    return body


def walked(page: str) -> str | None:
    body = HTMLTree.parse(page).body
    return visible.walk(body, most=MOST)[0] if body else None


def shown(page: str) -> str | None:
    body = HTMLTree.parse(page).body
    return visible.shown(body) if body else None


class TestTheQuickWay:
    @settings(max_examples=500, deadline=None)
    @given(st.lists(fragments, max_size=40).map("".join))
    @example("<script><!--<script></script>injected < --></script>after")
    @example("<a<!--b>hello<!--c-->there<x-->d</x-->")
    @example("a<!--b--!>c<!-- -- >d-->e")
    @example("<x<p>a</x<p>b")
    def test_the_text_is_that_of_the_walk_where_there_is_one(self, page: str) -> None:
        quick = shown(page)

        assert quick is None or quick == walked(page)

    @pytest.mark.parametrize("start", range(0, 5_000, 500))
    def test_so_it_is_of_thousands_of_hostile_pages(self, start: int) -> None:
        for number in range(start, start + 500):
            page = hostile(random.Random(number))
            quick = shown(page)

            assert quick is None or quick == walked(page), page

    @pytest.mark.parametrize("number", range(5))
    def test_pages_as_they_are_sent_take_it(self, number: int) -> None:
        page = pages.page(number).decode()
        quick = shown(page)

        assert quick
        assert quick == walked(page)

    @pytest.mark.parametrize(
        "page",
        [
            "<p>a<xmp>b &amp; <i>c</xmp>d",
            "<p>a<plaintext>b</p>",
            "<p>a<x<p>b",
            "<p>a<i x<y=1>b",
            "<svg><p\0></svg>",
        ],
    )
    def test_a_page_that_only_the_walk_can_tell_has_its_text_all_the_same(self, page: str) -> None:
        read = texts.read(f"before {page}".encode(), media_type="text/html", charset="utf-8")

        assert read.text == walked(f"before {page}")

    @pytest.mark.parametrize(
        "element", ["<i<p></i<p>", "<i<!--></i<!-->", "<i<></i<>", "<!--<<-->", "<!---->", "<p>"]
    )
    def test_no_name_and_no_comment_takes_the_square_of_their_number(self, element: str) -> None:
        page = "a" + element * 40_000  # a minute, if each were looked for up to the end
        begun = time.process_time()

        assert texts.read(page.encode(), media_type="text/html", charset="utf-8").text == "a"
        assert time.process_time() - begun < 5

    @pytest.mark.parametrize("marks", [0, 1, 99, 100, 101, 250])
    def test_a_comment_is_found_behind_any_number_of_exclamation_marks(self, marks: int) -> None:
        page = f"{'a!' * marks}<!-- b > c ! -->{'d! ' * marks}e<!--!-->f<!--g<h>!-->"

        assert shown(page) == walked(page) == f"{'a!' * marks}{'d! ' * marks}ef"

    @pytest.mark.parametrize(
        "letter", [*map(chr, range(1, 256)), "\u1680", "\u2003", "\u2028", "\u3000", "\u2019"]
    )
    def test_white_space_of_every_kind_is_folded(self, letter: str) -> None:
        kept = escape(letter)
        page = f"<p>{kept}a{kept}b {kept}{kept} c<i>{kept}</i> d  e\u2019<p>{kept}<p>f{kept}"

        assert shown(page) == walked(page)
        assert shown(page.replace("\u2019", "")) == walked(page.replace("\u2019", ""))

    @pytest.mark.parametrize(
        ("element", "text"),
        [
            ("dialog", "ac"),
            ("dialog open", "a\nb\nc"),
            ("dialog open=''", "a\nb\nc"),
            ("dialog open hidden", "ac"),
        ],
    )
    def test_a_dialog_is_seen_where_it_is_open(self, element: str, text: str) -> None:
        page = f"a<{element}>b</dialog>c"

        assert shown(page) == walked(page) == text

    def test_elements_within_those_that_are_taken_out_are_no_trouble(self) -> None:
        assert shown("a" + "<i hidden>b<svg>" * 1000 + "c" + "</svg></i>" * 1000 + "d") == "ad"


class TestDepth:
    @pytest.mark.parametrize("depth", [4, 64, 512])
    def test_what_cannot_be_deep_is_not(self, depth: int) -> None:
        for levels in range(depth - 4, depth + 3):
            body = body_of("<div>" * levels + "x")
            _, deepest = visible.walk(body, most=MOST)

            assert deepest <= depth or visible.may_be_deep(body, depth)

    @pytest.mark.parametrize("depth", [3, 4, 8, 50])
    def test_it_is_asked_of_the_whole_chain_and_all_elements(self, depth: int) -> None:
        chain = ">".join("*" * depth)
        for number in range(300):
            body = body_of("<div>" * (number % 50) + hostile(random.Random(number)))

            assert visible.may_be_deep(body, depth) == bool(body.query_selector(chain))

    @pytest.mark.parametrize("before", ["", "<?p?>", "<!-- x -->", "x", "<br>", "</p>", "<!doctype x>"])
    def test_what_stands_before_an_element_hides_nothing(self, before: str) -> None:
        assert visible.may_be_deep(body_of(f"{before}<div>" * 600), 512)

    def test_flat_pages_are_not_taken_for_deep_ones(self) -> None:
        assert not visible.may_be_deep(body_of("<div>" * 500 + "<p>x" * 100), 512)


class TestWalking:
    def test_it_ends_where_there_is_more_than_was_to_be_looked_at(self) -> None:
        body = body_of("<i>x</i>" * 50)

        assert visible.walk(body, most=101)[0] == "x" * 50
        with pytest.raises(visible.TooManyNodes):
            visible.walk(body, most=100)


def hostile(chance: random.Random) -> str:
    """A page of up to sixty such fragments, the same for the same chance."""
    return "".join(_fragment(chance) for _ in range(chance.randint(1, 60)))


def _fragment(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.35:
        given = "".join(f" {chance.choice(ATTRIBUTES)}" for _ in range(chance.choice([0, 0, 0, 1, 2])))
        return f"<{chance.choice(NAMES)}{given}>"
    if kind < 0.5:
        return f"</{chance.choice(NAMES)}>"
    return chance.choice(TEXTS if kind < 0.9 else ODDITIES)
