"""From a target to a connection: its name is resolved once, every address is judged, and one of exactly these is
connected to. No proxy is taken from the environment.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import NamedTuple

from sources.fetchers.addresses import refusal
from sources.fetchers.base import FetchError, Reason
from sources.fetchers.names import addresses_of
from sources.fetchers.policy import FetchPolicy, Target

# A dead address (often IPv6 without a route) must not use up the time of a living one behind it. Seconds.
_PATIENCE_WITH_ONE_OF_MANY = 5.0


class Connected(NamedTuple):
    """Both directions, and the place connected to: `ip:port`, or `[ip]:port` for IPv6."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    place: str


@asynccontextmanager
async def connected(target: Target, policy: FetchPolicy) -> AsyncIterator[Connected]:
    """A connection, encrypted where the URL says so; it is cut off at the end. Raises FetchError."""
    sock, address = await _connect(await _judged_addresses(target, policy), target.port)
    encrypted = target.scheme == "https"
    try:
        reader, writer = await asyncio.open_connection(
            sock=sock,
            ssl=(policy.tls or _trust_store()) if encrypted else None,
            server_hostname=target.host if encrypted else None,
        )
    except OSError as error:  # ssl.SSLError is one
        raise FetchError(Reason.TLS_FAILED, _tls_detail(error)) from error
    place = f"[{address}]:{target.port}" if ":" in address else f"{address}:{target.port}"
    try:
        yield Connected(reader, writer, place)
    finally:
        writer.transport.abort()  # no goodbyes: a server that does not answer them would hold us


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
            async with asyncio.timeout(_PATIENCE_WITH_ONE_OF_MANY if left else None):
                return await _connect_to(address, port), address
        except OSError as error:
            failure = error
    raise FetchError(Reason.CONNECT_FAILED, (failure and failure.strerror) or "") from failure


async def _connect_to(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


@cache
def _trust_store() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _tls_detail(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return getattr(error, "reason", None) or error.strerror or ""
