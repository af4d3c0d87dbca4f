"""Many pages at once: a thread with an event loop of its own fetches them, the caller takes what has come.

The caller is free to use the database meanwhile, which nobody may do inside an event loop.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from sources.fetchers.base import Fetched
from sources.fetchers.conditions import Validators
from sources.fetchers.http import Permit, fetch_async
from sources.fetchers.policy import FetchPolicy

# Results are handed over together: what is then done costs much the same for one as for many. So the first waits this
# long for others (seconds), until there are so many.
_PATIENCE = 0.05
MOST_AT_ONCE = 25
# Beyond the deadline of every fetch: by then each of them has given a page or a reason, or the loop is broken.
_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Errand:
    """One page to fetch, `wait` seconds from now, where `permit` lets it be, if it is not as `validators` name it.

    The answer is told by `key`.
    """

    key: int
    url: str
    wait: float = 0.0
    permit: Permit | None = None
    validators: Validators | None = None


Answer = tuple[int, Fetched | Exception]
"""An errand's key, with its page or the reason why there is none."""


def fetch_all(errands: Sequence[Errand], policy: FetchPolicy) -> Iterator[list[Answer]]:
    """Fetch all of them side by side, each under the policy's deadline. Answers come in the order they arrive.

    Raises `queue.Empty` when one does not come by its deadline.
    """
    arrived: SimpleQueue[Answer] = SimpleQueue()
    Thread(target=lambda: asyncio.run(_all(errands, policy, arrived)), name="fetch", daemon=True).start()
    patience = max((errand.wait for errand in errands), default=0.0) + policy.deadline + _GRACE
    left = len(errands)
    while left:
        came = [arrived.get(timeout=patience), *_soon(arrived, min(left, MOST_AT_ONCE) - 1)]
        left -= len(came)
        yield came


def _soon(arrived: "SimpleQueue[Answer]", most: int) -> Iterator[Answer]:
    """What has come or comes now, at most so many."""
    until = monotonic() + _PATIENCE
    with suppress(Empty):
        for _ in range(most):
            yield arrived.get(timeout=max(until - monotonic(), 0))


async def _all(errands: Sequence[Errand], policy: FetchPolicy, arrived: "SimpleQueue[Any]") -> None:
    await asyncio.gather(*(_one(errand, policy, arrived) for errand in errands))


async def _one(errand: Errand, policy: FetchPolicy, arrived: "SimpleQueue[Any]") -> None:
    try:
        await asyncio.sleep(errand.wait)
        answer = await fetch_async(errand.url, policy, validators=errand.validators, permit=errand.permit)
        arrived.put((errand.key, answer))
    except Exception as error:  # the caller tells what it means for the capture
        arrived.put((errand.key, error))
