"""From a host to its addresses: asked once a hop, and never waited for longer than the deadline."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Thread

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to numeric addresses, best first. May block; raises OSError where there is no answer."""


def system_addresses(host: str, port: int) -> Sequence[str]:
    """The operating system's answer. Raises OSError (socket.gaierror)."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))


async def addresses_of(host: str, port: int, *, resolve: Resolve) -> Sequence[str]:
    """The host itself if numeric, loopback for `*.localhost` (RFC 6761 6.3), else what `resolve` answers."""
    if is_numeric(host):
        return [host]
    if host == "localhost" or host.endswith(".localhost"):
        return ["127.0.0.1"]
    return await _in_a_thread_of_its_own(lambda: resolve(host, port))


def is_numeric(host: str) -> bool:
    """Whether the host is an IP address already."""
    if ":" not in host and not host[-1:].isdigit():
        return False  # the many; `ip_address` takes its time to say so
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _in_a_thread_of_its_own(call: Callable[[], Sequence[str]]) -> Sequence[str]:
    # loop.getaddrinfo would do, but asyncio.run waits for the loop's worker threads at its end: a name server
    # that does not answer would hold the fetch long past its deadline. This thread is simply left behind.
    answer: Future[Sequence[str]] = Future()
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            answer.set_result(call())
        except Exception as error:
            answer.set_exception(error)

    Thread(target=run, name="resolve", daemon=True).start()
    return await asyncio.wrap_future(answer)
