"""Quotes x snapshots -> Anchor rows: what the newest readable snapshot of a source shows of every quote in it.

What is due stands in a small table, written in the same transaction as what made it due; a lost nudge costs one sweep.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.db.models import Q
from django.db.models.functions import Now

from claims import changes, quotes
from claims.models import Anchor, Appearance, Derivation, DueAnchoring
from sources.models import Extraction
from sources.texts import EXTRACTOR

MAX_NUDGES = 500


def due(source_ids: Iterable[int]) -> None:
    """List these sources as to be anchored; belongs into the transaction that makes it so, before it locks a claim.

    The row is also the source's turn, held until commit: who adds quotes, edits the source or anchors it waits for it.
    """
    rows = [DueAnchoring(source_id=pk, since=Now()) for pk in sorted(set(source_ids))]
    # An update, not "ignore": only that locks the rows that are there.
    DueAnchoring.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["source"], update_fields=["since"]
    )


def ready() -> list[int]:
    """Ids of the sources to be anchored, the longest waiting first, at most `MAX_NUDGES`."""
    return list(DueAnchoring.objects.order_by("since").values_list("source_id", flat=True)[:MAX_NUDGES])


def with_quotes(source_ids: Sequence[int]) -> list[int]:
    """Those of the sources in which there is something to look for; the others are due no more."""
    if len(source_ids) == 1:
        return list(source_ids)
    with changes.write(by=None):
        # Their turn: who adds a quote meanwhile waits, and lists its source anew.
        due(source_ids)
        cited = Appearance.objects.filter(source__in=source_ids).values_list("source_id", flat=True)
        quoted = set(cited)
        DueAnchoring.objects.filter(source__in=set(source_ids) - quoted).delete()
    return sorted(quoted)


def anchor_source(source_id: int) -> int:
    """Anchor every quote of this source that its newest readable snapshot was not searched for yet.

    Returns the number of anchors added; 0 when it is repeated, or when there is nothing to read.
    """
    with changes.write(by=None) as log:
        # Our turn: what was added to the source before is committed, and nothing is added until we are done.
        due([source_id])
        DueAnchoring.objects.filter(source_id=source_id).delete()
        seen = _newest_text(source_id)
        if seen is None:
            return 0
        changes.lock_all(owner.claim_id for owner in _quoted(source_id, seen))
        # Read again under the claims' locks: one may have been withdrawn while we waited for them.
        anchors = _add_anchors(seen, _quoted(source_id, seen))
        for anchor in anchors:
            log.record(anchor, anchor.state)
        return len(anchors)


def _newest_text(source_id: int) -> Extraction | None:
    return (
        Extraction.objects.readable()
        .filter(extractor=EXTRACTOR, snapshot__source_id=source_id)
        .select_related("snapshot")
        .order_by("-snapshot__captured_at", "-snapshot_id")
        .first()
    )


def _quoted(source_id: int, seen: Extraction) -> list[Appearance | Derivation]:
    """The quotes of the source without an anchor in this snapshot by this extractor; no quote, nothing to find."""
    searched = Q(anchors__snapshot=seen.snapshot_id, anchors__extractor=seen.extractor)
    appearances = Appearance.objects.current().filter(source_id=source_id)
    derivations = Derivation.objects.filter(derived__source_id=source_id, derived__withdrawn_at=None)
    return [
        *appearances.exclude(quote="").exclude(searched).order_by("pk"),
        *derivations.exclude(quote="").exclude(searched).order_by("pk"),
    ]


def _add_anchors(seen: Extraction, quoted: Sequence[Appearance | Derivation]) -> list[Anchor]:
    anchors = Anchor.objects.bulk_create(_anchor(seen, owner) for owner in quoted)
    for owner, anchor in zip(quoted, anchors, strict=True):
        owner.newest_anchor = anchor
        if anchor.is_proof:
            owner.proof_anchor = anchor
    kept = ["newest_anchor", "proof_anchor"]
    Appearance.objects.bulk_update([owner for owner in quoted if isinstance(owner, Appearance)], kept)
    Derivation.objects.bulk_update([owner for owner in quoted if isinstance(owner, Derivation)], kept)
    return anchors


def _anchor(seen: Extraction, owner: Appearance | Derivation) -> Anchor:
    match = quotes.find(owner.quote, seen.text)
    return Anchor(
        snapshot_id=seen.snapshot_id,
        appearance=owner if isinstance(owner, Appearance) else None,
        derivation=owner if isinstance(owner, Derivation) else None,
        extractor=seen.extractor,
        text_sha256=seen.text_sha256,
        text_key=seen.text_key,
        **asdict(match),
    )
