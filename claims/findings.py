"""What the graph of a claim shows beyond its counts: each finding with one plain sentence.

Values in, values out; no Django. Near-linear in nodes + edges.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from claims.graph import Edge, Graph, Node, carrying_graph
from claims.independence import Independence, graph_of_side, retractions
from claims.loops import Level, find_loops
from claims.owners import NO_OWNERS, tied_to
from claims.vocabulary import DerivationKind, EvidenceState, FindingKind, Stance, UnresolvedReason

Label = Callable[[int], str]

_TAKES_SIDE = {Stance.SUPPORT: "make", Stance.DENY: "deny"}
_LOOKS_BACK = {DerivationKind.RESPONSE: "answers", DerivationKind.CORRECTION: "corrects"}  # others rest on it
_IN_COMMON = {
    Level.SOURCE: "both are in one source",
    Level.PUBLISHER: "both have one publisher",
    Level.OWNER: "the publishers of both have one owner",
}
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
    owners: Mapping[int, int] = NO_OWNERS,
    parties: Collection[int] = (),
    carrying: Graph | None = None,
    label: Label = appearance_label,
) -> tuple[Finding, ...]:
    """All findings, by kind in the order of `FindingKind`, then by side or in topological order.

    `sides` are the assessed sides of the same graph, `owners` and `carrying` as `Side` takes them; `parties` are the
    agents that are parties to the claim; `label` gives an appearance's name for the messages.
    Raises ValueError if the confirmed derivations form a cycle, or if two nodes have one id.
    """
    view = _View(nodes, edges, carrying or carrying_graph(nodes, edges), label)
    sides = sorted(sides, key=lambda side: list(Stance).index(side.stance))
    return (
        *_single_origins(view, sides),
        *_circular_reporting(view, owners),
        *_certainty_jumps(view),
        *_stance_jumps(view),
        *_anachronisms(view),
        *_interested_parties(view, sides, parties, owners),
        *_retracted_origins(view, sides),
        *_evidence_of_appearances(view),
        *_evidence_of_derivations(view),
    )


class _View:
    """What the findings read: nodes and confirmed edges in topological order, and names for them."""

    def __init__(
        self, nodes: Collection[Node], edges: Collection[Edge], carrying: Graph, label: Label
    ) -> None:
        confirmed = [edge for edge in edges if edge.confirmed]
        graph = carrying if all(edge.carries for edge in confirmed) else Graph(nodes, confirmed)
        self.nodes = {appearance: graph.nodes[appearance] for appearance in graph.topological_order()}
        place = {appearance: place for place, appearance in enumerate(self.nodes)}
        self.confirmed = sorted(
            (edge for edge in confirmed if edge.derived in place and edge.origin in place),
            key=lambda edge: (
                place[edge.derived],
                place[edge.origin],
                edge.kind,
                edge.evidence,
                edge.has_evidence,
            ),
        )
        self.carrying = carrying
        self.label = label

    def names(self, appearances: Iterable[int]) -> str:
        """`A`, `A and B`, `A, B and C` or `A, B, C and 2 others`; those of one name are named once."""
        names = list(dict.fromkeys(map(self.label, appearances)))
        shown, rest = names[:_NAMED_AT_MOST], len(names) - _NAMED_AT_MOST
        if rest > 0:
            shown.append(f"{rest} other{'s' if rest > 1 else ''}")
        return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _single_origins(view: _View, sides: Iterable[Independence]) -> Iterator[Finding]:
    for side in sides:
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


def _circular_reporting(view: _View, owners: Mapping[int, int]) -> Iterator[Finding]:
    for loop in find_loops(view.carrying, tuple(view.nodes), owners):
        start, *between, end = loop.path
        yield Finding(
            FindingKind.CIRCULAR_REPORTING,
            f"{view.label(end)} rests on {view.label(start)} by way of {view.names(between)}, "
            f"and {_IN_COMMON[loop.level]}.",
            loop.path,
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


def _interested_parties(
    view: _View, sides: Iterable[Independence], parties: Collection[int], owners: Mapping[int, int]
) -> Iterator[Finding]:
    """Each side whose every root is said by a party to the claim; an unknown speaker is none."""
    for side in sides:
        speakers = [view.nodes[root].speaker for root in side.roots]
        known = {speaker for speaker in speakers if speaker is not None}
        if not known or None in speakers or known - tied_to(parties, known, owners):
            continue
        origins = "The one origin" if side.origin_count == 1 else f"Each of the {side.origin_count} origins"
        yield Finding(
            FindingKind.INTERESTED_PARTY,
            f"{origins} of what is said to {side.stance} the claim speaks for a party to it: "
            f"{view.names(side.roots)}.",
            side.roots,
            side.stance,
        )


def _retracted_origins(view: _View, sides: Iterable[Independence]) -> Iterator[Finding]:
    for side in sides:
        retracted = [root for root, reason in side.unresolved if reason is UnresolvedReason.RETRACTED]
        if not retracted:
            continue
        left = _left_by(view.carrying, side)
        where: dict[int, list[int]] = {}
        for edge in retractions(view.nodes.values(), view.confirmed, side.stance):
            where.setdefault(edge.origin, []).append(edge.derived)
        for root in retracted:
            yield _retracted_origin(view, root, where[root], left.get(root, []), side.stance)


def _retracted_origin(
    view: _View, root: int, where: Collection[int], left: Collection[int], stance: Stance
) -> Finding:
    behind = "nothing else loses its only origin with it"
    if left:
        lose = "1 other loses its" if len(left) == 1 else f"{len(left)} others lose their"
        behind = f"{lose} only origin with it: {view.names(left)}"
    message = f"{view.label(root)} was retracted by its own agent, in {view.names(where)}; {behind}."
    return Finding(FindingKind.ORIGIN_RETRACTED, message, (*left, root), stance)


def _left_by(carrying: Graph, side: Independence) -> dict[int, list[int]]:
    """For each root the appearances of the side that no other root leads to, itself not among them."""
    graph = graph_of_side(carrying, side.stance)
    only: dict[int, int | None] = {}  # None where several roots lead
    left: dict[int, list[int]] = {}
    for node in graph.topological_order():
        above = {only[parent] for parent in graph.parents[node]}
        only[node] = above.pop() if len(above) == 1 else (None if above else node)
        root = only[node]
        if root is not None and root != node and graph.nodes[node].stance == side.stance:
            left.setdefault(root, []).append(node)
    return left


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
