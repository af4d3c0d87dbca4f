"""GraphQL: what a tree is made of: appearances, derivations, and the evidence of each.

`self` of a resolver is a `Placed` value, never an instance of the type.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import relay

from claims import models, trees
from claims.placed import Placed, PlacedTree, loose, tree_of
from claims.shown import AppearanceView, DerivationView
from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    ClaimStatus,
    DerivationKind,
    DerivationState,
    EvidenceState,
    FindingKind,
    Stance,
    UnresolvedReason,
)
from sources.graphql import Info, found_in_order
from sources.schema import Agent, Snapshot, Source

if TYPE_CHECKING:
    from claims.schema import Claim

for words, description in {
    Stance: "What an appearance does with the claim.",
    Certainty: "How firmly the words stand.",
    DerivationKind: "How an appearance uses another. RESPONSE and CORRECTION carry nothing on.",
    DerivationState: "Where a derivation stands with the curators. Only CONFIRMED ones count.",
    Basis: "What a derivation is known from.",
    ChainEnd: "Why an appearance has no upstream.",
    EvidenceState: "What the latest snapshot shows of a quote.",
    ClaimStatus: "Who may see a claim.",
    FindingKind: "What the graph shows beyond its counts.",
    UnresolvedReason: "Why a root is not established.",
}.items():
    strawberry.enum(words, description=description)


_Claim = Annotated["Claim", strawberry.lazy("claims.schema")]


@strawberry.type(description="A part of a quote as it stands in a snapshot's text.")
class Fragment:
    """Over shown.Fragment."""

    start: int = strawberry.field(description="Code points of the text before it.")
    end: int = strawberry.field(description="Code points of the text up to its end.")


@strawberry.type(description="The words as they stand in a snapshot's text.")
class Quote:
    """Over shown.Quote. Web Annotation: TextQuoteSelector and TextPositionSelector."""

    exact: str = strawberry.field(description="With […] where the quote leaves something out.")
    prefix: str
    suffix: str
    start: int = strawberry.field(description="Code points of the text before the first of the words.")
    end: int = strawberry.field(
        description="Code points of the text up to the end of the last: what is left out lies in between."
    )
    fragments: list[Fragment] = strawberry.field(
        description="The parts of a quote that leaves something out, in their order; else one, the whole."
    )


@strawberry.type(description="What our snapshots show of a quote.")
class Evidence:
    """Over shown.Evidence."""

    state: EvidenceState = strawberry.field(description="In the latest snapshot.")
    reason: str = strawberry.field(description="Why it is not anchored; empty when it is.")
    quote: Quote | None = strawberry.field(
        description="The words, where they were found last; null if never."
    )
    snapshot: Snapshot | None = strawberry.field(description="Where they were found last; null if never.")


@strawberry.type(description="The claim occurring in one source, in one voice, stance and version.")
class Appearance(relay.Node):
    """Over a Placed AppearanceView."""

    id: relay.NodeID[int]
    source: Source
    claimant: Agent | None = strawberry.field(
        description="Who says it there, if named and not the publisher."
    )
    stance: Stance
    certainty: Certainty | None = strawberry.field(description="Null if unknown.")
    quote: str = strawberry.field(description="The words as they were submitted.")
    said_at: str = strawberry.field(
        description="Its own date, else its source's, as precise as known; or empty."
    )
    no_later_than: datetime = strawberry.field(description="When it was first seen or recorded here.")
    language: str
    chain_end: ChainEnd | None
    published: bool = strawberry.field(description="False while it waits for the claim's owner or a curator.")
    vouched_why: str = strawberry.field(
        description="What somebody saw who vouches for it; empty if nobody does."
    )
    evidence: Evidence

    @strawberry.field(description="The id in REST.")
    def database_id(self) -> int:
        return self.id

    @strawberry.field(description="Those it rests on or answers, by confirmed derivations.")
    def parents(self, info: Info) -> "list[Appearance]":
        return _beside(self, info, _tree(self).parents(self.id))

    @strawberry.field(description="Those that rest on it or answer it, by confirmed derivations.")
    def children(self, info: Info) -> "list[Appearance]":
        return _beside(self, info, _tree(self).children(self.id))

    @strawberry.field(description="All that it rests on, roots first, itself last.")
    def origin_chain(self, info: Info) -> "list[Appearance]":
        return _beside(self, info, _tree(self).origin_chain(self.id))

    @strawberry.field(
        description="How many chains to independent origins share nothing; null outside of both sides."
    )
    def independent_lines(self) -> int | None:
        return _tree(self).independent_lines(self.id)

    @strawberry.field
    def claim(self, info: Info) -> _Claim:
        def read(ids: Set[int]) -> Mapping[int, Any]:
            return models.Claim.objects.in_bulk(ids)

        pk = _view(self).claim_id
        held = info.context.batch.held("claim", [pk])
        return held[0] if held else info.context.batch.load("row", "claim", pk, read)  # type: ignore[return-value]

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Placed) and isinstance(value.view, AppearanceView)

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        visible = models.Appearance.objects.current().visible_to(info.context.viewer)
        rows = found_in_order(visible, node_ids)
        views = trees.load_appearances(visible.filter(pk__in=[row.pk for row in rows if row]))
        placed = {value.id: value for value in loose(info, views)}
        return [placed.get(row.pk) if row else None for row in rows]


def _tree(appearance: Any) -> Any:
    return appearance.tree


def _view(placed: Any) -> Any:
    return placed.view


def _beside(appearance: Any, info: Info, views: list[AppearanceView]) -> Any:
    info.context.spend(views)
    return appearance.beside(views)


@strawberry.type(description="One appearance rests on, or answers, an earlier one of the same claim.")
class Derivation(relay.Node):
    """Over a Placed DerivationView."""

    id: relay.NodeID[int]
    kind: DerivationKind
    basis: Basis | None = strawberry.field(description="Null is read as ASSERTED.")
    state: DerivationState
    quote: str = strawberry.field(description="The words of the derived source that name the origin.")
    reason: str = strawberry.field(description="Of an inferred one: why somebody concludes it.")
    evidence: Evidence = strawberry.field(description="What our snapshots show of its quote.")

    @strawberry.field(description="The id in REST.")
    def database_id(self) -> int:
        return self.id

    @strawberry.field(description="The later one.")
    def derived(self) -> Appearance:
        return _end(self, _view(self).derived_id)

    @strawberry.field(description="The one it rests on or answers.")
    def origin(self) -> Appearance:
        return _end(self, _view(self).origin_id)

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Placed) and isinstance(value.view, DerivationView)

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        """Those that a tree can show: not rejected, between appearances that the viewer sees."""
        rows = found_in_order(models.Derivation.objects.visible_to(info.context.viewer), node_ids)
        claim_ids = {row.claim_id for row in rows if row}
        info.context.batch.expect("claim", lambda: claim_ids)
        return [_placed_derivation(info, row) if row else None for row in rows]


def _end(derivation: Any, pk: int) -> Any:
    (end,) = derivation.beside([derivation.tree.by_id[pk]])
    return end


def _placed_derivation(info: Info, row: models.Derivation) -> Placed | None:
    tree = tree_of(info, row.claim_id, include_suggested=True)
    found = (edge for edge in PlacedTree(tree).place(tree.edges) if edge.id == row.pk)
    return next(found, None)
