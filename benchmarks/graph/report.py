"""What was measured -> tables: medians, and ratios round by round. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median

OURS = "this service"
KEPT = "this service, kept"
NUMBERS = "this service, with numbers"
FIVE = "PostGraphile 5"
FOUR = "PostGraphile 4"

MARKS: Mapping[tuple[int, str], tuple[str, float]] = {
    (100, OURS): (FIVE, 1.0),
    (1_000, OURS): (FIVE, 0.8),
    (10_000, OURS): (FOUR, 0.6),
    (1_000, KEPT): (FIVE, 0.1),
}
"""Of a tree's nodes and a way of asking: beside whom, and the most that the ratio of times may be."""

LOAD_MARK = 1.5
"""The least that our answers a second may be over those of `FIVE`, at `LOAD_NODES` nodes."""
LOAD_NODES = 100
MOST_STATEMENTS = 3
MOST_SECONDS = 120.0
"""For which one answer is waited where it is seen how cost grows."""


@dataclass(slots=True)
class Rounds:
    """Of one question: what was measured by each contender, in rounds of one another.

    `measured[contender][number]` are the figures of that round: seconds, or answers a second.
    """

    measured: dict[str, list[list[float]]] = field(default_factory=dict)

    def add(self, contender: str, number: int, figures: Iterable[float]) -> None:
        """Note what a contender did in a round, counted from 0."""
        rounds = self.measured.setdefault(contender, [])
        rounds += [[] for _ in range(number + 1 - len(rounds))]
        rounds[number] += figures

    def p50(self, contender: str) -> float:
        """The median of all figures."""
        return median(figure for figures in self.measured[contender] for figure in figures)

    def ratios(self, one: str, other: str) -> list[float]:
        """By round: the median of the one over that of the other."""
        pairs = zip(self.measured[one], self.measured[other], strict=True)
        return [median(ours) / median(theirs) for ours, theirs in pairs]


@dataclass(frozen=True, slots=True)
class Growth:
    """What a tree of so many nodes costs in all, in seconds, by what was done with it.

    Infinite is what was not there after `MOST_SECONDS`.
    """

    nodes: int
    seconds: Mapping[str, float]


@dataclass(slots=True)
class Results:
    """All that a run measured."""

    appearances: int
    trees: Mapping[int, Rounds]  # by nodes; seconds
    loads: Rounds  # answers a second
    clients: int
    statements: Mapping[int, Mapping[str, int]]  # by nodes, then contender
    memory: Mapping[str, tuple[int, int]]  # by server: bytes before any question, and after the last
    growth: Sequence[Growth]


def lines(results: Results) -> Iterator[str]:
    """The tables, in Markdown."""
    yield from _trees(results)
    yield ""
    yield from _loads(results)
    yield ""
    yield from _footprint(results)
    yield ""
    yield from _growth(results.growth)


def spread(ratios: Sequence[float]) -> str:
    """The median of some ratios, with the least and the largest."""
    if len(ratios) == 1:
        return f"{ratios[0]:.2f}"
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def verdict(figure: float, mark: float, *, at_least: bool = False) -> str:
    """A mark, and whether it is reached."""
    reached = figure >= mark if at_least else figure <= mark
    sign = "≥" if at_least else "≤"
    return f"{sign} {mark:g}: {'reached' if reached else 'missed'}"


def _trees(results: Results) -> Iterator[str]:
    peers = [
        name for name in (FIVE, FOUR) if any(name in rounds.measured for rounds in results.trees.values())
    ]
    yield "| nodes | answered by | p50 | " + "".join(f"x {name} | " for name in peers) + "mark |"
    yield "|---|---|---|" + "---|" * len(peers) + "---|"
    for nodes, rounds in results.trees.items():
        for name in rounds.measured:
            ratios = {peer: rounds.ratios(name, peer) for peer in peers}
            cells = "".join(f"{'1' if name == peer else spread(found)} | " for peer, found in ratios.items())
            beside, mark = MARKS.get((nodes, name), ("", 0.0))
            said = f"{verdict(median(ratios[beside]), mark)} ({beside})" if beside in ratios else ""
            yield f"| {nodes:,} | {name} | {_milliseconds(rounds.p50(name))} | {cells}{said} |"


def _loads(results: Results) -> Iterator[str]:
    rounds = results.loads
    peer = FIVE if FIVE in rounds.measured else None
    yield f"| {results.clients} clients, {LOAD_NODES} nodes | answers/s |" + (
        f" x {FIVE} | mark |" if peer else ""
    )
    yield "|---|---|" + ("---|---|" if peer else "")
    for name in rounds.measured:
        row = f"| {name} | {rounds.p50(name):.0f} |"
        if peer:
            ratios = rounds.ratios(name, peer)
            marked = name in (OURS, KEPT)
            said = verdict(median(ratios), LOAD_MARK, at_least=True) if marked else ""
            row += f" {'1' if name == peer else spread(ratios)} | {said} |"
        yield row


def _footprint(results: Results) -> Iterator[str]:
    names = list(dict.fromkeys(name for counts in results.statements.values() for name in counts))
    sizes = list(results.statements)
    yield (
        "| | statements at "
        + ", ".join(f"{size:,}" for size in sizes)
        + " nodes | memory at first, in the end |"
    )
    yield "|---|---|---|"
    for name in names:
        counts = [results.statements[size][name] for size in sizes]
        said = f" ({verdict(max(counts), MOST_STATEMENTS)})" if name == OURS else ""
        memory = results.memory.get(name)
        held = f"{memory[0] / 1e6:.0f} MB, {memory[1] / 1e6:.0f} MB" if memory else ""
        yield f"| {name} | {', '.join(map(str, counts))}{said} | {held} |"


def _growth(growth: Sequence[Growth]) -> Iterator[str]:
    names = list(dict.fromkeys(name for each in growth for name in each.seconds))
    yield "| nodes | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * len(names)
    for each in growth:
        cells = [_each(each.seconds.get(name), each.nodes) for name in names]
        yield f"| {each.nodes:,} | " + " | ".join(cells) + " |"


def _each(seconds: float | None, nodes: int) -> str:
    if seconds == inf:
        return f"over {MOST_SECONDS:.0f} s"
    return "" if seconds is None else f"{_milliseconds(seconds)}, {seconds / nodes * 1e6:.0f} µs"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms" if seconds < 0.1 else f"{seconds * 1e3:,.0f} ms"
