"""What an answer means for the fetch: a page that is whole, the way to another URL, or an end. Pure."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sources.fetchers.base import NOT_MODIFIED, Exchange, Fetched, FetchError, Reason, Truncation
from sources.fetchers.conditions import Validators

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_A_WHOLE_PAGE = frozenset({204, 205, 206})  # nothing, nothing, and a part that was not asked for
_REASON_OF_STATUS = {
    NOT_MODIFIED: Reason.PROTOCOL_ERROR,  # not modified since what? Who did not ask is not told that
    404: Reason.HTTP_NOT_FOUND,
    408: Reason.TIMEOUT,
    410: Reason.HTTP_NOT_FOUND,
    429: Reason.HTTP_RATE_LIMITED,
}
_REASON_OF_STATUS_CLASS = {4: Reason.HTTP_CLIENT_ERROR, 5: Reason.HTTP_SERVER_ERROR}
# Bodies that are wrong by their server's doing: no page, but an attempt to repeat. As the newest snapshot one would
# make quotes from its lost end look removed, and the next attempt mostly brings the whole.
_REASON_OF_CUT = {
    Truncation.DISCONNECT: (Reason.INCOMPLETE_BODY, "the site closed the connection"),
    Truncation.UNSPECIFIED: (Reason.PROTOCOL_ERROR, "bytes after the declared end of the page"),
}


def is_page(status: int) -> bool:
    """Whether an answer of this status makes a snapshot."""
    return 200 <= status < 300 and status not in _NOT_A_WHOLE_PAGE


def redirect_location(exchange: Exchange) -> str | None:
    """Where the answer sends us, absolute or relative to its URL; None where it is no redirect."""
    location = exchange.header("location")
    if exchange.status not in _REDIRECTS or not location:
        return None
    try:
        return location.encode("latin-1").decode()  # not a few servers send UTF-8, as browsers expect
    except UnicodeDecodeError:
        return location


def _require_page(exchange: Exchange) -> None:
    """Raise FetchError with the reason of the status, unless the exchange gave a page."""
    status = exchange.status
    if is_page(status):
        return
    by_class = _REASON_OF_STATUS_CLASS.get(status // 100, Reason.HTTP_UNEXPECTED_STATUS)
    raise FetchError(
        _REASON_OF_STATUS.get(status, by_class),
        f"status {status}",
        status=status,
        retry_after=seconds_until(exchange.header("retry-after"), now=datetime.now(UTC)),
    )


def require_whole(fetched: Fetched, asked: Validators) -> Fetched:
    """The page as it is, or the answer that it is the one asked about. Raises FetchError where it is neither."""
    if fetched.not_modified and asked.fields():
        return fetched
    _require_page(fetched.exchange)
    if fetched.truncated in _REASON_OF_CUT:
        reason, detail = _REASON_OF_CUT[fetched.truncated]
        raise FetchError(
            reason, detail, status=fetched.exchange.status, partial=fetched if fetched.body else None
        )
    return fetched


def seconds_until(retry_after: str, *, now: datetime) -> float | None:
    """Retry-After (RFC 9110 10.2.3: seconds, or a date) as seconds from now, uncapped; None if unreadable."""
    if re.fullmatch(r"[0-9]{1,10}", retry_after):
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())
