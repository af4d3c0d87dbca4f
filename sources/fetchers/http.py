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
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import h11

from sources.fetchers.answers import is_page, redirect_location, require_whole
from sources.fetchers.base import Exchange, Fetched, FetchError, Reason, Truncation
from sources.fetchers.bodies import Room, joined, read_body
from sources.fetchers.conditions import UNCONDITIONAL, Validators
from sources.fetchers.connecting import MOST_AT_ONCE, Connected, connect
from sources.fetchers.heads import Fields, Head, doubt_about, plain_head, request_head
from sources.fetchers.policy import FetchPolicy, Target, read_target

# Bytes of one read: of the first most pages as a whole, of others no more than may come before there is room for it.
_FIRST_READ, _NEXT_READ = MOST_AT_ONCE, 64 * 1024
_MAX_INTERIM_ANSWERS = 5

_END_OF_HEAD = re.compile(rb"\n\r?\n")  # as h11 finds it
# A read can hold ten thousand chunks of one byte each: the loop, and its clock, must not wait for all of them.
_EVENTS_IN_A_ROW = 64
# And a page in pieces of one byte, at 5 µs each, would keep a processor busy up to its deadline: its framing may have
# ten million of them. Pages that are written out word by word have some ten thousand.
_MOST_EVENTS = 50_000
_BYTES_OF_FURTHER_EVENTS = 256

# What h11 must know of our request: what it reads in an answer depends on no more.
_ASKED = h11.Request(method="GET", target="/", headers=[("Host", "host.example"), ("Connection", "close")])

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
    url: str,
    policy: FetchPolicy,
    *,
    validators: Validators | None = None,
    permit: Permit | None = None,
    room: Room | None = None,
) -> Fetched:
    """As `fetch`, for many side by side in one loop; each with a deadline of its own. Raises `bodies.NoRoom` too."""
    terms = _terms(policy, permit, room)
    redirects: list[Exchange] = []
    asked = validators or UNCONDITIONAL
    try:
        exchange = await _followed(url, terms, redirects, asked)
        return require_whole(Fetched(exchange=exchange, redirects=tuple(redirects)), _sent(asked, redirects))
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
    target, terms = read_target(url, policy=policy), _terms(policy)
    fields = [("Content-Type", content_type), ("Content-Length", str(len(content)))]
    try:
        async with asyncio.timeout_at(terms.deadline):
            answer = await _ask(target, policy, "POST", fields, content)
        exchange = await _read_on(answer, terms)
    except TimeoutError as error:
        raise FetchError(Reason.TIMEOUT, f"{policy.deadline:g} s") from error
    return require_whole(Fetched(exchange=exchange), UNCONDITIONAL)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for one fetch, over all its hops; `deadline` is by the loop's clock."""

    policy: FetchPolicy
    deadline: float
    permit: Permit | None
    room: Room | None


def _terms(policy: FetchPolicy, permit: Permit | None = None, room: Room | None = None) -> _Terms:
    return _Terms(policy, asyncio.get_running_loop().time() + policy.deadline, permit, room)


async def _followed(url: str, terms: _Terms, redirects: list[Exchange], validators: Validators) -> Exchange:
    """The first exchange that leads nowhere else; those before it are added to `redirects`."""
    async with asyncio.timeout_at(terms.deadline):
        answer = await _follow(url, terms, redirects, validators)
    return await _read_on(answer, terms)


async def _follow(url: str, terms: _Terms, redirects: list[Exchange], validators: Validators) -> "_Answer":
    policy = terms.policy
    target = read_target(url, policy=policy)
    seen = {target.url}
    while True:
        if terms.permit is not None:
            await terms.permit(target.url)
        answer = await _ask(target, policy, "GET", _sent(validators, redirects).fields())
        location = None if answer.is_page else redirect_location(redirect := answer.exchange())
        if location is None:
            return answer
        redirects.append(redirect)
        target = read_target(location, policy=policy, base=target.url)
        if target.url in seen:
            raise FetchError(Reason.REDIRECT_LOOP)
        if len(redirects) > policy.max_redirects:
            raise FetchError(Reason.TOO_MANY_REDIRECTS, f"more than {policy.max_redirects}")
        seen.add(target.url)


def _sent(validators: Validators, redirects: Sequence[Exchange]) -> Validators:
    """Which of the validators go to the hop behind these."""
    return UNCONDITIONAL if redirects else validators


