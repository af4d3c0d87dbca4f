"""Quotes x snapshots -> Anchor rows: what the newest readable snapshot of a source shows of every quote in it.

What is due stands in a small table, written in the same transaction as what made it due; a lost nudge costs one sweep.
"""

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import Any

from django.db import connection
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from claims import changes, near, past, quotes
from claims.models import Anchor, Appearance, Derivation, DueAnchoring
from claims.near import NearMatch
from claims.quotes import Ambiguous, Anchored, Found, Missing, Page
from claims.vocabulary import EvidenceState
from sources import adding
from sources.models import Extraction, Source
from sources.texts import EXTRACTOR

MAX_NUDGES = 500

NEAR_SECONDS = 5.0
"""For the near matches of one source; what is not looked for by then has none."""

TURNED = {
    EvidenceState.ANCHORED: "words_returned",
    EvidenceState.AMBIGUOUS: "words_ambiguous",
    EvidenceState.CHANGED: "words_changed",
    EvidenceState.MISSING: "words_missing",
}
"""Actions of the change log: a newer anchor shows other than the one before."""

Owner = Appearance | Derivation


def due(source_ids: Iterable[int]) -> None:
    """List these sources as to be anchored; belongs into the transaction that makes it so, before it locks a claim.

    The row is also the source's turn, held until commit: who adds quotes, edits the source or anchors it waits for it.
    """
    rows = [(pk,) for pk in sorted(set(source_ids))]
    # A change, not "missing": only that locks the rows that are there.
    adding.add_values(DueAnchoring, ("source_id",), rows, now="since", unique="source", change=("since",))


def ready() -> list[int]:
    """Ids of the sources to be anchored, the longest waiting first, at most `MAX_NUDGES`."""
    return list(DueAnchoring.objects.order_by("since").values_list("source_id", flat=True)[:MAX_NUDGES])


def due_if_cited(source_ids: Sequence[int]) -> list[int]:
    """As `due`, but those that no claim cites are not listed: only their turn is taken. Returns the others.

    Who adds a quote to one of them waits for the commit, and lists it then. What was merged stays listed: its quotes
    are those of another source.
    """
    if not source_ids:
        return []
    due(source_ids)
    places = ", ".join(["%s"] * len(source_ids))
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE_OUT.format(places), source_ids)
        left_out = {pk for (pk,) in cursor.fetchall()}
    return [pk for pk in source_ids if pk not in left_out]


_LEAVE_OUT = """
DELETE FROM claims_dueanchoring AS due WHERE source_id IN ({})
    AND NOT EXISTS (SELECT 1 FROM claims_appearance WHERE source_id = due.source_id)
    AND NOT EXISTS (SELECT 1 FROM sources_source WHERE id = due.source_id AND merged_into_id IS NOT NULL)
RETURNING source_id
"""


def with_quotes(source_ids: Sequence[int]) -> list[int]:
    """Those of the sources in which there is something to look for; the others are due no more."""
    if len(source_ids) == 1:
        return list(source_ids)
    survivors = Source.objects.merged().filter(pk__in=source_ids).values_list("merged_into_id", flat=True)
    wanted = {*source_ids, *(pk for pk in survivors if pk)}
    with changes.write(by=None):
        # Their turn: who adds a quote meanwhile waits, and lists its source anew.
        due(wanted)
        cited = Appearance.objects.filter(source__in=wanted).values_list("source_id", flat=True)
        quoted = set(cited)
        DueAnchoring.objects.filter(source__in=wanted - quoted).delete()
    return sorted(quoted)


def done(source_ids: Iterable[int]) -> None:
    """Take these sources, whose turn the caller has, from what is due."""
    DueAnchoring.objects.filter(source__in=set(source_ids)).delete()


def anchor_source(source_id: int) -> int:
    """Anchor every quote of this source that its newest readable snapshot was not searched for yet.

    Of a source that was merged, the quotes are those of the one that it was merged into. Returns the number of anchors
    added; 0 when it is repeated, or when there is nothing to read.
    """
    return changes.again(lambda: _anchor_source(source_id))


