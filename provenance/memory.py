"""Bytes that one process keeps at hand."""

import time
from collections import OrderedDict
from threading import Lock

_EACH = 512  # bytes about a body, roughly: its key, its end, its place


class Memory:
    """Bodies by key, each until an instant (seconds since 1970); what was asked for longest ago makes room for others.

    Holds at most `most` bytes, and no body of more than `largest`. May be used by several threads at once.
    """

    def __init__(self, *, most: int, largest: int) -> None:
        self._most = most
        self._largest = largest
        self._lock = Lock()
        self._held: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._size = 0

    def get(self, key: str) -> bytes | None:
        """What is held under this key."""
        with self._lock:
            if (found := self._held.get(key)) is None:
                return None
            until, body = found
            if until <= time.time():
                self._drop(key)
                return None
            self._held.move_to_end(key)
            return body

    def put(self, key: str, body: bytes, until: float) -> None:
        """Hold it, in the place of what was held under this key; not at all if it is too large."""
        if len(body) > self._largest:
            return
        with self._lock:
            self._drop(key)
            self._held[key] = (until, body)
            self._size += len(body) + _EACH
            while self._size > self._most:
                self._drop(next(iter(self._held)))

    def _drop(self, key: str) -> None:
        if found := self._held.pop(key, None):
            self._size -= len(found[1]) + _EACH
