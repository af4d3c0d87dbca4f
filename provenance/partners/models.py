"""Who calls us from outside: Partner, its ApiKeys, and the answers kept for its repeated requests."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Partner(models.Model):
    """A newsroom that reads and writes over REST, through one service account of its own."""

    name = models.CharField(max_length=200, unique=True)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="partner"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """One key of a partner: only its digest is kept, with a prefix by which people recognise it."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=16, editable=False)
    # A plain digest will do: the key is 256 bits of chance, so there is nothing to guess faster.
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, kept in the transaction that made it."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64, help_text="Of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="kept_answer_once_an_account_and_key"),
            models.CheckConstraint(condition=~Q(key=""), name="kept_answer_has_a_key"),
        ]

    def __str__(self) -> str:
        return self.key
