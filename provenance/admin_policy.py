"""What may run on a page of the admin: files of our own, and nothing that stands in the page itself.

unfold's components are expressions in attributes, which Alpine compiles: hence `unsafe-eval`. Words of strangers are
escaped everywhere; were one ever not, no script or handler in it would run, and nothing could be sent elsewhere.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# The two style elements that unfold brings, its colours and those of htmx, by their digests: a browser test fails when
# a new version of it brings others.
_STYLES = "'sha256-bsV5JivYxvGywDAZ22EZJKBFip65Ng9xoJVLbBg7bdo=' 'sha256-CftXQ/6rIQ3AMOrJUsQzoK+KGLgk4scJJlfXyvE/1mQ='"

POLICY = (
    f"default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' {_STYLES}; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def admin_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: sets the policy on every answer below /admin/."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return answer
