"""The pure parts of our scripts, by Node’s own test runner: tests/js/*.test.js and *.test.mjs."""

import os
import shutil
import subprocess

import pytest

from provenance.settings import BASE_DIR


def test_pure_parts_of_the_scripts() -> None:
    node = shutil.which("node")
    if node is None:
        missing = "There is no Node: the pure parts of the scripts are not tested."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    tests = sorted(str(path) for path in (BASE_DIR / "tests" / "js").glob("*.test.*js"))
    assert tests
    told = subprocess.run([node, "--test", *tests], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
