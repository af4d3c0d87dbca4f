"""Sources: what was cited. A new one comes with the first appearance that names it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from sources import planning, registry
from sources.admin.captures import (
    AGAIN,
    WATCHING,
    CapturesOfSource,
    asked_again,
    asked_despite_robots,
    may_request,
    request_all,
)
from sources.admin.forms import WritingForm
from sources.admin.showing import outward, plain
from sources.admin.snapshots import SnapshotsOfSource
from sources.admin.tables import ShownInline
from sources.admin.typed import stated_date, stated_language
from sources.admin.writing import WritingAdmin
from sources.models import Extraction, Recapture, Source


class SourceForm(WritingForm):
    """What a curator may correct in a source."""

    class Meta:
        model = Source
        fields = ("title", "publisher", "published_at", "language", "recapture_every")

    def clean_published_at(self) -> str:
        return stated_date(self.cleaned_data["published_at"])

    def clean_language(self) -> str:
        return stated_language(self.cleaned_data["language"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.is_offline:
            for name in ("title", "publisher"):
                if name in cleaned and not cleaned[name]:
                    self.add_error(name, "A work without an address is known by its title and publisher.")
        return cleaned


class SourceAdmin(WritingAdmin):
    """Sources."""

    form = SourceForm
    fields: ClassVar[tuple[Any, ...]] = (
        *("address", "title", "publisher", "named_by_the_page"),
        *(("published_at", "language"), ("recapture_every", "next_capture"), ("public_since", "merged_into")),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = (
        "address",
        "named_by_the_page",
        "next_capture",
        "public_since",
        "merged_into",
    )
    autocomplete_fields = ("publisher",)
    list_display = ("id", "headline", "publisher", "published_at", "language", "public_since")
    list_display_links = ("id", "headline")
    list_filter = ("language", ("public_since", admin.EmptyFieldListFilter))
    list_select_related = ("publisher",)
    search_fields = ("url", "title", "publisher__name")
    search_help_text = "A part of the address, title or publisher's name."

    class Media:
        js = (WATCHING,)

    inlines: ClassVar[tuple[type[ShownInline], ...]] = (CapturesOfSource, SnapshotsOfSource)
    actions = ("again",)
    actions_detail: tuple[str, ...] = ("capture_again", "capture_despite_robots")

    def write(self, row: Source, form: Any, *, by: User, change: bool) -> Source:
        """Through the register, so that the claims that show it and the history follow."""
        with registry.editing(row, by=by):
            for name in form.changed_data:
                setattr(row, name, form.cleaned_data[name])
        if "recapture_every" in form.changed_data:
            planning.plan([row.pk])
        return row

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="title", ordering="title")
    def headline(self, source: Source) -> str:
        return str(source)

    @admin.display(description="address")
    def address(self, source: Source) -> str:
        return outward(source.url) or "None: an offline work."

    @admin.display(description="hint")
    def named_by_the_page(self, source: Source) -> str:
        """The publisher's name in the page itself, where nobody named one whom we know."""
        if source.publisher_id:
            return ""
        read = Extraction.objects.readable().filter(snapshot__source=source).exclude(publisher="")
        name = read.order_by("-id").values_list("publisher", flat=True).first()
        if not name:
            return ""
        address = f"{reverse('admin:sources_agent_add')}?{urlencode({'name': name})}"
        return format_html(
            'The page calls its publisher “{}”. <a href="{}" class="text-link">Add an agent of this name</a>',
            plain(name),
            address,
        )

    @admin.display(description="next capture")
    def next_capture(self, source: Source) -> str:
        """When the service looks again by itself, if it is to."""
        planned = Recapture.objects.filter(source=source).first()
        return f"{planned.due_at:%Y-%m-%d %H:%M} UTC" if planned and planned.due_at else "Not planned."

    def may_step(self, request: HttpRequest, row: Any) -> bool:
        return may_request(request)

    def has_request_permission(self, request: HttpRequest) -> bool:
        """Asked by the list's action."""
        return may_request(request)

    @admin.action(description=AGAIN, permissions=["request"])
    def again(self, request: HttpRequest, sources: models.QuerySet[Source]) -> None:
        """Have the chosen sources fetched once more."""
        request_all(request, sources)

    capture_again = asked_again(of=lambda source: source)
    capture_despite_robots = asked_despite_robots(of=lambda source: source)


admin.site.register(Source, SourceAdmin)
