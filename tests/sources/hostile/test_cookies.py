"""Cookies and other marks that a server leaves: none is ever sent back, to anybody, in any hop or later capture."""

import pytest

from sources.fetchers.http import fetch
from sources.fetchers.robots import Robots
from tests.sources.loopback import ScriptedServer, page, policy_for, redirect
from tests.sources.memory import Memory

SENT = {"host", "user-agent", "accept", "accept-encoding", "connection"}


def names_in(head: bytes) -> set[str]:
    lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")[1:]
    return {line.partition(":")[0].lower() for line in lines}


def baited(answer: bytes) -> bytes:
    """An answer that leaves every mark we know."""
    bombs = b"".join(b"Set-Cookie: id%d=%s; Path=/\r\n" % (n, b"a" * 300) for n in range(150))
    marks = b'ETag: "who-you-are"\r\nSet-Cookie2: a=b\r\nWWW-Authenticate: Basic\r\nAccept-CH: UA\r\n'
    status, _, rest = answer.partition(b"\r\n")
    return status + b"\r\n" + bombs + marks + rest


def test_no_cookie_and_no_other_mark_is_sent_at_any_hop_or_later() -> None:
    script = {f"/{n}": baited(redirect(f"/{n + 1}")) for n in range(9)}
    with ScriptedServer({**script, "/9": baited(page(b"end"))}) as server:
        policy = policy_for(server)
        for _ in range(2):
            assert fetch(server.url("/0"), policy).body == b"end"

    assert len(server.requests) == 20
    assert [names_in(request.head) for request in server.requests] == [SENT] * 20


def test_no_cookie_goes_from_robots_to_the_page_or_from_host_to_host() -> None:
    with ScriptedServer() as one, ScriptedServer({"*": baited(page(b"end"))}) as two:
        one.script = {"/robots.txt": baited(page(b"")), "/a": baited(redirect(two.url("/b")))}
        policy = policy_for(one, two)
        fetch(one.url("/a"), policy, permit=Robots(policy, Memory()).require)

    heads = [request.head for request in (*one.requests, *two.requests)]
    assert [names_in(head) for head in heads] == [SENT] * 4


@pytest.mark.parametrize(
    "cookie",
    ["a" * 30_000, "a=b; Domain=127.0.0.1; Path=/; Max-Age=99999999999", "=;=;=;" * 5000, '"', "\xff"],
)
def test_a_cookie_is_only_a_header_among_others(cookie: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nSet-Cookie: {cookie}\r\nContent-Length: 2\r\n\r\n"
    with ScriptedServer({"/": head.encode("latin-1") + b"ok"}) as server:
        assert fetch(server.url(), policy_for(server)).exchange.header("set-cookie") == cookie
