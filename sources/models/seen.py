"""What we saw when we looked: captures, their snapshots in the ledger, the texts of these and how they differ."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sources import querysets
from sources.canonical import host_of
from sources.fetchers.base import Reason
from sources.models.cited import Source
from sources.vocabulary import CaptureOutcome, CapturePriority, CaptureState, PageChange
from sources.words import choices, is_one_of


class Capture(models.Model):
    """One piece of work: fetch this Source now. The row is the truth about it; the broker is only a nudge."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="captures")
    state = models.CharField(max_length=10, choices=choices(CaptureState), default=CaptureState.QUEUED)
    # NULL until done: `state` says that there is no outcome yet.
    outcome = models.CharField(max_length=20, null=True, blank=True, choices=choices(CaptureOutcome))  # noqa: DJ001
    reason = models.CharField(max_length=40, blank=True, choices=choices(Reason))
    detail = models.CharField(max_length=1000, blank=True)
    hops = models.JSONField(default=list, blank=True, help_text="The redirects followed, in order.")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Tries that the site made fail or succeed."
    )
    lease_losses = models.PositiveIntegerField(default=0, help_text="Workers that died or stalled at it.")
    priority = models.PositiveSmallIntegerField(
        default=CapturePriority.ASKED, help_text="Lower ones are done first; see `CapturePriority`."
    )
    ignore_robots = models.BooleanField(
        "ignores robots.txt",
        default=False,
        help_text="A curator had the page fetched whatever its robots.txt says.",
    )
    # Kept here too, so that work is shared out over hosts by one indexed query.
    host = models.CharField(max_length=260, blank=True, editable=False)
    fence = models.PositiveIntegerField(default=0, help_text="Counts the leases; a late worker's is too low.")
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Nobody where the service itself looked again.",
    )
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = querysets.CaptureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=~Q(state=CaptureState.DONE), name="capture_one_open_a_source"
            ),
            models.CheckConstraint(condition=is_one_of("state", CaptureState), name="capture_state"),
            models.CheckConstraint(
                condition=Q(state=CaptureState.DONE, outcome__in=list(CaptureOutcome))
                | (~Q(state=CaptureState.DONE) & Q(outcome=None)),
                name="capture_outcome_when_done",
            ),
            models.CheckConstraint(
                condition=~Q(state=CaptureState.RUNNING) | Q(lease_until__isnull=False),
                name="capture_running_has_lease",
            ),
            models.CheckConstraint(condition=is_one_of("priority", CapturePriority), name="capture_priority"),
        ]
        permissions = [("ignore_robots", "Can have a page fetched whatever its robots.txt says")]
        indexes = [
            models.Index(fields=["due_at"], condition=~Q(state=CaptureState.DONE), name="capture_open_due"),
            models.Index(
                fields=["host", "priority", "due_at", "id"],
                condition=~Q(state=CaptureState.DONE),
                name="capture_open_of_host",
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Capture {self.pk} ({self.outcome or self.state})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the host that the source's URL names."""
        self.host = self.host or host_of(self.source.url or "")
        super().save(*args, **kwargs)

    @property
    def explanation(self) -> str:
        """The reason as a sentence, with its detail; empty while there is nothing to explain."""
        sentence = Reason(self.reason).sentence if self.reason else ""
        return " ".join(part for part in (sentence, self.detail) if part)


class Snapshot(models.Model):
    """What was seen of a source at one time: immutable bytes with SHA-256, in a WARC record. Append-only."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="snapshots")
    capture = models.OneToOneField(Capture, models.PROTECT, null=True, related_name="snapshot")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    url = models.CharField(max_length=4000, help_text="The URL that answered, after redirects.")
    captured_at = models.DateTimeField(help_text="When the request was sent.")
    status_code = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=100, blank=True)
    charset = models.CharField(max_length=40, blank=True, help_text="As the server declared it.")
    content_encoding = models.CharField(
        max_length=100, blank=True, help_text="What the bytes are packed in, as the server declared it."
    )
    # By these its server knows the page again (see `snapshots.known`); empty where it named none that can be sent.
    etag = models.CharField(max_length=1024, blank=True)
    last_modified = models.CharField(max_length=40, blank=True)
    truncated = models.CharField(
        max_length=20,
        blank=True,
        help_text="Why the bytes may not be the whole page: length or time (we cut it), disconnect or unspecified (its "
        "server did).",
    )
    sha256 = models.CharField(max_length=64, db_index=True, help_text="Of the payload, hexadecimal.")
    size = models.PositiveBigIntegerField(help_text="Of the payload, in bytes.")
    warc_name = models.CharField(max_length=100, help_text="In the snapshot store; starts with its digest.")
    warc_sha256 = models.CharField(max_length=64, help_text="Of the WARC file, hexadecimal.")
    warc_size = models.PositiveBigIntegerField()
    record_id = models.CharField(max_length=60, help_text="WARC-Record-ID of the response or revisit record.")
    payload_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="revisits",
        help_text="The earlier snapshot whose WARC holds these bytes, when nothing had changed.",
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = querysets.SnapshotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(capture__isnull=False) ^ Q(uploaded_by__isnull=False),
                name="snapshot_fetched_or_uploaded",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-captured_at"], name="snapshot_newest_of_source"),
            models.Index(fields=["warc_name"], name="snapshot_warc_name"),
        ]
        ordering = ["-captured_at", "-id"]

    def __str__(self) -> str:
        return f"{self.url} at {self.captured_at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def holder(self) -> "Snapshot":
        """The snapshot whose WARC holds the bytes: itself, unless they were unchanged."""
        return self.payload_of or self


class LedgerEntry(models.Model):
    """One snapshot's place in the ledger: what `chain.link` makes of its row and of the entry before. Append-only."""

    seq = models.BigIntegerField(primary_key=True)
    snapshot = models.OneToOneField(Snapshot, models.PROTECT, related_name="entry")
    digest = models.CharField(max_length=64, help_text="Hexadecimal.")

    class Meta:
        ordering = ["seq"]
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"Ledger entry {self.seq}"


class LedgerHead(models.Model):
    """The last entry's number and digest, in the one row whose lock gives entries their order."""

    seq = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ledger_has_one_head")]

    def __str__(self) -> str:
        return f"Ledger up to {self.seq}"


class Extraction(models.Model):
    """The text and title that one version of an extractor read out of a snapshot, or why it could not. Append-only.

    One that gave a text is final; after an error the same extractor may try again, in a row of its own.
    """

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="extractions")
    extractor = models.CharField(max_length=40, help_text="Name and version.")
    attempt = models.PositiveSmallIntegerField(
        default=1, help_text="Of this extractor at this snapshot, from 1."
    )
    text = models.TextField(
        blank=True, help_text="All visible text; offsets of quotes count its code points."
    )
    text_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the text in UTF-8, hexadecimal.")
    title = models.CharField(max_length=1000, blank=True)
    text_key = models.CharField(
        max_length=64, blank=True, help_text="Of the main text without title and byline: equal for copies."
    )
    # What the page says of itself, as far as it can be believed; see `metadata`.
    publisher = models.CharField(max_length=300, blank=True)
    published_at = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=35, blank=True)
    error = models.CharField(max_length=1000, blank=True)
    broke_off = models.BooleanField(
        default=False, help_text="The reader was stopped or died: whether there is a text is not known."
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = querysets.ExtractionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "extractor", "attempt"], name="extraction_once_an_attempt"
            ),
            models.UniqueConstraint(
                fields=["snapshot", "extractor"],
                condition=Q(error=""),
                name="extraction_one_text_an_extractor",
            ),
            models.CheckConstraint(
                condition=Q(broke_off=False) | ~Q(error=""), name="extraction_broke_off_has_error"
            ),
        ]

    def __str__(self) -> str:
        return f"Text of snapshot {self.snapshot_id} by {self.extractor}"


class Comparison(models.Model):
    """How a snapshot differs from the last one before it that showed the page, when it was read. Append-only."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="comparisons")
    extractor = models.CharField(max_length=40, help_text="What read both texts: name and version.")
    attempt = models.PositiveSmallIntegerField(default=1, help_text="Which of its readings is compared.")
    before = models.ForeignKey(Snapshot, models.PROTECT, null=True, related_name="+")
    change = models.CharField(max_length=12, choices=choices(PageChange))
    reason = models.CharField(max_length=400, blank=True, help_text="Why it says nothing of the page.")
    notice = models.CharField(
        max_length=1000,
        blank=True,
        help_text="The line in which the page declares a correction; without one, an edit is silent.",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "extractor", "attempt"], name="comparison_once_a_reading"
            ),
            models.CheckConstraint(condition=is_one_of("change", PageChange), name="comparison_change"),
        ]

    def __str__(self) -> str:
        return f"{self.get_change_display()}: snapshot {self.snapshot_id}"
