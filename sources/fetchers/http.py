"""The one guarded door to the network: a URL and a policy in, a page or the reason why not out.

Every hop is judged as a URL of its own, its name is resolved once, every address in the answer is judged, and
the socket is connected to one of exactly these addresses; Host and SNI stay the name. No proxy is taken from
the environment, and nothing is carried from one hop or capture to the next: no cookies, no kept connections.
Bodies are never decoded: compression is not asked for, and kept as it is if sent all the same.

Validators of an earlier snapshot go to the first URL alone. They are names that one resource gave to its states:
elsewhere the same name may stand for something else, and a match would call a page unchanged that nobody has seen;
and a tag is as good a mark of who asks as a cookie, which is no other host's business. A page behind a redirect is
therefore fetched whole.
"""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache

import h11

from sources.fetchers.addresses import refusal
from sources.fetchers.answers import is_page, redirect_location, require_page
from sources.fetchers.base import Exchange, Fetched, FetchError, Reason, Truncation
from sources.fetchers.conditions import UNCONDITIONAL, Validators
from sources.fetchers.names import addresses_of
from sources.fetchers.policy import FetchPolicy, Target, read_target

# A dead address (often IPv6 without a route) must not use up the time of a living one behind it. Seconds.
_PATIENCE_WITH_ONE_OF_MANY = 5.0
# How long a server may take to end the connection after the page, so that what follows it is noticed. Seconds.
_PATIENCE_WITH_THE_END = 0.2
_READ_SIZE = 64 * 1024
_MAX_INTERIM_ANSWERS = 5

# A folded line without a visible character: the end of the headers to some readers of the record, and not to
# others, who would then disagree about where the page begins.
_BLANK_LOOKING_FOLD = re.compile(rb"^[ \t][^!-~\n]*$", re.MULTILINE)

# Bodies that are wrong by their server's doing: no page, but an attempt to repeat. As the newest snapshot one would
# make quotes from its lost end look removed, and the next attempt mostly brings the whole.
_REASON_OF_CUT = {
    Truncation.DISCONNECT: (Reason.INCOMPLETE_BODY, "the site closed the connection"),
    Truncation.UNSPECIFIED: (Reason.PROTOCOL_ERROR, "bytes after the declared end of the page"),
}

Permit = Callable[[str], Awaitable[object]]
"""Asked about every URL before it is requested, redirects' too; raises FetchError where it must not be."""


def fetch(
    url: str, policy: FetchPolicy, *, validators: Validators | None = None, permit: Permit | None = None
) -> Fetched:
    """Fetch one page, following redirects. Raises FetchError, which carries the redirects up to there.

    `validators` make the request conditional: the result may then be `not_modified`. `permit` shares the deadline.
    """
    return asyncio.run(fetch_async(url, policy, validators=validators, permit=permit))


async def fetch_async(
    url: str, policy: FetchPolicy, *, validators: Validators | None = None, permit: Permit | None = None
) -> Fetched:
    """As `fetch`, for many side by side in one loop; each has a deadline of its own."""
    deadline = asyncio.get_running_loop().time() + policy.deadline
    redirects: list[Exchange] = []
    try:
        return await _follow(url, policy, deadline, redirects, validators or UNCONDITIONAL, permit)
    except FetchError as error:
        error.hops = tuple(exchange.hop for exchange in redirects)
        raise
    except TimeoutError as error:
        hops = (exchange.hop for exchange in redirects)
        raise FetchError(Reason.TIMEOUT, f"{policy.deadline:g} s", hops=hops) from error


def post(url: str, content: bytes, policy: FetchPolicy, *, content_type: str) -> Fetched:
    """Send a document and return the answer, under the same guard; redirects are not followed. Raises FetchError."""
    return asyncio.run(_post(url, content, policy, content_type))


async def _post(url: str, content: bytes, policy: FetchPolicy, content_type: str) -> Fetched:
    deadline = asyncio.get_running_loop().time() + policy.deadline
    target = read_target(url, policy=policy)
    fields = [("Content-Type", content_type), ("Content-Length", str(len(content)))]
    try:
        exchange = await _exchange(
            target, policy, deadline, _request("POST", target, policy, fields), content
        )
    except TimeoutError as error:
        raise FetchError(Reason.TIMEOUT, f"{policy.deadline:g} s") from error
    return _whole(Fetched(exchange=exchange), UNCONDITIONAL)


