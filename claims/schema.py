"""GraphQL: claims, and the provenance tree of each as flat nodes and edges.

Resolvers decide nothing: a tree is read by `trees`, counted by the pure core, and named here. `self` of a resolver is
the value it stands for, never an instance of the type.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Exists, OuterRef, QuerySet
from strawberry import relay
from strawberry.utils.str_converters import to_camel_case

from claims import models, trees
from claims.findings import Finding as FindingValue
from claims.independence import Independence as IndependenceValue
from claims.leaning import leaning_on_agent, leaning_on_source
from claims.listing import MAX_NODES, BadListing, Wanted
from claims.placed import Placed, PlacedTree, loose, tree_of
from claims.shown import AppearanceView, DerivationView
from claims.times import Moment, checked
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
from claims.what_if_schema import Leaning, WhatIf
from sources.dates import PartialDate
from sources.graphql import BadInput, Connection, Info, Siblings, database_id, found_in_order, storable
from sources.schema import Agent, Snapshot, Source, canonical

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
    def claim(self, info: Info) -> "Claim":
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


@strawberry.type(description="An appearance that others have on every chain to every origin.")
class Bottleneck:
    """Over an independence.Bottleneck and its tree."""

    appearance: Appearance
    dependent_count: int = strawberry.field(description="How many of the side's other appearances.")
    share: float = strawberry.field(description="That over all of the side's other appearances, from 0 to 1.")


@strawberry.type(description="A root that is not established.")
class UnresolvedOrigin:
    """Over an independence.Unresolved and its tree."""

    appearance: Appearance
    reason: UnresolvedReason


@strawberry.type(description="The numbers of one side: origins lie between established and independent.")
class Independence:
    """Over an independence.Independence and its tree."""

    stance: Stance
    appearance_count: int
    source_count: int
    origin_count: int
    independent_origin_count: int
    established_origin_count: int
    unresolved_count: int
    bottlenecks: list[Bottleneck] = strawberry.field(description="Largest first.")
    unresolved: list[UnresolvedOrigin]

    @classmethod
    def over(cls, numbers: IndependenceValue, tree: PlacedTree) -> "Independence":
        """The numbers, with the appearances they are about in place of ids."""
        return cls(
            stance=numbers.stance,
            appearance_count=numbers.appearance_count,
            source_count=numbers.source_count,
            origin_count=numbers.origin_count,
            independent_origin_count=numbers.independent_origin_count,
            established_origin_count=numbers.established_origin_count,
            unresolved_count=numbers.unresolved_count,
            bottlenecks=[
                Bottleneck(
                    appearance=_shown(tree, found.appearance),
                    dependent_count=found.dependent_count,
                    share=found.share,
                )
                for found in numbers.bottlenecks
            ],
            unresolved=[
                UnresolvedOrigin(appearance=_shown(tree, root), reason=reason)
                for root, reason in numbers.unresolved
            ],
        )


@strawberry.type(description="What the graph shows beyond its counts, in one plain sentence.")
class Finding:
    """Over a findings.Finding and its tree."""

    kind: FindingKind
    message: str
    stance: Stance | None = strawberry.field(description="The side, where it is about one.")
    appearances: list[Appearance] = strawberry.field(
        description="What it is about; where it leads to comes last."
    )

    @classmethod
    def over(cls, found: FindingValue, tree: PlacedTree) -> "Finding":
        """The finding, with the appearances it is about in place of ids."""
        return cls(
            kind=found.kind,
            message=found.message,
            stance=found.stance,
            appearances=[_shown(tree, pk) for pk in found.appearances],
        )


def _shown(tree: PlacedTree, pk: int) -> Any:
    (node,) = tree.place([tree.tree.by_id[pk]])
    return node


@strawberry.type(description="A claim's appearances and what leads from one to the other.")
class ProvenanceTree:
    """Over a PlacedTree."""

    @strawberry.field(description="In topological order: origins before what is derived from them.")
    def nodes(self) -> list[Appearance]:
        tree = _placed(self)
        return tree.place(tree.listing.nodes)  # type: ignore[return-value]

    @strawberry.field(
        description="The derivations between the nodes; each on the page of the later of its ends."
    )
    def edges(self) -> list[Derivation]:
        tree = _placed(self)
        return tree.place(tree.listing.edges)  # type: ignore[return-value]

    @strawberry.field(description="What originCount counts: the origins of the supporting side.")
    def roots(self) -> list[Appearance]:
        tree = _placed(self)
        return tree.place(tree.tree.roots)  # type: ignore[return-value]

    @strawberry.field(description="How many nodes there are, listed or not.")
    def node_count(self) -> int:
        return len(_placed(self).tree.nodes)

    @strawberry.field(description="Whether there are more nodes than are listed. Counts are always of all.")
    def truncated(self) -> bool:
        return _placed(self).listing.truncated

    @strawberry.field(description="What to give as `after` for the next page; null if there is none.")
    def end_cursor(self) -> str | None:
        return _placed(self).listing.end_cursor

    @strawberry.field(description="The numbers of one side, SUPPORT or DENY.")
    def independence(self, stance: Stance = Stance.SUPPORT) -> Independence:
        tree = _placed(self)
        try:
            return Independence.over(tree.independence(stance), tree)
        except ValueError as error:
            raise BadInput(f"stance: {error}") from error

    @strawberry.field(description="On both sides.")
    def findings(self) -> list[Finding]:
        tree = _placed(self)
        return [Finding.over(found, tree) for found in tree.findings]

    @strawberry.field(description="One side, SUPPORT or DENY, without these appearances.")
    def what_if(self, info: Info, remove: list[strawberry.ID], stance: Stance = Stance.SUPPORT) -> WhatIf:
        tree = _placed(self)
        ids = [database_id(text, "Appearance") for text in remove]
        for text, pk in zip(remove, ids, strict=True):
            if pk not in tree.by_id:
                raise BadInput(f"remove: there is no appearance {text} in this tree. Name nodes of it.")
        try:
            found = tree.what_if([pk for pk in ids if pk is not None], stance)
        except ValueError as error:
            raise BadInput(f"stance: {error}") from error
        info.context.spend([*found.removed, *found.left_without_origin])
        return WhatIf.over(found, tree)


# "source" is what strawberry's own extensions call the parent value.
_SourceArgument = Annotated[strawberry.ID | None, strawberry.argument(name="source")]
_AgentArgument = Annotated[strawberry.ID | None, strawberry.argument(name="agent")]
_UPSTREAM = strawberry.argument(description="List this appearance and all that it rests on.")
_DOWNSTREAM = strawberry.argument(description="List this appearance and all that rests on it.")
_DEPTH = strawberry.argument(description="At most so many steps from there, else from what rests on nothing.")
_FIRST = strawberry.argument(description=f"How many nodes a page lists, at most {MAX_NODES}.")
_AFTER = strawberry.argument(description="The `endCursor` of the page before.")


_AsOf = Annotated[
    str | None,
    strawberry.argument(
        description="Only what can have been said by then: 2021, 2021-02, 2021-02-28 or an instant. A date without a "
        "zone is meant on the calendar of whoever spoke."
    ),
]
_KnownAt = Annotated[
    datetime | None,
    strawberry.argument(
        description="As this service knew the claim at that instant; empty before its first record, and while "
        "the claim was not shown to you."
    ),
]


def _moment(as_of: str | None, known_at: datetime | None) -> Moment:
    """The state that is asked for. Raises `BadInput`, with the argument's name."""
    argument = "asOf"
    try:
        date = None if as_of is None else PartialDate.parse(as_of)
        argument = "knownAt"
        return Moment(date, None if known_at is None else checked(known_at))
    except ValueError as error:
        raise BadInput(f"{argument}: {error}") from error


