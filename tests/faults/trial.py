"""One fault, once, in a process of its own: `python -m tests.faults.trial NAME --captures N --folder DIR [--short]`.

Its verdict is the last line of its output, as JSON.
"""

import argparse
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from provenance import broker
from tests.faults.servers import Broker, PostgreSQL, postgresql

if TYPE_CHECKING:
    from tests.faults.stage import Stage

ON_POSTGRESQL = "crashed"
_QUIET = 4.0  # seconds in which a late worker could still write what it must not


def main() -> int:
    """Set up, break, wait, judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--captures", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        wants_server = chosen.postgresql or chosen.name == ON_POSTGRESQL
        server = stack.enter_context(postgresql()) if wants_server else None
        _prepare(chosen.folder, server, short=chosen.short)
        stage = stack.enter_context(_stage(chosen.folder, server, chosen.captures, short=chosen.short))
        facts, good = _tried(stage, chosen.name)
    print(json.dumps(facts))
    return 0 if good else 1


def _prepare(folder: Path, server: PostgreSQL | None, *, short: bool) -> None:
    """Give this process, and the workers that it starts, the settings of a service of its own."""
    os.environ.update(
        DATA_DIR=str(folder),
        DATABASE_URL=server.url if server else f"sqlite:///{folder / 'db.sqlite3'}",
        REDIS_URL=broker.embedded_url(folder),
        SECRET_KEY="only for trials, and long enough that no check complains: " + "x" * 40,
        SNAPSHOT_STORAGE_URL=str(folder / "snapshots"),
        CAPTURE_HOST_DELAY="0",
        # The places that a dead worker held are free again when its leases are: in the short form nobody waits so long.
        CAPTURE_HOST_CONCURRENCY="0" if short else "2",
        DJANGO_SETTINGS_MODULE="provenance.settings",
        LOG_LEVEL="ERROR",
    )
    import django
    from django.core.management import call_command

    django.setup()
    logging.disable()  # here speaks a client of what we break; workers have logs of their own
    call_command("migrate", verbosity=0)  # has nothing to do where the folder brought a database along


@contextmanager
def _stage(folder: Path, server: PostgreSQL | None, captures: int, *, short: bool) -> "Iterator[Stage]":
    from tests.faults.pages import site
    from tests.faults.stage import Stage
    from tests.faults.store import opened

    messages = Broker(folder)
    with ExitStack() as stack:
        pages = stack.enter_context(site(captures))
        store = stack.enter_context(opened(folder / "snapshots"))
        messages.start()
        stack.callback(messages.end)
        stage = Stage(folder, pages, messages, server, store, short)
        stack.callback(stage.end_work)
        yield stage


def _tried(stage: "Stage", name: str) -> tuple[dict[str, object], bool]:
    """The facts of the table's row, and whether they are good."""
    from tests.faults.breaking import FAULTS
    from tests.faults.judging import judge, running_in
    from tests.faults.stage import BOUND

    hit = FAULTS[name](stage)
    seconds = stage.until_all_is_done()
    time.sleep(_QUIET / 4 if stage.short else _QUIET)
    groups = [worker.group for worker in stage.workers]
    stage.end_work()
    verdict = judge(stage.site)
    left = running_in(groups)
    good = verdict.is_good and hit > 0 and seconds <= BOUND and not left
    if not good:
        _tell(stage)
    facts = {"name": name, "hit": hit, "seconds": round(seconds, 1), "processes_left": len(left)}
    return {**facts, **verdict.facts(), "good": good}, good


def _tell(stage: "Stage") -> None:
    """What the workers said, to whoever looks for the reason."""
    for worker in stage.workers:
        shutil.copyfileobj(worker.log.open(), sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
