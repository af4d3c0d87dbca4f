"""Random claims whose dominators, disjoint lines, origins, circular loops and what-ifs must equal what networkx finds.

`python -m benchmarks.oracle --graphs 10000 [--seed 1]`
"""

import argparse
from pathlib import Path
from random import Random

from benchmarks import machine, sections
from benchmarks.shapes import Shape, small
from claims.graph import carrying_graph
from claims.independence import Side
from claims.loops import find_loops
from claims.vocabulary import Stance
from claims.what_if import what_if
from tests.claims.oracle import (
    Drawn,
    expected_dependents,
    expected_left,
    expected_lines,
    expected_loops,
    expected_origins,
    expected_side,
    roots_of,
)


def differences(shape: Shape, chance: Random) -> list[str]:
    """What the pure core and networkx answer differently; empty is as it should be."""
    claim = Drawn(shape.nodes, shape.edges, shape.owners)
    wrong = [] if _loops_agree(claim) else ["loops"]
    for stance in (Stance.SUPPORT, Stance.DENY):
        side = Side(claim.nodes, claim.edges, stance=stance, owners=claim.owners)
        graph = expected_side(claim, stance)
        own = {node.id for node in claim.nodes if node.stance is stance}
        origins = expected_origins(claim, roots_of(graph))
        numbers = side.independence()
        dependents = {each.appearance: each.dependent_count for each in numbers.bottlenecks}
        remove = {node.id for node in claim.nodes if chance.random() < 0.2}
        checks = {
            "origins": sorted(map(sorted, numbers.origins)) == sorted(map(sorted, origins)),
            "dominators": dependents == expected_dependents(graph, own),
            "lines": all(side.lines(each) == expected_lines(graph, origins, each) for each in graph),
            "what-if": set(what_if(side, remove).left_without_origin) == expected_left(claim, stance, remove),
        }
        wrong += [f"{name} of {stance}" for name, agrees in checks.items() if not agrees]
    return wrong


def _loops_agree(claim: Drawn) -> bool:
    graph = carrying_graph(claim.nodes, claim.edges)
    found = find_loops(graph, graph.topological_order(), claim.owners)
    expected = expected_loops(claim)
    paths = all(each.path in expected.get((each.level, each.group), ()) for each in found)
    return paths and sorted((each.level, each.group) for each in found) == sorted(expected)


def main() -> None:
    """Compare, and end with an error at the first claim that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="write the result into this file too, as a section of it")
    asked = parser.parse_args()
    loops = 0
    for number in range(asked.graphs):
        chance = Random(f"{asked.seed}-{number}")
        shape = small(chance)
        if wrong := differences(shape, chance):
            raise SystemExit(f"Claim {asked.seed}-{number} differs from networkx: {', '.join(wrong)}.")
        loops += bool(expected_loops(Drawn(shape.nodes, shape.edges, shape.owners)))
    said = (
        f"{asked.graphs:,} random claims answered as by networkx, {loops:,} of them with circular reporting."
    )
    print(said)
    if asked.output:
        sections.write(
            asked.output, "oracle", f"{_HEADING}\n{said} Seed {asked.seed}, commit {machine.commit()}."
        )


_HEADING = """## That the analyses are right

`./run bench oracle` draws claims of up to 12 appearances with agents, owners, sources and texts in common, suggestions,
answers and unknown fields, and compares origins, dominators, disjoint lines, circular loops and what-ifs with what
networkx finds in its own way.
"""


if __name__ == "__main__":
    main()
