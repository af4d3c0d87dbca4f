"""The body of `POST chains/` and its answer: JSON -> the values of `claims.stated` -> intake -> JSON.

What a value must be like by itself stands here; what it must be like beside others and what is stored, in `intake`.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from claims import quotes
from claims.intake import Recorded
from claims.models import MAX_CONTEXT, MAX_QUOTE, Claim, Derivation
from claims.serializers import ClaimRefSerializer
from claims.stated import StatedAppearance, StatedChain, StatedDerivation
from claims.vocabulary import Basis, Certainty, ChainEnd, DerivationKind, DerivationState, Stance
from sources.models import Capture, Source
from sources.rest.fields import (
    OPTIONAL,
    OPTIONAL_TEXT,
    IdField,
    LanguageField,
    PageURLField,
    PartialDateField,
    StrictSerializer,
    TextField,
    WordField,
)
from sources.serializers import StatedAgentSerializer
from sources.vocabulary import CaptureState

MAX_APPEARANCES = 1000
MAX_DERIVATIONS = 2000
MAX_PARTIES = 100
MAX_REF = 100

_BEFORE = "What stands right before the quote: decides where the words stand there more than once."
_BEHIND = "What stands right behind the quote, likewise."


class QuoteField(TextField):
    """Words copied from a page; an ellipsis leaves some of them out."""

    def to_internal_value(self, data: Any) -> str:
        """The words as they were given."""
        words = super().to_internal_value(data)
        if problem := quotes.problem(words):
            raise ValidationError(problem, code="quote")
        return words


class StatedDerivationSerializer(StrictSerializer):
    """That an appearance rests on, or answers, another: one of this chain by its `ref`, or a stored one by its id."""

    ref = TextField(max_length=MAX_REF, **OPTIONAL)
    appearance = IdField(**OPTIONAL)
    kind = WordField(DerivationKind)
    basis = WordField(Basis, **OPTIONAL_TEXT)
    state = WordField(DerivationState, **OPTIONAL)
    quote = QuoteField(max_length=MAX_QUOTE, **OPTIONAL_TEXT)
    quote_prefix = TextField(max_length=MAX_CONTEXT, help_text=_BEFORE, **OPTIONAL_TEXT)
    quote_suffix = TextField(max_length=MAX_CONTEXT, help_text=_BEHIND, **OPTIONAL_TEXT)
    reason = TextField(max_length=Derivation.reason.field.max_length, **OPTIONAL_TEXT)

    def validate(self, attrs: Any) -> StatedDerivation:
        """The derivation as a value."""
        return StatedDerivation(**_stated(attrs))


class StatedAppearanceSerializer(StrictSerializer):
    """The claim in one source: by `url`, by the id of a stored `source`, or by neither (an offline work)."""

    ref = TextField(max_length=MAX_REF, help_text="Your name for it, in this chain and its answer.")
    url = PageURLField(**OPTIONAL)
    source = IdField(**OPTIONAL)  # type: ignore[assignment]  # hides Field.source: a serializer's own is never set
    title = TextField(max_length=Source.title.field.max_length, **OPTIONAL_TEXT)
    publisher = StatedAgentSerializer(**OPTIONAL)
    published_at = PartialDateField(max_length=40, **OPTIONAL_TEXT)
    language = LanguageField(max_length=35, **OPTIONAL_TEXT)
    stance = WordField(Stance)
    certainty = WordField(Certainty, **OPTIONAL_TEXT)
    quote = QuoteField(max_length=MAX_QUOTE, **OPTIONAL_TEXT)
    quote_prefix = TextField(max_length=MAX_CONTEXT, help_text=_BEFORE, **OPTIONAL_TEXT)
    quote_suffix = TextField(max_length=MAX_CONTEXT, help_text=_BEHIND, **OPTIONAL_TEXT)
    said_at = PartialDateField(max_length=40, **OPTIONAL_TEXT)
    claimant = StatedAgentSerializer(**OPTIONAL)
    chain_end = WordField(ChainEnd, **OPTIONAL_TEXT)
    derived_from = StatedDerivationSerializer(many=True, required=False)

    def validate(self, attrs: Any) -> StatedAppearance:
        """The appearance as a value."""
        stated = _stated(attrs)
        return StatedAppearance(**{**stated, "derived_from": tuple(stated.get("derived_from", ()))})


class StatedClaimSerializer(StrictSerializer):
    """A new claim by its text, or one to extend by its slug."""

    slug = TextField(max_length=Claim.slug.field.max_length, **OPTIONAL)
    text = TextField(max_length=Claim.text.field.max_length, **OPTIONAL)
    language = LanguageField(max_length=35, **OPTIONAL_TEXT)
    parties: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=StatedAgentSerializer(), required=False, max_length=MAX_PARTIES
    )

    def validate(self, attrs: Any) -> dict[str, Any]:
        """What is stated of the claim."""
        return _stated(attrs)


class ChainSerializer(StrictSerializer):
    """A claim and where it appears."""

    claim = StatedClaimSerializer()
    appearances: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=StatedAppearanceSerializer(), allow_empty=False, max_length=MAX_APPEARANCES
    )

    def to_internal_value(self, data: Any) -> Any:
        """The chain. The number of its derivations is looked at before they are: checking each has its cost."""
        if _count_derivations(data) > MAX_DERIVATIONS:
            message = (
                f"A chain has at most {MAX_DERIVATIONS:,} derivations. Send it in parts, by the claim's slug."
            )
            raise ValidationError({"appearances": ErrorDetail(message, "max_length")})
        return super().to_internal_value(data)

    def validate(self, attrs: Any) -> StatedChain:
        """The chain as a value."""
        claim = attrs["claim"]
        return StatedChain(
            **{**claim, "parties": tuple(claim.get("parties", ()))}, appearances=tuple(attrs["appearances"])
        )


def _count_derivations(data: Any) -> int:
    """In a body of whatever form."""
    match data:
        case {"appearances": [*appearances]}:
            lists = [each.get("derived_from") for each in appearances if isinstance(each, dict)]
            return sum(len(each) for each in lists if isinstance(each, list))
    return 0


def _stated(attrs: dict[str, Any]) -> dict[str, Any]:
    """What was given: null says no more than leaving the field out."""
    return {name: value for name, value in attrs.items() if value is not None}


# --- the answer -----------------------------------------------------------------------------------------------------


class RecordedAppearanceSerializer(serializers.Serializer[Any]):
    """A new appearance, by the ref that the writer gave it."""

    ref = serializers.CharField()
    id = serializers.IntegerField(source="appearance.pk")
    source = serializers.IntegerField(source="appearance.source_id")  # type: ignore[assignment]  # see above
    url = serializers.CharField(source="appearance.source.url", allow_null=True)
    published = serializers.BooleanField(
        source="appearance.published", help_text="False while it waits for the claim's owner or a curator."
    )


class RecordedDerivationSerializer(serializers.ModelSerializer[Derivation]):
    """A new derivation, by the ids of its appearances."""

    kind = WordField(DerivationKind)
    state = WordField(DerivationState)

    class Meta:
        model = Derivation
        fields = ["id", "derived", "origin", "kind", "state"]
        read_only_fields = fields


class RecordedCaptureSerializer(serializers.ModelSerializer[Capture]):
    """A capture that the chain asked for, or found open."""

    url = serializers.CharField(source="source.url")
    state = WordField(CaptureState)

    class Meta:
        model = Capture
        fields = ["id", "source", "url", "state"]
        read_only_fields = fields


class RecordedSerializer(serializers.Serializer[Recorded]):
    """What one chain wrote."""

    claim = ClaimRefSerializer()
    appearances = serializers.SerializerMethodField()
    derivations = RecordedDerivationSerializer(many=True)
    captures = RecordedCaptureSerializer(many=True)

    @extend_schema_field(RecordedAppearanceSerializer(many=True))
    def get_appearances(self, recorded: Recorded) -> list[Any]:
        """The new appearances, in the order of the chain."""
        rows = [{"ref": ref, "appearance": row} for ref, row in recorded.appearances.items()]
        return list(RecordedAppearanceSerializer(rows, many=True).data)
