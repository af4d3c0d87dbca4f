"""The REST forms of agents, sources, captures and snapshots."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sources.compared import comparisons_of
from sources.fetchers.base import Reason
from sources.models import Agent, Capture, Comparison, Extraction, Snapshot, Source
from sources.registry import MAX_NAME, AgentName
from sources.rest.fields import PartialDateField, StrictSerializer, TextField, WordField
from sources.text_diff import SegmentKind
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState, PageChange


class StatedAgentSerializer(StrictSerializer):
    """How a writer names an agent; read as an `AgentName`."""

    name = TextField(max_length=MAX_NAME)
    kind = WordField(AgentKind)

    def validate(self, attrs: Any) -> AgentName:
        """The name as a value."""
        return AgentName(**attrs)


class AgentSerializer(serializers.ModelSerializer[Agent]):
    """An agent, wherever one is shown."""

    kind = WordField(AgentKind)

    class Meta:
        model = Agent
        fields = ["id", "name", "kind"]
        read_only_fields = fields


class AgentDetailSerializer(AgentSerializer):
    """An agent on its own."""

    owner = AgentSerializer(allow_null=True, help_text="Who owns or governs it.")

    class Meta(AgentSerializer.Meta):
        fields = [*AgentSerializer.Meta.fields, "owner", "merged_into"]
        read_only_fields = fields


class SourceSerializer(serializers.ModelSerializer[Source]):
    """One citable work."""

    publisher = AgentSerializer(allow_null=True)
    published_at = PartialDateField(allow_null=True)

    class Meta:
        model = Source
        fields = [
            "id", "url", "title", "publisher", "published_at", "language", "recapture_every", "merged_into",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class HopSerializer(serializers.Serializer[Any]):
    """One redirect of a capture."""

    url = serializers.CharField()
    status = serializers.IntegerField()
    location = serializers.CharField(help_text="As the site sent it.")
    address = serializers.CharField(help_text="The address that answered, with its port.")


class CaptureSerializer(serializers.ModelSerializer[Capture]):
    """One piece of work: fetch this source now."""

    state = WordField(CaptureState)
    outcome = WordField(CaptureOutcome, allow_null=True)
    reason = WordField(Reason, allow_null=True, help_text="Null while there is nothing to explain.")
    detail = serializers.CharField(source="explanation", help_text="The reason as a sentence.")
    ignores_robots = serializers.BooleanField(
        source="ignore_robots", help_text="A curator had the page fetched whatever its robots.txt says."
    )
    snapshot = serializers.SerializerMethodField(help_text="The id of the snapshot that it made.")
    hops = HopSerializer(many=True, help_text="The redirects, in order.")

    class Meta:
        model = Capture
        fields = [
            "id", "source", "state", "outcome", "reason", "detail", "attempts", "ignores_robots", "due_at",
            "snapshot", "hops", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_snapshot(self, capture: Capture) -> int | None:
        """The id; Django raises where a reverse one-to-one has no row."""
        snapshot = getattr(capture, "snapshot", None)
        return snapshot.pk if snapshot else None


class NoBodySerializer(StrictSerializer):
    """Of a request that says everything by its address: an empty body, or {}."""


class SnapshotTextSerializer(serializers.Serializer[Any]):
    """What could be read out of a snapshot."""

    state = serializers.ChoiceField(
        choices=[
            ("pending", "PENDING"),
            ("ready", "READY"),
            ("unreadable", "UNREADABLE"),
            ("broken_off", "BROKEN_OFF"),
        ],
        help_text="pending: not read yet. unreadable: read, without a text. broken_off: reading it took too much, or "
        "ended its reader; it can be tried again. detail says why.",
    )
    detail = serializers.CharField()
    extractor = serializers.CharField(allow_null=True, help_text="Name and version of what read it.")
    title = serializers.CharField()
    sha256 = serializers.CharField(allow_null=True, help_text="Of the text in UTF-8, hexadecimal.")


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    """How a snapshot differs from the last one before it that showed the page."""

    change = WordField(PageChange)
    reason = serializers.CharField(help_text="Of blocked and unreadable: why nothing is known of the page.")
    notice = serializers.CharField(
        help_text="The line in which the page declares a correction; empty of a silent edit."
    )

    class Meta:
        model = Comparison
        fields = ["change", "before", "notice", "reason"]
        read_only_fields = fields


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    """What was seen of a source at one time."""

    # Takes the current extraction from its context: `extraction`, None if there is none yet.

    truncated = serializers.SerializerMethodField(
        help_text="Why bytes are missing: length, time, disconnect or unspecified; null if none are."
    )
    text = serializers.SerializerMethodField()
    comparison = serializers.SerializerMethodField(
        help_text="How it differs from the last one before it that showed the page; null until it was read."
    )

    class Meta:
        model = Snapshot
        fields = [
            "id", "source", "capture", "url", "captured_at", "status_code", "media_type", "charset",
            "content_encoding", "truncated", "sha256", "size", "record_id", "warc_sha256", "warc_size",
            "payload_of", "text", "comparison",
        ]  # fmt: skip
        read_only_fields = fields

    def get_truncated(self, snapshot: Snapshot) -> str | None:
        """The word of the WARC-Truncated field."""
        return snapshot.truncated or None

    @extend_schema_field(ComparisonSerializer(allow_null=True))
    def get_comparison(self, snapshot: Snapshot) -> dict[str, Any] | None:
        """See `ComparisonSerializer`."""
        row = comparisons_of([snapshot.pk]).get(snapshot.pk)
        return ComparisonSerializer(row).data if row else None

    @extend_schema_field(SnapshotTextSerializer)
    def get_text(self, snapshot: Snapshot) -> dict[str, Any]:
        """See `SnapshotTextSerializer`."""
        return SnapshotTextSerializer(text_state(self.context["extraction"])).data


class SegmentSerializer(serializers.Serializer[Any]):
    """A run of text."""

    kind = WordField(SegmentKind)
    text = serializers.CharField()


class DiffSerializer(serializers.Serializer[Any]):
    """How the text of one snapshot became that of another of the same source."""

    before = serializers.IntegerField(help_text="The snapshot that was named as `from`.")
    after = serializers.IntegerField()
    is_cut = serializers.BooleanField(help_text="Whether only the beginnings of the texts are compared.")
    is_coarse = serializers.BooleanField(
        help_text="Whether more is marked than differs somewhere: to look closer would have taken too long."
    )
    segments = SegmentSerializer(
        many=True, help_text="Without the inserted ones the earlier text, without the deleted the later."
    )


def text_state(extraction: Extraction | None) -> dict[str, Any]:
    """How far reading the snapshot's text has come, with a sentence where there is no text."""
    if extraction is None:
        pending = "The text has not been read yet. Ask again in a moment."
        return {"state": "pending", "detail": pending, "extractor": None, "title": "", "sha256": None}
    without = "broken_off" if extraction.broke_off else "unreadable"
    return {
        "state": without if extraction.error else "ready",
        "detail": extraction.error,
        "extractor": extraction.extractor,
        "title": extraction.title,
        "sha256": extraction.text_sha256 or None,
    }
