"""What an answer lists of a tree: a part of it, page by page. What is counted is always the whole.

Values in, values out; no query is made here.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from claims.shown import AppearanceView, DerivationView, Tree
from claims.vocabulary import DerivationState

MAX_NODES = 10_000
"""How many nodes a page has at most."""

_NODE = "node"


class BadListing(ValueError):
    """What is asked for cannot be listed: a stable code, the argument (in snake_case), and the cure as the message."""

    def __init__(self, argument: str, code: str, message: str) -> None:
        super().__init__(message)
        self.argument = argument
        self.code = code


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list, appearances by their ids.

    `upstream_of` and `downstream_of` list that appearance and all from which, or to which, the claim was carried on;
    both: what lies between. `max_depth` counts steps from there, or from those that rest on nothing. `after` is the
    cursor of an earlier page.
    """

    upstream_of: int | None = None
    downstream_of: int | None = None
    max_depth: int | None = None
    first: int = MAX_NODES
    after: str | None = None


WHOLE = Wanted()


@dataclass(frozen=True, slots=True)
class Listing:
    """One page, in the tree's order.

    A derivation is on the page on which the later of its ends is: each once, and none before both of its ends.
    """

    nodes: tuple[AppearanceView, ...]
    edges: tuple[DerivationView, ...]
    truncated: bool  # whether the tree has nodes that are not on this page
    end_cursor: str | None  # of the last node, where more follow


def list_tree(tree: Tree, wanted: Wanted) -> Listing:
    """The part of the tree that is asked for. Raises `BadListing`."""
    _check(tree, wanted)
    chosen = _chosen(tree, wanted)
    order = [node for node in tree.nodes if chosen is None or node.id in chosen]
    start = _start(tree, order, wanted.after)
    page = order[start : start + wanted.first]
    more = start + len(page) < len(order)
    place = {node.id: number for number, node in enumerate(order)}
    return Listing(
        nodes=tuple(page),
        edges=tuple(
            edge
            for edge in tree.edges
            if edge.derived_id in place
            and edge.origin_id in place
            and start <= max(place[edge.derived_id], place[edge.origin_id]) < start + len(page)
        ),
        truncated=len(page) < len(tree.nodes),
        end_cursor=cursor_of(page[-1].id) if page and more else None,
    )


def cursor_of(pk: int, *, kind: str = _NODE) -> str:
    """The cursor behind this node, or this row of another kind of list: it holds also when the tree has grown since."""
    return urlsafe_b64encode(f"{kind}:{pk}".encode()).decode()


def _check(tree: Tree, wanted: Wanted) -> None:
    for argument in ("upstream_of", "downstream_of"):
        appearance = getattr(wanted, argument)
        if appearance is not None and appearance not in tree.by_id:
            raise BadListing(
                argument,
                "unknown",
                f"There is no appearance {appearance} in this tree. Name one of its nodes.",
            )
    if wanted.max_depth is not None and wanted.max_depth < 0:
        raise BadListing("max_depth", "min_value", "A depth is a number of steps: 0 or more.")
    if not 1 <= wanted.first <= MAX_NODES:
        raise BadListing("first", "page_size", f"A page has 1 to {MAX_NODES:,} nodes.")


def _start(tree: Tree, order: Sequence[AppearanceView], cursor: str | None) -> int:
    """The place behind the cursor's node; in the whole tree's order, should it not be among the listed."""
    if cursor is None:
        return 0
    try:
        text = urlsafe_b64decode(cursor.encode()).decode()
        kind, _, pk = text.partition(":")
        last = int(pk) if kind == _NODE else None
    except ValueError:
        last = None
    places = {node.id: number for number, node in enumerate(tree.nodes)}
    if last not in places:
        raise BadListing(
            "after", "cursor", "This cursor leads to no node of the tree any more. Begin anew without it."
        )
    return sum(places[node.id] <= places[last] for node in order)


def _chosen(tree: Tree, wanted: Wanted) -> set[int] | None:
    """The nodes that are asked for; None for all."""
    up: dict[int, list[int]] = {}
    down: dict[int, list[int]] = {}
    for edge in tree.edges:
        if edge.kind.carries:
            up.setdefault(edge.derived_id, []).append(edge.origin_id)
            down.setdefault(edge.origin_id, []).append(edge.derived_id)
    found = []
    if wanted.upstream_of is not None:
        found.append(_within([wanted.upstream_of], up, wanted.max_depth))
    if wanted.downstream_of is not None:
        found.append(_within([wanted.downstream_of], down, wanted.max_depth))
    if not found and wanted.max_depth is not None:
        confirmed = {
            edge.derived_id
            for edge in tree.edges
            if edge.kind.carries and edge.state is DerivationState.CONFIRMED
        }
        tops = [node.id for node in tree.nodes if node.id not in confirmed]
        found.append(_within(tops, down, wanted.max_depth))
    return set.intersection(*found) if found else None


def _within(starts: Sequence[int], steps: Mapping[int, Sequence[int]], depth: int | None) -> set[int]:
    """The starts and all that at most so many steps lead to."""
    reached = set(starts)
    level = list(starts)
    while level and (depth is None or depth > 0):
        level = list(
            dict.fromkeys(end for node in level for end in steps.get(node, ()) if end not in reached)
        )
        reached.update(level)
        depth = None if depth is None else depth - 1
    return reached
