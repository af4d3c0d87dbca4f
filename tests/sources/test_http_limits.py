"""Limits: size, time, headers, and answers that break the rules of HTTP."""

import socket
from collections.abc import Iterator
from itertools import repeat

import pytest

from sources.fetchers.base import FetchError, Reason, Truncation
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from tests.sources.loopback import Script, ScriptedServer, hang, page, pause, policy_for, redirect, reset

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def failure_of(script: Script, **limits: float) -> FetchError:
    with ScriptedServer({"/": script}) as server, pytest.raises(FetchError) as caught:
        fetch(server.url(), policy_for(server, **limits))
    return caught.value


def body_of(script: Script, **limits: float) -> tuple[bytes, Truncation]:
    with ScriptedServer({"/": script}) as server:
        fetched = fetch(server.url(), policy_for(server, **limits))
    return fetched.body, fetched.truncated


# --- Size


def test_a_body_as_long_as_the_cap_is_whole() -> None:
    assert body_of(page(b"a" * 1000), max_body=1000) == (b"a" * 1000, Truncation.NONE)


def test_a_longer_body_is_cut_at_the_cap() -> None:
    assert body_of(page(b"a" * 1001), max_body=1000) == (b"a" * 1000, Truncation.LENGTH)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ],
)
def test_an_endless_body_is_cut_at_the_cap(head: bytes) -> None:
    def endless() -> Iterator[bytes]:
        yield head
        yield from repeat(b"a" * 65536)

    assert body_of(endless(), max_body=100_000) == (b"a" * 100_000, Truncation.LENGTH)


def test_an_endless_body_in_chunks_is_cut_at_the_cap() -> None:
    def endless() -> Iterator[bytes]:
        yield CHUNKED
        yield from repeat(b"1000\r\n" + b"a" * 4096 + b"\r\n")

    assert body_of(endless(), max_body=100_000) == (b"a" * 100_000, Truncation.LENGTH)


def test_chunks_come_back_as_the_page_they_frame() -> None:
    chunks = b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n"

    assert body_of(CHUNKED + chunks) == (b"hello world", Truncation.NONE)


def test_an_empty_page_is_a_page() -> None:
    assert body_of(page(b"")) == (b"", Truncation.NONE)


# --- Time


def test_a_body_that_stalls_is_kept_as_far_as_it_came() -> None:
    stalling = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"

    assert body_of([stalling, hang], deadline=1.0) == (b"half", Truncation.TIME)


def test_a_stalled_chunk_is_kept_as_far_as_it_came() -> None:
    assert body_of([CHUNKED + b"ff\r\nhalf", hang], deadline=1.0) == (b"half", Truncation.TIME)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
        CHUNKED + b"ff\r\n",
    ],
)
def test_a_server_that_stalls_before_the_body_gives_no_page(sent: bytes) -> None:
    error = failure_of([sent, hang], deadline=0.2)

    assert (error.reason, error.permanent) == (Reason.TIMEOUT, False)


def test_a_tls_handshake_that_stalls_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        policy = FetchPolicy(allow_hosts=frozenset({place}), deadline=0.2)
        with pytest.raises(FetchError) as caught:
            fetch(f"https://{place}/", policy)

    assert caught.value.reason is Reason.TIMEOUT


# --- Headers


def test_many_headers_within_the_limits_are_accepted() -> None:
    headers = {f"X-{n}": "a" * 200 for n in range(190)}

    assert body_of(page(b"ok", headers=headers)) == (b"ok", Truncation.NONE)


def test_too_many_headers_are_refused() -> None:
    error = failure_of(page(headers={f"X-{n}": "" for n in range(201)}))

    assert (error.reason, error.permanent) == (Reason.HEADERS_TOO_LARGE, True)


def test_too_long_a_header_is_refused() -> None:
    assert failure_of(page(headers={"X-Long": "a" * 70_000})).reason is Reason.HEADERS_TOO_LARGE


def test_headers_without_end_are_refused() -> None:
    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        yield from repeat(b"X-Flood: a\r\n" * 100)

    assert failure_of(endless()).reason is Reason.HEADERS_TOO_LARGE


def test_a_trailer_without_end_is_refused() -> None:
    def endless() -> Iterator[bytes]:
        yield CHUNKED + b"1\r\na\r\n0\r\n"
        yield from repeat(b"X-Flood: a\r\n" * 100)

    assert failure_of(endless()).reason is Reason.HEADERS_TOO_LARGE


def test_a_trailer_of_too_many_fields_is_refused() -> None:
    trailer = b"".join(b"X-%d: a\r\n" % n for n in range(201))

    assert failure_of(CHUNKED + b"1\r\na\r\n0\r\n" + trailer + b"\r\n").reason is Reason.HEADERS_TOO_LARGE


