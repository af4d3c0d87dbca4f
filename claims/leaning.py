"""How much of a claim leans on one source, or on one agent: what-if asked of all that it published or said there.

Values in, values out; no query is made here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from claims.shown import AppearanceView, Tree
from claims.vocabulary import Stance


@dataclass(frozen=True, slots=True)
class Share:
    """Of one side: how many of its other appearances have every chain to every root through these, and their share.

    The bottleneck's numbers, of several appearances together. The share is over the side's other appearances, from 0 to
    1; 0 where there are none.
    """

    dependent_count: int
    share: float


@dataclass(frozen=True, slots=True)
class Leaning:
    """Both sides of one claim; `appearances` are those of the source or agent, in topological order."""

    appearances: tuple[AppearanceView, ...]
    support: Share
    deny: Share


def leaning_on_source(tree: Tree, source: int) -> Leaning:
    """What leans on the appearances in this source."""
    return _leaning(tree, lambda view: view.source.id == source)


def leaning_on_agent(tree: Tree, agent: int) -> Leaning:
    """What leans on the appearances that this agent published, or in which it speaks."""
    return _leaning(
        tree, lambda view: agent in {each.id for each in (view.source.publisher, view.claimant) if each}
    )


def _leaning(tree: Tree, is_meant: Callable[[AppearanceView], bool]) -> Leaning:
    meant = tuple(node for node in tree.nodes if node.published and is_meant(node))
    return Leaning(meant, _share(tree, meant, Stance.SUPPORT), _share(tree, meant, Stance.DENY))


def _share(tree: Tree, meant: tuple[AppearanceView, ...], side: Stance) -> Share:
    found = tree.what_if([view.id for view in meant], side)
    others = found.before.appearance_count - sum(view.stance is side for view in meant)
    dependent = len(found.left_without_origin)
    return Share(dependent, dependent / others if others else 0.0)
