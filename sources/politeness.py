"""One host is asked at most once in CAPTURE_HOST_DELAY seconds, by all workers together.

The memory is a key a host in Redis, on the server's own clock. Losing it loses politeness for one delay, and no work.
"""

import logging
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

# Takes the host's next free slot if it begins within `patience`, else leaves it. Returns milliseconds to wait.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free = tonumber(redis.call('GET', KEYS[1]) or now)
local wait = math.max(free - now, 0)
local delay, patience = tonumber(ARGV[1]), tonumber(ARGV[2])
if wait <= patience then
  redis.call('SET', KEYS[1], math.max(free, now) + delay, 'PX', wait + delay)
end
return wait
"""


def seconds_until_free(host: str, *, patience: float) -> float:
    """Take the host's next slot if it is at most `patience` seconds away; return how far away it is (0 is now)."""
    delay = int(settings.CAPTURE_HOST_DELAY * 1000)
    if delay <= 0:
        return 0.0
    try:
        wait = _client().eval(_TAKE, 1, f"politeness:{host}", delay, int(patience * 1000))
    except redis.RedisError:
        logger.warning("Politeness has no store; %s is fetched without waiting.", host, exc_info=True)
        return 0.0
    return float(wait) / 1000


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