async def _follow(
    url: str,
    policy: FetchPolicy,
    deadline: float,
    redirects: list[Exchange],
    validators: Validators,
    permit: Permit | None,
) -> Fetched:
    target = read_target(url, policy=policy)
    seen = {target.url}
    while True:
        if permit is not None:
            async with asyncio.timeout_at(deadline):
                await permit(target.url)
        asked = UNCONDITIONAL if redirects else validators
        exchange = await _exchange(target, policy, deadline, _request("GET", target, policy, asked.fields()))
        location = redirect_location(exchange)
        if location is None:
            return _whole(Fetched(exchange=exchange, redirects=tuple(redirects)), asked)
        redirects.append(exchange)
        target = read_target(location, policy=policy, base=target.url)
        if target.url in seen:
            raise FetchError(Reason.REDIRECT_LOOP)
        if len(redirects) > policy.max_redirects:
            raise FetchError(Reason.TOO_MANY_REDIRECTS, f"more than {policy.max_redirects}")
        seen.add(target.url)


def _whole(fetched: Fetched, asked: Validators) -> Fetched:
    """The page as it is, or the answer that it is the one asked about. Raises FetchError where it is neither."""
    if fetched.not_modified and asked.fields():
        return fetched
    require_page(fetched.exchange)
    if fetched.truncated in _REASON_OF_CUT:
        reason, detail = _REASON_OF_CUT[fetched.truncated]
        raise FetchError(
            reason, detail, status=fetched.exchange.status, partial=fetched if fetched.body else None
        )
    return fetched


async def _exchange(
    target: Target, policy: FetchPolicy, deadline: float, message: h11.Request, content: bytes = b""
) -> Exchange:
    """One request and its answer; only a page's body is read."""
    started_at = datetime.now(UTC)
    async with contextlib.AsyncExitStack() as closing:
        # The deadline is one, in two scopes: past the headers, running out of time leaves a page, if cut.
        async with asyncio.timeout_at(deadline):
            connection = await closing.enter_async_context(_connected(target, policy))
            request = await connection.send(message, content)
            head, response = await connection.read_head()
        body, truncated = b"", Truncation.NONE
        if is_page(response.status_code):
            body, truncated = await _read_body(connection, policy, deadline)
    return Exchange(
        url=target.url,
        address=connection.address,
        started_at=started_at,
        request=request,
        status=response.status_code,
        head=head,
        headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in response.headers),
        body=body,
        truncated=truncated,
    )


async def _read_body(
    connection: "_Connection", policy: FetchPolicy, deadline: float
) -> tuple[bytes, Truncation]:
    """The body up to its end, our cap, the deadline, or where its server cut it, and which of these it was."""
    body = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            while (piece := await connection.read_piece()) is not None:
                body += piece
                if len(body) > policy.max_body:
                    del body[policy.max_body :]
                    return bytes(body), Truncation.LENGTH
    except TimeoutError:
        if not body:
            raise
        return bytes(body), Truncation.TIME
    except FetchError as error:
        if error.reason is not Reason.INCOMPLETE_BODY:
            raise
        return bytes(body), Truncation.DISCONNECT
    goes_on = await connection.goes_on(until=deadline)
    return bytes(body), Truncation.UNSPECIFIED if goes_on else Truncation.NONE


# --- Connecting


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


@contextlib.asynccontextmanager
async def _connected(target: Target, policy: FetchPolicy) -> "AsyncIterator[_Connection]":
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
        yield _Connection(reader, writer, place, policy)
    finally:
        writer.transport.abort()  # no goodbyes: a server that does not answer them would hold us


