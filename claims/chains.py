"""Chains to the root of a directed acyclic graph: what lies on all of them, and how many share nothing.

Vertices are the numbers 0..n-1. 0 is the root; `ways[vertex]` are the vertices one step nearer to it, each of
a smaller number, so that only `ways[0]` is empty. Nothing here knows what a vertex stands for.
"""

from collections.abc import Mapping, Sequence

Ways = Sequence[Sequence[int]]


def immediate_dominators(ways: Ways) -> list[int]:
    """For each vertex the nearest other one that is on every chain from it to the root; 0 for the root.

    In a DAG that is the nearest common ancestor, in the tree of dominators, of the vertices one step nearer,
    so one pass suffices. Each ancestor is found in O(log n) by jump pointers (Myers, "An applicative
    random-access stack", Information Processing Letters 17, 1983), also where long chains run side by side.
    """
    dominators, jumps, depths = [0], [0], [0]

    def nearest_common(one: int, other: int) -> int:
        if depths[one] < depths[other]:
            one, other = other, one
        while depths[one] > depths[other]:
            one = jumps[one] if depths[jumps[one]] >= depths[other] else dominators[one]
        while one != other:
            above = dominators if jumps[one] == jumps[other] else jumps
            one, other = above[one], above[other]
        return one

    for nearer in ways[1:]:
        dominator = nearer[0]
        for vertex in nearer[1:]:
            dominator = nearest_common(dominator, vertex)
        jump = jumps[dominator]
        equal_leaps = depths[dominator] - depths[jump] == depths[jump] - depths[jumps[jump]]
        dominators.append(dominator)
        jumps.append(jumps[jump] if equal_leaps else dominator)
        depths.append(depths[dominator] + 1)
    return dominators


def dominated_weights(dominators: Sequence[int], weights: Sequence[int]) -> list[int]:
    """For each vertex the weight of all others that have every chain to the root through it."""
    dominated = [0] * len(dominators)
    for vertex in range(len(dominators) - 1, 0, -1):
        dominated[dominators[vertex]] += dominated[vertex] + weights[vertex]
    return dominated


def disjoint_chains(ways: Ways, dominators: Sequence[int]) -> list[int]:
    """For each vertex how many chains lead from it to the root with nothing in common but these two.

    One where another vertex dominates it. For the rest the graph is first contracted: all that a vertex
    directly below the root of the dominator tree dominates becomes one with it. Such a part can only be
    entered from above through its top, so disjoint chains stay disjoint, and there are as many. What is left
    are the tops, few in practice. Vertices directly below the root must have no other way; their answer is 1.
    """
    tops = list(range(len(ways)))
    for vertex, dominator in enumerate(dominators):
        if dominator:
            tops[vertex] = tops[dominator]
    # The way furthest up comes last, and is walked first: chains get short.
    contracted = {
        vertex: sorted({tops[nearer] for nearer in ways[vertex]}, reverse=True)
        for vertex, dominator in enumerate(dominators)
        if vertex and not dominator
    }
    counts = [1] * len(ways)
    widths: dict[int, int] = {}
    for vertex, nearer in contracted.items():
        if nearer == [0]:
            widths[vertex] = len(ways)  # nothing stands between it and the root
        else:
            counts[vertex] = widths[vertex] = _Flow(vertex, contracted, widths).chains()
    return counts


class _Flow:
    """The maximum flow from one vertex to the root, one unit through each vertex between them.

    `widths` has, for every smaller vertex, how many others it takes to cut it off from the root. Where the
    flow may have n units, one that is n wide is as good as the root: fewer than n vertices neither cut n
    chains to n such vertices, nor one of these from the root (Menger). So chains end there, and most are
    short.

    `_below` has, for every vertex on a chain found so far, the one before it on that chain. A walk that makes
    room for one more chain enters a vertex v at the place v and leaves it at the place -v; through a vertex
    on a chain, and along a chain's steps, it may only go backwards, which takes that piece of the chain back.
    Places from which no walk reached an end stay dead: a later chain changes only how those that do reach one
    are joined.
    """

    def __init__(self, start: int, ways: Mapping[int, Sequence[int]], widths: Mapping[int, int]) -> None:
        self._start = start
        self._ways = ways
        self._widths = widths
        self._most = len(ways[start])
        self._below: dict[int, int] = {}
        self._dead: set[int] = set()

    def chains(self) -> int:
        return sum(self._add_chain(way) for way in self._ways[self._start])

    def _add_chain(self, way: int) -> bool:
        came_from = {-self._start: 0, way: -self._start}
        waiting = [way]
        while waiting:
            place = waiting.pop()
            if place > 0 and place not in self._below and self._widths[place] >= self._most:
                self._take(came_from, place)
                return True
            for onward in self._onward(place):
                if onward not in came_from and onward not in self._dead:
                    came_from[onward] = place
                    waiting.append(onward)
        self._dead.update(came_from)
        return False

    def _onward(self, place: int) -> list[int]:
        if place > 0:
            return [-self._below.get(place, place)]
        vertex = -place
        onward = [nearer for nearer in self._ways[vertex] if self._below.get(nearer) != vertex]
        return [*onward, vertex] if vertex in self._below else onward

    def _take(self, came_from: Mapping[int, int], end: int) -> None:
        """Change the chains by the walk to `end`: first give back what it went against, then add the rest."""
        gained = []
        while before := came_from[end]:
            if end > 0 and before != -end:
                gained.append((end, -before))
            elif end < 0 and before != -end:
                del self._below[before]
            end = before
        self._below.update(gained)
