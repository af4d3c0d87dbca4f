"""Is this process alive, and is everything it needs there? For load balancers and for `./run`."""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from redis import RedisError

from sources import storage

_WORKER = "health:worker"


def worker_is_alive() -> None:
    """Called by a worker: counts until three sweeps later."""
    cache.set(_WORKER, 1, timeout=3 * settings.SWEEP_SECONDS)


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
