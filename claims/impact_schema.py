"""GraphQL: quotes that their sources changed or dropped, and what leans on them.

`self` of a resolver is a `PlacedImpact`, never an instance of the type.
"""

from dataclasses import dataclass
from typing import Any

import strawberry

from claims.impact import Impact as ImpactValue
from claims.part_schema import Appearance, Derivation, Evidence
from claims.placed import PlacedTree
from claims.vocabulary import Stance
from claims.what_if_schema import WhatIf
from sources.graphql import Info


@dataclass(frozen=True, slots=True)
class PlacedImpact:
    """An impact with the way back to its tree."""

    impact: ImpactValue
    placed: PlacedTree


@strawberry.type(
    description="Words that stood in a snapshot and do not in the latest, and what leans on them."
)
class Impact:
    """Over a PlacedImpact."""

    @strawberry.field(description="Whose source it is.")
    def appearance(self) -> Appearance:
        impact = _impact(self)
        return _place(self, [impact.appearance])[0]

    @strawberry.field(
        description="Where the words are those that lead to an origin; null where they are the appearance's own."
    )
    def derivation(self) -> Derivation | None:
        step = _impact(self).derivation
        return _place(self, [step])[0] if step else None

    @strawberry.field(description="Of the words: CHANGED or MISSING, and where they stood last.")
    def evidence(self) -> Evidence:
        return _impact(self).evidence  # type: ignore[return-value]

    @strawberry.field(
        description="Appearances downstream, by confirmed derivations that carry the claim; origins first."
    )
    def leaning(self, info: Info) -> list[Appearance]:
        return _place(self, info.context.spend(_impact(self).leaning))

    @strawberry.field(description="One side, SUPPORT or DENY, without the appearance.")
    def without(self, info: Info, stance: Stance = Stance.SUPPORT) -> WhatIf:
        return WhatIf.asked(info, _impact(self).without, stance, self.placed)  # type: ignore[attr-defined]


@strawberry.type(
    description="Some of a tree's impacts: appearances' own in the tree's order, then derivations'."
)
class ImpactPage:
    """A page of impact.ImpactPage, its impacts placed."""

    count: int = strawberry.field(description="Of all, listed or not.")
    impacts: list[Impact]
    end_cursor: str | None = strawberry.field(
        description="What to give as `after` for the next page; null if there is none."
    )


def _impact(placed: Any) -> ImpactValue:
    impact: ImpactValue = placed.impact
    return impact


def _place(placed: Any, views: Any) -> Any:
    return placed.placed.place(views)
