"""What is cited: agents, their sources, and when each of these is looked at again."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sources import querysets
from sources.canonical import name_key
from sources.dates import PartialDate
from sources.vocabulary import AgentKind
from sources.words import choices, is_one_of

MAX_HOURS = 10 * 365 * 24


class Agent(models.Model):
    """Who publishes or speaks. Found by normalised name and kind; merged ones are followed, not deleted."""

    name = models.CharField(max_length=300)
    name_key = models.CharField(max_length=300, editable=False)
    kind = models.CharField(max_length=20, choices=choices(AgentKind))
    owner = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="owned",
        help_text="Who owns or governs it.",
    )
    # The end of the owner chain, kept by `registry.set_owner`: a tree then needs no walk up the owners.
    ultimate_owner = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    merged_why = models.CharField(
        max_length=1000, blank=True, editable=False, help_text="Why it was merged, or why that was undone."
    )
    public_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = querysets.AgentQuerySet.as_manager()

    class Meta:
        constraints = [
            # Merged agents included: an old name goes on leading to the agent it was merged into.
            models.UniqueConstraint(fields=["name_key", "kind"], name="agent_name_and_kind"),
            models.CheckConstraint(condition=is_one_of("kind", AgentKind), name="agent_kind"),
            models.CheckConstraint(condition=~Q(owner=models.F("id")), name="agent_owns_not_itself"),
        ]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the name's key in step with the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)


class Source(models.Model):
    """One citable work, by canonical URL; or none when it is offline, then by title and publisher."""

    # No URL is NULL: the unique constraint then leaves offline works alone on both databases.
    url = models.CharField(max_length=2000, null=True, blank=True, unique=True)
    title = models.CharField(max_length=1000, blank=True)
    publisher = models.ForeignKey(
        Agent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="published",
        help_text="Who answers for the work; of a post the account holder, not the platform.",
    )
    published_at = models.CharField(
        max_length=40,
        blank=True,
        help_text="As precise as it is known: 2021, 2021-02, 2021-02-28 or an instant.",
    )
    language = models.CharField(
        max_length=35, blank=True, help_text="A language tag (BCP 47), such as en or hi."
    )
    recapture_every = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(MAX_HOURS)],
        help_text="Hours between two captures that the service makes by itself; 0 is never, nothing is the usual.",
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    merged_why = models.CharField(
        max_length=1000, blank=True, editable=False, help_text="Why it was merged, or why that was undone."
    )
    public_since = models.DateTimeField(null=True, blank=True, editable=False)
    submitters = models.ManyToManyField(settings.AUTH_USER_MODEL, editable=False, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = querysets.SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(url__isnull=False) | (~Q(title="") & Q(publisher__isnull=False)),
                name="source_offline_has_title_and_publisher",
            ),
            models.CheckConstraint(condition=~Q(url=""), name="source_url_is_null_not_empty"),
        ]
        permissions = [
            ("see_unpublished", "Can see what is not public: drafts, and what waits or was taken back")
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title or self.url or f"Source {self.pk}"

    @property
    def is_offline(self) -> bool:
        """Whether there is nothing to fetch."""
        return self.url is None

    @property
    def published(self) -> PartialDate | None:
        """When the work was published, as precisely as somebody stated it."""
        return PartialDate.parse(self.published_at) if self.published_at else None


class Recapture(models.Model):
    """When the service captures a source again by itself. Beside the source's row, which a capture is not to lock."""

    source = models.OneToOneField(Source, models.CASCADE, primary_key=True, related_name="recapture")
    due_at = models.DateTimeField(null=True, help_text="Never, or while a capture is asked for: nothing.")
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="Captures that failed since the last that did not."
    )

    objects = querysets.RecaptureQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="recapture_due")]

    def __str__(self) -> str:
        return f"Next capture of source {self.source_id}"
