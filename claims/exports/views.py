"""The REST side of what can be checked elsewhere: receipts, packages, and the verifier of both."""

import json
from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from claims.exports import annotations, verify_receipt, wacz
from claims.exports.evidence import evidence_of
from claims.exports.receipt import receipt_of
from claims.views import ClaimView
from sources.rest.views import ByteRenderer, byte_response
from sources.views import WaczRenderer, wacz_response
from sources.wacz import MEDIA_TYPE


class ClaimReceipt(ClaimView):
    """What the service says of a claim now, and the digests by which anybody can check it offline."""

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Canonical JSON (RFC 8785) with a Merkle root over its parts; /verify_receipt.py checks it."""
        claim = self.claim(slug)
        receipt = receipt_of(evidence_of(claim, viewer=self.viewer), issued_at=datetime.now(UTC))
        return byte_response(receipt, content_type="application/json", file_name=f"{claim.slug}.receipt.json")


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
