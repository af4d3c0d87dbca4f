"""The table that trials end in, and the page of the documentation that holds it."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import machine

WORDS = {
    "killed": "`kill -9` of all workers in mid-fetch",
    "flushed": "FLUSHALL while messages wait",
    "emptied": "broker killed, restarted empty",
    "crashed": "PostgreSQL restarted immediately",
    "stalled": "SIGSTOP past the lease, then SIGCONT",
    "full": "store full for 15 s",
    "twice": "every message delivered twice",
}

Row = dict[str, Any]
"""What a trial says of itself (see `trial`)."""

_PAGE = """# Faults

What becomes of captures that were accepted, when something breaks in mid-work. Each line is a trial of its own: a
site on loopback that takes up to 1.5 s a page, where one page of ten is missing and one leads to a refused place;
real Celery workers of two processes each, with their sweeps; a Valkey or Redis, a store, and a database of the
trial's own (SQLite; PostgreSQL where that is what breaks). The code is in `tests/faults/`.

- **hit**: what the fault found: captures under way; of FLUSHALL, messages that it took away; of the full store,
  pages it did not take; of double delivery, messages that the request sent twice, beside those of workers.
- **leases lost**: captures taken over from workers that died or stalled, counted apart from attempts.
- **lost**: captures without their right end (captured with the page's own bytes, failed, refused).
- **doubled**: pages with more than one capture, snapshot or text.
- **attempts used up**: captures that needed more than the one attempt that came to its end.
- **seconds to recover**: from the moment when what was broken is back (for workers: are started) until all is
  captured and read; over 60 s is a failure.

A trial fails too when its fault hit nothing, `./run manage verify` names a difference, snapshots and ledger entries
do not match, a file without a row stays after the sweep, or a process is left. `./run faults` does this with 200
captures of each fault and leases of their real length. CI does it with 30 (`--short`): there leases lapse, and what was
put off is due, by a write to their rows. `--postgresql` tries all faults on PostgreSQL.

On SQLite workers are stopped at a moment when none of them holds its one write lock: one that does, stopped, holds up
every writer until it goes on or is killed. Where machines stall, use PostgreSQL.
"""


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Lines of Markdown."""
    yield "| fault | captures | hit | leases lost | lost | doubled | attempts used up | seconds to recover |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        cells = ("captures", "hit", "lease_losses", "lost", "doubled", "attempts_spent", "seconds")
        yield f"| {WORDS[row['name']]} | " + " | ".join(str(row[cell]) for cell in cells) + " |"


def page(rows: Sequence[Row], options: str) -> str:
    """The whole page, in Markdown."""
    command = f"`./run faults {options}`, on {next(machine.described())} at commit {machine.commit()}."
    return "\n".join([_PAGE, *table(rows), "", command, ""])
