"""Captures: what was fetched, what is still to be, and why something could not be."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest

from sources.admin.showing import inward
from sources.admin.writing import ShownAdmin, ShownInline, asked, author
from sources.models import Capture, Source
from sources.requests import request_capture

AGAIN = "Capture again"


def may_request(request: HttpRequest) -> bool:
    """Whether this account may have something fetched."""
    return author(request).has_perm("sources.add_capture")


def request_all(request: HttpRequest, sources: Iterable[Source]) -> None:
    """Ask for a capture of each source, and say for how many there was something to fetch."""
    distinct = {source.pk: source for source in sources}.values()
    fetchable = [source for source in distinct if not source.is_offline]
    for source in fetchable:
        request_capture(source, by=author(request))
    if fetchable:
        messages.success(request, f"Captures asked for: {len(fetchable)}.")
    if offline := len(distinct) - len(fetchable):
        messages.warning(request, f"Offline works, with nothing to fetch: {offline}.")


def asked_again(*, of: Callable[[Any], Source]) -> Any:
    """The step that has the source `of` a row fetched once more."""

    def again(row: models.Model, *, by: User) -> None:
        request_capture(of(row), by=by)

    return asked(
        AGAIN,
        again,
        question="Fetch this source again now?",
        done="The capture is asked for.",
        when=lambda row: not of(row).is_offline,
    )


class CaptureAdmin(ShownAdmin):
    """Captures."""

    list_display = (
        "id",
        "of_source",
        "state",
        "outcome",
        "explanation",
        "attempts",
        "due_at",
        "requested_by",
    )
    list_display_links = ("id",)
    list_filter = ("state", "outcome", "reason")
    list_select_related = ("source", "requested_by")
    search_fields = ("source__url", "source__title")
    search_help_text = "A part of the source's address or title."
    fields = (
        ("state", "outcome"),
        "of_source",
        "of_snapshot",
        "explanation",
        "redirects",
        ("attempts", "lease_losses"),
        ("requested_by", "created_at"),
        ("due_at", "finished_at"),
    )
    actions = ("again",)
    actions_detail = ("capture_again",)

    @admin.display(description="source", ordering="source__title")
    def of_source(self, capture: Capture) -> str:
        return inward(capture.source)

    @admin.display(description="snapshot")
    def of_snapshot(self, capture: Capture) -> str:
        return inward(getattr(capture, "snapshot", None))

    @admin.display(description="reason")
    def explanation(self, capture: Capture) -> str:
        return capture.explanation

    @admin.display(description="redirects")
    def redirects(self, capture: Capture) -> str:
        return "\n".join(str(hop) for hop in capture.hops)

    def may_step(self, request: HttpRequest, row: Any) -> bool:
        return may_request(request)

    def has_request_permission(self, request: HttpRequest) -> bool:
        """Asked by the list's action."""
        return may_request(request)

    @admin.action(description=AGAIN, permissions=["request"])
    def again(self, request: HttpRequest, captures: models.QuerySet[Capture]) -> None:
        """Have the sources of the chosen captures fetched once more."""
        request_all(request, (capture.source for capture in captures.select_related("source")))

    capture_again = asked_again(of=lambda capture: capture.source)


class CapturesOfSource(ShownInline):
    """A source's captures."""

    model = Capture
    fields = ("capture", "explanation", "attempts", "due_at", "requested_by", "finished_at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("requested_by", "source")

    @admin.display(description="capture")
    def capture(self, capture: Capture) -> str:
        return inward(capture)

    @admin.display(description="reason")
    def explanation(self, capture: Capture) -> str:
        return capture.explanation


admin.site.register(Capture, CaptureAdmin)
