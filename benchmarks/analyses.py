"""CPU time of all analyses of one claim: both sides' numbers and bottlenecks, lines of every appearance, all findings,
and one what-if; for each shape from 10 to 100,000 appearances. `./run bench analyses [--largest N]`
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import process_time

from benchmarks import machine, sections
from benchmarks.shapes import SHAPES, Shape
from claims.findings import find
from claims.graph import carrying_graph
from claims.independence import Side
from claims.vocabulary import Stance
from claims.what_if import what_if

_ROUNDS = 3
_SIZES = (10, 100, 1_000, 10_000, 100_000)


def all_analyses(shape: Shape) -> int:
    """Ask everything that can be asked of a claim; the number of findings."""
    carrying = carrying_graph(shape.nodes, shape.edges)
    sides = [
        Side(shape.nodes, shape.edges, stance=stance, owners=shape.owners, carrying=carrying)
        for stance in (Stance.SUPPORT, Stance.DENY)
    ]
    for side in sides:
        for node in shape.nodes:
            side.lines(node.id)
        what_if(side, [shape.nodes[0].id])
    numbers = [side.independence() for side in sides]
    parties = frozenset(shape.owners.values())
    found = find(
        shape.nodes, shape.edges, sides=numbers, owners=shape.owners, parties=parties, carrying=carrying
    )
    return len(found)


def cost(shape: Shape) -> float:
    """The least CPU seconds of some rounds."""
    times = []
    for _ in range(_ROUNDS if len(shape.nodes) <= 10_000 else 1):
        start = process_time()
        all_analyses(shape)
        times.append(process_time() - start)
    return min(times)


def main() -> None:
    """Print a row for each shape: milliseconds, and microseconds a node."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=_SIZES[-1])
    parser.add_argument("--output", type=Path, help="write the table into this file too, as a section of it")
    asked = parser.parse_args()
    sizes = [size for size in _SIZES if size <= asked.largest]
    table = [f"| shape | {' | '.join(f'{size:,}' for size in sizes)} |", "|---|" + "---|" * len(sizes)]
    for line in table:
        print(line)
    for shape in SHAPES:
        cells = [_cell(shape, size) for size in sizes]
        table.append(f"| {shape.__name__.replace('_', ' ')} | {' | '.join(cells)} |")
        print(table[-1], flush=True)
    if asked.output:
        text = "\n".join([*table, "", *machine.described()])
        sections.write(asked.output, "analyses", f"{_HEADING}\n{text}")


_HEADING = """## Analyses of one claim

`./run bench analyses`: CPU time of everything that can be asked of one claim (both sides' numbers and
bottlenecks, lines of every appearance, all findings, a what-if), in all and for each appearance, without a
database. The least of three rounds; at 100,000 there is one. A part of the rise there is the search for
loops, where almost every outlet lies in one component of the quotient.
"""


def _cell(shape: Callable[[int, Random], Shape], size: int) -> str:
    seconds = cost(shape(size, Random(size)))
    return f"{seconds * 1e3:,.1f} ms, {seconds / size * 1e6:.0f} µs"


if __name__ == "__main__":
    main()
