"""Strongly connected components of a graph whose vertices are the numbers 0..n-1."""

from collections.abc import Sequence


def components(ways: Sequence[Sequence[int]]) -> list[int]:
    """For each vertex the number of its component: equal for two that each lead to the other.

    Tarjan's walk ("Depth-first search and linear graph algorithms", SIAM Journal on Computing 1, 1972) with a stack of
    its own, so that no depth is too deep. Linear in vertices + ways.
    """
    met: list[int] = [0] * len(ways)  # when a vertex was met, from 1
    low: list[int] = [0] * len(ways)  # the earliest met that it leads back to
    component = [-1] * len(ways)
    clock = 0
    held: list[int] = []
    for start in range(len(ways)):
        if met[start]:
            continue
        walk = [(start, iter(ways[start]))]
        clock += 1
        met[start] = low[start] = clock
        held.append(start)
        while walk:
            vertex, rest = walk[-1]
            for way in rest:
                if not met[way]:
                    clock += 1
                    met[way] = low[way] = clock
                    held.append(way)
                    walk.append((way, iter(ways[way])))
                    break
                if component[way] < 0:
                    low[vertex] = min(low[vertex], met[way])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[vertex])
                if low[vertex] == met[vertex]:
                    _close(vertex, held, component)
    return component


def _close(top: int, held: list[int], component: list[int]) -> None:
    """All that was held since `top` is one component, named after it."""
    while True:
        vertex = held.pop()
        component[vertex] = top
        if vertex == top:
            return
