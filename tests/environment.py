"""What the suite runs on; imported before the settings (see `tests.settings`).

Every test process has a data folder of its own, and with the embedded default a broker of its own. With REDIS_URL set,
each process takes a database number of its own, so that workers of one never see the messages of another.
"""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from provenance import broker

_process = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_number = int(_process.removeprefix("gw"))

DATA_DIR = Path(tempfile.mkdtemp(prefix="provenance-tests-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

os.environ["DATA_DIR"] = str(DATA_DIR)
os.environ["SECRET_KEY"] = "only for tests, and long enough that no check complains: " + "x" * 40
os.environ["PUBLIC_URL"] = "http://testserver"
os.environ["KEPT_ANSWER_SECONDS"] = (
    "0"  # a rolled back test leaves its ids to the next, and the store outlives both
)
os.environ["CAPTURE_HOST_DELAY"] = "0"
os.environ["CAPTURE_HOST_CONCURRENCY"] = "0"
os.environ["CAPTURE_ROBOTS"] = (
    "ignore"  # the sites of most tests count who comes; those about robots.txt obey
)
os.environ["LOG_LEVEL"] = "WARNING"
for variable in (
    "CAPTURE_ALLOW_HOSTS",
    "CAPTURE_PORTS",
    "CAPTURE_RECAPTURE_MIN",
    "CAPTURE_RECAPTURE_MAX",
    "SNAPSHOT_STORAGE_URL",
    "ALLOWED_HOSTS",
    "CORS_ALLOWED_ORIGINS",
    "DEBUG",
):
    os.environ.pop(variable, None)


def _start_broker() -> None:
    command = broker.server_command(DATA_DIR)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(shutil.rmtree, broker.embedded_socket(DATA_DIR).parent, ignore_errors=True)
    atexit.register(server.wait, 10)
    atexit.register(server.terminate)


if redis_url := os.environ.get("REDIS_URL"):
    database = int((re.search(r"/(\d+)$", redis_url) or [0, 0])[1]) + _number
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", "", redis_url) + f"/{database}"
else:
    _start_broker()
