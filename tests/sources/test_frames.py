"""An answer of a reader is believed where it has the form of one, and nowhere else."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import frames
from sources.frames import Garbled
from sources.metadata import PageFacts
from sources.texts import MAX_TITLE, Text, Unreadable

TEXT = Text("The lights went out.\nAt ten.", "Title", "0" * 64, PageFacts("The Times", "2021-02-28", "en-GB"))
HEAD = {"title": "", "text_key": "", "publisher": "", "published_at": "", "language": ""}


def parts(message: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Head and body of a message, as its lengths cut it."""
    whole = b"".join(message)
    lengths = frames.lengths(whole)
    assert lengths
    start, end = frames.LENGTHS.size, frames.LENGTHS.size + lengths[0]
    assert len(whole) == end + lengths[1]
    return whole[start:end], whole[end:]


class TestRoundTrip:
    @pytest.mark.parametrize("text", [TEXT, Text("é’😀", "", "")])
    def test_a_text_comes_through_whole(self, text: Text) -> None:
        assert frames.answered(*parts(frames.answer(text))) == text

    @pytest.mark.parametrize("text", ["The lights went out.", "\ufeffé’😀\n" * 99_000])
    def test_its_digest_is_known_without_writing_it_down_again(self, text: str) -> None:
        come = frames.answered(*parts(frames.answer(Text(text, "", ""))))

        assert isinstance(come, Text)
        assert come.digest == come.sha256 == Text(text, "", "").sha256 == sha256(text.encode()).hexdigest()

    def test_a_reason_does(self) -> None:
        outcome = frames.answered(*parts(frames.answer(Unreadable("The page shows no text."))))

        assert isinstance(outcome, Unreadable)
        assert str(outcome) == "The page shows no text."

    def test_an_error_s_name_does(self) -> None:
        assert frames.answered(*parts(frames.answer("RecursionError"))) == "RecursionError"

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
    def test_any_storable_text_does(self, text: str) -> None:
        assert frames.answered(*parts(frames.answer(Text(text, "", "")))) == Text(text, "", "")


class TestForm:
    @pytest.mark.parametrize(
        "said",
        [
            None,
            [],
            {},
            "title",
            {**HEAD, "more": 1},
            {**HEAD, "title": None},
            {**HEAD, "title": 1},
            {**HEAD, "title": ["x"]},
            {**HEAD, "title": "x" * (MAX_TITLE + 1)},
            {**HEAD, "title": "a\0b"},
            {**HEAD, "title": "a\ud800b"},
            {**HEAD, "text_key": "0" * 63},
            {**HEAD, "text_key": "G" * 64},
            {**HEAD, "publisher": "x" * 301},
            {**HEAD, "published_at": "yesterday"},
            {**HEAD, "published_at": "2021-02-28T22:10:00.000000000+05:30"},
            {**HEAD, "language": "<b>"},
            {"unreadable": "It is."},  # with a body
            {"error": "E"},  # with a body
        ],
    )
    def test_a_head_of_another_form_is_garbled(self, said: Any) -> None:
        with pytest.raises(Garbled):
            frames.answered(json.dumps(said).encode(), b"text")

    @pytest.mark.parametrize(
        "said",
        [
            {"unreadable": ""},
            {"unreadable": "x" * 1001},
            {"unreadable": "a\0b"},
            {"error": "<script>"},
            {"error": "E" * 81},
            {"error": "E\n"},
            HEAD,  # without a text
        ],
    )
    def test_so_is_one_without_a_body(self, said: Any) -> None:
        with pytest.raises(Garbled):
            frames.answered(json.dumps(said).encode(), b"")

    @pytest.mark.parametrize("head", [b"", b"{", b"\xff", b"[" * 50_000, b"1e999", b'{"a": NaN}'])
    def test_what_is_no_json_is_garbled(self, head: bytes) -> None:
        with pytest.raises(Garbled):
            frames.answered(head, b"text")

    @pytest.mark.parametrize("body", [b"\xff", b"a\0b", b"\xed\xa0\x80"])
    def test_a_text_that_no_store_takes_is_garbled(self, body: bytes) -> None:
        with pytest.raises(Garbled):
            frames.answered(json.dumps(HEAD).encode(), body)

    def test_lengths_beyond_what_was_agreed_are_garbled_before_anything_is_read(self) -> None:
        assert frames.lengths(b"\0" * 7) is None
        assert frames.lengths(frames.LENGTHS.pack(frames.MAX_HEAD, frames.MAX_BODY))
        for lengths in ((frames.MAX_HEAD + 1, 0), (0, frames.MAX_BODY + 1), (2**32 - 1, 2**32 - 1)):
            with pytest.raises(Garbled):
                frames.lengths(frames.LENGTHS.pack(*lengths))

    @given(st.binary(max_size=100), st.binary(max_size=20))
    def test_any_bytes_are_an_answer_or_garbled(self, head: bytes, body: bytes) -> None:
        try:
            outcome = frames.answered(head, body)
        except Garbled:
            return
        assert isinstance(outcome, Text | Unreadable | str)
