"""What a site's robots.txt asks of programs like this one (RFC 9309): fetched through the same door, and obeyed.

    robots = Robots(policy, cache)                                 # Django's cache will do
    fetched = await fetch_async(url, policy, permit=robots.require)
    delay = robots.known(url).crawl_delay                          # for the next fetch of the host; asks nobody

So every hop of a capture is looked up at its own origin before it is requested, inside the capture's deadline. The file
itself is fetched under the same guard. Endpoints that the operator allowed by name are asked like all others: that
they may be reached says nothing about what their owner wants.

An answer that there is no file, or none for us, leaves everything allowed; so does one that leads to where we do not
go. No answer, a server's own fault or a request to slow down leave nothing allowed for now: nobody knows what the
file says.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from protego import Protego

from sources.fetchers.base import Fetched, FetchError, Reason, Truncation
from sources.fetchers.codings import CodingError, decoded
from sources.fetchers.http import fetch_async
from sources.fetchers.policy import PRODUCT, FetchPolicy, read_target

TOKEN = PRODUCT.partition("/")[0]  # the name by which a robots.txt means us
MAX_BYTES = 500 * 1024  # what RFC 9309 2.5 wants read at least
MAX_REDIRECTS = 5  # RFC 9309 2.3.1.2
MAX_SECONDS = 10.0  # of the capture's deadline
MAX_CRAWL_DELAY = 60.0
KEPT = 24 * 3600.0  # seconds; RFC 9309 2.4 wants no more
# All attempts of a capture take about forty minutes: one bad minute of a site must not cost them all. A site that asks
# for a longer pause gets it, up to an hour.
UNREACHABLE_KEPT = 5 * 60.0
MAX_UNREACHABLE_KEPT = 3600.0

_LINE_END = re.compile(r"\r\n|\r|\n")
_STATEMENT = re.compile(r"\s*([a-z-]+)\s*:\s*([^#]*)", re.IGNORECASE)
_PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]+|\*")
_RULES = frozenset({"allow", "disallow"})


class RobotsCache(Protocol):
    """Where answers are remembered: two calls of Django's cache, by position. One that has lost its store forgets."""

    def get(self, key: str, /) -> Any:
        """The value under the key, or None."""

    def set(self, key: str, value: str, seconds: float, /) -> Any:
        """Keep the value for so long."""


@dataclass(frozen=True)
class RobotsRules:
    """The lines of one robots.txt that concern us; where there are none, everything is allowed."""

    text: str = ""

    @classmethod
    def parse(cls, content: bytes, *, cut: bool = False) -> "RobotsRules":
        """Read a file, at most `MAX_BYTES` of it; of one that is `cut`, not the last, halved line.

        Whatever the bytes are, there is no error: lines that say nothing are passed over (RFC 9309 2.2).
        """
        lines = _LINE_END.split(content[:MAX_BYTES].decode("utf-8-sig", "replace"))
        if cut or len(content) > MAX_BYTES:
            lines.pop()
        return cls("\n".join(_for_us(lines)))

    def allows(self, url: str) -> bool:
        """Whether we may fetch this URL of the file's origin."""
        return self._protego.can_fetch(url, TOKEN)

    @property
    def crawl_delay(self) -> float | None:
        """Seconds that the site wants between two fetches, if it says so; at most `MAX_CRAWL_DELAY`."""
        delay = self._protego.crawl_delay(TOKEN)
        return None if delay is None else min(delay, MAX_CRAWL_DELAY)

    @cached_property
    def _protego(self) -> Protego:
        return Protego.parse(f"User-agent: {TOKEN}\n{self.text}")


def _for_us(lines: Iterable[str]) -> list[str]:
    """The rules of all groups that name us, or where none does, of those for everybody (RFC 9309 2.2.1)."""
    # Sorted out here and not by Protego: it copies each rule for each name above it, and a hostile file has thousands
    # of both. Nor does it need the whole name: "Claims" alone would mean us.
    rules: dict[str, list[str]] = {}
    for agents, statement in _addressed(lines):
        for agent in agents:
            rules.setdefault(agent, []).extend(statement)
    return rules.get(TOKEN, rules.get("*", []))


