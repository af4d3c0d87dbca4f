"""GraphQL: one side of a claim without some of its appearances, and how much leans on a source or agent."""

from collections.abc import Callable

import strawberry

from claims.leaning import Leaning as LeaningValue
from claims.leaning import Share as ShareValue
from claims.part_schema import Appearance
from claims.placed import PlacedTree
from claims.vocabulary import Stance
from claims.what_if import Counts as CountsValue
from claims.what_if import WhatIf as WhatIfValue
from sources.graphql import BadInput, Info


@strawberry.type(description="How many there are of each on one side; as in Independence.")
class SideCounts:
    """Over a what_if.Counts."""

    appearance_count: int
    source_count: int
    origin_count: int
    independent_origin_count: int
    established_origin_count: int
    unresolved_count: int

    @classmethod
    def over(cls, counts: CountsValue) -> "SideCounts":
        """The counts under their names here."""
        return cls(**{name: getattr(counts, name) for name in CountsValue.__slots__})


@strawberry.type(description="One side with some appearances taken out in thought. Origins are those before.")
class WhatIf:
    """Over a what_if.WhatIf and its tree."""

    removed: list[Appearance] = strawberry.field(description="Those that the graph of the side has.")
    left_without_origin: list[Appearance] = strawberry.field(
        description="The remaining ones of the side that no remaining origin leads to."
    )
    before: SideCounts
    after: SideCounts = strawberry.field(
        description="What still has an origin, and the origins that it has. No number is larger than before."
    )

    @classmethod
    def asked(
        cls, info: Info, without: Callable[[Stance], WhatIfValue], stance: Stance, tree: PlacedTree
    ) -> "WhatIf":
        """A side as an argument names it; what it lists counts as lists do. Raises `BadInput`."""
        try:
            found = without(stance)
        except ValueError as error:
            raise BadInput(f"stance: {error}") from error
        info.context.spend([*found.removed, *found.left_without_origin])
        return cls.over(found, tree)

    @classmethod
    def over(cls, found: WhatIfValue, tree: PlacedTree) -> "WhatIf":
        """The answer, with appearances in place of ids."""
        return cls(
            removed=tree.place(tree.by_id[pk] for pk in found.removed),  # type: ignore[arg-type]
            left_without_origin=tree.place(tree.by_id[pk] for pk in found.left_without_origin),  # type: ignore[arg-type]
            before=SideCounts.over(found.before),
            after=SideCounts.over(found.after),
        )


@strawberry.type(
    description="How many of a side's other appearances lose their only origin without these; from 0 to 1 of them."
)
class Share:
    """Over a leaning.Share."""

    dependent_count: int
    share: float

    @classmethod
    def over(cls, share: ShareValue) -> "Share":
        """The numbers under their names here."""
        return cls(dependent_count=share.dependent_count, share=share.share)


@strawberry.type(description="How much of a claim leans on one source or agent.")
class Leaning:
    """Over a leaning.Leaning and its tree."""

    appearances: list[Appearance] = strawberry.field(description="Those of the source or agent.")
    support: Share
    deny: Share

    @classmethod
    def over(cls, leaning: LeaningValue, tree: PlacedTree) -> "Leaning":
        """The answer, with the appearances in their tree."""
        return cls(
            appearances=tree.place(leaning.appearances),  # type: ignore[arg-type]
            support=Share.over(leaning.support),
            deny=Share.over(leaning.deny),
        )
