"""The REST side of sources: what was cited, and what we saw when we looked."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from sources import packaging, registry, storage, text_diff, wacz
from sources.canonical import name_key
from sources.models import Agent, Capture, Extraction, Snapshot, Source
from sources.registry import MAX_NAME, are_of_one_work
from sources.requests import NothingToFetch, request_capture
from sources.rest.fields import MAX_ID, PageURLField, TextField, WordField
from sources.rest.pagination import absolute
from sources.rest.problems import InputError, Problem
from sources.rest.queries import NumberParameter, PageParameters, QueryParameters
from sources.rest.views import (
    ByteRenderer,
    StrictView,
    account_of,
    byte_response,
    byte_stream,
    read_body,
)
from sources.serializers import (
    AgentDetailSerializer,
    CaptureSerializer,
    DiffSerializer,
    NoBodySerializer,
    SnapshotSerializer,
    SourceSerializer,
    text_state,
)
from sources.texts import EXTRACTOR
from sources.vocabulary import AgentKind

MAX_COMPARED = 200_000
"""Code points of each text that are compared."""


class TextRenderer(ByteRenderer):
    """Plain text."""

    media_type = "text/plain"
    format = "txt"


class WarcRenderer(ByteRenderer):
    """A WARC file."""

    media_type = "application/warc"
    format = "warc"


class AgentParameters(PageParameters):
    """Which agents."""

    name = TextField(required=False, max_length=MAX_NAME, help_text="Any spelling of the whole name.")
    search = TextField(
        required=False, max_length=MAX_NAME, help_text="Words that the name has, in any order."
    )
    kind = WordField(AgentKind, required=False)
    owned_by = NumberParameter(required=False, min_value=1, max_value=MAX_ID, help_text="An agent's id.")


class AgentList(StrictView, ListAPIView[Agent]):
    """Who publishes or speaks, as far as published claims name them, and those that the key's owner named."""

    serializer_class = AgentDetailSerializer
    parameters = AgentParameters

    def get_queryset(self) -> QuerySet[Agent]:
        """All but the merged, of this name, kind and owner."""
        agents = Agent.objects.visible_to(self.viewer).standing().select_related("owner")
        if name := self.query.get("name"):
            agents = agents.filter(name_key=name_key(name))
        for word in name_key(self.query.get("search", "")).split():
            agents = agents.filter(name_key__contains=word)
        if owner := self.query.get("owned_by"):
            agents = agents.filter(owner=owner)
        if kind := self.query.get("kind"):
            agents = agents.filter(kind=kind)
        return agents


class AgentDetail(StrictView, RetrieveAPIView[Agent]):
    """One agent."""

    serializer_class = AgentDetailSerializer

    def get_queryset(self) -> QuerySet[Agent]:
        """Visible ones."""
        return Agent.objects.visible_to(self.viewer).select_related("owner")


class SourceParameters(PageParameters):
    """Which sources."""

    url = PageURLField(required=False, help_text="Any spelling of the URL of the source to find.")


class SourceList(StrictView, ListAPIView[Source]):
    """Sources that published claims cite, and those that the key's owner submitted."""

    serializer_class = SourceSerializer
    parameters = SourceParameters

    def get_queryset(self) -> QuerySet[Source]:
        """The one of this URL, a merge followed, or all but the merged."""
        sources = Source.objects.visible_to(self.viewer).select_related("publisher")
        if url := self.query.get("url"):
            found = registry.find_source(url)
            return sources.filter(pk=found.pk) if found else sources.none()
        return sources.standing()


class SourceDetail(StrictView, RetrieveAPIView[Source]):
    """One source."""

    serializer_class = SourceSerializer

    def get_queryset(self) -> QuerySet[Source]:
        """Visible ones."""
        return Source.objects.visible_to(self.viewer).select_related("publisher")


class WaczRenderer(ByteRenderer):
    """Web archives in one file."""

    media_type = wacz.MEDIA_TYPE
    format = "wacz"


