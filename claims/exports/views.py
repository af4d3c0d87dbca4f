"""The REST side of what can be checked elsewhere: receipts, packages, and the verifier of both."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from claims.exports import annotations, stamping, tasks, verify_receipt, wacz
from claims.exports.evidence import evidence_of
from claims.exports.receipt import receipt_of
from claims.views import ClaimView
from sources.nudges import nudge
from sources.rest.fields import TextField
from sources.rest.problems import Problem
from sources.rest.queries import QueryParameters
from sources.rest.views import ByteRenderer, byte_response
from sources.views import WaczRenderer, wacz_response
from sources.wacz import MEDIA_TYPE


class ClaimReceipt(ClaimView):
    """What the service says of a claim now, and the digests by which anybody can check it offline."""

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Canonical JSON (RFC 8785) with a Merkle root over its parts; /verify_receipt.py checks it."""
        claim = self.claim(slug)
        receipt = receipt_of(evidence_of(claim, viewer=self.viewer))
        return byte_response(receipt, content_type="application/json", file_name=f"{claim.slug}.receipt.json")


class TimestampRenderer(ByteRenderer):
    """A timestamp (RFC 3161)."""

    media_type = stamping.MEDIA_TYPE
    format = "tsr"


class TimestampParameters(QueryParameters):
    """Of which receipt."""

    sha256 = TextField(
        required=False, max_length=64, help_text="Its SHA-256; without one, of the receipt of now."
    )


class ClaimTimestamp(ClaimView):
    """When a receipt was there, on the word of an authority outside (RFC 3161)."""

    renderer_classes = [TimestampRenderer]
    parameters = TimestampParameters

    @extend_schema(
        responses={
            (200, stamping.MEDIA_TYPE): OpenApiTypes.BINARY,
            202: OpenApiResponse(description="Asked for."),
        }
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The timestamp of the receipt; 202 while it is asked for: come back in a few seconds."""
        claim = self.claim(slug)
        sha256: str = self.query.get("sha256") or stamping.digest_of(
            receipt_of(evidence_of(claim, viewer=self.viewer))
        )
        if token := stamping.held(sha256):
            return byte_response(
                token, content_type=stamping.MEDIA_TYPE, file_name=f"{claim.slug}.receipt.tsr"
            )
        if self.query.get("sha256"):
            raise Problem(HTTPStatus.NOT_FOUND, "No timestamp of this receipt is held.")
        if not settings.TIMESTAMP_URL:
            raise Problem(HTTPStatus.NOT_FOUND, "This service asks no timestamp authority.")
        nudge(tasks.stamp, claim.pk, expires=60)
        return HttpResponse(status=HTTPStatus.ACCEPTED, headers={"Retry-After": "5"})


class ClaimWacz(ClaimView):
    """The evidence of a claim as one package (WACZ 1.1.1), with its receipt."""

    renderer_classes = [WaczRenderer]

    @extend_schema(responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """The web archives that its quotes stand in, their texts, an index, and the receipt that names them."""
        claim = self.claim(slug)
        package = wacz.package_of(evidence_of(claim, viewer=self.viewer), created=datetime.now(UTC))
        return wacz_response(package, file_name=claim.slug)


class AnnotationRenderer(ByteRenderer):
    """Web Annotations."""

    media_type = "application/ld+json"
    format = "jsonld"


class ClaimAnnotations(ClaimView):
    """Every quote of a claim that was found, as Web Annotations (W3C)."""

    renderer_classes = [AnnotationRenderer]

    @extend_schema(responses={(200, "application/ld+json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """JSON-LD: the words, their place in the text, and the state of the page that shows them."""
        found = annotations.annotations_of(evidence_of(self.claim(slug), viewer=self.viewer))
        return byte_response(
            json.dumps(found, ensure_ascii=False).encode(), content_type=annotations.MEDIA_TYPE
        )


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The stand-alone program that checks receipts and packages; it needs Python alone."""
    program = Path(verify_receipt.__file__).read_bytes()
    return byte_response(program, content_type="text/x-python; charset=utf-8", file_name="verify_receipt.py")
