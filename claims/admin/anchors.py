"""Anchors: what each snapshot shows of a quote. Shown beside what they are evidence of, never written."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from claims.admin.changed import changed
from claims.admin.history import LoggedAdmin
from claims.admin.quoting import near_words
from claims.models import Anchor, Appearance, Derivation
from claims.permissions import viewer_of
from claims.vocabulary import EvidenceState
from sources.admin.people import author
from sources.admin.showing import inward, plain
from sources.admin.tables import ShownInline
from sources.admin.writing import ShownAdmin


class EvidencedPage(ShownAdmin):
    """The page of a row with a quote: what the newest snapshot shows of it, and the last one in which it stood."""

    @admin.display(description="quote")
    def words(self, row: Any) -> str:
        return plain(row.quote)

    @admin.display(description="evidence", ordering="newest_anchor__state")
    def evidence(self, row: Any) -> str:
        return evidence_of(row)

    @admin.display(description="most like it in the latest snapshot")
    def near(self, row: Any) -> str:
        return near_words(row.newest_anchor)

    @admin.display(description="why")
    def why(self, row: Any) -> str:
        return plain(row.newest_anchor.reason) if row.newest_anchor else ""

    @admin.display(description="last seen in")
    def proof(self, row: Any) -> str:
        return inward(row.proof_anchor and row.proof_anchor.snapshot)


class AnchorAdmin(LoggedAdmin):
    """Anchors."""

    list_display = ("id", "state", "of_quote", "of_snapshot", "extractor", "created_at")
    list_filter = ("state", "extractor")
    list_select_related = ("snapshot", "appearance__source", "derivation")
    search_fields = ("exact", "snapshot__sha256", "snapshot__url")
    search_help_text = "The words as they were found, or the snapshot's SHA-256 or address."
    fields = (
        "of_quote",
        "of_snapshot",
        ("state", "reason"),
        ("start", "end"),
        "found",
        "near",
        ("extractor", "text_sha256"),
        "created_at",
    )

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("changed/", "claims_changed", lambda request, **_: changed(request)),)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Those of quotes that the account may see."""
        viewer = viewer_of(author(request))
        seen = models.Q(appearance__in=Appearance.objects.visible_to(viewer)) | models.Q(
            derivation__in=Derivation.objects.visible_to(viewer)
        )
        anchors = super().get_queryset(request)
        return anchors if viewer.is_curator else anchors.filter(seen)

    @admin.display(description="of")
    def of_quote(self, anchor: Anchor) -> str:
        return inward(anchor.appearance or anchor.derivation)

    @admin.display(description="snapshot")
    def of_snapshot(self, anchor: Anchor) -> str:
        return inward(anchor.snapshot)

    @admin.display(description="most like it")
    def near(self, anchor: Anchor) -> str:
        return near_words(anchor)

    @admin.display(description="the words in their place")
    def found(self, anchor: Anchor) -> str:
        return plain(f"…{anchor.prefix}[{anchor.exact}]{anchor.suffix}…") if anchor.is_proof else ""


class _Anchors(ShownInline):
    """What snapshots showed of one quote."""

    model = Anchor
    fields = ("state", "of_snapshot", "start", "end", "reason", "created_at")
    ordering = ("-id",)
    verbose_name_plural = "evidence"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("snapshot")

    @admin.display(description="snapshot")
    def of_snapshot(self, anchor: Anchor) -> str:
        return inward(anchor.snapshot)


class AnchorsOfAppearance(_Anchors):
    """What snapshots showed of an appearance's quote."""

    fk_name = "appearance"


class AnchorsOfDerivation(_Anchors):
    """What snapshots showed of a derivation's quote."""

    fk_name = "derivation"


def evidence_of(row: Appearance | Derivation) -> str:
    """The state of a row's evidence: what its newest anchor says."""
    return row.newest_anchor.state if row.newest_anchor else EvidenceState.UNANCHORED


admin.site.register(Anchor, AnchorAdmin)
