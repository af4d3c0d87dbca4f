"""What leans on words that a source no longer shows as they were quoted, and the numbers of the claim without them.

Values in, values out; no query is made here. What an impact comes to is computed when it is asked for: a claim whose
pages were all taken down has as many of them as appearances, and each walks the whole graph.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claims.listing import BadListing, cursor_of
from claims.shown import AppearanceView, DerivationView, Evidence, Tree
from claims.vocabulary import EvidenceState, Stance
from claims.what_if import WhatIf

MAX_IMPACTS = 50
"""How many a page has at most."""
PAGE = 20

_TURNED = frozenset([EvidenceState.CHANGED, EvidenceState.MISSING])


@dataclass(frozen=True, slots=True)
class Impact:
    """Words that stood in a snapshot and do not in the latest: an appearance's, or those that lead to its origin."""

    appearance: AppearanceView
    derivation: DerivationView | None
    tree: Tree

    @property
    def evidence(self) -> Evidence:
        """Of the words."""
        return self.derivation.evidence if self.derivation else self.appearance.evidence

    @property
    def leaning(self) -> list[AppearanceView]:
        """All that rests on the appearance, in topological order."""
        return self.tree.downstream(self.appearance.id)

    def without(self, stance: Stance) -> WhatIf:
        """A side without the appearance. Raises ValueError for a stance that is no side."""
        return self.tree.what_if([self.appearance.id], stance)

    @property
    def support(self) -> WhatIf:
        """The supporting side without the appearance."""
        return self.without(Stance.SUPPORT)

    @property
    def deny(self) -> WhatIf:
        """The denying side without the appearance."""
        return self.without(Stance.DENY)

    @property
    def cursor(self) -> str:
        """Where the page behind it begins; it holds also when others have come or gone since."""
        return _cursor_of(self.derivation or self.appearance)


@dataclass(frozen=True, slots=True)
class ImpactPage:
    """Some of a tree's impacts: `count` is of all, `end_cursor` is None where none follow."""

    count: int
    impacts: Sequence[Impact]
    end_cursor: str | None


def impacts(tree: Tree) -> list[Impact]:
    """Those of appearances in topological order, then those of derivations. What was never seen has none."""
    return [Impact(view, step, tree) for view, step in _turned(tree)]


def impact_page(tree: Tree, *, first: int = PAGE, after: str | None = None) -> ImpactPage:
    """So many of them behind the cursor `after`. Raises `BadListing`."""
    if not 1 <= first <= MAX_IMPACTS:
        raise BadListing("first", "page_size", f"A page has 1 to {MAX_IMPACTS} impacts.")
    found = impacts(tree)
    start = _start(tree, found, after) if after is not None else 0
    page = found[start : start + first]
    more = start + len(page) < len(found)
    return ImpactPage(len(found), page, page[-1].cursor if more else None)


def _start(tree: Tree, found: Sequence[Impact], cursor: str) -> int:
    """The place behind the cursor's, or, should that be none any more, behind where it would be."""
    order = [_cursor_of(view) for view in tree.nodes] + [_cursor_of(step) for step in tree.edges]
    places = {each: place for place, each in enumerate(order)}
    if cursor not in places:
        raise BadListing(
            "after", "cursor", "This cursor leads to nothing in the tree any more. Begin anew without it."
        )
    return sum(places[each.cursor] <= places[cursor] for each in found)


def _cursor_of(view: AppearanceView | DerivationView) -> str:
    return cursor_of(view.id, kind="appearance" if isinstance(view, AppearanceView) else "derivation")


def _turned(tree: Tree) -> Iterator[tuple[AppearanceView, DerivationView | None]]:
    for view in tree.nodes:
        if view.published and _has_turned(view.evidence):
            yield view, None
    for step in tree.edges:
        if step.derived_id in tree.by_id and _has_turned(step.evidence):
            yield tree.by_id[step.derived_id], step


def _has_turned(evidence: Evidence) -> bool:
    return evidence.state in _TURNED and evidence.quote is not None
