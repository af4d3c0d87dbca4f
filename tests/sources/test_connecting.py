"""Connections without TLS: what has come is there at once, and nobody keeps the loop for itself."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.connecting import MOST_AT_ONCE, _connect, _Plain, _readiness


@pytest.fixture
def peers() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end and the site's."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with ours, theirs:
        yield ours, theirs


def test_what_has_come_is_received_up_to_what_is_asked_for_and_then_the_end(
    peers: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = peers

    async def received() -> list[bytes]:
        connection = _Plain(ours, "192.0.2.7:80")
        await connection.send(b"ask")
        assert theirs.recv(10) == b"ask"
        theirs.sendall(b"answer")
        first = [await connection.receive(4), await connection.receive(4)]
        asyncio.get_running_loop().call_later(0.02, theirs.sendall, b"late")
        asyncio.get_running_loop().call_later(0.04, theirs.close)
        return [*first, *[await connection.receive(10) for _ in range(3)]]

    assert asyncio.run(received()) == [b"answ", b"er", b"late", b"", b""]


def test_site_that_is_faster_than_we_read_leaves_the_loop_to_others(
    peers: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = peers
    theirs.sendall(b"a" * 100)

    async def turns_of_others() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        connection = _Plain(ours, "192.0.2.7:80")
        waiting = asyncio.create_task(others())
        for _ in range(100):
            assert await connection.receive(1) == b"a"
        waiting.cancel()
        return turns

    assert asyncio.run(turns_of_others()) >= 40


def test_what_has_come_and_the_end_are_told_without_waiting(
    peers: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = peers

    async def come() -> list[bytes | None]:
        connection = _Plain(ours, "192.0.2.7:80")
        told = [connection.come()]
        theirs.sendall(b"ab")
        told += [connection.come(), connection.come(), connection.come()]
        theirs.close()
        return [*told, connection.come()]

    assert asyncio.run(come()) == [None, b"a", b"b", None, b""]


def test_what_was_received_stays_what_it_is_when_more_comes(
    peers: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = peers

    async def received() -> list[bytes]:
        connections = _Plain(ours, "192.0.2.7:80"), _Plain(ours, "192.0.2.8:80")
        pieces = []
        for number in range(4):
            theirs.sendall(b"%d" % number * (4 - number))
            pieces.append(await connections[number % 2].receive(MOST_AT_ONCE * 2))
        return pieces

    assert asyncio.run(received()) == [b"0000", b"111", b"22", b"3"]


def test_connection_is_watched_no_longer_once_something_has_come(
    peers: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = peers

    async def looks() -> int:
        connection, loop = _Plain(ours, "192.0.2.7:80"), asyncio.get_running_loop()
        await connection.send(b"ask")
        loop.call_later(0.05, theirs.sendall, b"answer")
        assert await connection.receive(10) == b"answer"
        return int(loop.remove_reader(ours.fileno()))  # whether it is still watched

    assert asyncio.run(looks()) == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_address_where_nobody_listens_is_told_in_the_words_of_the_system(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as reserved:
            reserved.bind((address, 0))
            port = reserved.getsockname()[1]
            ours = asyncio.run(_failure_at(address, port))
    except OSError:
        pytest.skip("this machine has no such address")

    async def of_the_loop() -> OSError:
        with socket.socket(family) as sock:
            sock.settimeout(0)
            with pytest.raises(OSError) as failed:
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
        return failed.value

    theirs = asyncio.run(of_the_loop())
    assert (ours.reason, ours.detail) == (Reason.CONNECT_FAILED, theirs.strerror)


async def _failure_at(address: str, port: int) -> FetchError:
    with pytest.raises(FetchError) as failed:
        await _connect([address], port)
    return failed.value


def test_who_no_longer_waits_can_end_the_connection(peers: tuple[socket.socket, socket.socket]) -> None:
    ours, _theirs = peers

    async def given_up() -> None:
        connection = _Plain(ours, "192.0.2.7:80")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await connection.receive(1)
        connection.cut()
        connection.cut()
        await asyncio.sleep(0)

    asyncio.run(given_up())
    assert ours.fileno() == -1


@pytest.mark.parametrize("way", ["reader", "writer"])
def test_connection_that_nobody_waits_for_any_longer_is_watched_no_more(
    peers: tuple[socket.socket, socket.socket], way: str
) -> None:
    ours, _theirs = peers
    with suppress(BlockingIOError):
        while True:  # so that it cannot be written to either
            ours.send(bytes(100_000))

    async def watched() -> bool:
        loop = asyncio.get_running_loop()
        watch, leave = getattr(loop, f"add_{way}"), getattr(loop, f"remove_{way}")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await _readiness(ours, watch, leave)
        return bool(leave(ours.fileno()))

    assert not asyncio.run(watched())
