"""Servers that take their time: one deadline over names, connections, heads, bodies and hops together."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from threading import Event

import pytest

from sources.fetchers.base import FetchError, Reason, Truncation
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from tests.sources.loopback import (
    Script,
    ScriptedServer,
    Step,
    hang,
    page,
    policy_for,
    redirect,
    trusting_context,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def waiting(seconds: float) -> Callable[[socket.socket], None]:
    """A step that lets time pass."""
    return lambda _peer: time.sleep(seconds)


def dripping(first: bytes, drops: bytes) -> Iterator[Step]:
    """What is sent at once, and then a byte at a time, for longer than anybody waits."""
    yield first
    for drop in drops * 1000:
        yield bytes([drop])
        yield waiting(0.02)


def failure_of(server: ScriptedServer, path: str = "/", **limits: float) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(server.url(path), policy_for(server, **limits))
    return caught.value


@pytest.mark.parametrize(
    ("first", "drops"),
    [
        (b"", b"HTTP/1.1 200 OK\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Drop: a\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", b"H"),
        (CHUNKED, b"0"),
        (CHUNKED + b"5;", b"x"),
    ],
)
def test_a_head_or_a_frame_that_drips_ends_at_the_deadline(first: bytes, drops: bytes) -> None:
    with ScriptedServer({"/": dripping(first, drops)}) as server:
        error = failure_of(server, deadline=0.4)

    assert (error.reason, error.permanent, error.partial) == (Reason.TIMEOUT, False, None)


@pytest.mark.parametrize("head", [PLAIN, b"HTTP/1.0 200 OK\r\n\r\n", CHUNKED + b"ff\r\n"])
def test_a_body_that_drips_is_kept_as_far_as_it_came(head: bytes) -> None:
    with ScriptedServer({"/": dripping(head, b"a")}) as server:
        fetched = fetch(server.url(), policy_for(server, deadline=0.5))

    assert fetched.truncated is Truncation.TIME
    assert 0 < len(fetched.body) < 255
    assert set(fetched.body) == set(b"a")


def test_a_trailer_that_drips_keeps_the_page_as_cut() -> None:
    with ScriptedServer({"/": dripping(CHUNKED + b"4\r\npage\r\n0\r\n", b"X: a\r\n")}) as server:
        fetched = fetch(server.url(), policy_for(server, deadline=0.5))

    assert (fetched.body, fetched.truncated) == (b"page", Truncation.TIME)


def test_hops_that_are_slow_each_for_itself_use_up_one_time_together() -> None:
    def slowly(answer: bytes) -> Script:
        return [waiting(0.15), answer]

    script = {f"/{n}": slowly(redirect(f"/{n + 1}")) for n in range(9)}
    with ScriptedServer({**script, "/9": page()}) as server:
        error = failure_of(server, "/0", deadline=0.5)

    assert error.reason is Reason.TIMEOUT
    assert 0 < len(error.hops) < 5


def test_a_name_that_is_never_answered_at_a_later_hop_ends_at_the_deadline() -> None:
    released = Event()

    def stuck(_host: str, _port: int) -> Sequence[str]:
        released.wait()
        return ["127.0.0.1"]

    try:
        with ScriptedServer({"/": redirect("http://news.example/")}) as server:
            policy = policy_for(server, resolve=stuck, deadline=0.3)
            with pytest.raises(FetchError) as caught:
                fetch(server.url(), policy)
        assert not released.is_set()
    finally:
        released.set()
    assert caught.value.reason is Reason.TIMEOUT
    assert len(caught.value.hops) == 1


def test_a_server_that_stalls_behind_tls_ends_at_the_deadline() -> None:
    with ScriptedServer({"/": [PLAIN + b"half", hang], "/head": [hang]}, tls=True) as server:
        policy = policy_for(server, tls=trusting_context(), deadline=0.5)

        assert fetch(server.url(), policy).truncated is Truncation.TIME
        with pytest.raises(FetchError) as caught:
            fetch(server.url("/head"), policy)
    assert caught.value.reason is Reason.TIMEOUT


def test_a_place_where_connections_are_never_taken_up_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting_ones = [socket.socket() for _ in range(4)]
        for one in waiting_ones:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(FetchError) as caught:
            fetch(
                f"http://127.0.0.1:{port}/",
                FetchPolicy(allow_hosts=frozenset({f"127.0.0.1:{port}"}), deadline=0.3),
            )
        for one in waiting_ones:
            one.close()

    assert (caught.value.reason, caught.value.permanent) == (Reason.TIMEOUT, False)


def test_a_server_that_never_reads_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        place = f"127.0.0.1:{port}"
        with pytest.raises(FetchError) as caught:
            fetch(f"http://{place}/", FetchPolicy(allow_hosts=frozenset({place}), deadline=0.3))

    assert caught.value.reason is Reason.TIMEOUT
