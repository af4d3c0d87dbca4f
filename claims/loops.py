"""Circular reporting: a claim that leaves a group of appearances and comes back to it as if it were news.

Values in, values out; no Django. Looked for at three levels: one source, one publisher, one topmost owner. Only the
publisher answers for what a work takes from others: who is merely quoted again, at second hand, has not come back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from claims.components import components
from claims.graph import Graph, Node
from claims.owners import topmost_owner

_MOST_BETWEEN = 30
_MEMORY = 2**29  # bits that one walk may hold: 64 MiB


class Level(StrEnum):
    """What the two ends of a loop have in common, narrowest first."""

    SOURCE = "source"
    PUBLISHER = "publisher"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Loop:
    """A path out of a group and back into it: its first and last appearance are in the group, no other one is.

    `path` goes from origin to derived. Of more than thirty appearances between the two ends it has the last thirty.
    """

    level: Level
    group: int  # the id of the source, or of the agent
    path: tuple[int, ...]


def find_loops(graph: Graph, order: Sequence[int], owners: Mapping[int, int]) -> tuple[Loop, ...]:
    """One loop for each group that has one: that which comes back first in `order`, a topological order of the graph.

    A group has a loop where two of its appearances that share no narrower group are the ends of a path whose other
    appearances are all outside of it. An unknown publisher is no group.
    """
    place = {node: number for number, node in enumerate(order)}
    ways = [[place[parent] for parent in graph.parents[node]] for node in order]
    nodes = [graph.nodes[node] for node in order]
    return tuple(
        Loop(level, group, tuple(order[vertex] for vertex in path))
        for level, groups, narrower in _levels(nodes, owners)
        for group, path in _loops(ways, groups, narrower)
    )


def _levels(
    nodes: Sequence[Node], owners: Mapping[int, int]
) -> Iterator[tuple[Level, Sequence[int | None], Sequence[int | None]]]:
    """Each level with the group of every appearance, and its narrower one."""
    sources = [node.source for node in nodes]
    publishers = [node.publisher for node in nodes]
    topmost = {agent: topmost_owner(agent, owners) for agent in publishers if agent is not None}
    yield Level.SOURCE, sources, range(len(nodes))
    yield Level.PUBLISHER, publishers, sources
    yield Level.OWNER, [None if agent is None else topmost[agent] for agent in publishers], publishers


def _loops(
    ways: Sequence[Sequence[int]], groups: Sequence[int | None], narrower: Sequence[int | None]
) -> list[tuple[int, list[int]]]:
    """Group and path of each loop of one level, over vertices numbered in topological order, by where they end."""
    members = _worth_a_look(ways, groups, narrower)
    if not members:
        return []
    ends: dict[int, tuple[int, list[int]]] = {}
    size = max(64, _MEMORY // len(ways))
    for start in range(0, len(members), size):
        for group, end, path in _Walk(ways, groups, narrower, members[start : start + size]).loops():
            if group not in ends or end < ends[group][0]:
                ends[group] = (end, path)
    return [(group, path) for group, (_, path) in sorted(ends.items(), key=lambda found: found[1][0])]


def _worth_a_look(
    ways: Sequence[Sequence[int]], groups: Sequence[int | None], narrower: Sequence[int | None]
) -> list[int]:
    """The members at which a loop can begin, group by group.

    Their group has members of different narrower groups, and lies with another group in one strongly connected
    component of the quotient: a path that leaves a group and comes back never leaves its component. Something rests on
    them, and they are not the last of their group.
    """
    members: dict[int, list[int]] = {}
    for vertex, group in enumerate(groups):
        if group is not None:
            members.setdefault(group, []).append(vertex)
    several = {
        group: each for group, each in members.items() if len({narrower[vertex] for vertex in each}) > 1
    }
    if not several:
        return []
    in_company = _in_company(ways, groups)
    rested_on = {way for each in ways for way in each}
    return [
        vertex
        for group, each in several.items()
        if group in in_company
        for vertex in each[:-1]
        if vertex in rested_on
    ]


def _in_company(ways: Sequence[Sequence[int]], groups: Sequence[int | None]) -> set[int]:
    """The groups whose strongly connected component of the quotient has another vertex too."""
    numbers: dict[tuple[str, int], int] = {}
    quotient = [
        numbers.setdefault(("alone", vertex) if group is None else ("group", group), len(numbers))
        for vertex, group in enumerate(groups)
    ]
    onward: list[set[int]] = [set() for _ in numbers]
    for vertex, each in enumerate(ways):
        onward[quotient[vertex]].update(quotient[way] for way in each)
    component = components([sorted(each) for each in onward])
    sizes = Counter(component)
    return {
        group for (kind, group), number in numbers.items() if kind == "group" and sizes[component[number]] > 1
    }


class _Walk:
    """One walk over all vertices for the loops of some members.

    Each vertex gets, as the bits of an integer, those members at which a path to it left their group last: who passes
    through a group takes its bits out and puts in its own.
    """

    def __init__(
        self,
        ways: Sequence[Sequence[int]],
        groups: Sequence[int | None],
        narrower: Sequence[int | None],
        members: Sequence[int],
    ) -> None:
        self._ways = ways
        self._groups = groups
        self._narrower = narrower
        self._members = members
        self._bits = {member: 1 << place for place, member in enumerate(members)}
        self._of_group: dict[int | None, int] = {}
        self._of_narrower: dict[tuple[int | None, int | None], int] = {}
        for member, bit in self._bits.items():
            group, near = groups[member], (groups[member], narrower[member])
            self._of_group[group] = self._of_group.get(group, 0) | bit
            self._of_narrower[near] = self._of_narrower.get(near, 0) | bit
        self._left_at: list[int] = []

    def loops(self) -> Iterator[tuple[int, int, list[int]]]:
        """Group, last vertex and path: for each group the loop that comes back first."""
        found: set[int] = set()
        for vertex, ways in enumerate(self._ways):
            left_at = 0
            for way in ways:
                left_at |= self._left_at[way]
            group = self._groups[vertex]
            back = left_at & self._of_group.get(group, 0)
            if back and group is not None and group not in found and (path := self._path(vertex)):
                found.add(group)
                yield group, vertex, path
            self._left_at.append(left_at ^ back | self._bits.get(vertex, 0))

    def _path(self, end: int) -> list[int]:
        """The loop that ends here, from its first vertex on; empty if there is none."""
        group = self._groups[end]
        others = self._of_group[group] & ~self._of_narrower.get((group, self._narrower[end]), 0)
        for way in self._ways[end]:
            if self._groups[way] != group and (starts := self._left_at[way] & others):
                return self._walked(self._members[starts.bit_length() - 1], way, end)
        return []

    def _walked(self, start: int, last: int, end: int) -> list[int]:
        path = [end, last]
        bit = self._bits[start]
        while start not in self._ways[path[-1]] and len(path) <= _MOST_BETWEEN:
            path.append(next(way for way in self._ways[path[-1]] if self._left_at[way] & bit))
        return [start, *reversed(path)]
