"""How often, and how many at once, one host is asked: by all workers together, on the store's own clock.

Three things are remembered of a host in Redis: when it may be asked next (which a Retry-After also moves), and a token
for each fetch that is under way, with the time at which it counts as dead. Losing the store loses this, and no work.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import uuid4

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

# A site may ask for a pause of this many seconds, and no longer: by its Retry-After, or between two pages.
MAX_PAUSE = 3600.0
MAX_CRAWL_DELAY = 60.0
# A token of a worker that died. As long as its lease: until then the site may still be sending to it.
TOKEN_SECONDS = 45.0
# How long to stay away from a host with as many fetches under way as it may have, if none of them ends by itself.
_CROWDED_SECONDS = 2.0

# For each host: takes its next free slot and one of its places, if the slot begins within `patience` and a place is
# free. Answers, host by host, with whether it did, and the milliseconds to wait: for the slot, or before asking again.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local patience, places, lives, crowded = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local function take(slot, open, token, delay)
  local free = math.max(tonumber(redis.call('GET', slot) or now), now)
  local wait = free - now
  if wait > patience then return {0, wait} end
  if places > 0 then
    redis.call('ZREMRANGEBYSCORE', open, '-inf', now)
    if redis.call('ZCARD', open) >= places then
      local first = redis.call('ZRANGE', open, 0, 0, 'WITHSCORES')
      return {0, math.max(math.min(first[2] - now, crowded), patience + 1)}
    end
    redis.call('ZADD', open, now + wait + lives, token)
    redis.call('PEXPIRE', open, wait + lives)
  end
  if delay > 0 then redis.call('SET', slot, free + delay, 'PX', wait + delay) end
  return {1, wait}
end

local answers = {}
for host = 1, #KEYS / 2 do
  local token, delay = ARGV[3 + 2 * host], tonumber(ARGV[4 + 2 * host])
  local answer = take(KEYS[2 * host - 1], KEYS[2 * host], token, delay)
  answers[2 * host - 1], answers[2 * host] = answer[1], answer[2]
end
return answers
"""

# Gives back a place of each host.
_RELEASE = """
for host, open in ipairs(KEYS) do redis.call('ZREM', open, ARGV[host]) end
"""

# Lets nobody take a slot for some milliseconds; a pause that is already longer stays.
_HOLD = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now + ARGV[1])
redis.call('SET', KEYS[1], free, 'PX', free - now)
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer for one host: go in `wait` seconds if `taken`, else ask again then. `token` is to be given back."""

    host: str
    taken: bool
    wait: float
    token: str = ""


def take_turns(
    hosts: Sequence[str], *, patience: float, crawl_delays: Sequence[float | None] | None = None
) -> list[Turn]:
    """For each host in turn: take its next slot if it is at most `patience` seconds away, and one of its places.

    `crawl_delays`: seconds that a site's own rules ask for between two pages, if they do; the longer delay counts, up
    to `MAX_CRAWL_DELAY`. Whoever took a turn gives it back with `release`.
    """
    asked = crawl_delays or [None] * len(hosts)
    tokens = [uuid4().hex for _ in hosts]
    if not hosts or not (_is_polite() or any(asked)):
        return [Turn(host, taken=True, wait=0.0) for host in hosts]
    try:
        answers = _take(hosts, tokens, patience, [_delay(delay) for delay in asked])
    except redis.RedisError:
        logger.warning(
            "Politeness has no store; %s is fetched without waiting.", ", ".join(hosts), exc_info=True
        )
        return [Turn(host, taken=True, wait=0.0) for host in hosts]
    return [
        Turn(host, bool(taken), wait / 1000, token if taken else "")
        for host, token, (taken, wait) in zip(hosts, tokens, answers, strict=True)
    ]


def release(turns: Iterable[Turn]) -> None:
    """Give back the places of these turns: their fetches have ended."""
    held = [turn for turn in turns if turn.token]
    if not held:
        return
    try:
        keys = [_open_key(turn.host) for turn in held]
        _client().eval(_RELEASE, len(keys), *keys, *(turn.token for turn in held))
    except redis.RedisError:
        logger.warning("Politeness has no store; places run out by themselves.", exc_info=True)


def hold(host: str, *, seconds: float) -> None:
    """Let nobody ask this host for so long, at most `MAX_PAUSE`: it said when to come back."""
    if not _is_polite() or seconds <= 0:
        return
    try:
        _client().eval(_HOLD, 1, _slot_key(host), int(min(seconds, MAX_PAUSE) * 1000))
    except redis.RedisError:
        logger.warning("Politeness has no store; the pause of %s is forgotten.", host, exc_info=True)


def _take(
    hosts: Sequence[str], tokens: Sequence[str], patience: float, delays: Sequence[float]
) -> list[tuple[int, int]]:
    """In one call, whose script is then read once."""
    keys = [key for host in hosts for key in (_slot_key(host), _open_key(host))]
    of_all = [_milliseconds(patience), settings.CAPTURE_HOST_CONCURRENCY]
    of_all += [_milliseconds(TOKEN_SECONDS), _milliseconds(_CROWDED_SECONDS)]
    of_each = [each for pair in zip(tokens, map(_milliseconds, delays), strict=True) for each in pair]
    answers: list[int] = _client().eval(_TAKE, len(keys), *keys, *of_all, *of_each)
    return list(zip(answers[::2], answers[1::2], strict=True))


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 0)


def _is_polite() -> bool:
    return int(settings.CAPTURE_HOST_DELAY * 1000) > 0 or settings.CAPTURE_HOST_CONCURRENCY > 0


def _delay(crawl_delay: float | None) -> float:
    own: float = settings.CAPTURE_HOST_DELAY
    return max(own, min(crawl_delay or 0.0, MAX_CRAWL_DELAY))


def _slot_key(host: str) -> str:
    return f"politeness:{host}"


def _open_key(host: str) -> str:
    return f"politeness:open:{host}"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