@cache
def _trust_store() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _tls_detail(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return getattr(error, "reason", None) or error.strerror or ""


# --- One request, one response


def _request(
    method: str, target: Target, policy: FetchPolicy, fields: Iterable[tuple[str, str]]
) -> h11.Request:
    return h11.Request(
        method=method,
        target=target.path,
        headers=[
            ("Host", target.authority),
            ("User-Agent", policy.user_agent),
            ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            *fields,
        ],
    )


class _Connection:
    """h11 over a pair of streams, with our limits, and our reasons for what goes wrong."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        address: str,
        policy: FetchPolicy,
    ) -> None:
        self.address = address
        self._reader = reader
        self._writer = writer
        self._policy = policy
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=policy.max_header_bytes)
        self._head = bytearray()  # as received, and a read's worth beyond
        self._in_head = True
        self._ended = False
        # Framing may weigh as much as the page and no more: chunks of one byte, each under a long extension,
        # would otherwise keep us busy for nothing.
        self._receivable = 2 * policy.max_body + (_MAX_INTERIM_ANSWERS + 1) * policy.max_header_bytes

    async def send(self, request: h11.Request, content: bytes = b"") -> bytes:
        """Send the request with its content, if it has any; returns the bytes sent."""
        sent = self._h11.send(request) or b""
        if content:
            sent += self._h11.send(h11.Data(content)) or b""
        self._h11.send(h11.EndOfMessage())
        try:
            self._writer.write(sent)
            await self._writer.drain()
        except OSError as error:
            raise FetchError(Reason.CONNECT_FAILED, error.strerror or "") from error
        return sent

    async def read_head(self) -> tuple[bytes, h11.Response]:
        """The final answer's head, as bytes and as fields; interim (1xx) answers are skipped."""
        for _ in range(_MAX_INTERIM_ANSWERS + 1):
            event = await self._next_event()
            unread, _closed = self._h11.trailing_data
            head = bytes(self._head[: len(self._head) - len(unread)])
            del self._head[: len(head)]
            if isinstance(event, h11.Response):
                self._in_head = False
                self._check_head(head, event)
                return head, event
        raise FetchError(Reason.PROTOCOL_ERROR, "no final answer came")

    async def read_piece(self) -> bytes | None:
        """Some bytes of the body without chunk framing, or None where it is complete."""
        event = await self._next_event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage) and len(event.headers) > self._policy.max_headers:
            raise FetchError(Reason.HEADERS_TOO_LARGE, "in the trailer")
        return None

    async def goes_on(self, *, until: float) -> bool:
        """Whether more bytes come after the end of the page: its length was wrong, or something is smuggled in."""
        unread, _closed = self._h11.trailing_data
        patience = asyncio.get_running_loop().time() + _PATIENCE_WITH_THE_END
        with contextlib.suppress(
            OSError
        ):  # TimeoutError is one: a server that keeps the connection sends no more
            async with asyncio.timeout_at(min(patience, until)):
                return bool(unread or await self._reader.read(1))
        return False

    def _check_head(self, head: bytes, response: h11.Response) -> None:
        names = [name for name, _ in response.headers]
        if len(head) > self._policy.max_header_bytes or len(names) > self._policy.max_headers:
            raise FetchError(Reason.HEADERS_TOO_LARGE)
        if response.http_version not in (b"1.0", b"1.1"):
            raise FetchError(Reason.PROTOCOL_ERROR, "an unknown version of HTTP")
        if b"content-length" in names and b"transfer-encoding" in names:
            # RFC 9112 6.3: a sign of smuggling, and an error. Readers differ in which one they believe.
            raise FetchError(Reason.PROTOCOL_ERROR, "two ways to tell where the page ends")
        if _BLANK_LOOKING_FOLD.search(head.replace(b"\r\n", b"\n")):
            raise FetchError(Reason.PROTOCOL_ERROR, "headers whose end is in doubt")

    async def _next_event(self) -> h11.Event:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise self._failure(error) from error
            if isinstance(event, h11.Event):
                return event
            await self._receive()

    async def _receive(self) -> None:
        try:
            data = await self._reader.read(_READ_SIZE)
        except OSError as error:
            raise FetchError(self._reason_if_cut, error.strerror or "") from error
        self._receivable -= len(data)
        if self._receivable < 0:
            raise FetchError(Reason.PROTOCOL_ERROR, "more framing than page")
        if self._in_head:
            self._head += data
        self._ended = not data
        self._h11.receive_data(data)

    @property
    def _reason_if_cut(self) -> Reason:
        return Reason.CONNECT_FAILED if self._in_head else Reason.INCOMPLETE_BODY

    def _failure(self, error: h11.RemoteProtocolError) -> FetchError:
        if self._ended:
            return FetchError(self._reason_if_cut, "the site closed the connection")
        if error.error_status_hint == 431:  # h11's buffer is full: a head or a trailer that does not end
            return FetchError(Reason.HEADERS_TOO_LARGE)
        return FetchError(Reason.PROTOCOL_ERROR)
