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
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import h11

from sources.fetchers import connecting
from sources.fetchers.answers import is_page, redirect_location, require_page
from sources.fetchers.base import Exchange, Fetched, FetchError, Reason, Truncation
from sources.fetchers.conditions import UNCONDITIONAL, Validators
from sources.fetchers.policy import FetchPolicy, Target, read_target

# How long a server may take to end the connection after the page, so that what follows it is noticed. Seconds.
_PATIENCE_WITH_THE_END = 0.2
# A page that was held up for longer, for want of room, is not cut by its site if it lacks its end. Seconds.
_PATIENCE_WITH_OURSELVES = 1.0
_READ_SIZE = 64 * 1024
_MAX_INTERIM_ANSWERS = 5
LARGE = 1024 * 1024
"""Bytes of a body beyond which there must be room for it (see `Room`)."""

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
Room = Callable[[], Awaitable[object]]
"""Asked once about a body that grows beyond `LARGE` bytes: it is read on when that returns."""


class NoRoom(OSError):
    """A large page had to wait too long to be had whole: our trouble, not its site's, and no reason to call it cut."""


def fetch(
    url: str, policy: FetchPolicy, *, validators: Validators | None = None, permit: Permit | None = None
) -> Fetched:
    """Fetch one page, following redirects. Raises FetchError, which carries the redirects up to there.

    `validators` make the request conditional: the result may then be `not_modified`. `permit` shares the deadline.
    """
    return asyncio.run(fetch_async(url, policy, validators=validators, permit=permit))


async def fetch_async(
    url: str,
    policy: FetchPolicy,
    *,
    validators: Validators | None = None,
    permit: Permit | None = None,
    room: Room | None = None,
) -> Fetched:
    """As `fetch`, for many side by side in one loop; each has a deadline of its own, and raises `NoRoom` by then."""
    terms = _terms(policy, permit, room)
    redirects: list[Exchange] = []
    try:
        return await _follow(url, terms, redirects, validators or UNCONDITIONAL)
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
    target = read_target(url, policy=policy)
    fields = [("Content-Type", content_type), ("Content-Length", str(len(content)))]
    try:
        exchange = await _exchange(target, _terms(policy), _request("POST", target, policy, fields), content)
    except TimeoutError as error:
        raise FetchError(Reason.TIMEOUT, f"{policy.deadline:g} s") from error
    return _whole(Fetched(exchange=exchange), UNCONDITIONAL)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for one fetch, over all its hops; `deadline` is by the loop's clock."""

    policy: FetchPolicy
    deadline: float
    permit: Permit | None
    room: Room | None


def _terms(policy: FetchPolicy, permit: Permit | None = None, room: Room | None = None) -> _Terms:
    return _Terms(policy, asyncio.get_running_loop().time() + policy.deadline, permit, room)


async def _follow(url: str, terms: _Terms, redirects: list[Exchange], validators: Validators) -> Fetched:
    policy = terms.policy
    target = read_target(url, policy=policy)
    seen = {target.url}
    while True:
        if terms.permit is not None:
            async with asyncio.timeout_at(terms.deadline):
                await terms.permit(target.url)
        asked = UNCONDITIONAL if redirects else validators
        exchange = await _exchange(target, terms, _request("GET", target, policy, asked.fields()))
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


async def _exchange(target: Target, terms: _Terms, message: h11.Request, content: bytes = b"") -> Exchange:
    """One request and its answer; only a page's body is read."""
    started_at = datetime.now(UTC)
    async with contextlib.AsyncExitStack() as closing:
        # The deadline is one, in two scopes: past the headers, running out of time leaves a page, if cut.
        async with asyncio.timeout_at(terms.deadline):
            connected = await closing.enter_async_context(connecting.connected(target, terms.policy))
            connection = _Connection(connected, terms.policy)
            request = await connection.send(message, content)
            head, response = await connection.read_head()
        body, truncated = b"", Truncation.NONE
        if is_page(response.status_code):
            body, truncated = await _read_body(connection, terms)
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


async def _read_body(connection: "_Connection", terms: _Terms) -> tuple[bytes, Truncation]:
    """The body up to its end, our cap, the deadline, or where its server cut it, and which of these it was."""
    body, held_up = bytearray(), False
    most, unasked = terms.policy.max_body, terms.room
    try:
        async with asyncio.timeout_at(terms.deadline):
            while (piece := await connection.read_piece()) is not None:
                body += piece
                if unasked and len(body) > LARGE:
                    held_up = await _find_room(unasked, terms.deadline)
                    unasked = None
                if len(body) > most:
                    del body[most:]
                    return bytes(body), Truncation.LENGTH
    except TimeoutError as error:
        if held_up:
            raise _no_room() from error
        if not body:
            raise
        return bytes(body), Truncation.TIME
    except FetchError as error:
        if error.reason is not Reason.INCOMPLETE_BODY:
            raise
        if held_up:
            raise _no_room() from error
        return bytes(body), Truncation.DISCONNECT
    goes_on = await connection.goes_on(until=terms.deadline)
    return bytes(body), Truncation.UNSPECIFIED if goes_on else Truncation.NONE


async def _find_room(room: Room, deadline: float) -> bool:
    """Wait until there is room; whether that took so long that how the page ends may be our doing."""
    now = asyncio.get_running_loop().time
    begun = now()
    try:
        await room()
    except asyncio.CancelledError as error:
        if now() < deadline:
            raise
        raise _no_room() from error
    return now() - begun > _PATIENCE_WITH_OURSELVES


def _no_room() -> NoRoom:
    return NoRoom("Other large pages took the room that there is for such, or had it for too long.")


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

    def __init__(self, connected: connecting.Connected, policy: FetchPolicy) -> None:
        self._reader, self._writer, self.address = connected
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
