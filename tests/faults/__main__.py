"""`./run faults [NAME ...]`: each fault in mid-work of real processes, and a table of what became of the captures.

Leases are waited for in their real length; with `--short` they lapse by a write to their rows, and what was put off is
due at once. Exits with 1 if anything was lost, doubled, late or left behind.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.faults import table
from tests.faults.servers import postgresql_programs
from tests.faults.table import WORDS

_ROOT = Path(__file__).parents[2]
_LONG, _SHORT = 200, 30  # captures


def main() -> int:
    """Try them, print the table, write it where `--output` says."""
    chosen = _arguments()
    names = chosen.names or list(WORDS)
    if "crashed" in names or chosen.postgresql:
        _require_postgresql()
    with tempfile.TemporaryDirectory(prefix="provenance-faults-") as folder:
        database = _empty_database(Path(folder))
        with ThreadPoolExecutor(chosen.jobs or (3 if chosen.short else 1)) as pool:
            rows = list(pool.map(lambda name: _trial(name, Path(folder), database, chosen), names))
    print("\n".join(table.table(rows)))
    if chosen.output:
        chosen.output.write_text(table.page(rows, shlex.join(sys.argv[1:])))
    return 0 if all(row["good"] for row in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *WORDS], metavar="NAME", help=", ".join(WORDS))
    parser.add_argument("--captures", type=int, help=f"of each fault ({_LONG}; {_SHORT} with --short)")
    parser.add_argument("--short", action="store_true", help="skip waiting times; three trials at once")
    parser.add_argument("--postgresql", action="store_true", help="all of them on a PostgreSQL server")
    parser.add_argument("--jobs", type=int, help="trials at once")
    parser.add_argument("--output", type=Path, help="write the table to this file")
    chosen = parser.parse_args()
    chosen.captures = chosen.captures or (_SHORT if chosen.short else _LONG)
    return chosen


def _require_postgresql() -> None:
    if not postgresql_programs():
        raise SystemExit(
            "./run faults: no PostgreSQL server is installed, which the fault `crashed` restarts. Install one (on "
            "Debian or Ubuntu: sudo apt install postgresql), or name the other faults."
        )


def _empty_database(folder: Path) -> Path:
    """A SQLite file with every table and no row, to be copied: making one takes long."""
    path = folder / "empty.sqlite3"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}", "SECRET_KEY": "x" * 60}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=_ROOT, env=environment, check=True)
    return path


def _trial(name: str, folder: Path, database: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    own = folder / name
    own.mkdir()
    shutil.copy(database, own / "db.sqlite3")
    command = [sys.executable, "-m", "tests.faults.trial", name, "--captures", str(chosen.captures)]
    command += ["--folder", str(own), *(["--short"] if chosen.short else [])]
    command += ["--postgresql"] if chosen.postgresql else []
    done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines()
    if not lines:
        raise SystemExit(f"./run faults: the trial of {name} broke off (see above).")
    row: dict[str, Any] = json.loads(lines[-1])
    print(f"{name}: {'good' if row['good'] else row}", file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
