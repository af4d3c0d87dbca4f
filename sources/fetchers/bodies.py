"""Reading the body of a page up to its end, our cap, the deadline, or where its server cut it; a large one only while
there is room for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from sources.fetchers.base import FetchError, Reason, Truncation

# How long a server may take to end the connection after the page, so that what follows it is noticed. Seconds.
_PATIENCE_WITH_THE_END = 0.2
# A page that was held up for longer, for want of room, is not cut by its site if it lacks its end. Seconds.
_PATIENCE_WITH_OURSELVES = 1.0
LARGE = 1024 * 1024
"""Bytes of a body beyond which there must be room for it (see `Room`)."""

Room = Callable[[], Awaitable[object]]
"""Asked once about a body that grows beyond `LARGE` bytes: it is read on when that returns."""


class NoRoom(OSError):
    """A large page had to wait too long to be had whole: our trouble, not its site's, and no reason to call it cut."""


class Growing(Protocol):
    """The body of an answer, as it comes."""

    body: bytes | bytearray

    @property
    def is_whole(self) -> bool:
        """Whether all of it is known to have come."""

    async def grow(self) -> bool:
        """Add to the body what comes next of it; False where it is complete. Raises FetchError."""

    async def goes_on(self) -> bool:
        """Whether more bytes come after the end of the page."""

    def goes_on_already(self) -> bool | None:
        """The same of a whole body, where that is known without waiting; else None."""


def joined(begun: bytes | bytearray, more: bytes) -> bytes | bytearray:
    """What has come: a second piece makes it one that grows."""
    if not begun:
        return more
    grown = begun if isinstance(begun, bytearray) else bytearray(begun)
    grown += more
    return grown


async def read_body(
    growing: Growing, *, most: int, deadline: float, room: Room | None
) -> tuple[bytes, Truncation]:
    """The body, at most so many bytes of it, and how it ends; `deadline` is by the loop's clock.

    Raises TimeoutError where nothing came of it, `NoRoom` where we kept it waiting, and FetchError.
    """
    if growing.is_whole and len(growing.body) <= min(most, LARGE):
        # As most are: there is nothing to wait for, and no clock is set.
        goes_on = growing.goes_on_already()
        if goes_on is not None:
            return bytes(growing.body), _end_of_whole(goes_on=goes_on)
    held_up, is_whole, unasked = False, False, room
    try:
        # The deadline is one, in two scopes: past the headers, running out of time leaves a page, if cut.
        async with asyncio.timeout_at(deadline) as until:
            while not is_whole:
                if unasked and len(growing.body) > LARGE:
                    held_up = await _find_room(unasked, deadline)
                    unasked = None
                if len(growing.body) > most:
                    return bytes(memoryview(growing.body)[:most]), Truncation.LENGTH
                is_whole = not await growing.grow()
            until.reschedule(min(_now() + _PATIENCE_WITH_THE_END, deadline))
            goes_on = await growing.goes_on()
    except TimeoutError as error:
        if is_whole:  # a server that keeps the connection sends no more
            return bytes(growing.body), Truncation.NONE
        if held_up:
            raise _no_room() from error
        if not growing.body:
            raise
        return bytes(growing.body), Truncation.TIME
    except FetchError as error:
        if error.reason is not Reason.INCOMPLETE_BODY:
            raise
        if held_up:
            raise _no_room() from error
        return bytes(growing.body), Truncation.DISCONNECT
    return bytes(growing.body), _end_of_whole(goes_on=goes_on)


def _end_of_whole(*, goes_on: bool) -> Truncation:
    return Truncation.UNSPECIFIED if goes_on else Truncation.NONE


async def _find_room(room: Room, deadline: float) -> bool:
    """Wait until there is room; whether that took so long that how the page ends may be our doing."""
    begun = _now()
    try:
        await room()
    except asyncio.CancelledError as error:
        if _now() < deadline:
            raise
        raise _no_room() from error
    return _now() - begun > _PATIENCE_WITH_OURSELVES


def _now() -> float:
    return asyncio.get_running_loop().time()


def _no_room() -> NoRoom:
    return NoRoom("Other large pages took the room that there is for such, or had it for too long.")
