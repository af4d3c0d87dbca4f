"""Real writers at the same moment: threads, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

from claims.refusals import Refused

T = TypeVar("T")

_PATIENCE = 60.0  # seconds, for what must end; a deadlock is broken and raised by the database long before


def together(*work: Callable[[], T]) -> list[T | Refused]:
    """Do all of it at the same moment; what each returned, or how it was refused. Any other exception is raised."""
    start = Barrier(len(work))

    def run(do: Callable[[], T]) -> T | Refused:
        try:
            connection.ensure_connection()
            start.wait(_PATIENCE)
            return do()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        running = [pool.submit(run, do) for do in work]
        return [each.result(_PATIENCE) for each in running]


def refusals(results: list[T | Refused]) -> list[Refused]:
    """Those that were refused."""
    return [each for each in results if isinstance(each, Refused)]
