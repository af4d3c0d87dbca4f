"""The change log: who wrote what, and when. Shown, never written by hand."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from claims.admin.history import APPS
from claims.models import Change
from claims.permissions import viewer_of
from sources.admin.people import author
from sources.admin.showing import differences
from sources.admin.tables import ShownInline
from sources.admin.writing import ShownAdmin
from sources.viewers import Viewer

SHORT = 200
"""Characters of a change that the list shows."""


class ChangeAdmin(ShownAdmin):
    """The change log, latest first."""

    list_display = ("seq", "at", "author", "action", "row", "of_claim", "in_short")
    list_display_links = ("seq",)
    list_filter = ("action", "object_type", "at", ("by", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("by",)
    ordering = ("-seq",)
    search_fields = ("claim__slug", "claim__text", "source__url", "source__title")
    search_help_text = "Words of the claim, or of the source's title or address."
    fields = (("seq", "at", "author"), ("action", "row"), ("claim", "source"), "what")

    def viewer(self, request: HttpRequest) -> Viewer:
        return viewer_of(author(request))

    @admin.display(description="by", ordering="by")
    def author(self, change: Change) -> str:
        return str(change.by) if change.by else "the service"

    @admin.display(description="row")
    def row(self, change: Change) -> str:
        return linked(change.object_type, change.object_id)

    @admin.display(description="claim", ordering="claim")
    def of_claim(self, change: Change) -> str:
        return linked("claim", change.claim_id) if change.claim_id else ""

    @admin.display(description="what changed")
    def in_short(self, change: Change) -> str:
        """Of a row that was there before."""
        return Truncator(differences(change.before, change.after)).chars(SHORT) if change.before else ""

    @admin.display(description="what changed")
    def what(self, change: Change) -> str:
        return differences(change.before, change.after)


class StatedOtherwise(ShownInline):
    """What writers said of a source that differs from what is stored: for a curator to take over, or not."""

    model = Change
    fields = ("at", "by", "what")
    ordering = ("-seq",)
    verbose_name_plural = "stated otherwise"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).filter(action="stated").select_related("by")

    @admin.display(description="stored → stated")
    def what(self, change: Change) -> str:
        return differences(change.before, change.after)


def linked(object_type: str, object_id: int) -> str:
    """A row that the log names as a link to its page, where it has one."""
    name = f"{object_type} {object_id}"
    view = f"admin:{APPS.get(object_type, 'claims')}_{object_type}_change"
    try:
        return format_html('<a href="{}" class="text-link">{}</a>', reverse(view, args=[object_id]), name)
    except NoReverseMatch:
        return name


admin.site.register(Change, ChangeAdmin)
