"""GraphQL: claims, and the ways to find them.

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
from claims.leaning import leaning_on_agent, leaning_on_source
from claims.listing import MAX_NODES, BadListing, Wanted
from claims.part_schema import Appearance
from claims.placed import PlacedTree, loose, tree_of
from claims.times import Moment, checked
from claims.tree_schema import ProvenanceTree
from claims.vocabulary import ClaimStatus
from claims.what_if_schema import Leaning
from sources.dates import PartialDate
from sources.graphql import BadInput, Connection, Info, Siblings, database_id, found_in_order, storable
from sources.models import Agent as AgentRow
from sources.models import Source as SourceRow
from sources.schema import Agent, Source, canonical

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
        of_source = meant["source"] is not None
        lean = leaning_on_source if of_source else leaning_on_agent
        pk = (meant["source"] if of_source else meant["agent"]) or 0
        found = lean(placed.tree, pk)
        if not found.appearances:
            found = lean(placed.tree, _standing(info, SourceRow if of_source else AgentRow, pk))
        return Leaning.over(found, placed)

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


def _standing(info: Info, model: type[AgentRow | SourceRow], pk: int) -> int:
    """The id of the row that this one was merged into; asked for where nothing was found of itself."""

    def read(ids: Set[int]) -> Mapping[int, int | None]:
        return dict(model.objects.filter(pk__in=ids).values_list("pk", "merged_into_id"))

    return info.context.batch.load("standing", f"named {model.__name__}", pk, read) or pk


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

    def rows(ids: Set[int]) -> QuerySet[models.Appearance]:
        return _cited_by(info).filter(source__in=ids)

    return Siblings(info, rows, owner="source_id", pk=root.id, kind="source", show=show)


@strawberry.type
class ClaimsQuery:
    """The query fields that claims answer."""

    @strawberry.field(description="One claim; null if there is none to be seen under this slug.")
    def claim(self, info: Info, slug: str) -> Claim | None:
        row = info.context.found.get(("claim", slug))
        if row is None:
            visible = models.Claim.objects.visible_to(info.context.viewer).with_parties()
            row = visible.followed(storable(slug, "slug")).first()
        if row:
            info.context.batch.hold("claim", [row])
        return row  # type: ignore[return-value]

    @relay.connection(
        Connection[Claim], description="Claims that have all words of the search, the newest first."
    )
    def claims(self, info: Info, search: str = "") -> Iterable[Claim]:
        visible = models.Claim.objects.visible_to(info.context.viewer).standing()
        found = visible.search(storable(search, "search"))
        return found.with_parties().order_by("-id")  # type: ignore[return-value]

    @relay.connection(
        Connection[Claim], description="Claims that appear in the source of this URL, in any spelling."
    )
    def claims_citing(self, info: Info, url: str) -> Iterable[Claim]:
        named = SourceRow.objects.followed(url=canonical(url)).order_by().values("pk")
        citing = _cited_by(info).filter(claim=OuterRef("pk"), source__in=named)
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
