"""Real writers at the same moment: threads, each with a connection of its own."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection

from claims.refusals import Refused

T = TypeVar("T")

_PATIENCE = 60.0  # seconds, for what must end; a deadlock is broken and raised by the database long before
_STUMBLE = 0.001  # seconds at most


def together(*work: Callable[[], T]) -> list[T | Refused]:
    """Do all of it at the same moment; what each returned, or how it was refused. Any other exception is raised.

    Each stumbles before every statement, so that they meet in other places every time.
    """
    start = Barrier(len(work))

    def run(do: Callable[[], T]) -> T | Refused:
        try:
            connection.ensure_connection()
            with connection.execute_wrapper(_stumble):
                start.wait(_PATIENCE)
                return do()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        running = [pool.submit(run, do) for do in work]
        return [each.result(_PATIENCE) for each in running]


def _stumble(execute: Callable[..., Any], *statement: Any) -> Any:
    time.sleep(random.random() * _STUMBLE)
    return execute(*statement)


def refusals(results: list[T | Refused]) -> list[Refused]:
    """Those that were refused."""
    return [each for each in results if isinstance(each, Refused)]
