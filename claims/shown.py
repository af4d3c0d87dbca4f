"""What is shown of a claim: frozen values of a tree and its parts, with the numbers and findings of the pure core.

No query is made here: `trees` reads the rows, and whoever shows them (GraphQL, REST, pages, commands) gets these.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from claims.counted import Counted
from claims.findings import Finding
from claims.independence import Independence
from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
)
from claims.what_if import WhatIf
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


def label_of(appearance: int, speaker: str | None, publisher: str | None, work: str | None) -> str:
    """What a sentence calls an appearance: who speaks there, if not the publisher, and where."""
    place = publisher if publisher is not None else work
    return f"{speaker} in {place}" if speaker is not None else place or f"Appearance {appearance}"


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
        publisher, source = self.source.publisher, self.source
        speaker = self.claimant.name if self.claimant and self.claimant != publisher else None
        return label_of(self.id, speaker, publisher.name if publisher else None, source.title or source.url)


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

    `nodes` and `edges` are what is listed; `counted` has those of them that the numbers are about: published ones.
    """

    claim_id: int
    revision: int
    nodes: tuple[AppearanceView, ...]
    edges: tuple[DerivationView, ...]
    counted: Counted

    @cached_property
    def by_id(self) -> Mapping[int, AppearanceView]:
        """The listed appearances by their ids."""
        return {node.id: node for node in self.nodes}

    def independence(self, stance: Stance = Stance.SUPPORT) -> Independence:
        """The numbers of one side. Raises ValueError for a stance that is no side."""
        return self.counted.independence(stance)

    @property
    def roots(self) -> list[AppearanceView]:
        """The origins of the supporting side."""
        return [self.by_id[root] for root in self.independence().roots]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the graph shows beyond its counts, on both sides."""
        return self.counted.findings

    def what_if(self, remove: Collection[int], stance: Stance = Stance.SUPPORT) -> WhatIf:
        """One side without these appearances. Raises ValueError for a stance that is no side."""
        return self.counted.what_if(remove, stance)

    def parents(self, appearance: int) -> list[AppearanceView]:
        """Those it rests on or answers, by confirmed derivations."""
        return [self.by_id[pk] for pk in self.counted.confirmed.parents.get(appearance, ())]

    def children(self, appearance: int) -> list[AppearanceView]:
        """Those that rest on it or answer it, by confirmed derivations."""
        return [self.by_id[pk] for pk in self.counted.confirmed.children.get(appearance, ())]

    def origin_chain(self, appearance: int) -> list[AppearanceView]:
        """All that it rests on, in topological order, roots first and itself last; an answer rests on nothing."""
        upstream = self.counted.carrying.ancestors([appearance]) | {appearance}
        return [self.by_id[pk] for pk in sorted(upstream & self.by_id.keys(), key=self._place.__getitem__)]

    def downstream(self, appearance: int) -> list[AppearanceView]:
        """All that rests on it, in topological order, by confirmed derivations that carry the claim on."""
        below = self.counted.carrying.descendants([appearance])
        return [self.by_id[pk] for pk in sorted(below & self.by_id.keys(), key=self._place.__getitem__)]

    def independent_lines(self, appearance: int) -> int | None:
        """How many chains to independent origins share nothing, counted on its own side; None outside of both."""
        view = self.by_id.get(appearance)
        side = Stance.DENY if view and view.stance is Stance.DENY else Stance.SUPPORT
        return self.counted.lines(appearance, side)

    @cached_property
    def _place(self) -> Mapping[int, int]:
        return {node.id: place for place, node in enumerate(self.nodes)}
