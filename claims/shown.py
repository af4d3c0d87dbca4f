"""What is shown of a claim: frozen values of a tree and its parts, with the numbers and findings of the pure core.

No query is made here: `trees` reads the rows, and whoever shows them (GraphQL, REST, pages, commands) gets these.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from claims import findings
from claims.findings import Finding
from claims.graph import Edge, Graph, Node, carrying_graph
from claims.independence import Independence, Side
from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
)
from claims.what_if import WhatIf, what_if
from sources.refs import AgentRef, SnapshotRef, SourceRef


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a quote, from and up to these code points of the snapshot's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The words as they stand in the snapshot's text, in code points.

    Where the quote leaves something out, start and end are those of all of it: the gaps lie between its `fragments`,
    and `exact` has […] for them. Else there is one fragment, the whole.
    """

    exact: str
    prefix: str
    suffix: str
    start: int
    end: int
    fragments: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the newest snapshot shows (`state`), and the newest in which the words were found, if any."""

    state: EvidenceState
    reason: str = ""
    quote: Quote | None = None
    snapshot: SnapshotRef | None = None


@dataclass(frozen=True, slots=True)
class AppearanceView:
    """One appearance with all that is shown of it. `said_at` is its own date, else its source's; empty if unknown."""

    id: int
    claim_id: int
    source: SourceRef
    claimant: AgentRef | None
    stance: Stance
    certainty: Certainty | None
    quote: str
    said_at: str
    no_later_than: datetime
    language: str
    chain_end: ChainEnd | None
    published: bool
    vouched_why: str
    evidence: Evidence
    text_key: str

    @property
    def source_id(self) -> int:
        """The id of its source."""
        return self.source.id

    @property
    def label(self) -> str:
        """What a sentence calls it: who speaks there, and where."""
        place = self.source.publisher.name if self.source.publisher else self.source.title or self.source.url
        if self.claimant and self.claimant != self.source.publisher:
            return f"{self.claimant.name} in {place}"
        return place or f"Appearance {self.id}"


@dataclass(frozen=True, slots=True)
class DerivationView:
    """One derivation with all that is shown of it."""

    id: int
    claim_id: int
    derived_id: int
    origin_id: int
    kind: DerivationKind
    basis: Basis | None
    state: DerivationState
    quote: str
    reason: str
    evidence: Evidence


@dataclass(frozen=True)
class Tree:
    """A claim's appearances in topological order, what leads from one to the other, and what that shows.

    `nodes` and `edges` are what is listed; `counted` are those of them that the numbers are about: published ones. The
    numbers are computed when first asked for.
    """

    claim_id: int
    revision: int
    nodes: tuple[AppearanceView, ...]
    edges: tuple[DerivationView, ...]
    counted: Sequence[Node]
    counted_edges: Sequence[Edge]
    owners: Mapping[int, int]
    parties: frozenset[int] = frozenset()  # the claim's, by agent id

    @cached_property
    def by_id(self) -> Mapping[int, AppearanceView]:
        """The listed appearances by their ids."""
        return {node.id: node for node in self.nodes}

    def independence(self, stance: Stance = Stance.SUPPORT) -> Independence:
        """The numbers of one side. Raises ValueError for a stance that is no side."""
        return self._numbers[self._side(stance).stance]

    @property
    def roots(self) -> list[AppearanceView]:
        """The origins of the supporting side."""
        return [self.by_id[root] for root in self.independence().roots]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the graph shows beyond its counts, on both sides."""
        return findings.find(
            self.counted,
            self.counted_edges,
            sides=self._numbers.values(),
            owners=self.owners,
            parties=self.parties,
            carrying=self._carrying,
            label=lambda pk: self.by_id[pk].label,
        )

    def what_if(self, remove: Collection[int], stance: Stance = Stance.SUPPORT) -> WhatIf:
        """One side without these appearances. Raises ValueError for a stance that is no side."""
        return what_if(self._side(stance), remove)

    def parents(self, appearance: int) -> list[AppearanceView]:
        """Those it rests on or answers, by confirmed derivations."""
        return [self.by_id[pk] for pk in self._confirmed.parents.get(appearance, ())]

    def children(self, appearance: int) -> list[AppearanceView]:
        """Those that rest on it or answer it, by confirmed derivations."""
        return [self.by_id[pk] for pk in self._confirmed.children.get(appearance, ())]

    def origin_chain(self, appearance: int) -> list[AppearanceView]:
        """All that it rests on, in topological order, roots first and itself last; an answer rests on nothing."""
        upstream = self._carrying.ancestors([appearance]) | {appearance}
        return [self.by_id[pk] for pk in sorted(upstream & self.by_id.keys(), key=self._place.__getitem__)]

    def downstream(self, appearance: int) -> list[AppearanceView]:
        """All that rests on it, in topological order, by confirmed derivations that carry the claim on."""
        below = self._carrying.descendants([appearance])
        return [self.by_id[pk] for pk in sorted(below & self.by_id.keys(), key=self._place.__getitem__)]

    def independent_lines(self, appearance: int) -> int | None:
        """How many chains to independent origins share nothing, counted on its own side; None outside of both."""
        view = self.by_id.get(appearance)
        side = Stance.DENY if view and view.stance is Stance.DENY else Stance.SUPPORT
        return self._sides[side].lines(appearance)

    def _side(self, stance: Stance) -> Side:
        if stance.opposite is None:
            raise ValueError(f"There are two sides, support and deny; {stance} is none.")
        return self._sides[stance]

    @cached_property
    def _place(self) -> Mapping[int, int]:
        return {node.id: place for place, node in enumerate(self.nodes)}

    @cached_property
    def _confirmed(self) -> Graph:
        return Graph(self.counted, (edge for edge in self.counted_edges if edge.confirmed))

    @cached_property
    def _carrying(self) -> Graph:
        return carrying_graph(self.counted, self.counted_edges)

    @cached_property
    def _sides(self) -> Mapping[Stance, Side]:
        return {
            stance: Side(
                self.counted, self.counted_edges, stance=stance, owners=self.owners, carrying=self._carrying
            )
            for stance in (Stance.SUPPORT, Stance.DENY)
        }

    @cached_property
    def _numbers(self) -> Mapping[Stance, Independence]:
        return {stance: side.independence() for stance, side in self._sides.items()}
