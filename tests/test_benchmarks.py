"""The benchmarks run, in a short form: what they say of speed is for no test to judge."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.pages import page

ROOT = Path(__file__).parents[1]
COLUMNS = 8


def test_pages_are_the_same_in_every_run_and_as_long_as_real_ones() -> None:
    pages = [page(number) for number in range(5)]

    assert pages == [page(number) for number in range(5)]
    assert len(set(pages)) == 5
    assert all(50_000 <= len(each) <= 100_000 for each in pages)


@pytest.mark.worker
@pytest.mark.skipif(not shutil.which("wget"), reason="there is no wget to measure beside")
def test_captures_are_measured_beside_wget_and_every_file_is_checked(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    # Servers of its own, also where the suite has been given some: it takes only an empty Redis.
    variables = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "capture", "--pages", "20", "-n", "1", "--output", str(table)],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert run.stderr.count("40 WARC files pass `warcio check`.") == 2
    rows = [line.split("|")[1:-1] for line in run.stdout.splitlines() if line.startswith("| ")]
    assert [len(row) for row in rows] == [COLUMNS] * 5
    assert table.read_text().startswith("# Benchmarks\n")
    assert run.stdout.strip() in table.read_text()


def test_a_name_that_no_benchmark_has_is_answered_with_those_that_there_are() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 2
    assert "capture" in run.stderr


def test_trees_are_measured_executed_kept_and_unchanged() -> None:
    # Servers of its own, as above.
    variables = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    variables.pop("KEPT_ANSWER_SECONDS", None)
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tree", "--largest", "100", "--rounds", "1"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[2].endswith("| 3, 1, 1 |")


def test_steps_of_a_page_are_measured_one_by_one() -> None:
    variables = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "writing", "--pages", "10"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    steps = [line.split("|")[1].strip() for line in run.stdout.splitlines() if line.startswith("| ")]
    assert steps == ["step", "ask", "capture", "read", "anchor", "all"]
