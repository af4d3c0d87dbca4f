"""`./run bench writing`: what one page costs this process from asking to anchored, step by step, and in statements.

The tasks of a worker, called one after the other in this process, on the site of `capture`. Its own computing is
counted, with that of the thread that fetches; the readers' is not (see `reading`). `--profile FILE` keeps what
cProfile sees of the last round's calls, for `python -m pstats FILE`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from cProfile import Profile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import machine, service, site

T = TypeVar("T")
_STEPS = ("ask", "capture", "read", "anchor")


@dataclass(slots=True)
class Cost:
    """Of one step over all pages: seconds by the clock and of computing, and statements."""

    clock: float = 0.0
    computing: float = 0.0
    statements: int = 0

    def add(self, call: Callable[[], T]) -> T:
        """Do it, and count what it takes."""
        clock, computing = time.perf_counter(), time.process_time()
        with _counted() as statements:
            answer = call()
        self.clock += time.perf_counter() - clock
        self.computing += time.process_time() - computing
        self.statements += len(statements)
        return answer


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(
        prog="./run bench writing", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--pages", type=int, default=500, help="pages of a run (500)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer (0)")
    parser.add_argument("--profile", type=Path, help="where to keep a profile, which costs time itself")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        site.serving(pages=chosen.pages, latency=chosen.latency) as port,
    ):
        service.prepare(Path(folder), site.hosts(port))
        with service.stores(Path(folder)):
            _archive(site.urls(port, min(chosen.pages, 50), visit="warm"))  # not counted: modules are loaded
            with _profiled(chosen.profile):
                costs = _archive(site.urls(port, chosen.pages, visit="counted"))
    print("\n".join([*_table(costs, chosen.pages), "", *machine.described()]))


def _archive(urls: Sequence[str]) -> dict[str, Cost]:
    from claims import anchoring
    from claims import tasks as anchoring_tasks
    from sources import capturing, extracting, queue
    from sources.requests import request_captures

    def captured(ids: Sequence[int]) -> list[capturing.Settled]:
        return list(capturing.run_all(ids))

    def read(settled: capturing.Settled) -> None:
        extracting.extract_all(settled.made, at_hand=settled.pages)

    costs = {step: Cost() for step in _STEPS}
    sources = service.sources(urls)
    captures = costs["ask"].add(partial(request_captures, sources, by=service.somebody()))
    for start in range(0, len(captures), queue.ROUND):
        chosen = captures[start : start + queue.ROUND]
        for settled in costs["capture"].add(partial(captured, [capture.pk for capture in chosen])):
            costs["read"].add(partial(read, settled))
        if due := anchoring.ready():  # of what no claim cites nothing is
            costs["anchor"].add(partial(anchoring_tasks.anchor, *due))
    service.check_captured(sources)
    return costs


@contextmanager
def _counted() -> Iterator[list[Any]]:
    """The statements that the block sends, as they come."""
    from django.db import connection

    statements: list[Any] = []

    def note(execute: Callable[..., T], *arguments: Any) -> T:
        statements.append(arguments[0])
        return execute(*arguments)

    with connection.execute_wrapper(note):
        yield statements


@contextmanager
def _profiled(file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    profile = Profile()
    with profile:
        yield
    profile.dump_stats(file)


def _table(costs: dict[str, Cost], pages: int) -> Iterator[str]:
    yield "| step | CPU ms a page | ms a page | statements a page |"
    yield "|---|---|---|---|"
    whole = Cost(
        *(
            sum(getattr(cost, name) for cost in costs.values())
            for name in ("clock", "computing", "statements")
        )
    )
    for step, cost in [*costs.items(), ("all", whole)]:
        computing, clock = cost.computing / pages * 1000, cost.clock / pages * 1000
        yield f"| {step} | {computing:.2f} | {clock:.2f} | {cost.statements / pages:.1f} |"


if __name__ == "__main__":
    main()
