"""Chainable reads over claims: each method is one sentence of policy."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Aggregate, Exists, JSONField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONArray

from claims.vocabulary import ClaimStatus, DerivationState
from sources.models import Agent, Source
from sources.viewers import Viewer

if TYPE_CHECKING:
    from claims.models import Appearance, Change, Claim, Derivation  # noqa: F401 - named in the bases, as strings


class _JSONList(Aggregate):
    """All values of a group as one JSON array, in no order."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same under its name there."""
        return self.as_sql(compiler, connection, function="JSONB_AGG", **context)


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Published claims, and the viewer's own in any status."""
        if viewer.is_curator:
            return self
        return self.filter(_claim_visible_to(viewer))

    def standing(self) -> Self:
        """All but those that were merged into another one."""
        return self.filter(merged_into=None)

    def followed(self, slug: str) -> Self:
        """The one of this slug, or the one that this was merged into."""
        found = self.model.objects.filter(slug=slug).order_by()
        return self.filter(pk__in=found.values(stands=Coalesce("merged_into", "pk")))

    def with_parties(self) -> Self:
        """Each with `party_owners`: of every party its id, its owner's and its topmost owner's; None without parties.

        What a tree needs of them, at no statement of its own.
        """
        through = self.model.parties.through.objects.filter(claim=OuterRef("pk")).order_by()
        ids = JSONArray("agent", "agent__owner", "agent__ultimate_owner")
        listed = through.values("claim").annotate(listed=_JSONList(ids))
        return self.annotate(party_owners=Subquery(listed.values("listed")))  # type: ignore[misc]  # added above

    def with_epoch(self) -> Self:
        """Each with `registry_epoch`, of the same instant as its revision; None before the first change of all."""
        from claims.models import ChangeHead

        return self.annotate(registry_epoch=Subquery(ChangeHead.objects.values("registry_epoch")[:1]))

    def leaning_on(self, *, source: int | None = None, agent: int | None = None) -> Self:
        """Claims that appear in this source, or in something that this agent published or says."""
        from claims.models import Appearance

        counted = Appearance.objects.counted().filter(claim=OuterRef("pk")).order_by()
        if source is not None:
            return self.filter(Exists(counted.filter(source__in=standing_for(Source, source))))
        agents = standing_for(Agent, agent)
        return self.filter(Exists(counted.filter(Q(claimant__in=agents) | Q(source__publisher__in=agents))))

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

    def counted(self) -> Self:
        """Those that anybody sees and numbers are about: published ones that were not withdrawn."""
        return self.current().filter(published=True)

    def visible_to(self, viewer: Viewer) -> Self:
        """Published ones of visible claims; waiting ones for their author and the claim's owner."""
        if viewer.is_curator:
            return self
        mine = Q(author__in=viewer.account_ids) | Q(claim__owner__in=viewer.account_ids)
        return self.filter(_claim_visible_to(viewer, "claim__"), Q(published=True) | mine)


class DerivationQuerySet(models.QuerySet["Derivation"]):
    """Derivations."""

    def current(self) -> Self:
        """Derivations that were not rejected, between appearances that were not withdrawn."""
        return self.standing().filter(derived__withdrawn_at=None, origin__withdrawn_at=None)

    def standing(self) -> Self:
        """Those that were not rejected, whatever their ends are."""
        return self.exclude(state=DerivationState.REJECTED)

    def confirmed(self) -> Self:
        """Those that count, whatever their ends are."""
        return self.filter(state=DerivationState.CONFIRMED)

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


def standing_for(model: "type[Agent | Source]", pk: int | None) -> "models.QuerySet[Any]":
    """Of the row of this id, its own id, or that of the one that it was merged into; as a subquery."""
    rows: models.QuerySet[Any] = model._default_manager.filter(pk=pk).order_by()
    return rows.values(stands=Coalesce("merged_into", "pk"))


def _is_of(object_type: str, rows: "models.QuerySet[Any]") -> Q:
    return Q(Exists(rows.filter(pk=OuterRef("object_id"))), object_type=object_type)


def _claim_visible_to(viewer: Viewer, path: str = "") -> Q:
    published = Q(**{f"{path}status": ClaimStatus.PUBLISHED})
    if viewer.is_anonymous:
        return published
    return published | Q(**{f"{path}owner__in": viewer.account_ids})