@dataclass(frozen=True, slots=True)
class _Answer:
    """The head of an answer, and the connection on which the body of a page is still to come."""

    target: Target
    started_at: datetime
    request: bytes
    head: Head
    dialogue: "Dialogue"

    @property
    def is_page(self) -> bool:
        return is_page(self.head.status)

    def exchange(self, body: bytes = b"", truncated: Truncation = Truncation.NONE) -> Exchange:
        return Exchange(
            url=self.target.url,
            address=self.dialogue.place,
            started_at=self.started_at,
            request=self.request,
            status=self.head.status,
            head=self.head.raw,
            headers=self.head.fields,
            body=body,
            truncated=truncated,
        )


async def _ask(
    target: Target, policy: FetchPolicy, method: str, fields: Fields, content: bytes = b""
) -> _Answer:
    """Send one request, and read its answer up to the body."""
    started_at = datetime.now(UTC)
    dialogue = Dialogue(await connect(target, policy), policy)
    try:
        request = await dialogue.ask(method, target, fields, content)
        head = await dialogue.read_head()
    except BaseException:
        dialogue.cut()
        raise
    answer = _Answer(target, started_at, request, head, dialogue)
    if not answer.is_page:
        dialogue.cut()
    return answer


async def _read_on(answer: _Answer, terms: _Terms) -> Exchange:
    """The whole exchange; only a page's body is read."""
    if not answer.is_page:
        return answer.exchange()
    try:
        body, truncated = await read_body(
            answer.dialogue, most=terms.policy.max_body, deadline=terms.deadline, room=terms.room
        )
        return answer.exchange(body, truncated)
    finally:
        answer.dialogue.cut()


# --- One request, one answer


