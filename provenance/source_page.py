"""`/sources/<id>/`: one source, what was seen of it and when, and the claims that rest on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from claims.models import Appearance, Claim
from claims.shown import AppearanceView
from claims.trees import load_appearances
from provenance import wording
from provenance.paging import Page, page_of, page_read_by
from provenance.rendering import render_page
from sources.memento.addresses import timemap
from sources.models import Capture, Snapshot, Source
from sources.registry import survivor
from sources.viewers import ANONYMOUS
from sources.vocabulary import CaptureOutcome, CaptureState

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class SeenSnapshot:
    """One snapshot beside the one before it."""

    snapshot: Snapshot
    change: str


@dataclass(frozen=True, slots=True)
class ToldCapture:
    """One capture in words."""

    capture: Capture
    word: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Resting:
    """An appearance in this source, the claim it makes, and what our snapshots show of its words."""

    appearance: AppearanceView
    claim: Claim
    evidence_word: str


@require_safe
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a source that a published claim cites; that of the survivor if it was merged."""
    row = Source.objects.visible_to(ANONYMOUS).select_related("publisher").filter(pk=pk).first()
    if row is None:
        raise Http404
    if row.merged_into_id:
        return redirect("source", survivor(row).pk)
    snapshots = page_of(
        Snapshot.objects.filter(source=row).newest_first(), request, size=PER_PAGE, parameter="snapshots"
    )
    tried = Capture.objects.filter(source=row).order_by("-id")
    captures = page_of(tried.select_related("snapshot"), request, size=PER_PAGE, parameter="captures")
    newest = tried.first()
    resting = Appearance.objects.current().visible_to(ANONYMOUS).filter(source=row).order_by("-id")
    appearances = page_read_by(load_appearances, resting, request, size=PER_PAGE, parameter="claims")
    context = {
        "source": row,
        "snapshots": snapshots,
        "timemap": timemap(row) if row.url else "",
        "seen": list(_compared(snapshots)),
        "captures": captures,
        "told": [_told(capture) for capture in captures.rows],
        "newest": _told(newest) if newest else None,
        "appearances": appearances,
        "resting": _all_resting(appearances.rows, newest),
    }
    return render_page(request, "provenance/source.html", context)


def _compared(page: Page[Snapshot]) -> Iterator[SeenSnapshot]:
    """Each beside the one before it: the row below, or the first of the next page."""
    before = chain(page.rows[1:], [page.beyond])
    for snapshot, earlier in zip(page.rows, before, strict=False):  # no rows, no pair
        yield SeenSnapshot(snapshot, _change(snapshot, earlier))


def _change(snapshot: Snapshot, earlier: Snapshot | None) -> str:
    if earlier is None:
        return "first seen"
    return "unchanged" if snapshot.sha256 == earlier.sha256 else "changed"


def _told(capture: Capture) -> ToldCapture:
    state = CaptureState(capture.state)
    outcome = CaptureOutcome(capture.outcome) if capture.outcome else None
    return ToldCapture(capture, wording.capture_word(state, outcome), capture.explanation)


def _all_resting(views: Sequence[AppearanceView], newest: Capture | None) -> list[Resting]:
    claims = Claim.objects.in_bulk({view.claim_id for view in views})
    return [_resting(view, claims, newest) for view in views]


def _resting(view: AppearanceView, claims: Mapping[int, Claim], newest: Capture | None) -> Resting:
    state = CaptureState(newest.state) if newest else None
    outcome = CaptureOutcome(newest.outcome) if newest and newest.outcome else None
    return Resting(view, claims[view.claim_id], wording.evidence_word(view.evidence, state, outcome))
