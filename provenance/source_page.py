"""`/sources/<id>/`: one source, what was seen of it and when, what it says, and the claims that lean on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from claims.leaning import Share, leaning_on_source
from claims.models import Appearance, Claim
from claims.shown import AppearanceView, Tree
from claims.trees import load_appearances, load_trees
from claims.vocabulary import Stance
from provenance import wording
from provenance.paging import page_of, page_read_by
from provenance.rendering import render_page
from sources.compared import comparisons_of
from sources.memento.addresses import timemap
from sources.models import Capture, Comparison, Snapshot, Source
from sources.registry import survivor
from sources.viewers import ANONYMOUS
from sources.vocabulary import CaptureOutcome, CaptureState, PageChange

PER_PAGE = 50
_TREES_PER_PAGE = 5  # each is read whole, and a claim may have ten thousand appearances
_DIFFERS = frozenset([PageChange.COSMETIC, PageChange.SUBSTANTIVE])


@dataclass(frozen=True, slots=True)
class SeenSnapshot:
    """One snapshot beside the one before it."""

    snapshot: Snapshot
    change: str
    comparison: Comparison | None

    @property
    def has_difference(self) -> bool:
        """Whether there is anything to see beside the one before."""
        return self.comparison is not None and self.comparison.change in _DIFFERS


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


@dataclass(frozen=True, slots=True)
class LeaningClaim:
    """A claim, and of each side that is there how much of it passes through the source."""

    claim: Claim
    sentences: Sequence[str]


@require_safe
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a source that a published claim cites; that of the survivor if it was merged."""
    row = Source.objects.visible_to(ANONYMOUS).select_related("publisher").filter(pk=pk).first()
    if row is None:
        raise Http404
    if row.merged_into_id:
        return redirect("source", survivor(row).pk)
    snapshots = page_of(
        Snapshot.objects.of_works([row.pk]).newest_first(), request, size=PER_PAGE, parameter="snapshots"
    )
    tried = Capture.objects.of_works([row.pk]).order_by("-id")
    captures = page_of(tried.select_related("snapshot"), request, size=PER_PAGE, parameter="captures")
    newest = tried.first()
    resting = Appearance.objects.current().visible_to(ANONYMOUS).filter(source=row).order_by("-id")
    appearances = page_read_by(load_appearances, resting, request, size=PER_PAGE, parameter="claims")
    claims = Claim.objects.visible_to(ANONYMOUS).filter(merged_into=None).with_parties()
    leaning = page_of(
        claims.leaning_on(source=row.pk).order_by("-id"), request, size=_TREES_PER_PAGE, parameter="leaning"
    )
    context = {
        "source": row,
        "leaning": leaning,
        "leaning_claims": _all_leaning(leaning.rows, row),
        "snapshots": snapshots,
        "timemap": timemap(row) if row.url else "",
        "seen": _compared(snapshots.rows),
        "captures": captures,
        "told": [_told(capture) for capture in captures.rows],
        "newest": _told(newest) if newest else None,
        "appearances": appearances,
        "resting": _all_resting(appearances.rows, newest),
    }
    return render_page(request, "provenance/source.html", context)


def _compared(rows: Sequence[Snapshot]) -> list[SeenSnapshot]:
    """Each with how it differs from the one before, in one statement."""
    comparisons = comparisons_of([row.pk for row in rows])
    return [_seen(row, comparisons.get(row.pk)) for row in rows]


def _seen(row: Snapshot, comparison: Comparison | None) -> SeenSnapshot:
    return SeenSnapshot(row, wording.change_words(comparison), comparison)


def _told(capture: Capture) -> ToldCapture:
    state = CaptureState(capture.state)
    outcome = CaptureOutcome(capture.outcome) if capture.outcome else None
    return ToldCapture(capture, wording.capture_word(state, outcome), capture.explanation)


def _all_leaning(claims: Sequence[Claim], source: Source) -> list[LeaningClaim]:
    """Each with its sentences, all trees in the same statements."""
    trees = load_trees(claims)
    return [LeaningClaim(claim, _leaning_sentences(trees[claim.pk], source)) for claim in claims]


def _leaning_sentences(tree: Tree, source: Source) -> list[str]:
    found = leaning_on_source(tree, source.pk)

    def told(side: Stance, share: Share) -> str:
        own = sum(view.stance is side for view in found.appearances)
        others = tree.independence(side).appearance_count - own
        return wording.leaning_sentence(share, others, has_own=own > 0, side=side)

    return [said for said in (told(Stance.SUPPORT, found.support), told(Stance.DENY, found.deny)) if said]


def _all_resting(views: Sequence[AppearanceView], newest: Capture | None) -> list[Resting]:
    claims = Claim.objects.in_bulk({view.claim_id for view in views})
    return [_resting(view, claims, newest) for view in views]


def _resting(view: AppearanceView, claims: Mapping[int, Claim], newest: Capture | None) -> Resting:
    state = CaptureState(newest.state) if newest else None
    outcome = CaptureOutcome(newest.outcome) if newest and newest.outcome else None
    return Resting(view, claims[view.claim_id], wording.evidence_word(view.evidence, state, outcome))
