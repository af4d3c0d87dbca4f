"""Answers kept as bytes: what was asked about a claim, and not written to since, is not computed again.

They lie in Redis, where every web server finds them. Nothing depends on it: without the store each answer is computed.
How many there are is bounded by places, each of which holds one answer at a time, and by how long one is kept. Those
that a web server met last it has at hand besides: a key names the very state of a claim, so that no copy grows stale.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

from provenance.memory import Memory

logger = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
_SMALL_BYTES = 256 * 1024
_SMALL_PLACES = 1024
_LARGE_PLACES = 32  # with the small ones at most 512 MiB
_at_hand = Memory(most=32 * 1024 * 1024, largest=1024 * 1024)


def find(key: str) -> bytes | None:
    """What is kept under this key (hexadecimal), if anything is."""
    if not settings.KEPT_ANSWER_SECONDS:
        return None
    if (body := _at_hand.get(key)) is not None:
        return body
    try:
        found: tuple[float, bytes] | None = _store().get(f"answer:{key}")
    except (RedisError, OSError) as error:
        logger.warning("Kept answers could not be read: %s", error)
        return None
    if found is None:
        return None
    until, body = found
    _at_hand.put(key, body, until)
    return body


def keep(key: str, body: bytes) -> None:
    """Keep an answer for a while, in the place of another; not at all if it is too large."""
    seconds = settings.KEPT_ANSWER_SECONDS
    if not seconds or len(body) > MOST_BYTES:
        return
    until = time.time() + seconds
    _at_hand.put(key, body, until)
    try:
        _put(_store(), key, (until, body), seconds)
    except (RedisError, OSError) as error:
        logger.warning("An answer could not be kept: %s", error)


def _put(store: Any, key: str, answer: tuple[float, bytes], seconds: int) -> None:
    place = _place(key, len(answer[1]))
    if (before := store.get(place)) and before != key:
        store.delete(f"answer:{before}")
    # The place first: a body without one would not be counted.
    store.set(place, key, seconds)
    store.set(f"answer:{key}", answer, seconds)


def _place(key: str, size: int) -> str:
    number = int(key[:8], 16)
    if size <= _SMALL_BYTES:
        return f"answer-place:{number % _SMALL_PLACES}"
    return f"large-answer-place:{number % _LARGE_PLACES}"


def _store() -> Any:
    return caches["answers"]
