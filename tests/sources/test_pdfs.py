"""A PDF gives the text that it draws, its title and its day, or a sentence that says why not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims import quotes
from sources import pdfs, texts, visible
from sources.texts import Text, Unreadable
from tests.sources.pdf_files import locked_pdf, pdf


def read(content: bytes, *, media_type: str = "application/pdf") -> Text:
    return texts.read(content, media_type=media_type, charset="")


class TestText:
    def test_pages_follow_each_other_a_line_a_line(self) -> None:
        content = pdf(["The lights went out \\(at ten\\).", "Nobody knew  why."], ["The second page."])

        assert read(content).text == "The lights went out (at ten).\nNobody knew why.\nThe second page."

    def test_letters_are_those_of_the_file_s_own_tables(self) -> None:
        assert read(pdf(["café “quoted”"])).text == "café “quoted”"

    def test_a_word_broken_at_the_end_of_a_line_stays_broken(self) -> None:
        assert (
            read(pdf(["They called the out-", "age an accident."])).text
            == "They called the out-\nage an accident."
        )

    def test_a_quote_is_found_across_lines_and_pages(self) -> None:
        text = read(pdf(["A relay had been", "set by hand, said"], ["the minister."])).text
        found = quotes.find("A relay had been set by hand, said the minister.", quotes.Page(text))

        assert isinstance(found, quotes.Anchored)

    def test_no_key_is_made_of_a_text_whose_main_part_nobody_marked(self) -> None:
        assert read(pdf(["word " * 100])).text_key == ""


class TestKind:
    @pytest.mark.parametrize("media_type", ["application/pdf", "application/x-pdf"])
    def test_a_server_says_so(self, media_type: str) -> None:
        assert read(pdf(["x"]), media_type=media_type).text == "x"

    @pytest.mark.parametrize("media_type", ["", "application/octet-stream", "binary/octet-stream"])
    def test_where_a_server_says_nothing_the_first_bytes_do(self, media_type: str) -> None:
        assert read(pdf(["x"]), media_type=media_type).text == "x"

    def test_where_a_server_says_something_else_they_do_not(self) -> None:
        with pytest.raises(Unreadable, match="No text is read out of image/png: its bytes are kept"):
            read(pdf(["x"]), media_type="image/png")


class TestFacts:
    def test_title_and_day_are_the_file_s_own(self) -> None:
        seen = read(pdf(["x"]))

        assert (seen.title, seen.facts.published_at, seen.facts.publisher) == (
            "On the outage",
            "2021-02-28",
            "",
        )

    @pytest.mark.parametrize(
        ("stated", "day"),
        [
            ("D:20210228", "2021-02-28"),
            ("20210228221000Z", "2021-02-28"),
            ("D:2021", ""),
            ("D:20210230", ""),
            ("yesterday", ""),
            ("", ""),
        ],
    )
    def test_a_day_that_is_none_is_left_out(self, stated: str, day: str) -> None:
        assert read(pdf(["x"], info=f"<< /CreationDate ({stated}) >>")).facts.published_at == day

    def test_the_title_is_one_storable_line_of_bounded_length(self) -> None:
        assert read(pdf(["x"], info="<< /Title (\\n A\\n  report) >>")).title == "A report"
        assert len(read(pdf(["x"], info=f"<< /Title ({'a' * 5000}) >>")).title) == texts.MAX_TITLE

    def test_a_title_that_is_no_text_is_left_out(self) -> None:
        half_a_letter = "FEFF0041D800"

        assert read(pdf(["x"], info=f"<< /Title <{half_a_letter}> >>")).title == ""


class TestTrouble:
    def test_one_that_needs_a_password_says_so(self) -> None:
        with pytest.raises(Unreadable, match="opens only with a password"):
            read(locked_pdf())

    @pytest.mark.parametrize("content", [b"", b"%PDF-1.7 <p>x", b"%PDF-1.7" + bytes(1000), b"<html><p>x"])
    def test_what_is_none_says_so(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="damaged, or no PDF"):
            read(content)

    def test_one_without_text_says_so(self) -> None:
        with pytest.raises(Unreadable, match="has no text in it"):
            read(pdf([]))

    def test_too_many_pages_are_not_begun(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdfs, "MAX_PAGES", 2)
        assert read(pdf(["a"], ["b"])).text == "a\nb"
        with pytest.raises(Unreadable, match="more than 2 pages"):
            read(pdf(["a"], ["b"], ["c"]))

    def test_too_many_characters_are_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(texts, "MAX_TEXT", 10)
        with pytest.raises(Unreadable, match="more than 10 characters"):
            read(pdf(["a" * 6], ["b" * 6]))

    @settings(deadline=None)  # a first example loads the library
    @given(st.integers(0, 10_000), st.binary(max_size=30))
    def test_one_that_was_tampered_with_gives_a_text_or_a_reason(self, place: int, junk: bytes) -> None:
        content = pdf(["The lights went out."], ["The second page."])
        place %= len(content)
        try:
            seen = read(content[:place] + junk + content[place + len(junk) :])
        except Unreadable as reason:
            assert str(reason).endswith(".")  # noqa: PT017 - either way is right
        else:
            assert seen.text == visible.fold(seen.text)
