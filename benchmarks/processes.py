"""What processes cost, from /proc: CPU seconds and peak memory of one and of all below it."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """User and system seconds of this process, of its children, and of those of them that ended."""
    return sum(_own(each) for each in tree(pid))


def peak(pid: int) -> int:
    """The most memory that one process of this tree ever had resident, in bytes."""
    return max((_status(each, "VmHWM") for each in tree(pid)), default=0)


def resident(pid: int) -> int:
    """What all processes of this tree have resident now, in bytes; what two of them share counts twice."""
    return sum(_status(each, "VmRSS") for each in tree(pid))


def tree(pid: int) -> Iterator[int]:
    """The process and all that descend from it and still run."""
    yield pid
    try:
        tasks = [*Path(f"/proc/{pid}/task").glob("*/children")]
        below = [int(child) for each in tasks for child in each.read_text().split()]
    except OSError:
        return
    for child in below:
        yield from tree(child)


def _own(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # user, system, and the same of children that ended and were waited for
    return sum(map(int, fields[11:15])) / _TICKS


def _status(pid: int, name: str) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:")), 0
    )
