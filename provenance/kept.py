"""Answers kept as bytes: what was asked about a claim, and not written to since, is not computed again.

They lie in Redis, where every web server finds them. Nothing depends on it: without the store each answer is computed.
How many there are is bounded by places, each of which holds one answer at a time, and by how long one is kept. Those
that a web server met last it has at hand besides: a key names the very state of a claim, so that no copy grows stale.
"""

import logging
import struct
import time
from collections.abc import Callable, Sequence
from functools import cache
from threading import local
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from provenance.memory import Memory

logger = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
_SMALL_BYTES = 256 * 1024
_SMALL_PLACES = 1024
_LARGE_PLACES = 32  # with the small ones at most 512 MiB
_PREFIX = "answer"
_PATIENCE = 0.5  # seconds: a store that hangs must not hold up what can be computed
_UNTIL = struct.Struct("!d")  # before the body: seconds since 1970
# Nothing comes in between: of two writers of a place, both of which have put their bodies, the later one removes the
# earlier's. No body goes through it: that would copy it twice.
_TAKE = """
local before = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
if before and before ~= ARGV[1] then redis.call('DEL', ARGV[3] .. before) end
"""
_at_hand = Memory(most=32 * 1024 * 1024, largest=1024 * 1024)


def find(key: str) -> bytes | None:
    """What is kept under this key (hexadecimal), if anything is."""
    if not settings.KEPT_ANSWER_SECONDS:
        return None
    if (near := _at_hand.get(key)) is not None:
        return near
    try:
        [found] = _told(("GET", f"{_PREFIX}:{key}"))
    except (RedisError, OSError) as error:
        logger.warning("Kept answers could not be read: %s", error)
        return None
    if found is None:
        return None
    (until,) = _UNTIL.unpack_from(found)
    body: bytes = found[_UNTIL.size :]
    _at_hand.put(key, body, until)
    return body


def keep(key: str, body: bytes, later: Callable[[Callable[[], None]], None] | None = None) -> None:
    """Keep an answer for a while, in the place of another; not at all if it is too large.

    At hand it is at once. For other web servers to find it something has to be called, which `later` is given to call
    when the answer was sent. A large one takes so long to hand over that the next question would wait for it instead:
    that is done at once too, as all is without a `later`.
    """
    seconds = settings.KEPT_ANSWER_SECONDS
    if not seconds or len(body) > MOST_BYTES:
        return
    until = time.time() + seconds
    _at_hand.put(key, body, until)

    def share() -> None:
        try:
            _put(_place(key, len(body)), key, _UNTIL.pack(until) + body, seconds)
        except (RedisError, OSError) as error:
            logger.warning("An answer could not be kept: %s", error)

    if later and len(body) <= _SMALL_BYTES:
        later(share)
    else:
        share()


def _put(place: str, key: str, answer: bytes, seconds: int) -> None:
    """Whatever was in the place before goes."""
    _told(
        ("SET", f"{_PREFIX}:{key}", answer, "EX", seconds),
        ("EVAL", _TAKE, 1, place, key, seconds, f"{_PREFIX}:"),
    )


def _place(key: str, size: int) -> str:
    number = int(key[:8], 16)
    if size <= _SMALL_BYTES:
        return f"{_PREFIX}-place:{number % _SMALL_PLACES}"
    return f"large-{_PREFIX}-place:{number % _LARGE_PLACES}"


class _Line(local):
    """This thread's connection, and whose it is."""

    store: redis.Redis | None = None
    connection: Any = None


_line = _Line()


def _told(*commands: Sequence[object]) -> list[Any]:
    """What the store says to each of these, in bytes; asked in one message. Raises RedisError or OSError.

    redis-py's client, with its pool, takes four times as long as the connection that it asks in the end.
    """
    store = _store()
    if _line.store is not store:
        pool = store.connection_pool
        _line.store, _line.connection = store, pool.connection_class(**pool.connection_kwargs)
    try:
        return _asked(_line.connection, commands)
    except redis.ConnectionError:
        # It may have hung up since it was asked last. What we ask may be asked twice.
        return _asked(_line.connection, commands)


def _asked(connection: Any, commands: Sequence[Sequence[object]]) -> list[Any]:
    try:
        connection.send_packed_command(connection.pack_commands(commands))  # connects, if it is not
        return [connection.read_response() for _ in commands]
    except BaseException:
        # Whoever asks next must not be given what this one was to be told.
        connection.disconnect()
        raise


@cache
def _store() -> redis.Redis:
    # Django's cache makes a client for every call, which takes longer than the call.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=_PATIENCE,
        socket_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
