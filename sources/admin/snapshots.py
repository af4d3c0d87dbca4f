"""Snapshots: what was seen and when, with its digest and its text. Shown, never written."""

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.html import format_html

from sources.admin.showing import inward, outward, plain
from sources.admin.tables import ShownInline
from sources.admin.writing import ShownAdmin
from sources.models import Comparison, Extraction, Snapshot

SHOWN_TEXT = 20_000
"""Characters of a snapshot's text that its page shows."""


class ExtractionsOfSnapshot(ShownInline):
    """What each extractor read in a snapshot."""

    model = Extraction
    fields = ("extractor", "attempt", "title", "text_sha256", "error", "broke_off", "created_at")
    verbose_name_plural = "texts read out of it"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("text").order_by("-id")


class ComparisonsOfSnapshot(ShownInline):
    """How a snapshot differs from the one before it."""

    model = Comparison
    fk_name = "snapshot"
    fields = ("change", "since", "reason", "notice", "extractor")
    verbose_name_plural = "beside the page as it was seen before"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("before").order_by("-id")

    @admin.display(description="since")
    def since(self, comparison: Comparison) -> str:
        return inward(comparison.before)


class SnapshotAdmin(ShownAdmin):
    """Snapshots."""

    list_display = ("id", "of_source", "captured_at", "status_code", "media_type", "size", "short_sha256")
    list_filter = ("captured_at", "truncated", "media_type")
    list_select_related = ("source",)
    search_fields = ("sha256", "url", "source__url", "source__title")
    search_help_text = "A SHA-256, or a part of the address or title."
    fields = (
        "of_source",
        "of_capture",
        "address",
        ("captured_at", "status_code"),
        ("media_type", "charset", "content_encoding"),
        ("size", "truncated"),
        "sha256",
        "warc_name",
        "warc_sha256",
        ("warc_size", "record_id"),
        "unchanged_since",
        "files",
        "text",
    )
    inlines = (ComparisonsOfSnapshot, ExtractionsOfSnapshot)

    @admin.display(description="source", ordering="source__title")
    def of_source(self, snapshot: Snapshot) -> str:
        return inward(snapshot.source)

    @admin.display(description="capture")
    def of_capture(self, snapshot: Snapshot) -> str:
        return inward(snapshot.capture)

    @admin.display(description="the address that answered")
    def address(self, snapshot: Snapshot) -> str:
        return outward(snapshot.url)

    @admin.display(description="SHA-256", ordering="sha256")
    def short_sha256(self, snapshot: Snapshot) -> str:
        return f"{snapshot.sha256[:12]}…"

    @admin.display(description="the same bytes as")
    def unchanged_since(self, snapshot: Snapshot) -> str:
        return inward(snapshot.payload_of)

    @admin.display(description="for everybody")
    def files(self, snapshot: Snapshot) -> str:
        """The public addresses of text and WARC; there are none before something published cites the source."""
        if snapshot.source.public_since is None:
            return "Not public: nothing that is published cites this source yet."
        place = f"/api/v1/snapshots/{snapshot.pk}"
        return format_html(
            '<a href="{0}/text/" class="text-link">text</a> · <a href="{0}/warc/" class="text-link">WARC</a>',
            place,
        )

    @admin.display(description="text")
    def text(self, snapshot: Snapshot) -> str:
        newest = snapshot.extractions.filter(error="").order_by("-id").first()
        if newest is None:
            return "No text was read out of it."
        rest = len(newest.text) - SHOWN_TEXT
        cut = f"\n… and {rest:,} characters more." if rest > 0 else ""
        return plain(newest.text[:SHOWN_TEXT]) + cut


class SnapshotsOfSource(ShownInline):
    """A source's snapshots."""

    model = Snapshot
    fields = ("seen_at", "status_code", "title", "sha256", "size", "truncated")
    fk_name = "source"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        newest = Extraction.objects.readable().filter(snapshot=OuterRef("pk")).order_by("-id")
        titled = super().get_queryset(request).annotate(read_title=Subquery(newest.values("title")[:1]))
        return cast("models.QuerySet[Any]", titled)

    @admin.display(description="seen at")
    def seen_at(self, snapshot: Snapshot) -> str:
        return inward(snapshot, label=f"{snapshot.captured_at:%Y-%m-%d %H:%M:%S} UTC")

    @admin.display(description="title then")
    def title(self, snapshot: Snapshot) -> str:
        return getattr(snapshot, "read_title", None) or ""


admin.site.register(Snapshot, SnapshotAdmin)