class SourceWacz(StrictView):
    """Everything that was seen of a source as one package (WACZ 1.1.1): any reader of web archives replays it."""

    renderer_classes = [WaczRenderer]

    @extend_schema(responses={(200, wacz.MEDIA_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """The WARC files, an index, a list of pages, the texts, and the SHA-256 of each."""
        source = get_object_or_404(Source.objects.visible_to(self.viewer).followed(pk=pk))
        package = packaging.package_of(source, created=datetime.now(UTC))
        return wacz_response(package, file_name=f"source-{source.pk}")


def wacz_response(package: wacz.Package, *, file_name: str) -> StreamingHttpResponse:
    """A package as it is made. Raises `Problem` where the store lacks a part of it, before a byte is sent."""
    try:
        pieces = packaging.stream(package)
    except OSError as error:
        detail = "A part of this is not in the store now. Try again later."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
    return byte_stream(pieces, content_type=wacz.MEDIA_TYPE, file_name=f"{file_name}.wacz")


class SourceCaptures(StrictView, ListAPIView[Capture]):
    """The captures of a source; a POST asks for one more."""

    serializer_class = CaptureSerializer
    parameters = PageParameters

    def get_queryset(self) -> QuerySet[Capture]:
        """All of the source."""
        return Capture.objects.of_works([self._source().pk]).select_related("snapshot")

    @extend_schema(request=NoBodySerializer, responses={202: CaptureSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Have the source fetched now. An open capture is not doubled: it is the answer."""
        source = self._source()
        read_body(NoBodySerializer, request)
        try:
            capture = request_capture(source, by=account_of(request))
        except NothingToFetch as error:
            raise Problem(HTTPStatus.CONFLICT, errors=[InputError("offline", str(error))]) from None
        location = absolute(reverse("api-capture", kwargs={"pk": capture.pk}))
        # Read anew: the row's times are the database's.
        stored = Capture.objects.select_related("snapshot").get(pk=capture.pk)
        return Response(CaptureSerializer(stored).data, HTTPStatus.ACCEPTED, headers={"Location": location})

    def _source(self) -> Source:
        return get_object_or_404(Source.objects.visible_to(self.viewer).followed(pk=self.kwargs["pk"]))


class CaptureDetail(StrictView, RetrieveAPIView[Capture]):
    """One capture: how far it is, or how it ended."""

    serializer_class = CaptureSerializer

    def get_queryset(self) -> QuerySet[Capture]:
        """Those of visible sources."""
        return Capture.objects.visible_to(self.viewer).select_related("snapshot")


class SnapshotDetail(StrictView, RetrieveAPIView[Snapshot]):
    """One snapshot: what was seen, when, and the digests by which to check it."""

    serializer_class = SnapshotSerializer

    def get_queryset(self) -> QuerySet[Snapshot]:
        """Those of visible sources."""
        return Snapshot.objects.visible_to(self.viewer)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the text that the current extractor read."""
        extraction = _extractions(self.kwargs["pk"]).defer("text").first()
        return {**super().get_serializer_context(), "extraction": extraction}


class SnapshotText(StrictView):
    """The snapshot's visible text: what quotes are anchored in, their offsets counted in its code points."""

    renderer_classes = [TextRenderer]

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The text, in UTF-8."""
        get_object_or_404(Snapshot.objects.visible_to(self.viewer), pk=pk)
        extraction = _extractions(pk).first()
        if extraction is None or extraction.error:
            state = text_state(extraction)
            errors = [InputError(state["state"], state["detail"])]
            raise Problem(HTTPStatus.NOT_FOUND, errors=errors)
        return byte_response(extraction.text.encode(), content_type="text/plain; charset=utf-8")


class DiffParameters(QueryParameters):
    """With what a snapshot is compared."""

    def get_fields(self) -> dict[str, Any]:
        """One of a name that no attribute can have."""
        return {"from": NumberParameter(help_text="The id of another snapshot of the same source.")}


class SnapshotDiff(StrictView):
    """How the text of another snapshot of the source became that of this one."""

    parameters = DiffParameters

    @extend_schema(responses=DiffSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """What was taken out and put in, in order. Only so much of long texts is compared (`is_cut`)."""
        visible = Snapshot.objects.visible_to(self.viewer)
        after = get_object_or_404(visible, pk=pk)
        before = visible.filter(pk=self.query["from"]).first()
        if before is None:
            raise _wrong_from("unknown", "There is no such snapshot. Name another one of this source.")
        if not are_of_one_work(before, after):
            raise _wrong_from(
                "other_source", "That is a snapshot of another source. Name one of this source."
            )
        old, new = self._text(before, parameter="from"), self._text(after)
        found = text_diff.diff(old[:MAX_COMPARED], new[:MAX_COMPARED])
        answer = {
            "before": before.pk,
            "after": after.pk,
            "is_cut": max(len(old), len(new)) > MAX_COMPARED,
            "is_coarse": found.is_coarse,
            "segments": found.segments,
        }
        return Response(DiffSerializer(answer).data)

    def _text(self, snapshot: Snapshot, parameter: str = "") -> str:
        text = Left("text", MAX_COMPARED + 1)
        extraction = _extractions(snapshot.pk).defer("text").annotate(beginning=text).first()
        if extraction is None or extraction.error:
            state = text_state(extraction)
            status = HTTPStatus.BAD_REQUEST if parameter else HTTPStatus.NOT_FOUND
            raise Problem(status, errors=[InputError(state["state"], state["detail"], parameter=parameter)])
        return extraction.beginning


def _wrong_from(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, errors=[InputError(code, detail, parameter="from")])


class SnapshotWarc(StrictView):
    """The WARC file of the snapshot's capture, byte for byte: its SHA-256 is the snapshot's `warc_sha256`."""

    renderer_classes = [WarcRenderer]

    @extend_schema(responses={(200, "application/warc"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """The file as it is read, each record in it a gzip member of its own."""
        snapshot = get_object_or_404(Snapshot.objects.visible_to(self.viewer), pk=pk)
        try:
            pieces = storage.pieces(snapshot.warc_name)
        except OSError as error:
            detail = "The file cannot be had from the store now. Try again later."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
        name = f"snapshot-{pk}.warc.gz"
        response = byte_stream(pieces, content_type="application/warc", file_name=name)
        response["Content-Length"] = str(snapshot.warc_size)
        return response


def _extractions(snapshot_id: int) -> QuerySet[Extraction]:
    """What the current extractor read out of the snapshot, its newest attempt first; none yet, perhaps."""
    return Extraction.objects.filter(snapshot_id=snapshot_id).newest_by(EXTRACTOR)
