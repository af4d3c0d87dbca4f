"""Pages of lists: by cursor, newest first, so that a row added meanwhile neither repeats nor hides another."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sources.rest.problems import InputError, Problem
from sources.rest.queries import DEFAULT_LIMIT, MAX_LIMIT

_LINK: Mapping[str, Any] = {"type": ["string", "null"], "format": "uri"}


def absolute(path: str) -> str:
    """The full address of a path of this service: as the outside knows it, not as a proxy's request names it."""
    return f"{settings.PUBLIC_URL}{path}"


def page(results: Any, *, next_url: str | None, previous_url: str | None) -> Response:
    """The envelope of every list."""
    return Response({"results": results, "next": next_url, "previous": previous_url})


def page_schema(results: dict[str, Any]) -> dict[str, Any]:
    """The envelope, for the API's description."""
    properties = {"results": results, "next": dict(_LINK), "previous": dict(_LINK)}
    return {"type": "object", "required": list(properties), "properties": properties}


class CursorPagination(pagination.CursorPagination):
    """By id, newest first. Views check `limit` and `cursor` as parameters; here the cursor is looked into."""

    ordering = "-id"
    page_size = DEFAULT_LIMIT
    page_size_query_param = "limit"
    max_page_size = MAX_LIMIT

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """One page of the rows."""
        rows: list[Any] | None = super().paginate_queryset(queryset, request, view)
        self.base_url = absolute(request.get_full_path())
        return rows

    def decode_cursor(self, request: Request) -> pagination.Cursor | None:
        """Where the page begins. Raises `Problem` (400) for a cursor that none of our links has."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _bad_cursor() from None
        if cursor and cursor.position is not None:
            position = str(cursor.position)
            # It goes into a comparison with ids.
            if not (position.isascii() and position.isdecimal()):
                raise _bad_cursor()
        return cursor

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its neighbours."""
        return page(data, next_url=self.get_next_link(), previous_url=self.get_previous_link())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope around `schema`."""
        return page_schema(schema)


def _bad_cursor() -> Problem:
    error = InputError(
        "cursor", "This is no cursor of ours. Take one out of next or previous.", parameter="cursor"
    )
    return Problem(HTTPStatus.BAD_REQUEST, errors=[error])
