"""A process that does what a worker does with hostile pages, and tells how much memory that took.

Run with the server's `host:port` and paths as arguments; prints `Report` as JSON. A process of its own, for the high
mark of memory is one a process has from its start.
"""

import json
import re
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sources.fetchers.base import Fetched, FetchError
from sources.fetchers.codings import CodingError, decoded
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from sources.fetchers.robots import Robots
from sources.warc import write_warc
from tests.sources.hostile.weights import LATE
from tests.sources.memory import Memory

SHORT_DEADLINE = 2.0  # seconds, for what runs into it; all other limits are those of production


@dataclass
class Report:
    """Bytes of resident memory before the first fetch and at its highest; how each path ended."""

    start: int
    highest: int
    outcomes: dict[str, str]


def highest_memory() -> int:
    """The most that this process ever held. Of the process image: `ru_maxrss` would count that of the parent's too."""
    status = Path("/proc/self/status").read_text()
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match
    return int(match[1]) * 1024


def outcome(url: str, policy: FetchPolicy, robots: Robots) -> str:
    """Fetch and write the file, as a worker does, of what came of a cut page too; and unpack what is packed."""
    try:
        fetched = fetch(url, policy, permit=robots.require)
    except FetchError as error:
        if error.partial:
            _use(error.partial)
        return error.reason.value
    _use(fetched)
    return fetched.truncated.value or "whole"


def _use(fetched: Fetched) -> None:
    write_warc(fetched)
    try:
        decoded(fetched.body, fetched.content_encoding, cut=bool(fetched.truncated))
    except CodingError:
        return


def main(place: str, *paths: str) -> None:
    """Fetch all paths, one after the other."""
    policy = FetchPolicy(allow_hosts=frozenset({place}))
    hasty = replace(policy, deadline=SHORT_DEADLINE)
    robots = Robots(policy, Memory())
    start = highest_memory()
    outcomes = {
        path: outcome(f"http://{place}{path}", hasty if path.startswith(LATE) else policy, robots)
        for path in paths
    }
    sys.stdout.write(json.dumps(asdict(Report(start, highest_memory(), outcomes))))


if __name__ == "__main__":
    main(*sys.argv[1:])
