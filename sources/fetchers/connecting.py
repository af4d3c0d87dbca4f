"""From a target to a connection: its name is resolved once, every address is judged, and one of exactly these is
connected to. No proxy is taken from the environment.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from threading import local
from typing import Protocol

from sources.fetchers.addresses import refusal
from sources.fetchers.base import FetchError, Reason
from sources.fetchers.names import addresses_of
from sources.fetchers.policy import FetchPolicy, Target

# A dead address (often IPv6 without a route) must not use up the time of a living one behind it. Seconds.
_PATIENCE_WITH_ONE_OF_MANY = 5.0
MOST_AT_ONCE = 256 * 1024
"""So many bytes can be received at once of a plain connection."""
# Who sends faster than we read would else keep the loop from all others, and from its clock.
_READS_IN_A_ROW = 2


_Watch = Callable[[int, Callable[[], None]], object]


class Connected(Protocol):
    """Bytes both ways, to the place connected to: `ip:port`, or `[ip]:port` for IPv6."""

    place: str

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""

    async def receive(self, most: int) -> bytes:
        """What has come, as soon as something has; nothing at the end. Raises OSError."""

    def come(self) -> bytes | None:
        """A byte that has come, or nothing at the end; None where that is not known without waiting. Raises OSError."""

    def cut(self) -> None:
        """End it without goodbyes: a server that does not answer them would hold us."""


async def connect(target: Target, policy: FetchPolicy) -> Connected:
    """A connection, encrypted where the URL says so; whoever has it cuts it at the end. Raises FetchError."""
    sock, address = await _connect(await _judged_addresses(target, policy), target.port)
    place = f"[{address}]:{target.port}" if ":" in address else f"{address}:{target.port}"
    if target.scheme != "https":
        return _Plain(sock, place)
    try:
        streams = await asyncio.open_connection(
            sock=sock, ssl=policy.tls or _trust_store(), server_hostname=target.host
        )
    except OSError as error:  # ssl.SSLError is one
        raise FetchError(Reason.TLS_FAILED, _tls_detail(error)) from error
    return _Encrypted(*streams, place)


class _Plain:
    """A socket, without a transport and its streams: these cost more than all else that a page does here."""

    def __init__(self, sock: socket.socket, place: str) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._buffer = _buffers.view
        self._in_a_row = 0
        self._has_just_asked = False
        self.place = place

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._sock, data)
        self._has_just_asked = True

    async def receive(self, most: int) -> bytes:
        if self._in_a_row == _READS_IN_A_ROW:
            self._in_a_row = 0
            await asyncio.sleep(0)
        while True:
            # An answer is not there yet: the look would be for nothing.
            if not self._has_just_asked:
                with suppress(BlockingIOError):
                    data = self._received(most)
                    self._in_a_row += 1
                    return data
            self._has_just_asked = False
            self._in_a_row = 0
            await _readiness(self._sock, self._loop.add_reader, self._loop.remove_reader)

    def _received(self, most: int) -> bytes:
        # `recv` takes memory for all that may come, and from the system itself if that is much.
        size = self._sock.recv_into(self._buffer, min(most, len(self._buffer)))
        return self._buffer[:size].tobytes()

    def come(self) -> bytes | None:
        try:
            return self._sock.recv(1)
        except BlockingIOError:
            return None

    def cut(self) -> None:
        self._sock.close()


class _Buffers(local):
    """A buffer for each thread: whoever reads into it makes bytes of it before anybody else has a turn."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(MOST_AT_ONCE))


_buffers = _Buffers()


async def _readiness(sock: socket.socket, watch: _Watch, leave: Callable[[int], object]) -> None:
    """Wait until the socket can be read, or written to, as these functions of the loop watch for."""
    ready, descriptor = asyncio.get_running_loop().create_future(), sock.fileno()

    def note() -> None:
        leave(descriptor)  # at once: else it is told again before whoever waits has a turn
        if not ready.done():
            ready.set_result(None)

    watch(descriptor, note)
    try:
        await ready
    except BaseException:
        leave(descriptor)
        raise


class _Encrypted:
    """The streams of a TLS connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self.place = place

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self, most: int) -> bytes:
        return await self._reader.read(most)

    def come(self) -> bytes | None:
        return b"" if self._reader.at_eof() else None

    def cut(self) -> None:
        self._writer.transport.abort()


async def _judged_addresses(target: Target, policy: FetchPolicy) -> Sequence[str]:
    """All addresses of the target. One that is not public refuses them all: no falling back to the others."""
    try:
        addresses = await addresses_of(target.host, target.port, resolve=policy.resolve)
    except OSError as error:
        raise FetchError(Reason.DNS_FAILURE, error.strerror or "") from error
    if not addresses:
        raise FetchError(Reason.DNS_FAILURE, "it has no address")
    if not policy.allows_by_name(target.host, target.port):
        for kind in filter(None, map(refusal, addresses)):
            raise FetchError(Reason.ADDRESS_REFUSED, kind)
    return addresses


async def _connect(addresses: Sequence[str], port: int) -> tuple[socket.socket, str]:
    """A connection to the first of these addresses that accepts one, and that address."""
    failure: OSError | None = None
    for left, address in zip(reversed(range(len(addresses))), addresses, strict=True):
        try:
            if not left:
                return await _connect_to(address, port), address
            async with asyncio.timeout(_PATIENCE_WITH_ONE_OF_MANY):
                return await _connect_to(address, port), address
        except OSError as error:
            failure = error
    raise FetchError(Reason.CONNECT_FAILED, (failure and failure.strerror) or "") from failure


async def _connect_to(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await _connected(sock, (address, port, 0, 0) if ":" in address else (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def _connected(sock: socket.socket, place: tuple[str | int, ...]) -> None:
    """As `sock_connect` of the loop, which reads the address anew."""
    loop = asyncio.get_running_loop()
    try:
        sock.connect(place)
    except (BlockingIOError, InterruptedError):
        await _readiness(sock, loop.add_writer, loop.remove_writer)
        if error := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, f"Connect call failed {place}") from None


@cache
def _trust_store() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _tls_detail(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return getattr(error, "reason", None) or error.strerror or ""
