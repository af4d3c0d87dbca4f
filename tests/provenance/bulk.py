"""Many rows at once, for tests of what a page costs: written past intake, which would take a while for a thousand."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise

from django.contrib.auth.models import User

from claims.models import Anchor, Appearance, Claim
from claims.vocabulary import ClaimStatus, EvidenceState, Stance
from sources.models import Capture, Comparison, Snapshot, Source
from sources.texts import EXTRACTOR
from sources.vocabulary import CaptureOutcome, CaptureState, PageChange

BEGUN = datetime(2021, 3, 1, tzinfo=UTC)


def published_claims(count: int, *, by: User) -> list[Claim]:
    """Claims that everybody sees."""
    first = Claim.objects.count()
    return Claim.objects.bulk_create(
        Claim(slug=f"claim-{first + n}", text=f"Claim {first + n}", status=ClaimStatus.PUBLISHED, owner=by)
        for n in range(count)
    )


def appear_in(source: Source, claims: list[Claim]) -> list[Appearance]:
    """One appearance of each claim in the source."""
    return Appearance.objects.bulk_create(
        Appearance(
            claim=claim, source=source, stance=Stance.SUPPORT, quote="words", quote_sha256="0" * 64, author=claim.owner
        )
        for claim in claims
    )  # fmt: skip


def seen_often(source: Source, count: int, *, truncated: str = "") -> list[Snapshot]:
    """Captures with a snapshot each, an hour apart, every second one of a page that had changed."""
    captures = Capture.objects.bulk_create(
        Capture(
            source=source,
            state=CaptureState.DONE,
            outcome=CaptureOutcome.CAPTURED,
            requested_by=source.created_by,
        )
        for _ in range(count)
    )
    rows = Snapshot.objects.bulk_create(
        Snapshot(
            source=source,
            capture=capture,
            url=source.url or "",
            captured_at=BEGUN + timedelta(hours=n),
            status_code=200,
            media_type="text/html",
            truncated=truncated,
            sha256=sha256(str(n // 2).encode()).hexdigest(),
            size=1000 + n,
            warc_name="00/none.warc.gz",
            warc_sha256="0" * 64,
            warc_size=1,
            record_id="<urn:uuid:0>",
        )
        for n, capture in enumerate(captures)
    )
    Comparison.objects.bulk_create(_compared(before, row) for before, row in pairwise([None, *rows]) if row)
    return rows


def _compared(before: Snapshot | None, row: Snapshot) -> Comparison:
    if before is None:
        return Comparison(snapshot=row, extractor=EXTRACTOR, change=PageChange.FIRST)
    same = before.sha256 == row.sha256
    change = PageChange.SAME_BYTES if same else PageChange.SUBSTANTIVE
    return Comparison(snapshot=row, extractor=EXTRACTOR, before=before, change=change)


def anchored_in(snapshot: Snapshot, appearances: list[Appearance], text: str) -> list[Anchor]:
    """An anchor of each appearance at the same words of the snapshot's text: its beginning."""
    return Anchor.objects.bulk_create(
        Anchor(
            snapshot=snapshot,
            appearance=appearance,
            extractor=EXTRACTOR,
            text_sha256=sha256(text.encode()).hexdigest(),
            state=EvidenceState.ANCHORED,
            start=0,
            end=5,
            exact=text[:5],
        )
        for appearance in appearances
    )
