"""What drf-spectacular cannot see by itself: the key, strict parameters, and problems as answers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from provenance.partners.keys import SCHEME
from sources.rest import problems
from sources.rest.views import StrictView

_REFUSALS = {
    "get": {400: "Invalid parameters.", 401: "Invalid key.", 404: "Hidden or unknown."},
    "post": {
        400: "Invalid.",
        401: "No key, or an invalid one.",
        404: "Hidden or unknown.",
        409: "In conflict with what is stored.",
        413: "Too large.",
        415: "Not JSON.",
        422: "The Idempotency-Key was used for another request.",
    },
    "patch": {
        400: "Invalid.",
        401: "No key, or an invalid one.",
        403: "Not yours to do.",
        404: "Hidden or unknown.",
        409: "In conflict with what is stored.",
        413: "Too large.",
        415: "Not JSON.",
    },
}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """The key, as a security scheme."""

    target_class = "provenance.partners.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A header of its own form: OpenAPI has no scheme for it."""
        description = f"`{SCHEME} <key>`, the key as `create_partner` printed it."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}


class Schema(AutoSchema):
    """One operation."""

    def get_override_parameters(self) -> list[Any]:
        """The view's own parameters."""
        if self.method == "GET" and isinstance(self.view, StrictView) and self.view.parameters().fields:
            return [self.view.parameters]
        return []


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to every operation the answers that refuse it (a postprocessing hook of drf-spectacular)."""
    result["components"]["schemas"]["Problem"] = dict(problems.SCHEMA)
    content = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status, description in _REFUSALS[method].items():
                operation["responses"].setdefault(
                    str(status), {"description": description, "content": content}
                )
    return result
