"""The heaviest answers of all, under the limits of production: each ends as it must, and memory stays in bounds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sources.fetchers.codings import CodingError, decoded
from tests.sources.hostile.fetching import Report
from tests.sources.hostile.weights import MIB, robots_script, scripts
from tests.sources.loopback import ScriptedServer

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")

HEAVY = scripts()


@pytest.fixture(scope="module")
def report() -> Report:
    """What a process of its own says that fetched all of them."""
    script = {path: answer for path, (answer, _) in HEAVY.items()}
    with ScriptedServer({**script, "/robots.txt": robots_script()}) as server:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.sources.hostile.fetching", server.netloc, *HEAVY],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    return Report(**json.loads(ended.stdout))


@pytest.mark.parametrize("path", HEAVY)
def test_a_heavy_answer_ends_as_it_must(report: Report, path: str) -> None:
    assert report.outcomes[path] == HEAVY[path][1]


def test_all_of_them_together_take_less_than_256_mib_of_memory(report: Report) -> None:
    assert 0 < report.highest - report.start < 256 * MIB


def test_a_bomb_among_them_is_one() -> None:
    (answer, _) = HEAVY["/bomb"]
    assert isinstance(answer, bytes)
    with pytest.raises(CodingError, match="more than"):
        decoded(answer.partition(b"\r\n\r\n")[2], "gzip")
