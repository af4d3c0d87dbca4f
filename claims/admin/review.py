"""What waits for a curator, in one place: suggested derivations and appearances that do not stand yet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import Truncator

from claims.admin.anchors import evidence_of
from claims.models import Appearance, Derivation
from claims.permissions import is_curator, viewer_of
from claims.vocabulary import DerivationState
from sources.admin.people import author
from sources.admin.showing import inward, plain

PER_PAGE = 50
SHORT = 300
"""Characters of a quote that the page shows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of one of the two tables: its row, what it shows of it, and the words of its quote."""

    pk: int
    cells: tuple[str, ...]
    quote: str
    reason: str


def review(request: HttpRequest) -> HttpResponse:
    """The page. What it decides is done by the steps and actions of the two lists, which lead back here."""
    user = author(request)
    if not user.has_perms(["claims.view_derivation", "claims.view_appearance"]):
        raise PermissionDenied
    viewer = viewer_of(user)
    suggested = Derivation.objects.visible_to(viewer).filter(state=DerivationState.SUGGESTED)
    waiting = Appearance.objects.visible_to(viewer).current().filter(published=False)
    suggested = suggested.select_related("derived__source", "origin__source", "claim", "author")
    waiting = waiting.select_related("source__publisher", "claim", "author", "newest_anchor")
    context = {
        **admin.site.each_context(request),
        "title": "Review",
        "may_decide": is_curator(user),
        "here": reverse("admin:claims_review"),
        "derivations": _page(request, "d", suggested, _derivation),
        "derivation_columns": ("Appearance", "Rests on, or answers", "How", "Claim", "By"),
        "appearances": _page(request, "a", waiting, _appearance),
        "appearance_columns": ("Appearance", "Publisher", "Evidence", "Claim", "By"),
    }
    return TemplateResponse(request, "claims/admin/review.html", context)


def _page(
    request: HttpRequest, name: str, rows: models.QuerySet[Any], shown: Callable[[Any], Waiting]
) -> "Page[Any]":
    """Those that wait longest first."""
    page = Paginator(rows.order_by("pk"), PER_PAGE).get_page(request.GET.get(name))
    page.object_list = [shown(row) for row in page.object_list]
    return page


def _derivation(row: Derivation) -> Waiting:
    how = f"{row.kind}, {row.basis}" if row.basis else row.kind
    ends = (inward(end, label=plain(str(end))) for end in (row.derived, row.origin))
    return _line(row, *ends, inward(row, label=how), reason=row.reason)


def _appearance(row: Appearance) -> Waiting:
    publisher = str(row.source.publisher or "")
    return _line(row, inward(row, label=plain(str(row))), plain(publisher), evidence_of(row))


def _line(row: Derivation | Appearance, *cells: str, reason: str = "") -> Waiting:
    claim = inward(row.claim, label=plain(Truncator(row.claim.text).chars(80)))
    quote = plain(Truncator(row.quote).chars(SHORT))
    return Waiting(row.pk, (*cells, claim, str(row.author)), quote, plain(reason))
