"""GraphQL: the provenance tree of a claim as flat nodes and edges, with its numbers and findings.

`self` of a resolver is a `PlacedTree`, never an instance of the type.
"""

from functools import partial
from typing import Annotated, Any

import strawberry

from claims.findings import Finding as FindingValue
from claims.impact import MAX_IMPACTS, PAGE, impact_page
from claims.impact_schema import ImpactPage, PlacedImpact
from claims.independence import Independence as IndependenceValue
from claims.listing import BadListing
from claims.part_schema import Appearance, Derivation
from claims.placed import PlacedTree
from claims.vocabulary import FindingKind, Stance, UnresolvedReason
from claims.what_if_schema import WhatIf
from sources.graphql import BadInput, Info, database_id

_FIRST = strawberry.argument(description=f"How many to list; at most {MAX_IMPACTS}.")


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
        return WhatIf.asked(info, partial(tree.what_if, ids), stance, tree)

    @strawberry.field(description="Quotes that their sources changed or dropped, and what leans on them.")
    def impacts(self, first: Annotated[int, _FIRST] = PAGE, after: str | None = None) -> ImpactPage:
        tree = _placed(self)
        try:
            page = impact_page(tree.tree, first=first, after=after)
        except BadListing as error:
            raise BadInput(f"{error.argument}: {error}") from error
        impacts: list[Any] = [PlacedImpact(impact, tree) for impact in page.impacts]
        return ImpactPage(count=page.count, impacts=impacts, end_cursor=page.end_cursor)


# "source" is what strawberry's own extensions call the parent value.


def _placed(tree: Any) -> PlacedTree:
    placed: PlacedTree = tree
    return placed
