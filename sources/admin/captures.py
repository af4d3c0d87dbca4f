"""Captures: what was fetched, what is still to be, and why something could not be."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms.widgets import Script
from django.http import HttpRequest, JsonResponse

from sources import queue
from sources.admin.people import author
from sources.admin.showing import capture_words, inward, is_done, progress
from sources.admin.steps import asked
from sources.admin.tables import ShownInline
from sources.admin.writing import ShownAdmin
from sources.models import Capture, Source
from sources.querysets import CaptureQuerySet
from sources.requests import BeingFetched, request_capture, request_despite_robots

AGAIN = "Capture again"
DESPITE_ROBOTS = "Capture again, whatever robots.txt says"


WATCHING = Script("sources/admin/captures.js", type="module")
"""The script that keeps the words about captures up to date."""

MAX_ASKED = 100
"""Captures that one request asks about: more than a page shows."""


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


def asked_despite_robots(*, of: Callable[[Any], Source]) -> Any:
    """The same for curators, whatever the site's robots.txt says."""

    def again(row: models.Model, *, by: User) -> None:
        try:
            request_despite_robots(of(row), by=by)
        except BeingFetched as error:
            raise ValidationError(str(error)) from None

    return asked(
        DESPITE_ROBOTS,
        again,
        question="Fetch this source now, even if its site asks programs not to? The capture will say that you did.",
        done="The capture is asked for.",
        when=lambda row: not of(row).is_offline,
        may=lambda user, row: user.has_perm("sources.ignore_robots"),
    )


class CaptureAdmin(ShownAdmin):
    """Captures."""

    list_display = (
        "id",
        "of_source",
        "progress",
        "explanation",
        "attempts",
        "due_at",
        "requested_by",
    )
    list_display_links = ("id",)
    list_before_template = "sources/admin/queue.html"
    list_filter = ("state", "outcome", "reason", "ignore_robots")
    list_select_related = ("source", "requested_by")
    search_fields = ("source__url", "source__title")
    search_help_text = "A part of the source's address or title."
    fields = (
        "progress",
        "of_source",
        "of_snapshot",
        "explanation",
        "redirects",
        ("attempts", "lease_losses"),
        ("requested_by", "ignore_robots", "created_at"),
        ("due_at", "finished_at"),
    )
    actions = ("again",)
    actions_detail = ("capture_again", "capture_despite_robots")

    @admin.display(description="source", ordering="source__title")
    def of_source(self, capture: Capture) -> str:
        return inward(capture.source)

    class Media:
        js = (WATCHING,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        captures = cast("CaptureQuerySet", super().get_queryset(request))
        return captures.with_read()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, below how much is to be done: of all hosts, so only for those who see everything."""
        shown = {"depth": queue.depth()} if self.viewer(request).is_curator else {}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("states/", "sources_capture_states", self.states),)

    def states(self, request: HttpRequest, **_: Any) -> JsonResponse:
        """How the captures named by `id` are getting on, for the script on the pages that show some."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = [pk for pk in request.GET.getlist("id")[:MAX_ASKED] if pk.isdecimal()]
        captures = self.get_queryset(request).filter(pk__in=ids)
        return JsonResponse({"captures": [_told(capture) for capture in captures]})

    @admin.display(description="capture", ordering="state")
    def progress(self, capture: Any) -> str:
        return capture_words(capture.pk, capture.state, capture.outcome, read=capture.read)

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
    capture_despite_robots = asked_despite_robots(of=lambda capture: capture.source)


class CapturesOfSource(ShownInline):
    """A source's captures."""

    model = Capture
    fields = ("capture", "progress", "explanation", "attempts", "due_at", "by", "finished_at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        captures = cast("CaptureQuerySet", super().get_queryset(request))
        return captures.with_read().select_related("requested_by", "source")

    @admin.display(description="state")
    def progress(self, capture: Any) -> str:
        return capture_words(capture.pk, capture.state, capture.outcome, read=capture.read)

    @admin.display(description="requested by")
    def by(self, capture: Capture) -> str:
        return str(capture.requested_by or "the service itself")

    @admin.display(description="capture")
    def capture(self, capture: Capture) -> str:
        return inward(capture, label=str(capture.pk))

    @admin.display(description="reason")
    def explanation(self, capture: Capture) -> str:
        return capture.explanation


def _told(capture: Any) -> dict[str, Any]:
    return {
        "id": capture.pk,
        "words": progress(capture.state, capture.outcome, read=capture.read),
        "done": is_done(capture.state, capture.outcome, read=capture.read),
    }


admin.site.register(Capture, CaptureAdmin)
