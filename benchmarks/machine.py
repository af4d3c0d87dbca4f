"""What was measured, and on what: no names of machines or places."""

import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path


def described() -> Iterator[str]:
    """Lines of text: processor, kernel and Python; database and broker; commit."""
    yield f"{os.cpu_count()} cores of {_processor()}, {platform.system()}, Python {platform.python_version()},"
    yield f"{_database()} and {_broker()}, at commit {commit()}. Load when it ended: {os.getloadavg()[0]:.1f}."


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "an unknown processor"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


def _database() -> str:
    return "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"


def _broker() -> str:
    return "a Redis server" if os.environ.get("REDIS_URL") else "the embedded Valkey"


def commit() -> str:
    """The commit that is checked out, and whether files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()

    return git("rev-parse", "--short=10", "HEAD") + (
        " with changes" if git("status", "--porcelain", "-uno") else ""
    )
