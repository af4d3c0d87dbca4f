"""Heads, trailers, interim answers and frames that never end or hold too much: the limits, from both sides."""

from collections.abc import Iterator
from itertools import cycle, repeat

import pytest

from sources.fetchers.base import FetchError, Reason, Truncation
from sources.fetchers.http import fetch
from tests.sources.loopback import Script, ScriptedServer, page, policy_for

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\n\r\n"


def endless(first: bytes, more: bytes) -> Iterator[bytes]:
    yield first
    yield from repeat(more)


def fields(count: int) -> bytes:
    return b"".join(b"X-%d: a\r\n" % n for n in range(count))


def of_size(size: int) -> bytes:
    """A page whose head has so many bytes."""
    start, end = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", b"\r\n\r\n"
    longest = 30_000
    rest = size - len(start) - len(end)
    full, last = divmod(rest, longest + 2)
    lines = [b"X: " + b"a" * (longest - 3) for _ in range(full)]
    lines.append(b"X: " + b"a" * (last - 3))
    return start + b"\r\n".join(lines) + end + b"ok"


def outcome(script: Script) -> bytes | Reason:
    with ScriptedServer({"/": script}) as server:
        try:
            fetched = fetch(server.url(), policy_for(server))
        except FetchError as error:
            return error.reason
    assert fetched.truncated is Truncation.NONE
    return fetched.body


@pytest.mark.parametrize(
    ("script", "result"),
    [
        (of_size(64 * 1024), b"ok"),
        (of_size(64 * 1024 + 1), Reason.HEADERS_TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + fields(199) + b"\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + fields(200) + b"\r\nok", Reason.HEADERS_TOO_LARGE),
        (CHUNKED + b"2\r\nok\r\n0\r\n" + fields(200) + b"\r\n", b"ok"),
        (CHUNKED + b"2\r\nok\r\n0\r\n" + fields(201) + b"\r\n", Reason.HEADERS_TOO_LARGE),
        (HINT * 5 + page(b"ok"), b"ok"),
        (HINT * 6 + page(b"ok"), Reason.PROTOCOL_ERROR),
    ],
)
def test_a_limit_is_kept_to_the_last_byte_field_and_answer(script: Script, result: bytes | Reason) -> None:
    assert outcome(script) == result


FLOODS = {
    "a status line": (endless(b"HTTP/1.1 200 ", b"OK" * 500), Reason.HEADERS_TOO_LARGE),
    "a name": (endless(b"HTTP/1.1 200 OK\r\n", b"X" * 1000), Reason.HEADERS_TOO_LARGE),
    "a folded field": (
        endless(b"HTTP/1.1 200 OK\r\nX: a\r\n", b" folded\r\n" * 100),
        Reason.HEADERS_TOO_LARGE,
    ),
    "empty fields": (endless(b"HTTP/1.1 200 OK\r\n", b"X:\r\n" * 100), Reason.HEADERS_TOO_LARGE),
    "bare line feeds": (endless(b"HTTP/1.1 200 OK\n", b"X:\n" * 100), Reason.HEADERS_TOO_LARGE),
    "large interim answers": (
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: " + b"a" * 60_000 + b"\r\n\r\n"),
        Reason.PROTOCOL_ERROR,
    ),
    "interim answers of many kinds": (
        cycle(b"HTTP/1.1 %d X\r\nX: 1\r\n\r\n" % status for status in (100, 102, 103, 199)),
        Reason.PROTOCOL_ERROR,
    ),
    "an interim answer's head": (
        endless(b"HTTP/1.1 103 Early Hints\r\n", b"Link: a\r\n" * 100),
        Reason.HEADERS_TOO_LARGE,
    ),
    "a trailer": (endless(CHUNKED + b"1\r\na\r\n0\r\n", b"X: a\r\n" * 100), Reason.HEADERS_TOO_LARGE),
    "a chunk's extension": (endless(CHUNKED + b"1;", b"x" * 1000), Reason.HEADERS_TOO_LARGE),
    "a chunk's length": (endless(CHUNKED, b"0" * 1000), Reason.HEADERS_TOO_LARGE),
    "chunks of one byte": (endless(CHUNKED, b"1\r\nx\r\n" * 500), Reason.PROTOCOL_ERROR),
    "nothing but line ends": (endless(b"", b"\r\n" * 100), Reason.PROTOCOL_ERROR),
    "noise": (endless(b"", bytes(range(256))), Reason.PROTOCOL_ERROR),
    "NUL": (endless(b"", bytes(1000)), Reason.PROTOCOL_ERROR),
    "blanks": (endless(b"HTTP/1.1 200 OK\r\nX:", b" " * 1000), Reason.HEADERS_TOO_LARGE),
}


@pytest.mark.parametrize(("script", "reason"), FLOODS.values(), ids=FLOODS)
def test_a_flood_ends_with_its_reason(script: Script, reason: Reason) -> None:
    assert outcome(script) == reason
