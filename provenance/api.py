"""The REST side: both apps' views under /api/v1/, the API's description, and an answer for every other address."""

from http import HTTPStatus
from typing import Any

from django.urls import include, path, re_path
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from claims import curation_views as curation
from claims import parts_views as parts
from claims import views as claims
from claims.exports import views as exports
from provenance.partners.idempotency import repeatable
from sources import views as sources
from sources.rest.problems import Problem
from sources.rest.views import StrictView

# Swagger UI sets styles from its script; all else comes from files of this service.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Chains(claims.Chains):
    """Whole chains: a claim, where it appears, and who rests on whose word."""

    post = repeatable(claims.Chains.post)


class SourceCaptures(sources.SourceCaptures):
    """The captures of a source; a POST asks for one more."""

    post = repeatable(sources.SourceCaptures.post)


class Description(SpectacularAPIView):
    """OpenAPI 3.1, as JSON unless YAML is asked for."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI, from files of this service alone; its script is a file too, so that none stands in the page."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """With what the page may load."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Content-Security-Policy"] = _DOCS_POLICY
        return response


class NothingHere(StrictView):
    """Every other address below /api/."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *_: Any, **__: Any) -> Response:
        """Never reached; methods are looked at later than addresses."""
        raise NotImplementedError

    def initial(self, request: Request, *_: Any, **__: Any) -> None:
        """Refuse before anything else is looked at."""
        raise Problem(
            HTTPStatus.NOT_FOUND, "There is no such address. All of them end with a slash; see /api/docs/."
        )


_v1 = [
    path("chains/", Chains.as_view(), name="api-chains"),
    path("claims/", claims.ClaimList.as_view(), name="api-claims"),
    path("claims/<slug:slug>/", curation.ClaimDetail.as_view(), name="api-claim"),
    path("claims/<slug:slug>/tree/", claims.ClaimTree.as_view(), name="api-claim-tree"),
    path("claims/<slug:slug>/what-if/", claims.ClaimWhatIf.as_view(), name="api-claim-what-if"),
    path("claims/<slug:slug>/impact/", claims.ClaimImpact.as_view(), name="api-claim-impact"),
    path("claims/<slug:slug>/receipt/", exports.ClaimReceipt.as_view(), name="api-claim-receipt"),
    path(
        "claims/<slug:slug>/receipt/timestamp/", exports.ClaimTimestamp.as_view(), name="api-claim-timestamp"
    ),
    path("claims/<slug:slug>/annotations/", exports.ClaimAnnotations.as_view(), name="api-claim-annotations"),
    path("claims/<slug:slug>/wacz/", exports.ClaimWacz.as_view(), name="api-claim-wacz"),
    path("appearances/", parts.AppearanceList.as_view(), name="api-appearances"),
    path("appearances/<int:pk>/", parts.AppearanceDetail.as_view(), name="api-appearance"),
    path("appearances/<int:pk>/vouch/", curation.AppearanceVouch.as_view(), name="api-appearance-vouch"),
    path("derivations/", parts.DerivationList.as_view(), name="api-derivations"),
    path("derivations/<int:pk>/", parts.DerivationDetail.as_view(), name="api-derivation"),
    path("agents/", sources.AgentList.as_view(), name="api-agents"),
    path("agents/<int:pk>/", curation.AgentDetail.as_view(), name="api-agent"),
    path("agents/<int:pk>/merge/", curation.AgentMerge.as_view(), name="api-agent-merge"),
    path("agents/<int:pk>/unmerge/", curation.AgentUnmerge.as_view(), name="api-agent-unmerge"),
    path("sources/<int:pk>/merge/", curation.SourceMerge.as_view(), name="api-source-merge"),
    path("sources/<int:pk>/unmerge/", curation.SourceUnmerge.as_view(), name="api-source-unmerge"),
    path("claims/<slug:slug>/merge/", curation.ClaimMerge.as_view(), name="api-claim-merge"),
    path("sources/", sources.SourceList.as_view(), name="api-sources"),
    path("sources/<int:pk>/", sources.SourceDetail.as_view(), name="api-source"),
    path("sources/<int:pk>/captures/", SourceCaptures.as_view(), name="api-source-captures"),
    path("sources/<int:pk>/claims/", claims.SourceClaims.as_view(), name="api-source-claims"),
    path("sources/<int:pk>/wacz/", sources.SourceWacz.as_view(), name="api-source-wacz"),
    path("agents/<int:pk>/claims/", claims.AgentClaims.as_view(), name="api-agent-claims"),
    path("captures/<int:pk>/", sources.CaptureDetail.as_view(), name="api-capture"),
    path("snapshots/<int:pk>/", sources.SnapshotDetail.as_view(), name="api-snapshot"),
    path("snapshots/<int:pk>/text/", sources.SnapshotText.as_view(), name="api-snapshot-text"),
    path("snapshots/<int:pk>/diff/", sources.SnapshotDiff.as_view(), name="api-snapshot-diff"),
    path("snapshots/<int:pk>/warc/", sources.SnapshotWarc.as_view(), name="api-snapshot-warc"),
    path("changes/", claims.ChangeFeed.as_view(), name="api-changes"),
]

urlpatterns = [
    path("v1/", include(_v1)),
    path("schema/", Description.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"", NothingHere.as_view()),
]