def _anchor_source(source_id: int) -> int:
    with changes.write(by=None) as log:
        # Our turn: what was added to the source before is committed, and nothing is added until we are done.
        due([source_id])
        sources = _one_work(source_id)
        survivor = sources[source_id]
        if survivor is None:
            DueAnchoring.objects.filter(source_id=source_id).delete()
            seen = _newest_text(sources)
            return _anchor_all(source_id, seen, log) if seen else 0
    with changes.write(by=None):
        # Both turns, in their order: what is due of the one is due of the other now.
        due([source_id, survivor])
        done([source_id])
    return anchor_source(survivor)


def _anchor_all(source_id: int, seen: Extraction, log: changes.Log) -> int:
    claims = {owner.claim_id for owner in _quoted(source_id, seen)}
    changes.lock_all(claims)
    # Read again under the claims' locks: one may have been withdrawn while we waited for them, or merged.
    quoted = _quoted(source_id, seen)
    if any(owner.claim_id not in claims for owner in quoted):
        raise changes.Meanwhile("busy", "A claim that quotes this source is being merged at this moment.")
    return _add_anchors(seen, quoted, log)


def _one_work(source_id: int) -> dict[int, int | None]:
    """The source and those that were merged into it, each with the one that it was merged into."""
    return dict(Source.objects.with_merged([source_id]).values_list("pk", "merged_into"))


def _newest_text(source_ids: Iterable[int]) -> Extraction | None:
    """The newest that shows the page: a wall before it, or bytes without a text, change nothing."""
    pages = Extraction.objects.of_pages().filter(extractor=EXTRACTOR, snapshot__source__in=list(source_ids))
    return pages.select_related("snapshot").newest_first().first()


def point_again(source_ids: Iterable[int]) -> None:
    """Let each quote in these sources, whose claims the caller holds, point at its newest anchors once more.

    Those in snapshots of its source, or of what was merged into that; what was found elsewhere while the two were one
    work is left behind.
    """
    sources = list(source_ids)
    quoted: tuple[tuple[Any, str], ...] = ((Appearance, "source"), (Derivation, "derived__source"))
    for model, source in quoted:
        owner = str(model._meta.model_name)
        work = Coalesce("snapshot__source__merged_into", "snapshot__source")
        own = Anchor.objects.filter(**{f"{owner}__{source}__in": sources})
        own = past.of_their_words(own).alias(work=work).filter(work=F(f"{owner}__{source}"))
        newest: dict[int, dict[str, int]] = {}
        for pk, state, anchor in (
            own.order_by()
            .values_list(owner, "state")
            .annotate(newest=Max("pk"))
            .values_list(owner, "state", "newest")
        ):
            newest.setdefault(pk, {})[state] = anchor
        moved = []
        for row in model.objects.filter(**{f"{source}__in": sources}):
            found = newest.get(row.pk, {})
            pointers = max(found.values(), default=None), found.get(EvidenceState.ANCHORED)
            if pointers != (row.newest_anchor_id, row.proof_anchor_id):
                row.newest_anchor_id, row.proof_anchor_id = pointers
                moved.append(row)
        model.objects.bulk_update(moved, ["newest_anchor", "proof_anchor"])


def _quoted(source_id: int, seen: Extraction) -> list[Owner]:
    """The quotes of the source without an anchor in this snapshot by this extractor; no quote, nothing to find."""
    searched = Q(anchors__snapshot=seen.snapshot_id, anchors__extractor=seen.extractor)
    appearances = Appearance.objects.current().filter(source_id=source_id)
    derivations = Derivation.objects.filter(derived__source_id=source_id, derived__withdrawn_at=None)
    before = ("newest_anchor", "proof_anchor")
    return [
        *appearances.exclude(quote="").exclude(searched).select_related(*before).order_by("pk"),
        *derivations.exclude(quote="").exclude(searched).select_related(*before).order_by("pk"),
    ]