class Dialogue:
    """One request and its answer over a connection, with our limits, and our reasons for what goes wrong.

    `body` is what has come of the answer's, without chunk framing.

    A head of plain form is read by `heads`, and a body of declared length is counted here, as most pages have both: h11
    would take a fifth of all computing for a page to say the same. Everything else goes through h11: its strictness is
    part of the guard.
    """

    def __init__(self, connected: Connected, policy: FetchPolicy) -> None:
        self._connected = connected
        self._policy = policy
        self._made_h11: h11.Connection | None = None
        # As it came, while it is one piece: the page that comes at once is copied once.
        self._unread: bytes | bytearray = b""  # what came before the body, and is no head that was read
        self.body: bytes | bytearray = b""
        self._declared: int | None = None  # of the body, where h11 does not read it
        self._is_followed = False  # that body, by more
        self._in_head = True
        self._ended = False
        self._events = 0
        # Framing may weigh as much as the page and no more: chunks of one byte, each under a long extension,
        # would otherwise keep us busy for nothing.
        self._receivable = 2 * policy.max_body + (_MAX_INTERIM_ANSWERS + 1) * policy.max_header_bytes

    @property
    def place(self) -> str:
        return self._connected.place

    def cut(self) -> None:
        self._connected.cut()

    async def ask(self, method: str, target: Target, fields: Fields = (), content: bytes = b"") -> bytes:
        """Send a request with these fields, besides those of all our requests, and content; returns the bytes sent."""
        sent = request_head(method, target, self._policy, fields) + content
        try:
            await self._connected.send(sent)
        except OSError as error:
            raise FetchError(Reason.CONNECT_FAILED, error.strerror or "") from error
        return sent

    async def read_head(self) -> Head:
        """The final answer's head; interim (1xx) answers are skipped."""
        for _ in range(_MAX_INTERIM_ANSWERS + 1):
            if head := await self._next_head():
                self._begin_body(head)
                return head
        raise FetchError(Reason.PROTOCOL_ERROR, "no final answer came")

    @property
    def is_whole(self) -> bool:
        """Whether a body of declared length has come."""
        return self._declared is not None and len(self.body) == self._declared

    async def grow(self) -> bool:
        """Add to the body what comes next of it; False where it is complete."""
        if self._declared is None:
            return await self._grow_by_an_event()
        missing = self._declared - len(self.body)
        if not missing:
            return False
        data = await self._receive()
        if not data:
            raise self._cut_by_the_site()
        self._is_followed = len(data) > missing
        self.body = joined(self.body, data[:missing])
        return True

    async def goes_on(self) -> bool:
        """Whether more bytes come after the end of the page: its length was wrong, or something is smuggled in."""
        if self._is_followed or (self._made_h11 and self._made_h11.trailing_data[0]):
            return True
        try:
            return bool(await self._connected.receive(1))
        except OSError:
            return False

    def goes_on_already(self) -> bool | None:
        """The same of a body of declared length, if it is known without waiting."""
        if self._is_followed:
            return True
        try:
            more = self._connected.come()
        except OSError:
            return False
        return None if more is None else bool(more)

    async def _next_head(self) -> Head | None:
        """The next answer's head; None for an interim one."""
        unread, told = self._unread, 0
        while True:
            # h11 is told of nothing behind the head, so that it is asked about the body only where it is to read it.
            end = _END_OF_HEAD.search(unread, max(0, told - 2))
            until = end.end() if end else len(unread)
            if end and not told and (head := plain_head(bytes(unread[:until]))):
                self._check_size(head.raw, head.fields)
                self._unread = unread[until:]
                return head
            if until > told:
                self._h11.receive_data(bytes(unread[told:until]))
                told = until
                event = self._event()
                if event is not None:
                    raw = bytes(unread[:told])
                    self._unread = unread[told:]
                    return self._head_of(raw, event) if isinstance(event, h11.Response) else None
            data = await self._receive()
            if not data:
                raise self._cut_by_the_site()
            unread = self._unread = joined(unread, data)

    def _begin_body(self, head: Head) -> None:
        self._in_head = False
        self._declared = next((int(value) for name, value in head.fields if name == "content-length"), None)
        if self._declared is not None:
            self.body = self._unread[: self._declared]
            self._is_followed = len(self._unread) > self._declared
        elif self._unread:
            self._h11.receive_data(bytes(self._unread))
        self._unread = b""

    def _head_of(self, raw: bytes, response: h11.Response) -> Head:
        fields = [(name.decode("ascii"), value.decode("latin-1")) for name, value in response.headers]
        self._check_size(raw, fields)
        if response.http_version not in (b"1.0", b"1.1"):
            raise FetchError(Reason.PROTOCOL_ERROR, "an unknown version of HTTP")
        if doubt := doubt_about(raw, fields):
            raise FetchError(Reason.PROTOCOL_ERROR, doubt)
        return Head(raw, response.status_code, tuple(fields))

    def _check_size(self, raw: bytes, fields: Sequence[object]) -> None:
        if len(raw) > self._policy.max_header_bytes or len(fields) > self._policy.max_headers:
            raise FetchError(Reason.HEADERS_TOO_LARGE)

    @property
    def _h11(self) -> h11.Connection:
        """Made where there is something for it to read."""
        if self._made_h11 is None:
            self._made_h11 = h11.Connection(
                h11.CLIENT, max_incomplete_event_size=self._policy.max_header_bytes
            )
            self._made_h11.send(_ASKED)
            self._made_h11.send(h11.EndOfMessage())
        return self._made_h11

    async def _grow_by_an_event(self) -> bool:
        self._events += 1
        if self._events % _EVENTS_IN_A_ROW == 0:
            await asyncio.sleep(0)
        if self._events > _MOST_EVENTS + len(self.body) // _BYTES_OF_FURTHER_EVENTS:
            raise FetchError(Reason.PROTOCOL_ERROR, "more chunks than page")
        while (event := self._event()) is None:
            data = await self._receive()
            self._ended = not data
            self._h11.receive_data(data)
        if isinstance(event, h11.Data):
            self.body = joined(self.body, event.data)
            return True
        if isinstance(event, h11.EndOfMessage) and len(event.headers) > self._policy.max_headers:
            raise FetchError(Reason.HEADERS_TOO_LARGE, "in the trailer")
        return False

    def _event(self) -> h11.Event | None:
        """What h11 reads in what it was told; None where it needs more."""
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise self._failure(error) from error
        return event if isinstance(event, h11.Event) else None

    async def _receive(self) -> bytes:
        try:
            data = await self._connected.receive(_FIRST_READ if self._in_head else _NEXT_READ)
        except OSError as error:
            raise FetchError(self._reason_if_cut, error.strerror or "") from error
        self._receivable -= len(data)
        if self._receivable < 0:
            raise FetchError(Reason.PROTOCOL_ERROR, "more framing than page")
        return data

    @property
    def _reason_if_cut(self) -> Reason:
        return Reason.CONNECT_FAILED if self._in_head else Reason.INCOMPLETE_BODY

    def _cut_by_the_site(self) -> FetchError:
        return FetchError(self._reason_if_cut, "the site closed the connection")

    def _failure(self, error: h11.RemoteProtocolError) -> FetchError:
        if self._ended:
            return self._cut_by_the_site()
        if error.error_status_hint == 431:  # h11's buffer is full: a head or a trailer that does not end
            return FetchError(Reason.HEADERS_TOO_LARGE)
        return FetchError(Reason.PROTOCOL_ERROR)