def test_interim_answers_are_skipped() -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    with ScriptedServer({"/": hint * 5 + page(b"page")}) as server:
        fetched = fetch(server.url(), policy_for(server))

    assert fetched.body == b"page"
    assert fetched.exchange.head.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_flood_of_interim_answers_is_refused() -> None:
    assert failure_of(repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n")).reason is Reason.PROTOCOL_ERROR


def test_a_flood_of_chunk_extensions_is_refused() -> None:
    def endless() -> Iterator[bytes]:
        yield CHUNKED
        yield from repeat(b"1;" + b"x" * 30_000 + b"\r\na\r\n")

    assert failure_of(endless(), max_body=1_000_000).reason is Reason.PROTOCOL_ERROR


def test_a_chunk_extension_without_end_is_refused() -> None:
    def endless() -> Iterator[bytes]:
        yield CHUNKED + b"1;"
        yield from repeat(b"x" * 4096)

    assert failure_of(endless()).reason is Reason.HEADERS_TOO_LARGE


# --- Broken answers


@pytest.mark.parametrize(
    "script",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", reset],
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        CHUNKED,
        CHUNKED + b"ff\r\nhalf",
        CHUNKED + b"4\r\nhalf\r\n",
        CHUNKED + b"4\r\nhalf\r\n0\r\n",
        CHUNKED + b"4\r\nhalf\r\n0\r\nX-Trailer: 1\r\n",
    ],
)
def test_a_page_that_its_server_cuts_is_no_page(script: Script) -> None:
    error = failure_of(script)

    assert (error.reason, error.permanent) == (Reason.INCOMPLETE_BODY, False)
    assert error.partial is None or error.partial.truncated is Truncation.DISCONNECT


@pytest.mark.parametrize(
    "script",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", pause, reset],
        CHUNKED + b"ff\r\nhalf",
        CHUNKED + b"4\r\nhalf\r\n",
        CHUNKED + b"4\r\nhalf\r\n0\r\nX-Trailer: 1\r\n",
    ],
)
def test_what_came_of_a_page_that_its_server_cuts_is_handed_over_with_the_failure(script: Script) -> None:
    pages = {"/": redirect("/page"), "/page": script}
    with ScriptedServer(pages) as server, pytest.raises(FetchError) as caught:
        fetch(server.url(), policy_for(server))
    partial = caught.value.partial

    assert partial is not None
    assert (partial.url, partial.body, partial.truncated) == (
        server.url("/page"),
        b"half",
        Truncation.DISCONNECT,
    )
    assert partial.hops == caught.value.hops != ()


@pytest.mark.parametrize(
    "script",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        CHUNKED + b"ff\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 100\r\n\r\nhalf",
        CHUNKED + b"4\r\nhalf\r\nnot a length\r\n",
        CHUNKED + b"4\r\nhalf!\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nhalf",
    ],
)
def test_nothing_is_handed_over_of_an_empty_body_an_unsound_head_or_framing_in_doubt(script: Script) -> None:
    assert failure_of(script).partial is None


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"hello\r\n",
        CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n",
        CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"f" * 21 + b"\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n folded: first\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\r\n \t \r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\r\n \xa0\r\n\r\nhello",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello",
        b"HTTP/9.9 200 OK\r\n\r\nhello",
        b"HTTP/1.1 2000 OK\r\n\r\nhello",
        b"HTTP/1.1 099 Low\r\n\r\nhello",
        b"ICY 200 OK\r\n\r\nhello",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\r\n\r\nhello",
        b"\x16\x03\x01\x02\x00",
        b"<html>hello</html>\r\n\r\n",
    ],
)
def test_an_answer_that_can_be_read_in_two_ways_is_no_page(raw: bytes) -> None:
    error = failure_of(raw)

    assert (error.reason, error.permanent) == (Reason.PROTOCOL_ERROR, False)


@pytest.mark.parametrize("junk", [page(b"smuggled"), b"\r\n", b"x", b"\0" * 200_000])
@pytest.mark.parametrize(
    "first",
    [
        page(b"first"),
        CHUNKED + b"5\r\nfirst\r\n0\r\n\r\n",
        [page(b"first"), pause],
    ],
)
def test_bytes_after_the_declared_end_belong_to_no_page_and_leave_none_whole(
    first: Script, junk: bytes
) -> None:
    script = [*([first] if isinstance(first, bytes) else first), junk]
    with ScriptedServer({"/": script, "/next": page(b"second")}) as server:
        policy = policy_for(server)
        with pytest.raises(FetchError) as caught:
            fetch(server.url("/"), policy)

        assert fetch(server.url("/next"), policy).body == b"second"
    error = caught.value
    assert (error.reason, error.permanent) == (Reason.PROTOCOL_ERROR, False)
    assert error.partial is not None
    assert (error.partial.body, error.partial.truncated) == (b"first", Truncation.UNSPECIFIED)


def test_a_server_that_keeps_the_connection_after_the_page_gives_it_whole() -> None:
    assert body_of([page(b"kept open"), hang]) == (b"kept open", Truncation.NONE)


def test_the_same_length_said_twice_is_one_length() -> None:
    assert body_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok")[0] == b"ok"


def test_a_page_that_ends_with_the_connection_is_whole() -> None:
    assert body_of(b"HTTP/1.0 200 OK\r\n\r\nuntil the end") == (b"until the end", Truncation.NONE)


def test_bare_line_feeds_and_folded_headers_are_read() -> None:
    raw = b"HTTP/1.1 200 OK\nX-Folded: one\n two\nContent-Length: 2\n\nok"
    with ScriptedServer({"/": raw}) as server:
        fetched = fetch(server.url(), policy_for(server))

    assert fetched.exchange.header("x-folded") == "one two"
    assert fetched.exchange.head + fetched.body == raw
