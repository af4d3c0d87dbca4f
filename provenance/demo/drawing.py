"""A provenance tree as lines of text, for a terminal."""

from collections.abc import Iterator

from claims.models import Claim
from claims.shown import AppearanceView, DerivationView, Tree
from claims.vocabulary import DerivationState, EvidenceState, Stance

_STANCES = {Stance.SUPPORT: "●", Stance.DENY: "◆", Stance.QUERY: "▲", Stance.COMMENT: "○"}
_EVIDENCE = {
    EvidenceState.ANCHORED: "✓",
    EvidenceState.CHANGED: "≠",
    EvidenceState.MISSING: "✗",
    EvidenceState.AMBIGUOUS: "‖",
    EvidenceState.UNANCHORED: "?",
}


def draw(claim: Claim, tree: Tree) -> str:
    """The claim, its tree with one appearance a line, its numbers and findings; suggested derivations apart."""
    return "\n".join(["", claim.text, "", *_rows(tree), "", *_numbers(tree), "", *_findings(tree)])


def _rows(tree: Tree) -> Iterator[str]:
    """Each appearance once, below the first of those it rests on or answers."""
    first_edges: dict[int, DerivationView] = {}
    suggested = [edge for edge in tree.edges if edge.state is DerivationState.SUGGESTED]
    for edge in tree.edges:
        if edge.state is DerivationState.CONFIRMED:
            first_edges.setdefault(edge.derived_id, edge)
    below: dict[int, list[DerivationView]] = {}
    for node in tree.nodes:
        if node.id in first_edges:
            below.setdefault(first_edges[node.id].origin_id, []).append(first_edges[node.id])
    stack: list[tuple[AppearanceView, DerivationView | None, int]] = [
        (node, None, 0) for node in reversed(tree.nodes) if node.id not in first_edges
    ]
    while stack:
        node, how, depth = stack.pop()
        yield "   " * depth + _row(node, how)
        stack.extend(
            (tree.by_id[edge.derived_id], edge, depth + 1) for edge in reversed(below.get(node.id, []))
        )
    for edge in suggested:
        derived, origin = tree.by_id[edge.derived_id].label, tree.by_id[edge.origin_id].label
        yield f"┄ suggested, not counted: {derived} on {origin} ({edge.kind})"


def _row(node: AppearanceView, edge: DerivationView | None) -> str:
    how = f"{edge.kind}: " if edge else ""
    certainty = f", {node.certainty}" if node.certainty else ""
    evidence = f"{_EVIDENCE[node.evidence.state]} {node.evidence.state}"
    when = node.said_at or "undated"
    return f"{_STANCES[node.stance]} {how}{node.label}  {when}  {node.stance}{certainty}  {evidence}"


def _numbers(tree: Tree) -> Iterator[str]:
    for stance in (Stance.SUPPORT, Stance.DENY):
        numbers = tree.independence(stance)
        yield (
            f"{stance}: {numbers.appearance_count} appearances in {numbers.source_count} sources, "
            f"{numbers.origin_count} origins, {numbers.established_origin_count} to "
            f"{numbers.independent_origin_count} independent ({numbers.unresolved_count} unresolved)"
        )
        for pk, reason in numbers.unresolved:
            yield f"   unresolved: {tree.by_id[pk].label} ({reason})"
        for bottleneck in numbers.bottlenecks[:2]:
            label = tree.by_id[bottleneck.appearance].label
            origin = ", an origin" if bottleneck.appearance in numbers.roots else ""
            yield f"   {label}{origin}: {bottleneck.share:.0%} of the others rest on it ({bottleneck.dependent_count})"


def _findings(tree: Tree) -> Iterator[str]:
    for finding in tree.findings:
        yield f"{str(finding.kind).replace('_', ' ')}: {finding.message}"
