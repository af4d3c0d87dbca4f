"""A process of a worker keeps the memory of a round for the next, and no more."""

import ctypes
import os
import subprocess
import sys

import pytest

ON_GLIBC = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc")

_ROUNDS = """
import resource, sys
from provenance import heap

def pages_taken(count, size):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    held = [bytes([number % 256]) * size for number in range(count)]
    del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

how, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if how == "keep":
    heap.keep()
pages_taken(count, size)
print(pages_taken(count, size) * resource.getpagesize() / (count * size))
"""


def share_taken_anew(how: str, count: int, size: int, **environment: str) -> float:
    """Of so many pages of this size, as many of which were there before: how much came from the system."""
    done = subprocess.run(
        [sys.executable, "-c", _ROUNDS, how, str(count), str(size)],
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
        text=True,
    )
    return float(done.stdout)


@ON_GLIBC
def test_a_round_takes_the_memory_of_the_last_one() -> None:
    assert share_taken_anew("leave", 50, 100_000) > 0.5
    assert share_taken_anew("keep", 50, 100_000) < 0.1


@ON_GLIBC
def test_memory_of_large_pages_is_given_back() -> None:
    assert share_taken_anew("keep", 3, 4_000_000) > 0.9


@ON_GLIBC
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MALLOC_TRIM_THRESHOLD_", "100000"),
        ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=100000"),
        ("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=512:glibc.malloc.mmap_threshold=50000"),
    ],
)
def test_what_the_environment_says_stays(name: str, value: str) -> None:
    assert share_taken_anew("keep", 50, 100_000, **{name: value}) > 0.5


def test_a_system_without_such_settings_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from provenance import heap

    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap.keep()
