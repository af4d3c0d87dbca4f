"""Is this process alive, and is everything it needs there? For load balancers and for `./run`."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from redis import RedisError

from sources import storage

logger = logging.getLogger(__name__)

SIGN_SECONDS = 5
_WORKER = "health:worker"


def worker_is_alive() -> None:
    """Called by a worker every `SIGN_SECONDS`: counts for three times as long."""
    try:
        cache.set(_WORKER, 1, timeout=3 * SIGN_SECONDS)
    except RedisError:
        logger.warning("The worker's sign of life has no store.", exc_info=True)


def readiness() -> dict[str, bool]:
    """Which of the parts answers: database, broker, storage, worker."""
    return {name: check() for name, check in _CHECKS.items()}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        cache.get(_WORKER)
    except RedisError:
        return False
    return True


def _worker() -> bool:
    try:
        return cache.get(_WORKER) is not None
    except RedisError:
        return False


_CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "broker": _broker,
    "storage": storage.is_writable,
    "worker": _worker,
}
