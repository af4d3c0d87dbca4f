"""The site that is archived: `http://p<N>.bench.localhost:PORT/<visit>/<page>`, after a pause, out of memory.

It runs as a process of its own (`python -m benchmarks.site --port P --pages N --latency SECONDS`), because what it
costs is no part of what is measured. It answers as an origin and, to `GET http://...`, as a proxy: the system's
resolver does not know these names, so that is how other programs come here.
"""

import argparse
import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.pages import page

ADDRESS = "127.0.0.1"
HOSTS = 200
_MAX_HEAD = 16 * 1024


def urls(port: int, pages: int, *, visit: str) -> list[str]:
    """The address of each page, spread over the hosts in turn; those of another visit are other addresses."""
    return [f"http://p{number % HOSTS}.bench.localhost:{port}/{visit}/{number}" for number in range(pages)]


def hosts(port: int) -> list[str]:
    """`host:port` of every host: what captures must be allowed to reach."""
    return [f"p{number}.bench.localhost:{port}" for number in range(HOSTS)]


@contextmanager
def serving(*, pages: int, latency: float) -> Iterator[int]:
    """The site in a process of its own, until the block ends; its port."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.site", "--port", str(port), "--pages", str(pages)]
    process = subprocess.Popen([*command, "--latency", str(latency)])
    try:
        _await_port(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as probe:
        return int(probe.getsockname()[1])


def _await_port(process: "subprocess.Popen[bytes]", port: int) -> None:
    while process.poll() is None:
        try:
            socket.create_connection((ADDRESS, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The site did not start.")


class _Answers(asyncio.Protocol):
    """One connection: each request is answered after the pause, in turn."""

    def __init__(self, bodies: Sequence[bytes], latency: float) -> None:
        self._bodies = bodies
        self._latency = latency
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if len(self._head) > _MAX_HEAD:
            self._transport.abort()
        elif b"\r\n\r\n" in self._head:
            head, _, self._head = self._head.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(self._latency, self._answer, head)

    def _answer(self, head: bytes) -> None:
        number = head.split(b" ", 2)[1].rpartition(b"/")[2]
        known = number.isdigit() and int(number) < len(self._bodies)
        body, status = (self._bodies[int(number)], b"200 OK") if known else (b"", b"404 Not Found")
        close = b"connection: close" in head.lower()
        self._transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s"
            % (status, len(body), b"close" if close else b"keep-alive", body)
        )
        if close:
            self._transport.close()


async def _serve(port: int, pages: int, latency: float) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    bodies = [page(number) for number in range(pages)]
    async with await loop.create_server(lambda: _Answers(bodies, latency), ADDRESS, port, backlog=1024):
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("--latency", type=float, required=True, help="seconds before each answer")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.port, chosen.pages, chosen.latency))


if __name__ == "__main__":
    main()
