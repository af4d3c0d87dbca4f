"""What leans on words that a source no longer shows as they were quoted, and the numbers of the claim without them.

Values in, values out; no query is made here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from claims.graph import Graph, carrying_graph
from claims.shown import AppearanceView, DerivationView, Evidence, Tree
from claims.vocabulary import EvidenceState, Stance
from claims.what_if import WhatIf

_TURNED = frozenset([EvidenceState.CHANGED, EvidenceState.MISSING])


@dataclass(frozen=True, slots=True)
class Impact:
    """Words that stood in a snapshot and do not in the latest: an appearance's, or those that lead to its origin.

    `leaning` is all downstream of the appearance along confirmed derivations that carry the claim, in topological
    order. `support` and `deny` are the sides of the claim without the appearance.
    """

    appearance: AppearanceView
    derivation: DerivationView | None
    evidence: Evidence
    leaning: tuple[AppearanceView, ...]
    support: WhatIf
    deny: WhatIf


def impacts(tree: Tree) -> list[Impact]:
    """Those of appearances in topological order, then those of derivations. What was never seen has none."""
    graph = carrying_graph(tree.counted, tree.counted_edges)
    return [_impact(tree, graph, view, step) for view, step in _turned(tree)]


def _turned(tree: Tree) -> Iterator[tuple[AppearanceView, DerivationView | None]]:
    for view in tree.nodes:
        if view.published and _has_turned(view.evidence):
            yield view, None
    for step in tree.edges:
        if step.derived_id in tree.by_id and _has_turned(step.evidence):
            yield tree.by_id[step.derived_id], step


def _has_turned(evidence: Evidence) -> bool:
    return evidence.state in _TURNED and evidence.quote is not None


def _impact(tree: Tree, graph: Graph, view: AppearanceView, step: DerivationView | None) -> Impact:
    downstream = graph.descendants([view.id])
    return Impact(
        appearance=view,
        derivation=step,
        evidence=step.evidence if step else view.evidence,
        leaning=tuple(node for node in tree.nodes if node.id in downstream),
        support=tree.what_if([view.id], Stance.SUPPORT),
        deny=tree.what_if([view.id], Stance.DENY),
    )
