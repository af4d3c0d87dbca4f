"""Programs of the field that open what we hand out: `wacz` and pywb, in an environment of their own.

Some of what they need is published as source alone, which the service's own locked environment does not take. `./run
replay-tools` makes theirs.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

_FOLDER = Path(__file__).parents[2] / ".venv-replay" / "bin"
_PATIENCE = 60.0  # seconds


def program(name: str) -> str:
    """The path of a program; the test is skipped where there is none, but never in CI."""
    path = shutil.which(name, path=str(_FOLDER))
    if path:
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not there, and CI must have it: ./run replay-tools")
    pytest.skip(f"{name} is not there: ./run replay-tools installs it")


@contextmanager
def replaying(package: Path, folder: Path) -> Iterator[str]:
    """A pywb that has this package alone; its address, to which a time and a URL are added."""
    subprocess.run([program("wb-manager"), "init", "told"], cwd=folder, check=True, capture_output=True)
    adding = [program("wb-manager"), "add", "--unpack-wacz", "told", str(package)]
    subprocess.run(adding, cwd=folder, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serving = [program("wayback"), "--port", str(port), "--bind", "127.0.0.1"]
    with (folder / "pywb.log").open("w") as log:
        process = subprocess.Popen(serving, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}/told"
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except HTTPError:
            return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
