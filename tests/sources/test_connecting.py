"""Connections without TLS: what has come is there at once, and nobody keeps the loop for itself."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from sources.fetchers.connecting import _Plain


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