def _addressed(lines: Iterable[str]) -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
    """Of each statement whom of us and everybody it is for; a name is for its bearer, and says nothing yet."""
    agents: frozenset[str] = frozenset()
    rules_began = False
    for match in filter(None, map(_STATEMENT.match, lines)):
        name, value = match[1].lower(), match[2].strip()
        if name == "user-agent":
            agents = _agents(value) | (frozenset() if rules_began else agents)
            rules_began = False
            yield agents, ()
        elif name in _RULES or name == "crawl-delay":
            rules_began = rules_began or name in _RULES  # other records do not end a row of names (2.2.4)
            yield agents, (f"{name}: {value}",)


def _agents(value: str) -> frozenset[str]:
    token = _PRODUCT_TOKEN.match(value)
    return frozenset({token[0].lower()} & {TOKEN, "*"}) if token else frozenset()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an origin's file said; or why it could not be read, and until when (seconds of the epoch) it is let be."""

    rules: str = ""
    unreachable: str = ""
    until: float = 0.0


class Robots:
    """Asks the origins of URLs for their rules, through the door as `policy` has it, and remembers them in `cache`."""

    def __init__(self, policy: FetchPolicy, cache: RobotsCache) -> None:
        self._policy = replace(
            policy,
            deadline=min(MAX_SECONDS, policy.deadline),
            max_body=MAX_BYTES,
            max_redirects=MAX_REDIRECTS,
        )
        self._cache = cache

    async def require(self, url: str) -> None:
        """Raise FetchError where the URL's origin does not let us fetch it, or cannot be asked now."""
        if not (await self.rules(url)).allows(url):
            raise FetchError(Reason.ROBOTS_DISALLOWED)

    async def rules(self, url: str) -> RobotsRules:
        """The rules of the URL's origin. Raises FetchError where they cannot be read now, or may not be asked for."""
        place = self._place(url)
        answer = self._remembered(place)
        if answer is None:
            answer = await self._ask(place)
            self._remember(place, answer)
        if answer.until:
            wait = max(answer.until - time.time(), 1.0)
            raise FetchError(Reason.ROBOTS_UNREACHABLE, answer.unreachable, retry_after=wait)
        return RobotsRules(answer.rules)

    def known(self, url: str) -> RobotsRules:
        """The rules of the URL's origin as far as they are remembered; nobody is asked."""
        answer = self._remembered(self._place(url))
        return RobotsRules(answer.rules if answer else "")

    async def _ask(self, place: str) -> _Answer:
        try:
            fetched = await fetch_async(place, self._policy)
        except FetchError as error:
            return _answer_to(error)
        if fetched.truncated is Truncation.TIME:
            return _unreachable("it did not arrive in time")
        return _answer_in(fetched)

    def _place(self, url: str) -> str:
        target = read_target(url, policy=self._policy)
        return f"{target.scheme}://{target.authority}/robots.txt"

    def _remembered(self, place: str) -> _Answer | None:
        value = self._cache.get(_key(place))
        return _Answer(**json.loads(value)) if value else None

    def _remember(self, place: str, answer: _Answer) -> None:
        seconds = answer.until - time.time() if answer.until else KEPT
        value = json.dumps({name: getattr(answer, name) for name in _Answer.__slots__})
        self._cache.set(_key(place), value, seconds)


def _key(place: str) -> str:
    return f"robots-1:{sha256(place.encode()).hexdigest()}"


def _answer_in(fetched: Fetched) -> _Answer:
    cut = fetched.truncated is Truncation.LENGTH
    try:
        content = decoded(fetched.body, fetched.content_encoding, limit=MAX_BYTES, cut=cut)
    except CodingError:
        return _Answer()
    return _Answer(RobotsRules.parse(content, cut=cut).text)


def _answer_to(error: FetchError) -> _Answer:
    if error.refused and not error.hops:
        raise error  # the page itself would be refused for this, and that is what its people should read
    if error.permanent:
        return _Answer()
    if error.partial and error.partial.truncated is Truncation.UNSPECIFIED:
        return _answer_in(error.partial)  # all that was declared came; what came after it is not needed
    return _unreachable(error.reason.sentence, retry_after=error.retry_after)


def _unreachable(why: str, *, retry_after: float | None = None) -> _Answer:
    seconds = min(max(retry_after or 0.0, UNREACHABLE_KEPT), MAX_UNREACHABLE_KEPT)
    return _Answer(unreachable=why, until=time.time() + seconds)
