"""Many pages at once: a thread with an event loop of its own fetches them, the caller takes what has come.

The caller is free to use the database meanwhile, which nobody may do inside an event loop. Memory is bounded: most
pages are small, and only a few large ones are under way, or not yet concluded, at the same time.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from sources.fetchers.base import Fetched
from sources.fetchers.conditions import Validators
from sources.fetchers.http import Permit, fetch_async
from sources.fetchers.policy import FetchPolicy

# Results are handed over together: what is then done costs much the same for one as for many. So the first waits this
# long for others (seconds), until there are so many.
_PATIENCE = 0.05
MOST_AT_ONCE = 50
LARGE_AT_ONCE = 6
"""So many pages beyond `bodies.LARGE` bytes have room: with the others of a round 242 MiB at most, and as much again,
if nothing of it can be packed, while their files are stored."""
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

    The room of large pages is given to others when the next answers are asked for: hold on to none. Of a page that
    found no room in time the answer is `NoRoom`. Raises `queue.Empty` when one does not come by its deadline.
    """
    going = _Going(errands, policy)
    Thread(target=lambda: asyncio.run(going.all()), name="fetch", daemon=True).start()
    patience = max((errand.wait for errand in errands), default=0.0) + policy.deadline + _GRACE
    left = len(errands)
    while left:
        came = [going.arrived.get(timeout=patience), *_soon(going.arrived, min(left, MOST_AT_ONCE) - 1)]
        left -= len(came)
        keys = [key for key, _ in came]
        yield came
        del came
        going.make_room(keys)


def _soon(arrived: "SimpleQueue[Answer]", most: int) -> Iterator[Answer]:
    """What has come or comes now, at most so many."""
    until = monotonic() + _PATIENCE
    with suppress(Empty):
        for _ in range(most):
            yield arrived.get(timeout=max(until - monotonic(), 0))


@dataclass(slots=True)
class _Going:
    """Errands under way, in the thread of `all`."""

    errands: Sequence[Errand]
    policy: FetchPolicy
    arrived: "SimpleQueue[Answer]" = field(default_factory=SimpleQueue)
    _loop: asyncio.AbstractEventLoop | None = None
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LARGE_AT_ONCE))
    _large: set[int] = field(default_factory=set)

    async def all(self) -> None:
        self._loop = asyncio.get_running_loop()
        await asyncio.gather(*map(self._one, self.errands))

    async def _one(self, errand: Errand) -> None:
        async def room() -> None:
            await self._room.acquire()
            self._large.add(errand.key)

        try:
            if errand.wait:
                await asyncio.sleep(errand.wait)
            answer = await fetch_async(
                errand.url, self.policy, validators=errand.validators, permit=errand.permit, room=room
            )
            self.arrived.put((errand.key, answer))
        except Exception as error:  # the caller tells what it means for the capture
            self.arrived.put((errand.key, error))

    def make_room(self, keys: Iterable[int]) -> None:
        """Let others have the room of these; called from the caller's thread, by whom they have arrived."""
        for _ in self._large.intersection(keys):
            with suppress(RuntimeError):  # the loop has ended: nobody waits
                assert self._loop is not None  # noqa: S101 - something has arrived
                self._loop.call_soon_threadsafe(self._room.release)
