"""Words that a source no longer shows as they were quoted: what stood there, what stands there now, who leans on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from claims.admin.quoting import near_words
from claims.impact import Impact, impacts
from claims.models import Anchor, Appearance, Claim, Derivation
from claims.permissions import viewer_of
from claims.trees import load_trees
from claims.vocabulary import EvidenceState
from sources.admin.people import author
from sources.admin.showing import inward, plain
from sources.compared import comparisons_of
from sources.models import Comparison
from sources.viewers import Viewer

PER_PAGE = 20
SHORT = 300
"""Characters of a quote that the page shows."""

_OWNERS = ("appearance", "derivation")


@dataclass(frozen=True, slots=True)
class Changed:
    """One quote that its source changed or dropped. `effect` is empty for what stands in no tree."""

    state: str
    source: str
    quote: str
    now: str
    how: str
    compared: str
    claim: str
    effect: str


def changed(request: HttpRequest) -> HttpResponse:
    """The page, the latest first."""
    user = author(request)
    if not user.has_perms(["claims.view_anchor", "claims.view_appearance"]):
        raise PermissionDenied
    viewer = viewer_of(user)
    anchors = Paginator(_turned(viewer).order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": "Changed sources",
        "page": _shown(anchors, viewer),
    }
    return TemplateResponse(request, "claims/admin/changed.html", context)


def _turned(viewer: Viewer) -> QuerySet[Anchor]:
    """The newest anchors of quotes that were found once and are not in the latest page, of what was not withdrawn."""
    of_appearance = Q(appearance__newest_anchor=F("pk"), appearance__proof_anchor__isnull=False)
    of_derivation = Q(derivation__newest_anchor=F("pk"), derivation__proof_anchor__isnull=False)
    standing = Q(appearance__withdrawn_at=None) & Q(derivation__derived__withdrawn_at=None)
    rows = Anchor.objects.filter(
        of_appearance | of_derivation, standing, state__in=[EvidenceState.CHANGED, EvidenceState.MISSING]
    )
    if not viewer.is_curator:
        seen = Q(appearance__in=Appearance.objects.visible_to(viewer))
        rows = rows.filter(seen | Q(derivation__in=Derivation.objects.visible_to(viewer)))
    return rows.select_related(
        "snapshot__source",
        *(f"{owner}__claim" for owner in _OWNERS),
        *(f"{owner}__proof_anchor" for owner in _OWNERS),
    )


def _shown(anchors: "Page[Any]", viewer: Viewer) -> "Page[Any]":
    rows: list[Anchor] = list(anchors.object_list)
    comparisons = comparisons_of(row.snapshot_id for row in rows)
    effects = _effects({_owner(row).claim_id for row in rows}, viewer)
    anchors.object_list = [_line(row, comparisons, effects) for row in rows]
    return anchors


def _effects(claim_ids: Iterable[int], viewer: Viewer) -> dict[tuple[str, int], Impact]:
    """By what the words are of: `appearance` or `derivation`, and its id. In the statements of one tree."""
    claims = Claim.objects.with_parties().filter(pk__in=set(claim_ids))
    trees = load_trees(list(claims), viewer=viewer)
    found = (impact for tree in trees.values() for impact in impacts(tree))
    return {_key(impact): impact for impact in found}


def _key(impact: Impact) -> tuple[str, int]:
    if impact.derivation:
        return "derivation", impact.derivation.id
    return "appearance", impact.appearance.id


def _owner(anchor: Anchor) -> Any:
    return anchor.appearance or anchor.derivation


def _line(
    anchor: Anchor, comparisons: Mapping[int, Comparison], effects: Mapping[tuple[str, int], Impact]
) -> Changed:
    owner = _owner(anchor)
    impact = effects.get(("appearance" if anchor.appearance_id else "derivation", owner.pk))
    return Changed(
        state=anchor.state,
        source=inward(anchor.snapshot.source, label=plain(str(anchor.snapshot.source))),
        quote=inward(owner, label=plain(Truncator(owner.quote).chars(SHORT))),
        now=near_words(anchor) or plain(anchor.reason),
        how=_how(comparisons.get(anchor.snapshot_id)),
        compared=_compared(anchor, owner.proof_anchor),
        claim=inward(owner.claim, label=plain(Truncator(owner.claim.text).chars(80))),
        effect=_effect(impact) if impact else "",
    )


def _how(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    return f"declared: {plain(comparison.notice)}" if comparison.notice else "a silent edit"


def _compared(anchor: Anchor, proof: Anchor) -> str:
    """A link to both texts side by side; the page is one for everybody."""
    if anchor.snapshot.source.public_since is None:
        return ""
    address = reverse("snapshot-diff", kwargs={"pk": anchor.snapshot_id, "before": proof.snapshot_id})
    return format_html('<a href="{}" class="text-link">{}</a>', address, "both texts")


def _effect(impact: Impact) -> str:
    """What it means for the claim, as numbers: before, and without the appearance."""
    leaning = len(impact.leaning)
    parts = [f"{leaning} appearance{'' if leaning == 1 else 's'} lean{'s' if leaning == 1 else ''} on it"]
    for side, found in (("support", impact.support), ("deny", impact.deny)):
        before, after = found.before.independent_origin_count, found.after.independent_origin_count
        if before != after:
            parts.append(f"{side}: {before} to {after} independent origins without it")
    return "; ".join(parts)
