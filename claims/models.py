"""Who says what, on whose word: Claim, Appearance, Derivation, their Anchors, and the log of every change."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from claims import querysets
from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    ClaimStatus,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
)
from sources.models import Agent, Snapshot, Source
from sources.words import choices, is_one_of

MAX_QUOTE = 5000
MAX_CONTEXT = 200


class Claim(models.Model):
    """One proposition that a source can deny without denying another; apart from where it appears."""

    slug = models.SlugField(max_length=80, unique=True, editable=False)
    text = models.CharField(max_length=1000)
    language = models.CharField(
        max_length=35, blank=True, help_text="A language tag (BCP 47), such as en or hi."
    )
    status = models.CharField(
        max_length=10, choices=choices(ClaimStatus), default=ClaimStatus.DRAFT, editable=False
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="claims")
    parties = models.ManyToManyField(
        Agent, blank=True, related_name="party_to", help_text="Whom it is about, or who has a stake in it."
    )
    # Grows with every write that an answer about the claim could show: the key of everything kept about it.
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    merged_why = models.CharField(max_length=1000, blank=True, editable=False, help_text="Why it was merged.")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_why = models.CharField(max_length=1000, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = querysets.ClaimQuerySet.as_manager()

    party_owners: list[list[int]] | None  # of rows read with `with_parties`
    registry_epoch: int | None  # of rows read with `with_epoch`

    class Meta:
        constraints = [
            models.CheckConstraint(condition=is_one_of("status", ClaimStatus), name="claim_status"),
            models.CheckConstraint(
                condition=Q(
                    status=ClaimStatus.WITHDRAWN, withdrawn_by__isnull=False, withdrawn_at__isnull=False
                )
                & ~Q(withdrawn_why="")
                | ~Q(status=ClaimStatus.WITHDRAWN) & Q(withdrawn_at=None),
                name="claim_withdrawn_by_whom_and_why",
            ),
        ]
        permissions = [
            ("publish_claim", "Can publish claims of its own without review"),
            ("curate_claim", "Can decide on any claim, appearance and derivation"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text


class Appearance(models.Model):
    """The claim occurring in one source, in one voice, stance and version."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="appearances")
    source = models.ForeignKey(Source, models.PROTECT, related_name="appearances")
    claimant = models.ForeignKey(
        Agent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appearances",
        help_text="Who says it there; empty when it is the publisher, or an unnamed person.",
    )
    stance = models.CharField(max_length=10, choices=choices(Stance))
    certainty = models.CharField(max_length=10, choices=choices(Certainty), blank=True)
    quote = models.TextField(
        max_length=MAX_QUOTE, blank=True, help_text="The exact words, copied from the source."
    )
    quote_prefix = models.CharField(
        max_length=MAX_CONTEXT,
        blank=True,
        help_text="Words right before the quote, where it stands there more than once.",
    )
    quote_suffix = models.CharField(
        max_length=MAX_CONTEXT, blank=True, help_text="Words right behind the quote, likewise."
    )
    quote_sha256 = models.CharField(max_length=64, editable=False)
    said_at = models.CharField(
        max_length=40, blank=True, help_text="Only where it differs from when the source was published."
    )
    language = models.CharField(
        max_length=35, blank=True, help_text="Only where it differs from the source's."
    )
    chain_end = models.CharField(max_length=12, choices=choices(ChainEnd), blank=True)
    published = models.BooleanField(
        default=True, editable=False, help_text="No while it waits for the claim's owner or a curator."
    )
    vouched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    vouched_at = models.DateTimeField(null=True, editable=False)
    vouched_why = models.CharField(max_length=1000, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_why = models.CharField(max_length=1000, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="appearances"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # Evidence = the newest anchor, proof = the newest that found the words. Kept by `anchoring` in the transaction
    # that adds the anchor, so that a tree of any size joins them instead of searching for them.
    newest_anchor = models.ForeignKey(
        "Anchor", models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    proof_anchor = models.ForeignKey(
        "Anchor", models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    objects = querysets.AppearanceQuerySet.as_manager()

    class Meta:
        constraints = [
            # The quote's digest stands in for the quote: a PostgreSQL index entry ends at 2,704 bytes.
            models.UniqueConstraint(
                fields=["claim", "source", "quote_sha256", "said_at"],
                condition=Q(withdrawn_at=None),
                name="appearance_once_a_source_quote_and_date",
            ),
            models.UniqueConstraint(fields=["id", "claim"], name="appearance_id_and_claim"),
            models.CheckConstraint(condition=is_one_of("stance", Stance), name="appearance_stance"),
            models.CheckConstraint(
                condition=is_one_of("certainty", Certainty, or_empty=True), name="appearance_certainty"
            ),
            models.CheckConstraint(
                condition=is_one_of("chain_end", ChainEnd, or_empty=True), name="appearance_chain_end"
            ),
            models.CheckConstraint(
                condition=Q(vouched_by=None, vouched_at=None, vouched_why="")
                | Q(vouched_by__isnull=False, vouched_at__isnull=False) & ~Q(vouched_why=""),
                name="appearance_vouched_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by=None, withdrawn_at=None, withdrawn_why="")
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
                name="appearance_withdrawn_by_whom_and_why",
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_stance_display()} in {self.source}"

    @property
    def spoken_language(self) -> str:
        """The language of the quote: its own, else its source's; empty if unknown."""
        return self.language or self.source.language


class Derivation(models.Model):
    """The derived appearance rests on, or answers, the earlier origin; both of one claim."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="derivations")
    derived = models.ForeignKey(Appearance, models.PROTECT, related_name="origins")
    origin = models.ForeignKey(Appearance, models.PROTECT, related_name="derivations")
    kind = models.CharField(max_length=12, choices=choices(DerivationKind))
    basis = models.CharField(max_length=10, choices=choices(Basis), blank=True)
    state = models.CharField(max_length=10, choices=choices(DerivationState), editable=False)
    quote = models.TextField(
        max_length=MAX_QUOTE, blank=True, help_text="The words of the derived source that name the origin."
    )
    quote_prefix = models.CharField(
        max_length=MAX_CONTEXT,
        blank=True,
        help_text="Words right before the quote, where it stands there more than once.",
    )
    quote_suffix = models.CharField(
        max_length=MAX_CONTEXT, blank=True, help_text="Words right behind the quote, likewise."
    )
    quote_sha256 = models.CharField(max_length=64, editable=False)
    reason = models.CharField(
        max_length=1000, blank=True, help_text="Of an inferred one: why somebody concludes it."
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="derivations"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_why = models.CharField(max_length=1000, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    newest_anchor = models.ForeignKey(
        "Anchor", models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    proof_anchor = models.ForeignKey(
        "Anchor", models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    objects = querysets.DerivationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["derived", "origin", "author"], name="derivation_once_an_author"),
            models.UniqueConstraint(
                fields=["derived", "origin"],
                condition=Q(state=DerivationState.CONFIRMED),
                name="derivation_one_confirmed_a_pair",
            ),
            models.CheckConstraint(condition=~Q(derived=models.F("origin")), name="derivation_of_another"),
            models.CheckConstraint(condition=is_one_of("kind", DerivationKind), name="derivation_kind"),
            models.CheckConstraint(
                condition=is_one_of("basis", Basis, or_empty=True), name="derivation_basis"
            ),
            models.CheckConstraint(condition=is_one_of("state", DerivationState), name="derivation_state"),
            models.CheckConstraint(
                condition=~Q(
                    basis=Basis.INFERRED, state=DerivationState.CONFIRMED, reason="", decided_why=""
                ),
                name="derivation_inferred_confirmed_with_reason",
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.derived_id} rests on {self.origin_id}"


class Anchor(models.Model):
    """What one snapshot shows of one quote, as one version of the matching found it. Append-only."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="anchors")
    appearance = models.ForeignKey(Appearance, models.PROTECT, null=True, related_name="anchors")
    derivation = models.ForeignKey(Derivation, models.PROTECT, null=True, related_name="anchors")
    extractor = models.CharField(max_length=40, help_text="What made the text: name and version.")
    text_sha256 = models.CharField(max_length=64, help_text="Of the text that was searched.")
    text_key = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of its main text, equal for copies; here so that a tree joins it.",
    )
    state = models.CharField(max_length=10, choices=choices(EvidenceState))
    start = models.PositiveIntegerField(null=True, help_text="Code points before the words.")
    end = models.PositiveIntegerField(null=True, help_text="Code points before what follows them.")
    fragments = models.JSONField(
        default=list,
        blank=True,
        help_text="Start and end of each part of a quote that leaves something out, from the first to the last.",
    )
    exact = models.TextField(
        blank=True, help_text="The words as they stand in the text; between parts of them stands […]."
    )
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    # A suggestion for curators, never evidence: what is most like the words where they are not.
    near_start = models.PositiveIntegerField(null=True)
    near_end = models.PositiveIntegerField(null=True)
    near_score = models.PositiveSmallIntegerField(null=True, help_text="Likeness in per cent.")
    near_text = models.TextField(blank=True, help_text="What stands there.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appearance", "snapshot", "extractor"], name="anchor_once_an_appearance"
            ),
            models.UniqueConstraint(
                fields=["derivation", "snapshot", "extractor"], name="anchor_once_a_derivation"
            ),
            models.CheckConstraint(
                condition=Q(appearance__isnull=False) ^ Q(derivation__isnull=False),
                name="anchor_of_one_owner",
            ),
            models.CheckConstraint(condition=is_one_of("state", EvidenceState), name="anchor_state"),
            models.CheckConstraint(
                condition=Q(state=EvidenceState.ANCHORED, start__isnull=False, end__gt=models.F("start"))
                | ~Q(state=EvidenceState.ANCHORED) & Q(start=None, end=None),
                name="anchor_span_when_anchored",
            ),
            models.CheckConstraint(
                condition=Q(near_start=None, near_end=None, near_score=None, near_text="")
                | Q(
                    state__in=[EvidenceState.CHANGED, EvidenceState.MISSING],
                    near_start__isnull=False,
                    near_end__gt=models.F("near_start"),
                    near_score__isnull=False,
                ),
                name="anchor_near_when_not_found",
            ),
            models.CheckConstraint(
                condition=~Q(state=EvidenceState.CHANGED) | Q(near_start__isnull=False),
                name="anchor_changed_with_near",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} in snapshot {self.snapshot_id}"

    @property
    def is_proof(self) -> bool:
        """Whether the words were found, in one place."""
        return self.state == EvidenceState.ANCHORED


class ReceiptTimestamp(models.Model):
    """The word of a timestamp authority that a receipt was there at a time (RFC 3161). Append-only."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="+")
    receipt_sha256 = models.CharField(max_length=64, unique=True, help_text="Hexadecimal.")
    token = models.BinaryField(help_text="The authority's answer, as it was sent.")
    authority = models.CharField(max_length=500)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.receipt_sha256} by {self.authority}"


class DueAnchoring(models.Model):
    """A source whose quotes are to be looked for; written with what made it due, removed by doing it."""

    source = models.OneToOneField(Source, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Source {self.source_id} since {self.since}"


class ChangeHead(models.Model):
    """The last number of the log; its one row is locked from the numbering of a write until its commit."""

    seq = models.PositiveBigIntegerField()
    # Grows with every write to an agent that was there before: too many claims show one to bump them all. Beside a
    # claim's revision it is the key of everything kept about the claim.
    registry_epoch = models.PositiveBigIntegerField(db_default=0)


class Change(models.Model):
    """One row of a write: who did what to which object, with its state before and after. Append-only."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    action = models.CharField(
        max_length=20, help_text="created, updated, published, withdrawn, confirmed, ..."
    )
    object_type = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="changes")
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="changes")
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    objects = querysets.ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "seq"], name="change_of_object"),
            models.Index(fields=["at", "seq"], name="change_at"),
        ]
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq}: {self.object_type} {self.object_id} {self.action}"