def _placed(tree: Any) -> PlacedTree:
    placed: PlacedTree = tree
    return placed


@strawberry_django.type(
    models.Claim, description="One proposition that a source can deny without denying another."
)
class Claim(relay.Node):
    """Over a Claim row."""

    id: relay.NodeID[int]
    slug: strawberry.auto
    text: strawberry.auto
    language: strawberry.auto
    status: ClaimStatus
    created_at: strawberry.auto

    @strawberry_django.field(description="The id in REST.", only=["id"])
    def database_id(self) -> int:
        return self.id

    @strawberry_django.field(
        description="Grows whenever an answer about the claim may differ.", only=["revision"]
    )
    def revision(self) -> int:
        return self.revision

    @strawberry_django.field(description="Whom it is about, or who has a stake in it.", only=["id"])
    def parties(self, info: Info) -> list[Agent]:
        def read(ids: Set[int]) -> Mapping[int, list[Any]]:
            claims = models.Claim.objects.filter(pk__in=ids).prefetch_related("parties")
            return {claim.pk: list(claim.parties.all()) for claim in claims}

        return info.context.batch.load("parties", "claim", self.id, read) or []

    @strawberry_django.field(description="Who said it first, who repeated it on whose word, who answered.")
    def provenance(
        self,
        info: Info,
        as_of: _AsOf = None,
        known_at: _KnownAt = None,
        include_suggested: bool = False,  # noqa: FBT001, FBT002
        upstream_of: Annotated[strawberry.ID | None, _UPSTREAM] = None,
        downstream_of: Annotated[strawberry.ID | None, _DOWNSTREAM] = None,
        max_depth: Annotated[int | None, _DEPTH] = None,
        first: Annotated[int, _FIRST] = MAX_NODES,
        after: Annotated[str | None, _AFTER] = None,
    ) -> ProvenanceTree:
        wanted = Wanted(
            upstream_of=_appearance_id(upstream_of),
            downstream_of=_appearance_id(downstream_of),
            max_depth=max_depth,
            first=first,
            after=after,
        )
        at = _moment(as_of, known_at)
        placed = PlacedTree(tree_of(info, self.id, include_suggested=include_suggested, at=at), wanted)
        try:
            assert placed.listing  # noqa: S101 - so that what cannot be listed is refused here, once
        except BadListing as error:
            raise BadInput(f"{to_camel_case(error.argument)}: {error}") from error
        return placed  # type: ignore[return-value]

    @strawberry_django.field(
        description="How much of it leans on one source, or on one agent: give one of the two.", only=["id"]
    )
    def leaning(
        self, info: Info, source_id: _SourceArgument = None, agent_id: _AgentArgument = None
    ) -> Leaning:
        meant = _source_or_agent(source_id, agent_id)
        placed = PlacedTree(tree_of(info, self.id))
        if meant["source"] is not None:
            return Leaning.over(leaning_on_source(placed.tree, meant["source"]), placed)
        return Leaning.over(leaning_on_agent(placed.tree, meant["agent"] or 0), placed)

    @classmethod
    def get_queryset(cls, queryset: QuerySet[models.Claim], info: Info, **_: Any) -> QuerySet[models.Claim]:
        return queryset.visible_to(info.context.viewer)  # type: ignore[attr-defined]

    @classmethod
    def resolve_node(cls, node_id: str, *, info: Info, required: bool = False) -> Any:
        (row,) = cls.resolve_nodes(info=info, node_ids=[node_id])
        return row

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        return found_in_order(models.Claim.objects.visible_to(info.context.viewer), node_ids)


