"""How every page for people leaves the house: rendered, with the policy that tells a browser what may run in it.

Nothing inline and nothing from elsewhere: words of strangers that slipped past the escaping would still run nowhere.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-src {}; frame-ancestors {}"
)


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    status: int = HTTPStatus.OK,
    framed_by: str = "'none'",
    frames: str = "'none'",
) -> HttpResponse:
    """The page, with its policy and, as `canonical`, the one address it should be known by.

    `framed_by` says who may show it in a frame, and `frames` what it may show in one, both as source lists of CSP
    (level 3, frame-ancestors and frame-src): by default nobody and nothing.
    """
    canonical = f"{settings.PUBLIC_URL}{request.path}"
    response = render(request, template, {"canonical": canonical, **context}, status=status)
    response["Content-Security-Policy"] = _POLICY.format(frames, framed_by)
    if framed_by == "*":
        # The older header knows no "everybody", so that the middleware must leave it out.
        response.xframe_options_exempt = True
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
