"""Merging sources: what appeared in one then appears in the other, whose evidence are the snapshots of both.

Snapshots and captures stay with the source that they are of: they are never changed, and say where something was seen.
"""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import F, OuterRef, Q, Subquery

from claims import anchoring, changes, tasks
from claims.changes import Meanwhile
from claims.merging import pairs
from claims.merging.pairs import Preview
from claims.merging.rows import Mention, Merge, repoint, require_unnamed, restore, sign
from claims.models import Appearance, Derivation
from claims.querysets import AppearanceQuerySet
from claims.refusals import Conflict, Refused
from claims.vocabulary import ClaimStatus, DerivationKind, DerivationState
from sources import registry
from sources.models import Source
from sources.nudges import nudge

SETTLED = ("publisher", "published_at", "language")
"""The fields in which two sources have to agree, or the survivor to be right."""

_APPEARANCES = Mention(Appearance, ("source",), "appearances in it")
MENTIONS = (_APPEARANCES, Mention(Source, ("merged_into",), "sources that were merged into it"))

_SHOWN_TWINS = 5


def preview(loser: Source, into: Source) -> Preview:
    """What merging the one into the other would do, and what is in its way."""
    refusals = pairs.impossible(loser, into) or [
        *_never_captured(loser, into),
        *pairs.hidden(loser, into),
        *twins(Appearance.objects.filter(source=loser), source=into.pk),
    ]
    return Preview(pairs.moves(MENTIONS, loser.pk), pairs.differing(loser, into, SETTLED), refusals)


def merge(loser: Source, into: Source, *, by: User, why: str, settled: Collection[str] = ()) -> None:
    """Let the one be the other from now on. Raises `Refused`.

    `settled` are the fields of `SETTLED` that differ, and in which the one that stays is right.
    """

    def write() -> None:
        with changes.write(by=by) as log:
            pairs.require_curator(by)
            reason = pairs.require_why(why, "Say why the two are one.")
            log.touch(_lock(loser, into))
            preview(loser, into).require(settled)
            sign(log, loser, into=into, why=reason)
            for mention in MENTIONS:
                repoint(log, mention, loser, into)
            # Who submitted the one cites the other now, and sees what comes of it.
            into.submitters.add(*loser.submitters.all())
            anchoring.point_again([into.pk])
            anchoring.done([loser.pk])
            nudge(tasks.anchor, into.pk)
            log.check_last(lambda: require_unnamed(MENTIONS, loser))

    changes.again(write)


def undo(source: Source, *, by: User, why: str) -> None:
    """Let a merged source be one of its own again, with what its merge led away. Raises `Refused`.

    What was written since about the one that stayed, stays with it. Each quote is led back to the evidence in snapshots
    of its own source; what was found of it in the other's is kept, and counts again if they are merged again.
    """

    def write() -> None:
        with changes.write(by=by) as log:
            pairs.require_curator(by)
            reason = pairs.require_why(why, "Say why they are two after all.")
            source.refresh_from_db()
            survivor = source.merged_into
            if survivor is None:
                raise Conflict("not_merged", f"{pairs.named(source)} is not merged.")
            merged = Merge.of(source)
            log.touch(_lock(source, survivor))
            if source.merged_into_id != survivor.pk:
                raise Meanwhile("busy", f"{pairs.named(source)} is being merged at this moment. Try again.")
            sign(log, source, into=None, why=reason)
            for mention in MENTIONS:
                restore(log, mention, merged, source)
            _require_revisions_within(source)
            _forget_submitters(survivor, {*source.submitters.values_list("pk", flat=True)})
            anchoring.point_again([source.pk, survivor.pk])
            nudge(tasks.anchor, source.pk, survivor.pk)
            if source.public_since is None and _is_shown(source):
                registry.make_public(sources=[source.pk])

    changes.again(write)


def twins(rows: AppearanceQuerySet, **other: int) -> list[Refused]:
    """The appearances of these that would take the place of one that is there: a place has one that stands."""
    place = {name: OuterRef(name) for name in ("claim", "source", "quote_sha256", "said_at")} | other
    there = Appearance.objects.current().filter(**place).values("pk")[:1]
    moving = rows.current().annotate(twin=Subquery(there)).exclude(twin=None).order_by("pk")
    found = list(moving.values_list("pk", "twin")[:_SHOWN_TWINS])
    if not found:
        return []
    said = "; ".join(f"{pk} and {twin}" for pk, twin in found)
    detail = f"These appearances have the same source, quote and date then: {said}. Withdraw one of each two first."
    return [Conflict("duplicate", detail, ("into",))]


def _lock(source: Source, other: Source) -> set[int]:
    anchoring.due([source.pk, other.pk])
    citing = Appearance.objects.filter(source__in=[source.pk, other.pk]).order_by()
    claims = set(citing.values_list("claim_id", flat=True).distinct())
    changes.lock_all(claims)
    if set(citing.values_list("claim_id", flat=True).distinct()) - claims:
        raise Meanwhile("busy", "The claims that this is about are being merged at this moment. Try again.")
    both = Source.objects.filter(Q(pk__in=[source.pk, other.pk]) | Q(merged_into=source))
    list(both.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    for row in (source, other):
        row.refresh_from_db()
    return claims


def _never_captured(loser: Source, into: Source) -> list[Refused]:
    if not into.is_offline or loser.is_offline:
        return []
    detail = (
        f"{pairs.named(into)} has no address, so that nothing of it would be captured any more. Merge them the "
        "other way round."
    )
    return [Conflict("offline", detail, ("into",))]


def _require_revisions_within(source: Source) -> None:
    """A later version is one of the same source: what was said of one work may not be true of two."""
    of_both = Derivation.objects.filter(Q(derived__source=source) | Q(origin__source=source))
    apart = of_both.filter(kind=DerivationKind.REVISION).exclude(derived__source=F("origin__source"))
    if first := apart.exclude(state=DerivationState.REJECTED).order_by("pk").first():
        detail = (
            f"Derivation {first.pk} says since the merge that appearance {first.derived_id} is a later version of "
            f"{first.origin_id} in one source. Reject it, or change its kind, first."
        )
        raise Conflict("revision", detail)


def _forget_submitters(survivor: Source, came: set[int]) -> None:
    """Who saw the survivor's captures only because the other was merged into it, does no more."""
    cites = set(Appearance.objects.filter(source=survivor).values_list("author_id", flat=True))
    survivor.submitters.remove(*(came - cites - {survivor.created_by_id}))


def _is_shown(source: Source) -> bool:
    said = Appearance.objects.current().filter(source=source, published=True)
    return said.filter(claim__status=ClaimStatus.PUBLISHED).exists()
