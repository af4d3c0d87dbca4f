"""What a snapshot changed in the evidence: the quotes of which it shows other than the anchor before it did."""

from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, Subquery

from claims.models import Anchor, Appearance, Derivation


@dataclass(frozen=True, slots=True)
class Turned:
    """One quote's evidence before and after; both anchors keep their texts."""

    before: Anchor
    after: Anchor

    @property
    def owner(self) -> Appearance | Derivation:
        """What has the quote."""
        owner = self.after.appearance or self.after.derivation
        assert owner is not None  # noqa: S101 - an anchor has one owner
        return owner


def turned_by(snapshot_id: int) -> list[Turned]:
    """The quotes whose state this snapshot changed, in the order of their anchors; two statements at any size."""
    earlier = Anchor.objects.filter(
        Q(appearance=OuterRef("appearance")) | Q(derivation=OuterRef("derivation")), pk__lt=OuterRef("pk")
    ).order_by("-pk")
    after = (
        Anchor.objects.filter(snapshot=snapshot_id)
        .annotate(
            earlier=Subquery(earlier.values("pk")[:1]), earlier_state=Subquery(earlier.values("state")[:1])
        )
        .exclude(earlier_state=None)
        .exclude(earlier_state=F("state"))
        .select_related("appearance__claim", "derivation__claim")
        .order_by("pk")
    )
    rows = list(after)
    before = Anchor.objects.select_related("snapshot").in_bulk([row.earlier for row in rows])
    return [Turned(before[row.earlier], row) for row in rows]
