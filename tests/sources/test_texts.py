"""Bytes become the text that a reader of the page sees, and the same bytes always become the same text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claims import quotes
from sources import texts, visible
from sources.texts import Text, Unreadable

STORY = (
    "<p>The lights went out at ten in the morning, and for most of the day nobody could say why they had.</p>"
    "<p>Two engineers who were in the control room that day told us that a relay had been set by hand.</p>"
    "<p>The ministry has seen their report and will publish it once the inquiry is over, it said.</p>"
)


def read(page: str | bytes, *, media_type: str = "text/html", charset: str = "") -> Text:
    content = page.encode() if isinstance(page, str) else page
    return texts.read(content, media_type=media_type, charset=charset)


def text_of(page: str | bytes, *, media_type: str = "text/html", charset: str = "utf-8") -> str:
    return read(page, media_type=media_type, charset=charset).text


def is_folded(text: str) -> bool:
    """What `claims.quotes` relies on: folding the text again moves no character, and every store takes it."""
    lines = text.split("\n")
    return (
        all(line == " ".join(line.split()) for line in lines)
        and ("" not in lines or text == "")
        and "\0" not in text
        and text.encode().decode() == text
    )


class TestWhatIsSeen:
    @pytest.mark.parametrize(
        "unseen",
        [
            '<script src="x.js"></script>',
            "<script>no</script>",
            "<template><p>no</p></template>",
            "<iframe></iframe>",
            "<style>p { color: red }</style>",
            "<br hidden>",
            "<img hidden src=x>",
            "<i hidden></i>",
            "<i hidden>no <b hidden>no</b> no</i>",
            "<span style='DISPLAY : none'>no<b>no</b></span>",
            "<noscript>no</noscript>",
            "<svg><title>no</title><text>no</text></svg>",
            "<select><option>no</option></select>",
            "<video>no</video><canvas>no</canvas>",
            "<noembed>&lt;p>no</noembed>",
            "<ruby><rp>(</rp></ruby>",
            "<!-- no -->",
            "<title>no</title>",
        ],
    )
    def test_what_is_not_shown_is_left_out_and_takes_nothing_else_along(self, unseen: str) -> None:
        assert text_of(f"<p>before{unseen}after</p><p>below") == "beforeafter\nbelow"

    def test_a_hidden_block_hides_all_of_it_and_ends_where_it_ends(self) -> None:
        page = "<p>one<div hidden>no<div>no<p>no</p></div>no</div><p>two</p><dialog>no</dialog><dialog open>three"

        assert text_of(page) == "one\ntwo\nthree"

    def test_blocks_break_the_line_and_inline_elements_do_not(self) -> None:
        page = "<div>a<p>b</p>c<br>d</div>e<ul><li>f<li>g</ul><table><tr><td>h<td>i</table>j<b>k</b><i></i>l"

        assert text_of(page) == "a\nb\nc\nd\ne\nf\ng\nh\ni\njkl"

    def test_line_breaks_of_the_markup_are_spaces(self) -> None:
        assert text_of("<p>\n  The minister\n\tsaid&nbsp;so\u2003 today. ") == "The minister said so today."

    def test_entities_are_read_once(self) -> None:
        assert text_of("<p>&lt;b&gt; &amp;amp; &eacute;&#8217;&#x80;") == "<b> &amp; é’€"

    def test_what_no_store_takes_is_replaced(self) -> None:
        assert text_of("<p>a&#0;b&#xD800;c") == "a\ufffdb\ufffdc"
        assert text_of(b"a\0b", media_type="text/plain") == "a\ufffdb"

    def test_plain_text_is_read_as_it_stands(self) -> None:
        seen = read("One <b>line</b>.\r\n\r\n  Another.\n", media_type="text/plain", charset="utf-8")

        assert (seen.text, seen.title, seen.text_key) == ("One <b>line</b>.\nAnother.", "", "")

    def test_the_title_is_one_line_of_bounded_length(self) -> None:
        assert read("<title>\n A &amp; B\n</title><p>x").title == "A & B"
        assert len(read(f"<title>{'a' * 5000}</title><p>x").title) == texts.MAX_TITLE

    @pytest.mark.parametrize(
        "page",
        [
            "",
            "<html></html>",
            "<title>only this</title>",
            "<frameset><frame src=x></frameset>",
            "<p> &nbsp; ",
        ],
    )
    def test_a_page_without_text_says_so(self, page: str) -> None:
        with pytest.raises(Unreadable, match="shows no text"):
            read(page)

    @pytest.mark.parametrize(
        "media_type", ["image/png", "image/svg+xml", "application/zip", "application/json"]
    )
    def test_what_is_no_page_says_so(self, media_type: str) -> None:
        with pytest.raises(Unreadable, match="No text is read out of"):
            read(b"%PDF-1.7 <p>x", media_type=media_type)

    def test_a_page_without_a_media_type_is_known_by_its_first_character(self) -> None:
        assert text_of("\n <p>x", media_type="") == "x"


class TestLetters:
    RUSSIAN = "Привет, мир"

    @pytest.mark.parametrize(
        "charset", ["windows-1251", "Windows-1251", "cp1251", "koi8-r", "utf-8", "UTF8", "utf-16le"]
    )
    def test_the_header_names_the_encoding(self, charset: str) -> None:
        assert text_of(f"<p>{self.RUSSIAN}".encode(charset), charset=charset) == self.RUSSIAN

    @pytest.mark.parametrize(
        "meta",
        [
            "<meta charset=windows-1251>",
            '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        ],
    )
    def test_without_a_header_the_page_does(self, meta: str) -> None:
        page = f"<!doctype html><html><head>{meta}</head><p>{self.RUSSIAN}".encode("windows-1251")

        assert text_of(page, charset="") == self.RUSSIAN

    @pytest.mark.parametrize(
        "label", ["rot13", "zlib", "utf-7", "idna", "punycode", "unicode_escape", "no-such-thing", "x" * 40]
    )
    def test_a_label_that_is_none_of_the_web_is_not_believed(self, label: str) -> None:
        page = f"<meta charset=utf-8><p>{self.RUSSIAN} \\u0041 +AGE-".encode()

        assert text_of(page, charset=label) == f"{self.RUSSIAN} \\u0041 +AGE-"

    @pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16-le", "utf-16-be"])
    def test_a_byte_order_mark_wins_over_all_labels(self, codec: str) -> None:
        mark = "" if codec == "utf-8-sig" else "\ufeff"
        page = f"{mark}<meta charset=koi8-r><p>{self.RUSSIAN}".encode(codec)

        assert text_of(page, charset="windows-1251") == self.RUSSIAN

    def test_a_page_that_calls_itself_utf_16_in_ascii_is_not(self) -> None:
        assert text_of(f"<meta charset=utf-16><p>{self.RUSSIAN}".encode(), charset="") == self.RUSSIAN

    def test_letters_deep_in_a_long_page_tell_its_encoding(self) -> None:
        filler = "plain words " * 20_000
        page = f"<p>{filler}“{self.RUSSIAN}” {filler}".encode()

        assert f"“{self.RUSSIAN}”" in text_of(page, charset="")

    def test_a_page_cut_inside_a_letter_loses_that_letter_alone(self) -> None:
        page = f"<p>{self.RUSSIAN} и".encode()[:-1]

        assert text_of(page) == f"{self.RUSSIAN} \ufffd"

    def test_a_byte_that_does_not_fit_changes_no_other(self) -> None:
        assert text_of(f"<p>{self.RUSSIAN}".encode() + b"\xff!") == f"{self.RUSSIAN}\ufffd!"
        assert text_of("<p>a\ud800é".encode("utf-16-le", "surrogatepass"), charset="utf-16le") == "a\ufffdé"


class TestHostilePages:
    @pytest.mark.parametrize("element", ["div", "b", "span", "table", "p", "a"])
    def test_five_thousand_levels_are_walked_without_recursion(self, element: str) -> None:
        assert text_of(f"<{element}>" * 5_000 + "deep") == "deep"

    def test_a_page_too_deep_for_the_main_text_keeps_its_text(self) -> None:
        page = "<div>" * 600 + STORY

        assert "a relay had been set by hand" in text_of(page)
        assert read(page).text_key == ""

    def test_a_wide_page_is_read(self) -> None:
        assert text_of("<p>x" * 20_000).count("x") == 20_000

    def test_a_page_of_too_many_elements_is_unreadable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(texts, "MAX_NODES", 1000)
        with pytest.raises(Unreadable, match="more than 1,000 elements"):
            read("<i>x" * 501)


class TestCopies:
    def key(self, *, title: str, paper: str, byline: str, story: str = STORY) -> str:
        return read(
            f"<title>{title} | {paper}</title><header><p>{paper}</p></header><nav><a href=/>Home</a></nav>"
            f"<article><h1>{title}</h1><p class=byline>{byline}, <time>1 March</time></p>{story}"
            f"<p class=credit>Supplied to {paper}.</p></article><footer>© {paper}</footer>"
        ).text_key

    def test_a_copy_under_another_title_byline_and_paper_has_the_same_key(self) -> None:
        one = self.key(title="Lights out", paper="The Gazette", byline="By A. Writer")

        assert one
        assert one == self.key(title="Why it went dark", paper="Evening Post", byline="From the agencies")

    def test_a_copy_with_other_white_space_has_the_same_key(self) -> None:
        one = self.key(title="a", paper="b", byline="c")

        assert one == self.key(title="a", paper="b", byline="c", story=STORY.replace(" ", "\n  "))

    def test_one_other_word_is_another_text(self) -> None:
        one = self.key(title="a", paper="b", byline="c")

        assert one != self.key(title="a", paper="b", byline="c", story=STORY.replace("by hand", "by chance"))

    def test_a_text_too_short_to_tell_has_no_key(self) -> None:
        assert read("<p>This page has moved.").text_key == ""


class TestInvariants:
    @given(st.text())
    @example("a\x0b\x1c\x85\u2028b \u00a0\u3000 c\r\n\n\t")
    @example("\ud83d\ude00\0")
    def test_folded_text_is_what_quotes_rely_on_and_folds_to_itself(self, text: str) -> None:
        folded = visible.fold(text)

        assert is_folded(folded)
        assert visible.fold(folded) == folded

    @given(
        st.binary(max_size=200),
        st.sampled_from(["text/html", "text/plain", ""]),
        st.sampled_from(["", "utf-8", "utf-16", "gbk", "shift_jis", "iso-2022-jp", "x"]),
    )
    @example(b"<p>a<br hidden>b", "text/html", "")
    @example(b"\xff\xfe<\x00\x00\xd8", "text/html", "")
    def test_any_bytes_give_a_folded_text_or_a_reason_and_always_the_same(
        self, content: bytes, media_type: str, charset: str
    ) -> None:
        seen = self.answer(content, media_type, charset)

        assert seen == self.answer(content, media_type, charset)
        assert seen.text
        assert is_folded(seen.text)
        assert is_folded(seen.title)

    @staticmethod
    def answer(content: bytes, media_type: str, charset: str) -> Text:
        try:
            return read(content, media_type=media_type, charset=charset)
        except Unreadable as reason:
            return Text(str(reason), "", "")

    @given(
        st.lists(
            st.sampled_from(
                [
                    "<p>",
                    "</p>",
                    "<b hidden>",
                    "</b>",
                    "<br>",
                    "<div>",
                    "</div>",
                    "<script></script>",
                    " ",
                    "a",
                    "bc",
                ]
            ),
            max_size=30,
        )
    )
    def test_every_span_of_a_page_is_found_where_it_stands(self, pieces: list[str]) -> None:
        try:
            text = text_of("<body>" + "".join(pieces))
        except Unreadable:
            return
        assert quotes.find(text, quotes.Page(text)) == quotes.Anchored(((0, len(text)),))
