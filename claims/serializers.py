"""The REST forms of claims and of the change feed."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from claims.models import Anchor, Appearance, Change, Claim, Derivation
from claims.vocabulary import ClaimStatus
from sources.models import Agent, Source
from sources.rest.fields import WordField
from sources.rest.pagination import absolute
from sources.serializers import AgentSerializer
from sources.viewers import Viewer


class ClaimRefSerializer(serializers.ModelSerializer[Claim]):
    """A claim, where another answer is about it."""

    status = WordField(ClaimStatus)
    url = serializers.SerializerMethodField(help_text="Its page.")

    class Meta:
        model = Claim
        fields = ["id", "slug", "text", "language", "status", "url"]
        read_only_fields = fields

    def get_url(self, claim: Claim) -> str:
        """The explorer's address."""
        return absolute(f"/claims/{claim.slug}/")


class ClaimSerializer(ClaimRefSerializer):
    """One proposition, apart from where it appears."""

    parties = AgentSerializer(many=True)

    class Meta(ClaimRefSerializer.Meta):
        fields = [*ClaimRefSerializer.Meta.fields, "parties", "created_at", "withdrawn_at", "withdrawn_why"]
        read_only_fields = fields


# By model, the columns that name accounts: they would tell what `by` does not.
_ACCOUNT_COLUMNS = {
    str(model._meta.model_name): frozenset(
        field.attname for field in model._meta.concrete_fields if field.related_model is User
    )
    for model in (Agent, Source, Claim, Appearance, Derivation, Anchor)
}


class ChangeSerializer(serializers.ModelSerializer[Change]):
    """One row of a write: what was done to which object, with its columns before and after."""

    # Takes the reader from its context: `viewer`.
    by = serializers.SerializerMethodField()
    claim = serializers.CharField(
        source="claim.slug", default=None, allow_null=True, help_text="The slug of the claim it concerns."
    )
    before = serializers.SerializerMethodField(
        help_text="The columns of the row before; null if it was created."
    )
    after = serializers.SerializerMethodField(help_text="The columns of the row after.")

    class Meta:
        model = Change
        fields = ["seq", "at", "by", "action", "object_type", "object_id", "claim", "before", "after"]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "enum": ["you", "other", "service"]})
    def get_by(self, change: Change) -> str:
        """Whether it was the reader. Who has an account here besides is not told."""
        viewer: Viewer = self.context["viewer"]
        if change.by_id is None:
            return "service"
        return "you" if change.by_id in viewer.account_ids else "other"

    def get_before(self, change: Change) -> dict[str, Any] | None:
        """Without the columns that name accounts."""
        return _without_accounts(change.object_type, change.before)

    def get_after(self, change: Change) -> dict[str, Any] | None:
        """Without the columns that name accounts."""
        return _without_accounts(change.object_type, change.after)


def _without_accounts(object_type: str, state: dict[str, Any] | None) -> dict[str, Any] | None:
    hidden = _ACCOUNT_COLUMNS.get(object_type, frozenset())
    return state and {name: value for name, value in state.items() if name not in hidden}
