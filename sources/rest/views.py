"""The base of every REST view: who is asking, with which parameters; and how bytes of strangers are handed out."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from sources.rest.problems import Problem
from sources.rest.queries import QueryParameters, read_query
from sources.viewers import ANONYMOUS, Viewer

# Bytes that strangers wrote must not run here, be guessed to be something else, or be drawn into other sites' pages.
BYTE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class StrictView(APIView):
    """Refuses query parameters that it does not name, and knows for whom it answers.

    `parameters` are those of its GET; other methods take none. `query` has their values.
    """

    http_method_names = ["get", "head", "post"]
    parameters: ClassVar[type[QueryParameters]] = QueryParameters

    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """What must hold before the method is looked at. Raises `Problem`."""
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            # Without a length, Django sees no body at all.
            raise Problem(HTTPStatus.LENGTH_REQUIRED, "Send the body with a Content-Length, not in chunks.")
        reads = request.method in SAFE_METHODS
        self.query = read_query(request, self.parameters if reads else QueryParameters)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """The response, marked as one that may differ by key."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization"])
        return response

    @property
    def viewer(self) -> Viewer:
        """For whom this answers."""
        return viewer_of(self.request)


def viewer_of(request: Request) -> Viewer:
    """What the request's key lets it see; without one, what everybody sees."""
    return request.auth if isinstance(request.auth, Viewer) else ANONYMOUS


def account_of(request: Request) -> User:
    """The account that a writing request speaks for: permissions let none pass without."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def read_body(serializer: type[BaseSerializer[Any]], request: Request) -> Any:
    """The body's value. Raises ValidationError, or `Problem` where it is no JSON at all."""
    read = serializer(data=request.data)
    read.is_valid(raise_exception=True)
    return read.validated_data


class ByteRenderer(BaseRenderer):
    """Stands for a media type in content negotiation and the API's description; views answer the bytes themselves."""

    charset = None
    render_style = "binary"

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        """Bytes pass through."""
        return bytes(data)


def byte_response(content: bytes, *, content_type: str, file_name: str = "") -> HttpResponse:
    """Bytes of a snapshot, for saving under `file_name` where one is given."""
    return HttpResponse(content, content_type=content_type, headers=_byte_headers(file_name))


def byte_stream(pieces: Iterable[bytes], *, content_type: str, file_name: str) -> StreamingHttpResponse:
    """The same for what is made while it is sent."""
    return StreamingHttpResponse(pieces, content_type=content_type, headers=_byte_headers(file_name))


def _byte_headers(file_name: str) -> dict[str, str]:
    named = {"Content-Disposition": f'attachment; filename="{file_name}"'} if file_name else {}
    return BYTE_HEADERS | named