def _add_anchors(seen: Extraction, searched: Sequence[Owner], log: changes.Log) -> int:
    page = Page(seen.text)
    found = quotes.find_all([owner.quote for owner in searched], page)
    told = [
        (owner, _decided(each, owner, page))
        for owner, each in zip(searched, found, strict=True)
        # What is not in a part of a page may be in the rest.
        if not (seen.snapshot.truncated and isinstance(each, Missing))
    ]
    nearest = _Nearest(page)
    quoted = [owner for owner, _ in told]
    anchors = Anchor.objects.bulk_create(_anchor(seen, owner, each, nearest) for owner, each in told)
    for owner, anchor in zip(quoted, anchors, strict=True):
        _record(log, owner.newest_anchor, anchor)
        owner.newest_anchor = anchor
        if anchor.is_proof:
            owner.proof_anchor = anchor
    kept = ["newest_anchor", "proof_anchor"]
    Appearance.objects.bulk_update([owner for owner in quoted if isinstance(owner, Appearance)], kept)
    Derivation.objects.bulk_update([owner for owner in quoted if isinstance(owner, Derivation)], kept)
    return len(anchors)


def _record(log: changes.Log, before: Anchor | None, after: Anchor) -> None:
    """An anchor under its state; one that shows other than the one before under an action of its own, with both."""
    if before is None or before.state == after.state:
        log.record(after, after.state)
    else:
        log.record(after, TURNED[EvidenceState(after.state)], before=changes.state_of(before))


def _decided(found: Found, owner: Owner, page: Page) -> Found:
    """Of several places the one that was stated, or that has around it what the words had where they stood last."""
    if not isinstance(found, Ambiguous):
        return found
    for prefix, suffix in _contexts(owner):
        again = quotes.find(owner.quote, page, prefix=prefix, suffix=suffix)
        if isinstance(again, Anchored):
            return again
    return found


def _contexts(owner: Owner) -> Iterator[tuple[str, str]]:
    if owner.quote_prefix or owner.quote_suffix:
        yield owner.quote_prefix, owner.quote_suffix
    elif owner.proof_anchor and owner.proof_anchor.prefix and owner.proof_anchor.suffix:
        yield owner.proof_anchor.prefix, owner.proof_anchor.suffix


class _Nearest:
    """Near matches in one page, each quote looked for once, while there is time: claims are locked meanwhile."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._until = monotonic() + NEAR_SECONDS
        self._known: dict[str, NearMatch | None] = {}

    def of(self, quote: str) -> NearMatch | None:
        if quote not in self._known and monotonic() < self._until:
            self._known[quote] = near.look(quote, self.page.text, self.page.words)
        return self._known.get(quote)


def _anchor(seen: Extraction, owner: Owner, found: Found, nearest: _Nearest) -> Anchor:
    anchor = Anchor(
        snapshot_id=seen.snapshot_id,
        appearance=owner if isinstance(owner, Appearance) else None,
        derivation=owner if isinstance(owner, Derivation) else None,
        extractor=seen.extractor,
        text_sha256=seen.text_sha256,
        text_key=seen.text_key,
    )
    match found:
        case Anchored():
            _show(anchor, found, nearest.page)
        case Ambiguous():
            anchor.state, anchor.reason = EvidenceState.AMBIGUOUS, found.reason
        case Missing():
            _suggest(anchor, found, nearest.of(owner.quote), was_there=owner.proof_anchor is not None)
    return anchor


def _show(anchor: Anchor, found: Anchored, page: Page) -> None:
    anchor.state = EvidenceState.ANCHORED
    anchor.start, anchor.end = found.start, found.end
    anchor.fragments = [list(span) for span in found.spans] if len(found.spans) > 1 else []
    anchor.exact, anchor.prefix, anchor.suffix = quotes.shown(page, found)


def _suggest(anchor: Anchor, found: Missing, like: NearMatch | None, *, was_there: bool) -> None:
    """What is like the words makes them `changed` where they stood before, and else stays a suggestion."""
    anchor.state, anchor.reason = EvidenceState.MISSING, found.reason
    if like is None:
        return
    anchor.near_start, anchor.near_end = like.start, like.end
    anchor.near_score, anchor.near_text = like.score, like.text
    if was_there:
        anchor.state = EvidenceState.CHANGED
        anchor.reason = f"Other words stand here now, {like.score} per cent alike."
