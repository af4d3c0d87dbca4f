"""Labels for charsets and types: text that is handed on, never a codec that is run."""

import encodings.aliases
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.fetchers.base import Fetched
from sources.fetchers.http import fetch
from tests.sources.loopback import ScriptedServer, page, policy_for
from tests.sources.test_warc import fetched_page

BODY = "Grüße, 世界".encode()
LABELS = [
    "idna", "punycode", "utf-7", "rot13", "rot_13", "zlib", "zlib_codec", "bz2", "hex", "base64", "quopri", "uu",
    "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos", "utf-8-sig", "utf_16_be", "cesu-8",
    "x-user-defined", "replacement", "../../etc/passwd", "a" * 10_000, "%00", "{0}", "none",
]  # fmt: skip


@pytest.mark.parametrize("label", [*LABELS, *sorted(encodings.aliases.aliases)[::20]])
def test_a_label_is_handed_on_and_the_bytes_left_alone(label: str) -> None:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={label}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    with ScriptedServer({"/": head.encode() + BODY}) as server:
        fetched = fetch(server.url(), policy_for(server))

    assert fetched.body == BODY
    assert fetched.charset == label.lower()
    assert fetched.content_type == "text/html"


@given(st.text(st.characters(codec="latin-1"), max_size=200))
def test_no_content_type_breaks_the_reading_of_it(value: str) -> None:
    plain = fetched_page()
    headers = (("content-type", value), ("content-encoding", value))
    fetched = Fetched(exchange=replace(plain.exchange, headers=headers))

    assert fetched.charset == fetched.charset.lower()
    assert fetched.content_type == fetched.content_type.strip().lower()
    assert isinstance(fetched.content_encoding, str)


def test_a_page_without_any_label_has_none() -> None:
    with ScriptedServer({"/": page(BODY, headers={"Content-Type": "charset=utf-8"})}) as server:
        assert fetch(server.url(), policy_for(server)).charset == ""
