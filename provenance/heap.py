"""Memory that a process takes again soon is not given back to the system (by glibc; elsewhere nothing is set)."""

import ctypes
import os
from contextlib import suppress

# By glibc's malloc.h: what may lie free at the end before it is given back, and from which size on a piece is the
# system's own. Both in bytes, and as `MALLOC_TRIM_THRESHOLD_` and `MALLOC_MMAP_THRESHOLD_` of the environment, or
# `trim_threshold` and `mmap_threshold` in its `GLIBC_TUNABLES`.
_TRIM, _MMAP = -1, -3
# The pages of a round and all that is made of them; most are 50 times 100 kB.
_KEPT = 16 * 2**20
# A larger page goes back at once, as all did that are as large.
_LARGE = 2**20


def keep() -> None:
    """Keep up to 16 MiB, in pieces of less than 1 MiB; what the environment says of this stays."""
    said = os.environ.keys() & {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"}
    tuned = os.environ.get("GLIBC_TUNABLES", "")
    if said or any(f"glibc.malloc.{name}_threshold=" in tuned for name in ("trim", "mmap")):
        return
    with suppress(AttributeError, OSError):
        setting = ctypes.CDLL(None).mallopt
        setting(_TRIM, _KEPT)
        setting(_MMAP, _LARGE)
