"""`./run bench graph`: whole trees of a million appearances, beside PostGraphile on the same rows in the same rounds.

On PostgreSQL where `DATABASE_URL` names one: a database of the run's own is made beside it. Else on SQLite, without the
peer, which has no SQLite. The service is measured as it is configured, one process of each server.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine, processes, sections, service
from benchmarks.graph import databases, drawing, report, rounds, servers
from benchmarks.graph.servers import Server


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is measured."""

    appearances: int
    seed: int
    rounds: int
    clients: int
    asked: int  # by all clients in a round
    peers: bool


def main(arguments: Sequence[str]) -> None:
    """Seed, measure, print the tables. Ends with SystemExit where something is missing or answers differ."""
    parser = _parser()
    options = parser.parse_args(arguments)
    on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    wanted = Wanted(
        appearances=options.appearances or (100_000 if options.quick else 1_000_000),
        seed=options.seed,
        rounds=options.rounds or (2 if options.quick else 5),
        clients=options.clients,
        asked=100 if options.quick else 500,
        peers=on_postgresql and not options.no_peer,
    )
    if options.drop:
        databases.drop_kept()
        return
    if report.LOAD_NODES not in drawing.sizes(wanted.appearances):
        parser.error("--appearances: so few make no tree for the clients. Give 400 or more.")
    begun = time.perf_counter()
    if options.only_seed:
        with databases.seeded(wanted.appearances, seed=wanted.seed, keep=True) as url:
            print(url)
        return
    node = servers.installed() if wanted.peers else None
    with databases.seeded(wanted.appearances, seed=wanted.seed, keep=options.keep) as url:
        results = _measure(wanted, url, node)
    described = "\n".join(machine.described())
    text = "\n".join([*report.lines(results), "", described])
    print(text)
    _say(f"{time.perf_counter() - begun:.0f} s in all")
    if options.output:
        database = "PostgreSQL" if on_postgresql else "SQLite"
        sections.write(options.output, f"trees on {database}", f"{_heading(wanted, database)}\n{text}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench graph", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--appearances", type=int, help="how many there are in all (1000000)")
    parser.add_argument("--seed", type=int, default=1, help="what chance is drawn from (1)")
    parser.add_argument("-n", "--rounds", type=int, help="rounds of all contenders (5)")
    parser.add_argument("--clients", type=int, default=16, help="clients that ask at once (16)")
    parser.add_argument("--quick", action="store_true", help="100000 appearances, two rounds: for a try")
    parser.add_argument("--no-peer", action="store_true", help="the service alone; nothing comes from npm")
    parser.add_argument("--keep", action="store_true", help="leave the database for the next run")
    parser.add_argument(
        "--only-seed", action="store_true", help="make that database, print its URL, and leave it"
    )
    parser.add_argument("--drop", action="store_true", help="remove what was left, and do nothing else")
    parser.add_argument("--output", type=Path, help="write the tables into this file too, as a section of it")
    return parser


def _measure(wanted: Wanted, url: str, node: Path | None) -> report.Results:
    os.environ["DATABASE_URL"] = url
    with tempfile.TemporaryDirectory() as folder_name, ExitStack() as stack:
        folder = Path(folder_name)
        service.prepare(folder, [])
        stack.enter_context(service.broker_of(folder))
        contenders = [stack.enter_context(each) for each in _starting(folder, url, node)]
        at_first = {each.name: processes.resident(each.pid) for each in contenders}
        known = rounds.Trees()
        sizes = known.sizes(drawing.SIZES)
        for size in sizes:
            rounds.check(contenders, known.take(size, 1)[0])
        found = {}
        for size in sizes:
            found[size] = rounds.trees(contenders, known, size, wanted.rounds)
            _say(f"{size:,} nodes: " + _heard(found[size]))
        loads = rounds.loads(
            contenders,
            known,
            report.LOAD_NODES,
            clients=wanted.clients,
            asked=wanted.asked,
            rounds=wanted.rounds,
        )
        _say(
            f"{wanted.clients} clients: "
            + ", ".join(f"{name} {loads.p50(name):.0f}/s" for name in loads.measured)
        )
        in_the_end = {each.name: processes.resident(each.pid) for each in contenders}
        return report.Results(
            appearances=wanted.appearances,
            trees=found,
            loads=loads,
            clients=wanted.clients,
            statements={size: rounds.statements(contenders, known, size) for size in sizes},
            memory={name: (at_first[name], in_the_end[name]) for name in at_first},
            growth=rounds.growth(contenders, known),
        )


def _starting(folder: Path, url: str, node: Path | None) -> Iterator[AbstractContextManager[Server]]:
    yield servers.ours(folder, url)
    if node:
        yield from (servers.peer(version, node, folder, url) for version in (5, 4))


def _heard(found: report.Rounds) -> str:
    return ", ".join(f"{name} {found.p50(name) * 1e3:.1f} ms" for name in found.measured)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _heading(wanted: Wanted, database: str) -> str:
    beside = _BESIDE if wanted.peers else ""
    return _HEADING.format(
        database=database, appearances=wanted.appearances, rounds=wanted.rounds, beside=beside
    )


_HEADING = """## Whole trees on {database}

`./run bench graph`, of {appearances:,} appearances in trees of 10, 100, 1,000 and 10,000, as many in trees
of each size; {rounds} rounds over HTTP on loopback, one process of each server, the service as `./run web`
starts it. Each node with id, stance, quote, date, source with address and title, publisher, and what it
rests on. *This service* is asked for what was just written to, so that it executes; *kept* is the same
question again; *with numbers* is a question that no database answers: both ranges of origins, bottlenecks
and findings too. p50 is of all questions of all rounds, a ratio the median of the rounds' own, with the
least and the largest.
{beside}
The last table is what a whole tree costs in all and for each node. A tree of 100,000 (there is one, where
there are a million appearances) is ten pages of this service, each of which reads the whole claim: its numbers
are of the whole.
"""

_BESIDE = """
PostGraphile, 5 and 4, comes from npm and reads the same rows: every round asks all for the same claims,
another one first each time, and all must have given the same nodes and derivations before. It lists rows,
and is asked in the way that costs it least (derivations flat, what counts as conditions); the service
besides puts origins first, judges what may be seen, and counts. A statement is one that leaves the server
for a tree: the service asks each connection besides, once in five seconds, whether it is alive. Memory is that
of all processes of a server, before the first question and after the clients.
"""


if __name__ == "__main__":
    main(sys.argv[1:])
