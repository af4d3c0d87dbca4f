"""GraphQL over HTTP: one view, which never reads cookies. A key is honoured, an invalid one is 401.

Statuses and media types follow the GraphQL-over-HTTP draft: `application/graphql-response+json` for who accepts it, and
400 for a document that could not be executed; `application/json`, with 200 as ever, for the rest.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from cross_web import HTTPException
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from strawberry.django.views import GraphQLView as StrawberryView
from strawberry.types.unset import UNSET

from provenance import kept
from provenance.asked import Asked, asked
from provenance.partners.keys import InvalidKey, identify
from provenance.schema import schema
from provenance.whole import whole
from sources.graphql import Context
from sources.rest.conditional import tagged
from sources.rest.parsing import read_json
from sources.rest.problems import Problem
from sources.viewers import ANONYMOUS

RESPONSE_TYPE = "application/graphql-response+json"
JSON_TYPE = "application/json"

# GraphiQL's editor puts style elements into the page; no script but our own files runs.
_IDE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"
)


class GraphQLView(StrawberryView[Context, None]):
    """POST for clients, GET for queries, GraphiQL for a browser."""

    _whole = False  # whether the answer has data and no errors

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, with every refusal as GraphQL errors in JSON."""
        try:
            response = self.run(request=request)
        except InvalidKey as error:
            response = _refused(HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", str(error))
            response["WWW-Authenticate"] = "Api-Key"
        except RequestDataTooBig:
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            message = f"The body is over {limit:,} bytes. Ask for less, or use variables."
            response = _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE", message)
        except Problem as error:
            response = _refused(HTTPStatus(error.status_code), "BAD_REQUEST", _told(error))
        except UnicodeDecodeError:
            response = _refused(
                HTTPStatus.BAD_REQUEST, "BAD_REQUEST", "The body is not UTF-8. Send it in that encoding."
            )
        except HTTPException as error:
            response = _refused(HTTPStatus(error.status_code), "BAD_REQUEST", error.reason)
        patch_vary_headers(response, ["Accept", "Authorization"])
        return response

    def run(self, request: HttpRequest, context: Any = UNSET, root_value: None = None) -> HttpResponseBase:
        """Answer: with 304, with bytes that were kept, or by executing. Raises what a request is refused for."""
        adapter = self.request_adapter_class(request)
        if not self.is_request_allowed(adapter) or self.should_render_graphql_ide(adapter):
            return super().run(request=request)
        context = self.get_context(request)
        data = self.parse_http_body(adapter)
        question = None if isinstance(data, list) else asked(data, context.viewer)
        if question is None:
            return super().run(request=request, context=context)
        # A condition is a GET's: a POST is none that a cache could answer (RFC 9110, 13.1.2).
        if request.method != "GET":
            return self._answer(request, context, question)
        met = get_conditional_response(request, etag=question.tag)
        response = met or self._answer(request, context, question)
        return tagged(response, context.viewer, question.tag) if met or self._whole else response

    def _answer(self, request: HttpRequest, context: Context, question: Asked) -> HttpResponseBase:
        if question.key and (body := kept.find(question.key)) is not None:
            return self._whole_answer(body)
        response: HttpResponseBase
        if (written := self._written(context, question)) is not None:
            response = self._whole_answer(written)
        else:
            context.found["claim", question.claim.slug] = question.claim
            response = super().run(request=request, context=context)
        if self._whole and question.key and isinstance(response, HttpResponse):
            kept.keep(question.key, response.content, _after(response))
        return response

    def _written(self, context: Context, question: Asked) -> str | bytes | None:
        """The answer without an executor, if it is one that is had so."""
        if settings.GRAPHQL_EXECUTION != "columns":
            return None
        document = whole(question.document, question.variables)
        if document is None or question.operation not in (None, document.operation):
            return None
        data = document.data(question.claim, context.allowance)
        return None if data is None else self.encode_json({"data": data})

    def _whole_answer(self, body: str | bytes) -> HttpResponse:
        self._whole = True
        return HttpResponse(body, content_type=self._media_type)

    @property
    def _media_type(self) -> str:
        accepted = self.request.headers.get("Accept", "")
        return f"{RESPONSE_TYPE}; charset=utf-8" if RESPONSE_TYPE in accepted else JSON_TYPE

    def get_context(self, request: HttpRequest, response: HttpResponse | None = None) -> Context:
        """Who is asking. Raises `InvalidKey`."""
        caller = identify(request.headers.get("Authorization"))
        return Context(viewer=caller.viewer if caller else ANONYMOUS)

    def parse_json(self, data: str | bytes) -> Any:
        """The body, as strictly as REST reads it. Raises `Problem`."""
        return read_json(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))

    def encode_json(self, data: object) -> str | bytes:
        """An answer as JSON."""
        try:
            return orjson.dumps(data)
        except orjson.JSONEncodeError:
            # Half of a surrogate pair, which no UTF-8 has: only an error that repeats the question comes to it.
            return super().encode_json(data)

    def create_response(self, response_data: Any, sub_response: HttpResponse) -> HttpResponseBase:
        """The answer in the media type and with the status that the client expects."""
        response = super().create_response(response_data, sub_response)
        self._whole = bool(response_data.get("data")) and not response_data.get("errors")
        response["Content-Type"] = self._media_type
        if self._media_type != JSON_TYPE and response_data.get("data") is None:
            response.status_code = HTTPStatus.BAD_REQUEST
        return response

    def render_graphql_ide(self, request: HttpRequest) -> HttpResponse:
        """GraphiQL, from files of our own."""
        response = super().render_graphql_ide(request)
        response["Content-Security-Policy"] = _IDE_POLICY
        return response


def _after(response: HttpResponse) -> Callable[[Callable[[], None]], None]:
    """Has something done when the response was sent: web servers close it then, in the same thread."""
    closers: list[Callable[[], None]] = response._resource_closers  # type: ignore[attr-defined]  # noqa: SLF001
    return closers.append


def _refused(status: HTTPStatus, code: str, message: str) -> JsonResponse:
    error: Mapping[str, Any] = {"message": message, "extensions": {"code": code}}
    return JsonResponse({"errors": [error]}, status=status)


def _told(problem: Problem) -> str:
    return " ".join(error.detail for error in problem.errors) or str(problem.detail)


# No token to check: cookies are never read, so another site's page has nobody's rights to borrow.
graphql = csrf_exempt(GraphQLView.as_view(schema=schema, multipart_uploads_enabled=False))
