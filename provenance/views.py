"""Signs of life, and what is answered where no view of our own does."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from provenance.health import readiness
from provenance.rendering import render_page
from sources.rest.problems import HIDDEN_OR_UNKNOWN, problem_response

_API = "/api/"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether everything is there that it needs: 200, or 503 with what is missing as false."""
    parts = readiness()
    return JsonResponse(
        parts, status=HTTPStatus.OK if all(parts.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 of Django's own, such as a Host that is not ours."""
    if request.path.startswith(_API):
        return problem_response(HTTPStatus.BAD_REQUEST, "This request is malformed.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 of Django's own."""
    if request.path.startswith(_API):
        return problem_response(HTTPStatus.FORBIDDEN, "This is not yours to do.")
    return render_page(request, "403.html", {"canonical": ""}, status=HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 of Django's own."""
    if request.path.startswith(_API):
        return problem_response(HTTPStatus.NOT_FOUND, HIDDEN_OR_UNKNOWN)
    return render_page(request, "404.html", {"canonical": ""}, status=HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours. What it was stands in the log, and nowhere else."""
    if request.path.startswith(_API):
        detail = "Something went wrong on our side. It is in our log; try again later."
        return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    return render_page(request, "500.html", {}, status=HTTPStatus.INTERNAL_SERVER_ERROR)
