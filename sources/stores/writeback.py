"""Linux can be told to begin with writing a file to the disk. Elsewhere this does nothing.

It promises nothing: what must be on the disk is put there by fsync. But the first of many fsyncs that follow then finds
the places of all the files in the journal, and the others find their bytes written: a fifth less computing a file.
"""

import ctypes
from collections.abc import Callable
from functools import cache

_WRITE = 2  # SYNC_FILE_RANGE_WRITE: of what was written begin all that is not under way, and wait for none
_WHOLE = ctypes.c_int64(0)  # from the first byte; so many bytes, 0 being all


def begin_to_write_back(descriptor: int) -> None:
    """Let the system begin with this file; whatever may be wrong is told by fsync."""
    _call()(descriptor, _WHOLE, _WHOLE, _WRITE)


@cache
def _call() -> Callable[..., object]:
    try:
        return ctypes.CDLL(None).sync_file_range
    except (AttributeError, OSError):
        return lambda *_: None
