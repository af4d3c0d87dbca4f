"""Chainable reads over claims: each method is one sentence of policy."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from claims.vocabulary import ClaimStatus
from sources.models import Source
from sources.viewers import Viewer

if TYPE_CHECKING:
    from claims.models import Appearance, Change, Claim, Derivation  # noqa: F401 - named in the bases, as strings


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Published claims, and the viewer's own in any status."""
        if viewer.is_curator:
            return self
        return self.filter(_claim_visible_to(viewer))

    def search(self, words: str) -> Self:
        """Claims whose text has every one of the words, in any order and case."""
        found = self
        for word in words.split():
            found = found.filter(text__icontains=word)
        return found


class AppearanceQuerySet(models.QuerySet["Appearance"]):
    """Appearances."""

    def current(self) -> Self:
        """Appearances that were not withdrawn."""
        return self.filter(withdrawn_at=None)

    def visible_to(self, viewer: Viewer) -> Self:
        """Published ones of visible claims; waiting ones for their author and the claim's owner."""
        if viewer.is_curator:
            return self
        mine = Q(author__in=viewer.account_ids) | Q(claim__owner__in=viewer.account_ids)
        return self.filter(_claim_visible_to(viewer, "claim__"), Q(published=True) | mine)


class DerivationQuerySet(models.QuerySet["Derivation"]):
    """Derivations."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those between appearances that the viewer sees."""
        if viewer.is_curator:
            return self
        from claims.models import Appearance

        seen = Appearance.objects.visible_to(viewer)
        return self.filter(
            Exists(seen.filter(pk=OuterRef("derived"))), Exists(seen.filter(pk=OuterRef("origin")))
        )


class ChangeQuerySet(models.QuerySet["Change"]):
    """Changes."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Changes to rows that the viewer sees; what somebody stated otherwise of a source, for that author.

        What concerns neither a claim nor a source (agents) is for curators.
        """
        if viewer.is_curator:
            return self
        from claims.models import Anchor, Appearance, Derivation

        appearances = Appearance.objects.visible_to(viewer)
        derivations = Derivation.objects.visible_to(viewer)
        anchors = Anchor.objects.filter(Q(appearance__in=appearances) | Q(derivation__in=derivations))
        sources = Source.objects.visible_to(viewer)
        stated_by_others = Q(action="stated") & ~Q(by__in=viewer.account_ids)
        of_claims = Q(object_type="claim") | _is_of("appearance", appearances)
        of_claims |= _is_of("derivation", derivations) | _is_of("anchor", anchors)
        return self.filter(
            _claim_visible_to(viewer, "claim__") & of_claims | _is_of("source", sources) & ~stated_by_others
        )


def _is_of(object_type: str, rows: "models.QuerySet[Any]") -> Q:
    return Q(Exists(rows.filter(pk=OuterRef("object_id"))), object_type=object_type)


def _claim_visible_to(viewer: Viewer, path: str = "") -> Q:
    published = Q(**{f"{path}status": ClaimStatus.PUBLISHED})
    if viewer.is_anonymous:
        return published
    return published | Q(**{f"{path}owner__in": viewer.account_ids})
