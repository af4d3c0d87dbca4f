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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sources.fetchers.answers import is_page, redirect_location, require_page
from sources.fetchers.base import Exchange, Fetched, FetchError, Reason, Truncation
from sources.fetchers.conditions import UNCONDITIONAL, Validators
from sources.fetchers.connecting import connect
from sources.fetchers.dialogue import Dialogue
from sources.fetchers.heads import Fields, Head
from sources.fetchers.policy import FetchPolicy, Target, read_target

# How long a server may take to end the connection after the page, so that what follows it is noticed. Seconds.
_PATIENCE_WITH_THE_END = 0.2
# A page that was held up for longer, for want of room, is not cut by its site if it lacks its end. Seconds.
_PATIENCE_WITH_OURSELVES = 1.0
LARGE = 1024 * 1024
"""Bytes of a body beyond which there must be room for it (see `Room`)."""

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
    asked = validators or UNCONDITIONAL
    try:
        exchange = await _followed(url, terms, redirects, asked)
        return _whole(Fetched(exchange=exchange, redirects=tuple(redirects)), _sent(asked, redirects))
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
    return _whole(Fetched(exchange=exchange), UNCONDITIONAL)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for one fetch, over all its hops; `deadline` is by the loop's clock."""

    policy: FetchPolicy
    deadline: float
    permit: Permit | None
    room: Room | None


def _terms(policy: FetchPolicy, permit: Permit | None = None, room: Room | None = None) -> _Terms:
    return _Terms(policy, _now() + policy.deadline, permit, room)


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


@dataclass(frozen=True, slots=True)
class _Answer:
    """The head of an answer, and the connection on which the body of a page is still to come."""

    target: Target
    started_at: datetime
    request: bytes
    head: Head
    dialogue: Dialogue

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
        return answer.exchange(*await _read_body(answer.dialogue, terms))
    finally:
        answer.dialogue.cut()


async def _read_body(dialogue: Dialogue, terms: _Terms) -> tuple[bytes, Truncation]:
    """The body up to its end, our cap, the deadline, or where its server cut it, and which of these it was."""
    body, held_up, is_whole = dialogue.body, False, False
    most, unasked = terms.policy.max_body, terms.room
    try:
        # The deadline is one, in two scopes: past the headers, running out of time leaves a page, if cut.
        async with asyncio.timeout_at(terms.deadline) as until:
            while not is_whole:
                if unasked and len(body) > LARGE:
                    held_up = await _find_room(unasked, terms.deadline)
                    unasked = None
                if len(body) > most:
                    del body[most:]
                    return bytes(body), Truncation.LENGTH
                is_whole = not await dialogue.grow()
            until.reschedule(min(_now() + _PATIENCE_WITH_THE_END, terms.deadline))
            goes_on = await dialogue.goes_on()
    except TimeoutError as error:
        if is_whole:  # a server that keeps the connection sends no more
            return bytes(body), Truncation.NONE
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
    return bytes(body), Truncation.UNSPECIFIED if goes_on else Truncation.NONE


async def _find_room(room: Room, deadline: float) -> bool:
    """Wait until there is room; whether that took so long that how the page ends may be our doing."""
    begun = _now()
    try:
        await room()
    except asyncio.CancelledError as error:
        if _now() < deadline:
            raise
        raise _no_room() from error
    return _now() - begun > _PATIENCE_WITH_OURSELVES


def _now() -> float:
    return asyncio.get_running_loop().time()


def _no_room() -> NoRoom:
    return NoRoom("Other large pages took the room that there is for such, or had it for too long.")
