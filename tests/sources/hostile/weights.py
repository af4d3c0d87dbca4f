"""Answers that are as heavy as a server can make them, against the limits as they are in production."""

import gzip
from collections.abc import Iterator, Mapping
from hashlib import sha512
from itertools import repeat

from tests.sources.loopback import Script, Step, hang, page, redirect

MIB = 1024 * 1024
LATE = "/late-"
PLAIN = b"HTTP/1.1 200 OK\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _endless(first: bytes, more: bytes) -> Iterator[Step]:
    yield first
    yield from repeat(more)


def _noise(size: int) -> bytes:
    """Bytes that no coding makes smaller, the same each time."""
    block, blocks = b"", []
    for _ in range(size // 64):
        block = sha512(block).digest()
        blocks.append(block)
    return b"".join(blocks)


def scripts() -> Mapping[str, tuple[Script, str]]:
    """By path: what is sent, and how the capture must end (a truncation, `whole`, or a reason).

    Only what begins with `LATE` is meant to run into the deadline.
    """
    noise = _noise(MIB)
    bomb = gzip.compress(bytes(100 * MIB), 1)
    return {
        "/endless": (_endless(PLAIN, noise), "length"),
        "/endless-zeros": (_endless(PLAIN, bytes(MIB)), "length"),
        "/huge-length": (
            _endless(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n", bytes(MIB)),
            "length",
        ),
        "/endless-chunks": (_endless(CHUNKED, b"%x\r\n%s\r\n" % (MIB, noise)), "length"),
        "/one-chunk": (_endless(CHUNKED + b"fffffffffff\r\n", bytes(MIB)), "length"),
        "/tiny-chunks": (_endless(CHUNKED, b"1\r\na\r\n" * 10_000), "protocol_error"),
        "/extensions": (_endless(CHUNKED, b"1;" + b"x" * 60_000 + b"\r\na\r\n"), "protocol_error"),
        "/as-large-as-may-be": (page(noise * 32), "whole"),
        "/cut-at-the-last": (page(noise * 32)[:-1], "incomplete_body"),
        "/bomb": (page(bomb, headers={"Content-Encoding": "gzip"}), "whole"),
        "/bomb-in-layers": (page(gzip.compress(bomb), headers={"Content-Encoding": "gzip, gzip"}), "whole"),
        "/junk-behind": (_endless(page(b"page"), noise), "protocol_error"),
        "/head": (_endless(b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 1000 + b"\r\n"), "headers_too_large"),
        "/trailer": (
            _endless(CHUNKED + b"1\r\na\r\n0\r\n", b"X: " + b"a" * 1000 + b"\r\n"),
            "headers_too_large",
        ),
        "/interim": (
            _endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: " + b"a" * 60_000 + b"\r\n\r\n"),
            "protocol_error",
        ),
        "/late-stall": ([page(noise)[:-1], hang], "time"),
        "/redirect-with-a-body": ([*_redirect_with_a_body(noise)], "whole"),
        "/missing-with-a-body": (
            _endless(b"HTTP/1.1 404 Not Found\r\n\r\n", noise),
            "http_not_found",
        ),
        "/loop": (redirect("/loop#"), "redirect_loop"),
    }


def robots_script() -> Script:
    """A robots.txt without end, of names and rules in turn: thousands of each."""
    names = b"".join(b"User-agent: a%d\n" % n for n in range(15_000))
    return _endless(PLAIN + b"User-agent: *\nDisallow: /never\n" + names, b"Allow: /x*y*z$\n" * 1000)


def _redirect_with_a_body(noise: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 302 Found\r\nLocation: /as-large-as-may-be\r\n\r\n"
    yield from repeat(noise, 40)
