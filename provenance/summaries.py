"""What a list says of each claim: its range of origins, denials and findings, for a bounded amount of work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count

from claims.models import Appearance, Claim
from claims.shown import Tree
from claims.trees import load_trees
from claims.vocabulary import Stance
from provenance import wording

MAX_APPEARANCES = 2_000
"""How many appearances one list reads to count what is behind its claims; those beyond are listed uncounted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One claim of a list. `tree` is None where it is too large to be counted beside others."""

    claim: Claim
    appearance_count: int
    tree: Tree | None

    @property
    def headline(self) -> str:
        """How many reports, and the range of their independent origins."""
        if self.tree is None:
            return f"{wording.counted(self.appearance_count, 'appearance')}, counted on the claim’s own page"
        return wording.headline_with_range(self.tree.independence())

    @property
    def denials(self) -> str:
        """`3 denials`; empty if there are none."""
        count = self.tree.independence(Stance.DENY).appearance_count if self.tree else 0
        return wording.counted(count, "denial") if count else ""

    @property
    def finding_count(self) -> int:
        """How many findings the tree has; 0 if it was not counted."""
        return len(self.tree.findings) if self.tree else 0

    @property
    def findings(self) -> str:
        """`6 findings`; empty if there are none."""
        return wording.counted(self.finding_count, "finding") if self.finding_count else ""

    @property
    def first_finding(self) -> str:
        """The sentence of the first finding; empty if there is none."""
        return self.tree.findings[0].message if self.tree and self.tree.findings else ""


def summarise(claims: Iterable[Claim]) -> list[Summary]:
    """What is said of each claim, in their order; three statements, and at most `MAX_APPEARANCES` rows read."""
    listed = list(claims)
    sizes = _sizes(listed)
    trees = load_trees(_within_bounds(listed, sizes))
    return [Summary(claim, sizes.get(claim.pk, 0), trees.get(claim.pk)) for claim in listed]


def _sizes(claims: Sequence[Claim]) -> dict[int, int]:
    rows = Appearance.objects.current().filter(claim__in=[claim.pk for claim in claims], published=True)
    return dict(rows.order_by().values_list("claim").annotate(size=Count("pk")))


def _within_bounds(claims: Sequence[Claim], sizes: dict[int, int]) -> list[Claim]:
    """Those read in their order; a large one is passed over, and leaves their numbers to the small ones behind it."""
    taken, room = [], MAX_APPEARANCES
    for claim in claims:
        size = sizes.get(claim.pk, 0)
        if size <= room:
            taken.append(claim)
            room -= size
    return taken
