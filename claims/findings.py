"""What the graph of a claim shows beyond its counts: each finding with one plain sentence.

Values in, values out; no Django. Near-linear in nodes + edges.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from claims.graph import Edge, Graph, Node
from claims.independence import Independence
from claims.vocabulary import DerivationKind, EvidenceState, FindingKind, Stance

Label = Callable[[int], str]

_TAKES_SIDE = {Stance.SUPPORT: "make", Stance.DENY: "deny"}
_LOOKS_BACK = {DerivationKind.RESPONSE: "answers", DerivationKind.CORRECTION: "corrects"}  # others rest on it
_NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `appearances` go from origin to derived, where the finding is about a step."""

    kind: FindingKind
    message: str
    appearances: tuple[int, ...]
    stance: Stance | None = None  # the side, where the finding is about one


def appearance_label(appearance: int) -> str:
    """What a message calls an appearance where no better name is handed in."""
    return f"Appearance {appearance}"


def find(
    nodes: Collection[Node],
    edges: Collection[Edge],
    *,
    sides: Iterable[Independence],
    label: Label = appearance_label,
) -> tuple[Finding, ...]:
    """All findings, by kind in the order of `FindingKind`, then in topological order.

    `sides` are the assessed sides of the same graph; `label` gives an appearance's name for the messages.
    Raises ValueError if the confirmed derivations form a cycle, or if two nodes have one id.
    """
    view = _View(nodes, edges, label)
    return (
        *_single_origins(view, sides),
        *_certainty_jumps(view),
        *_stance_jumps(view),
        *_anachronisms(view),
        *_evidence_of_appearances(view),
        *_evidence_of_derivations(view),
    )


class _View:
    """What the findings read: nodes and confirmed edges in topological order, and names for them."""

    def __init__(self, nodes: Collection[Node], edges: Collection[Edge], label: Label) -> None:
        graph = Graph(nodes, (edge for edge in edges if edge.confirmed))
        self.nodes = {appearance: graph.nodes[appearance] for appearance in graph.topological_order()}
        place = {appearance: place for place, appearance in enumerate(self.nodes)}
        self.confirmed = sorted(
            (edge for edge in edges if edge.confirmed and edge.derived in place and edge.origin in place),
            key=lambda edge: (
                place[edge.derived],
                place[edge.origin],
                edge.kind,
                edge.evidence,
                edge.has_evidence,
            ),
        )
        self.carrying = Graph(nodes, (edge for edge in edges if edge.carries))
        self.label = label

    def names(self, appearances: Iterable[int]) -> str:
        """`A`, `A and B`, `A, B and C` or `A, B, C and 2 others`; those of one name are named once."""
        names = list(dict.fromkeys(map(self.label, appearances)))
        shown, rest = names[:_NAMED_AT_MOST], len(names) - _NAMED_AT_MOST
        if rest > 0:
            shown.append(f"{rest} other{'s' if rest > 1 else ''}")
        return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _single_origins(view: _View, sides: Iterable[Independence]) -> Iterator[Finding]:
    for side in sorted(sides, key=lambda side: list(Stance).index(side.stance)):
        if side.independent_origin_count != 1 or side.appearance_count < 2:
            continue
        names = view.names(side.roots)
        behind = f"one origin: {names}" if side.origin_count == 1 else f"origins that count as one: {names}"
        yield Finding(
            FindingKind.SINGLE_ORIGIN,
            f"All {side.appearance_count} appearances that {side.stance} the claim go back to {behind}.",
            side.roots,
            side.stance,
        )


def _certainty_jumps(view: _View) -> Iterator[Finding]:
    for node in view.nodes.values():
        parents = map(view.nodes.__getitem__, view.carrying.parents[node.id])
        origins = [parent for parent in parents if parent.stance == node.stance]
        if not origins or not all(_is_firmer(node, origin) for origin in origins):
            continue
        names = view.names(origin.id for origin in origins)
        theirs = " or ".join(sorted({str(origin.certainty) for origin in origins}))
        yield Finding(
            FindingKind.CERTAINTY_JUMP,
            f"{view.label(node.id)} is more certain ({node.certainty}) than what it rests on, {names} ({theirs}).",
            (*(origin.id for origin in origins), node.id),
        )


def _is_firmer(node: Node, origin: Node) -> bool:
    """Whether both are known and the first is the more certain one."""
    if node.certainty is None or origin.certainty is None:
        return False
    return node.certainty.rank > origin.certainty.rank


def _stance_jumps(view: _View) -> Iterator[Finding]:
    """Whoever rests on something, and has no appearance of its own side anywhere upstream."""
    followers = {
        stance: view.carrying.descendants(node.id for node in view.nodes.values() if node.stance == stance)
        for stance in _TAKES_SIDE
    }
    for node in view.nodes.values():
        origins = view.carrying.parents[node.id]
        if not origins or node.stance not in followers or node.id in followers[node.stance]:
            continue
        yield Finding(
            FindingKind.STANCE_JUMP,
            f"{view.label(node.id)} is the first of its chain to {_TAKES_SIDE[node.stance]} the claim: "
            f"what it rests on, {view.names(origins)}, does not.",
            (*origins, node.id),
            node.stance,
        )


def _anachronisms(view: _View) -> Iterator[Finding]:
    for edge in view.confirmed:
        child, origin = view.nodes[edge.derived], view.nodes[edge.origin]
        if child.said is None or origin.said is None or child.said.latest >= origin.said.earliest:
            continue
        looks_back = _LOOKS_BACK.get(edge.kind, "rests on")
        yield Finding(
            FindingKind.ANACHRONISM,
            f"{view.label(child.id)} is dated before {view.label(origin.id)}, which it {looks_back}.",
            (origin.id, child.id),
        )


def _evidence_of_appearances(view: _View) -> Iterator[Finding]:
    for node in view.nodes.values():
        if change := _change(node):
            message = f"In the latest snapshot of {view.label(node.id)} the quoted words {change}."
            yield Finding(FindingKind.EVIDENCE, message, (node.id,))


def _evidence_of_derivations(view: _View) -> Iterator[Finding]:
    for edge in view.confirmed:
        if change := _change(edge):
            derived, origin = view.label(edge.derived), view.label(edge.origin)
            message = f"In the latest snapshot of {derived} the words that lead to {origin} {change}."
            yield Finding(FindingKind.EVIDENCE, message, (edge.origin, edge.derived))


def _change(anchored: Node | Edge) -> str | None:
    match anchored.evidence:
        case EvidenceState.CHANGED:
            return "have changed"
        case EvidenceState.MISSING if anchored.has_evidence:
            return "are no longer there"
        case EvidenceState.AMBIGUOUS:
            return "stand more than once"
        case _:
            return None
