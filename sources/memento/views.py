"""TimeGate, TimeMap and the mementos themselves, for what everybody may see. Neither keys nor cookies are read.

A TimeGate redirects (RFC 7089, pattern 2.1). A memento is the page's bytes as they were received: sandboxed and as an
attachment, because a stranger wrote them; `/snapshots/<id>/` shows the text.
"""

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from sources import registry, snapshots
from sources.canonical import InvalidURL, canonical_url
from sources.memento import addresses, links
from sources.memento.links import Link
from sources.memento.mementos import Mementos, Span, second
from sources.models import Snapshot, Source
from sources.rest.problems import InputError, problem_response
from sources.rest.views import byte_response
from sources.viewers import ANONYMOUS


class _Refused(Exception):
    """The request ends here, with this answer."""

    def __init__(self, status: HTTPStatus, detail: str, *, header: str = "") -> None:
        super().__init__(detail)
        errors = [InputError("invalid", detail, header=header)] if header else []
        self.response = problem_response(status, detail, errors)


@require_safe
def timegate(request: HttpRequest, url: str) -> HttpResponseBase:
    """Redirect to what was current at `Accept-Datetime`; without one, to the newest."""
    try:
        seen, span = _found(request, url)
        wanted = _accept_datetime(request) or span.last
    except _Refused as refused:
        refused.response["Vary"] = "accept-datetime"
        return refused.response
    chosen = seen.current_at(wanted)
    assert chosen is not None  # noqa: S101 - there is a span, and snapshots stay
    response = HttpResponseRedirect(addresses.memento(seen.source, second(chosen.captured_at)))
    response["Vary"] = "accept-datetime"
    response["Cache-Control"] = "no-cache"  # the next snapshot changes the answer
    response["Link"] = links.link_header([_original(seen.source), _timemap_link(seen.source, span)])
    return response


@require_safe
def timemap(request: HttpRequest, url: str) -> HttpResponseBase:
    """All that was seen, as a link document, oldest first."""
    try:
        seen, span = _found(request, url)
    except _Refused as refused:
        return refused.response
    body = links.link_format(_all_links(seen, span))
    return StreamingHttpResponse(body, content_type=links.LINK_FORMAT)


@require_safe
def memento(request: HttpRequest, moment: str, url: str) -> HttpResponseBase:
    """The page as it was seen in this second; a redirect to what was current then, where it was not."""
    try:
        wanted = _moment(moment)
        seen, span = _found(request, url)
        snapshot = seen.within(wanted)
        return _page(seen, snapshot, span) if snapshot else _to_the_nearest(seen, wanted)
    except _Refused as refused:
        return refused.response


def _found(request: HttpRequest, path: str) -> tuple[Mementos, Span]:
    """The public source under this URL, whatever its spelling, and its span. Raises `_Refused`."""
    try:
        url = canonical_url(links.out_of_path(path, request.META.get("QUERY_STRING", "")))
    except InvalidURL as error:
        raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
    source = registry.find_source(url)
    if source and Source.objects.visible_to(ANONYMOUS).filter(pk=source.pk).exists():
        seen = Mementos(source)
        if span := seen.span():
            return seen, span
    raise _Refused(
        HTTPStatus.NOT_FOUND, "Nothing was seen under this URL. Write a percent sign of its path as %25."
    )


def _moment(digits: str) -> datetime:
    if moment := links.read_digits(digits):
        return moment
    raise _Refused(HTTPStatus.NOT_FOUND, "The fourteen digits are no date: year to second, in UTC.")


def _accept_datetime(request: HttpRequest) -> datetime | None:
    text = request.headers.get("Accept-Datetime")
    if text is None:
        return None
    if instant := links.read_http_date(text):
        return instant
    raise _Refused(
        HTTPStatus.BAD_REQUEST,
        "Accept-Datetime takes a date like Thu, 31 May 2007 20:35:00 GMT.",
        header="Accept-Datetime",
    )


def _to_the_nearest(seen: Mementos, wanted: datetime) -> HttpResponse:
    current = seen.current_at(wanted)
    assert current is not None  # noqa: S101 - there is a span, and snapshots stay
    response = HttpResponseRedirect(addresses.memento(seen.source, second(current.captured_at)))
    response["Link"] = links.link_header([_original(seen.source)])
    return response


def _page(seen: Mementos, snapshot: Snapshot, span: Span) -> HttpResponse:
    moment = second(snapshot.captured_at)
    try:
        content = snapshots.payload(snapshot)
    except OSError as error:
        raise _Refused(
            HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer. Try again later."
        ) from error
    response = byte_response(
        content, content_type=_content_type(snapshot), file_name=f"memento-{links.digits(moment)}"
    )
    if snapshot.content_encoding:
        response["Content-Encoding"] = snapshot.content_encoding
    response["Memento-Datetime"] = links.http_date(moment)
    response["Link"] = links.link_header(_links_of(seen, moment, span))
    return response


def _content_type(snapshot: Snapshot) -> str:
    media_type = snapshot.media_type or "application/octet-stream"
    return f"{media_type}; charset={snapshot.charset}" if snapshot.charset else media_type


# --- Links


def _links_of(seen: Mementos, moment: datetime, span: Span) -> Iterator[Link]:
    """Of a memento: where it comes from, and its neighbours; one that is several of them is named once."""
    yield from (_original(seen.source), _timegate_link(seen.source), _timemap_link(seen.source, span))
    rels: dict[datetime, list[str]] = {}
    places = {"first": span.first, "prev": seen.before(moment), "next": seen.after(moment), "last": span.last}
    for rel, place in places.items():
        if place and place != moment:
            rels.setdefault(place, []).append(rel)
    own = [rel for rel in ("first", "last") if places[rel] == moment]
    for place, names in sorted({**rels, moment: own}.items()):
        yield _memento_link(seen.source, place, names)


def _all_links(seen: Mementos, span: Span) -> Iterator[Link]:
    """Of a TimeMap: itself, then every memento."""
    yield from (_original(seen.source), _timemap_link(seen.source, span, rel="self"))
    yield _timegate_link(seen.source)
    for moment in seen.times():
        names = [rel for rel, place in (("first", span.first), ("last", span.last)) if place == moment]
        yield _memento_link(seen.source, moment, names)


def _original(source: Source) -> Link:
    return Link(addresses.page_url(source), "original")


def _timegate_link(source: Source) -> Link:
    return Link(addresses.timegate(source), "timegate")


def _timemap_link(source: Source, span: Span, *, rel: str = "timemap") -> Link:
    target = addresses.timemap(source)
    return Link(target, rel, type=links.LINK_FORMAT, from_=span.first, until=span.last)


def _memento_link(source: Source, moment: datetime, names: list[str]) -> Link:
    return Link(addresses.memento(source, moment), " ".join([*names, "memento"]), at=moment)