def _appearance_id(text: str | None) -> int | None:
    # What is no id of ours is none of the tree either: 0 is no row's.
    return None if text is None else database_id(text, "Appearance") or 0


def _source_or_agent(source: str | None, agent: str | None) -> dict[str, int | None]:
    if (source is None) == (agent is None):
        raise BadInput("source, agent: give one of the two.")
    return {
        "source": None if source is None else database_id(source, "Source") or 0,
        "agent": None if agent is None else database_id(agent, "Agent"),
    }


def _cited_by(info: Info) -> QuerySet[models.Appearance]:
    visible = models.Appearance.objects.current().visible_to(info.context.viewer)
    return visible.filter(published=True).order_by("-id")


@relay.connection(Connection[Appearance], description="What was claimed in it, the newest first.")
def source_appearances(root: Source, info: Info) -> Iterable[Appearance]:
    """A field of `Source` that only claims can answer."""

    def show(rows: list[models.Appearance]) -> list[Any]:
        found = trees.load_appearances(_cited_by(info).filter(pk__in=[row.pk for row in rows]))
        views = {view.id: view for view in found}
        return loose(info, [views[row.pk] for row in rows])

    return Siblings(info, _cited_by(info), owner="source", pk=root.id, kind="source", show=show)


@strawberry.type
class ClaimsQuery:
    """The query fields that claims answer."""

    @strawberry.field(description="One claim; null if there is none to be seen under this slug.")
    def claim(self, info: Info, slug: str) -> Claim | None:
        row = info.context.found.get(("claim", slug))
        if row is None:
            visible = models.Claim.objects.visible_to(info.context.viewer).with_parties()
            row = visible.filter(slug=storable(slug, "slug")).first()
        if row:
            info.context.batch.hold("claim", [row])
        return row  # type: ignore[return-value]

    @relay.connection(
        Connection[Claim], description="Claims that have all words of the search, the newest first."
    )
    def claims(self, info: Info, search: str = "") -> Iterable[Claim]:
        found = models.Claim.objects.visible_to(info.context.viewer).search(storable(search, "search"))
        return found.with_parties().order_by("-id")  # type: ignore[return-value]

    @relay.connection(
        Connection[Claim], description="Claims that appear in the source of this URL, in any spelling."
    )
    def claims_citing(self, info: Info, url: str) -> Iterable[Claim]:
        citing = _cited_by(info).filter(claim=OuterRef("pk"), source__url=canonical(url))
        found = models.Claim.objects.visible_to(info.context.viewer).filter(Exists(citing.order_by()))
        return found.with_parties().order_by("-id")  # type: ignore[return-value]

    @relay.connection(
        Connection[Claim],
        description="Claims that appear in this source, or in what this agent published or says: give one of the two.",
    )
    def claims_leaning_on(
        self, info: Info, source_id: _SourceArgument = None, agent_id: _AgentArgument = None
    ) -> Iterable[Claim]:
        visible = models.Claim.objects.visible_to(info.context.viewer)
        found = visible.leaning_on(**_source_or_agent(source_id, agent_id))
        return found.with_parties().order_by("-id")  # type: ignore[return-value]
