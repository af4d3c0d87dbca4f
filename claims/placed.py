"""Values with a way to their tree: what GraphQL needs to walk on from one appearance to the next.

All trees of an answer are read together, and only when a field asks for one.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from functools import cached_property
from typing import Any

from claims import models, trees
from claims.listing import WHOLE, Listing, Wanted, list_tree
from claims.shown import AppearanceView, DerivationView, Tree
from claims.times import NOW, Moment
from sources.graphql import Info


class Placed:
    """A view of a tree; its attributes are the view's own, and `tree` is where it stands."""

    def __init__(self, view: AppearanceView | DerivationView, tree: Callable[[], Tree]) -> None:
        self.view = view
        self._tree = tree

    @property
    def tree(self) -> Tree:
        """The tree, read when first asked for."""
        return self._tree()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view, name)

    def beside(self, views: Iterable[AppearanceView]) -> "list[Placed]":
        """Others of the same tree."""
        return [Placed(view, self._tree) for view in views]


class PlacedTree:
    """A tree whose nodes and edges know it, and what of it is listed; its other attributes are the tree's own."""

    def __init__(self, tree: Tree, wanted: Wanted = WHOLE) -> None:
        self.tree = tree
        self._wanted = wanted

    @cached_property
    def listing(self) -> Listing:
        """What is listed. Raises `BadListing`."""
        return list_tree(self.tree, self._wanted)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tree, name)

    def place(self, views: Iterable[AppearanceView | DerivationView]) -> list[Placed]:
        """These values of the tree, with their way back to it."""
        return [Placed(view, lambda: self.tree) for view in views]


def tree_of(info: Info, claim_id: int, *, include_suggested: bool = False, at: Moment = NOW) -> Tree:
    """The tree of a claim of the answer, in a state of it; those of all its claims are read together."""
    context = info.context

    def read(ids: Set[int]) -> Mapping[int, Tree]:
        claims = {claim.pk: claim for claim in context.batch.held("claim", ids)}
        if missing := ids - claims.keys():
            claims |= models.Claim.objects.visible_to(context.viewer).with_parties().in_bulk(missing)
        found = trees.load_trees(
            claims.values(), viewer=context.viewer, include_suggested=include_suggested, at=at
        )
        for tree in found.values():
            _expect(info, tree)
        return found

    tree = context.batch.load(("tree", include_suggested, at), "claim", claim_id, read)
    assert tree is not None  # noqa: S101 - whoever asks found the claim visible
    return tree


def loose(info: Info, views: Iterable[AppearanceView]) -> list[Placed]:
    """Appearances that were found outside of a tree; theirs are read together once a field needs one."""
    views = list(views)
    claim_ids = {view.claim_id for view in views}
    info.context.batch.expect("claim", lambda: claim_ids)

    def tree(view: AppearanceView) -> Callable[[], Tree]:
        return lambda: tree_of(info, view.claim_id)

    return [Placed(view, tree(view)) for view in views]


def _expect(info: Info, tree: Tree) -> None:
    """Tell the batch what stands in the tree, so that a field of all its nodes is one statement."""

    def agents() -> set[int]:
        named = (agent for node in tree.nodes for agent in (node.claimant, node.source.publisher))
        return {agent.id for agent in named if agent}

    def snapshots() -> set[int]:
        of_nodes = [node.evidence.snapshot for node in tree.nodes]
        of_edges = [edge.evidence.snapshot for edge in tree.edges]
        return {snapshot.id for snapshot in of_nodes + of_edges if snapshot}

    info.context.batch.expect("source", lambda: {node.source.id for node in tree.nodes})
    info.context.batch.expect("agent", agents)
    info.context.batch.expect("snapshot", snapshots)
