"""What a fetch leaves behind: the exchanges with the servers, or the reason why there is no page.

Plain values. `http.py` makes them from the network, tests and other fetchers make them by hand.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

NOT_MODIFIED = 304

_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)


class Verdict(StrEnum):
    """What a failed fetch means for the capture that asked for it."""

    REFUSED = "refused"  # we decided not to fetch, or not further
    PERMANENT = "permanent"  # the same request would end the same way: do not try again
    TRANSIENT = "transient"  # network, time, or a server that is unwell: try again later


class Reason(StrEnum):
    """Stable codes for why a fetch gave no page; stored, and shown beside their sentence."""

    ADDRESS_REFUSED = "address_refused"
    SCHEME_REFUSED = "scheme_refused"
    PORT_REFUSED = "port_refused"
    OWN_HOST = "own_host"
    BAD_URL = "bad_url"
    ROBOTS_DISALLOWED = "robots_disallowed"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    REDIRECT_LOOP = "redirect_loop"
    HEADERS_TOO_LARGE = "headers_too_large"
    HTTP_NOT_FOUND = "http_not_found"
    HTTP_CLIENT_ERROR = "http_client_error"
    HTTP_UNEXPECTED_STATUS = "http_unexpected_status"
    DNS_FAILURE = "dns_failure"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "timeout"
    PROTOCOL_ERROR = "protocol_error"
    INCOMPLETE_BODY = "incomplete_body"
    HTTP_RATE_LIMITED = "http_rate_limited"
    HTTP_SERVER_ERROR = "http_server_error"
    ROBOTS_UNREACHABLE = "robots_unreachable"

    @property
    def sentence(self) -> str:
        """One plain sentence for people."""
        return _MEANINGS[self][1]

    @property
    def verdict(self) -> Verdict:
        """Whether this refuses the capture, ends it, or lets it be tried again."""
        return _MEANINGS[self][0]


_MEANINGS: dict[Reason, tuple[Verdict, str]] = {
    Reason.ADDRESS_REFUSED: (Verdict.REFUSED, "The address does not belong to the public internet."),
    Reason.SCHEME_REFUSED: (Verdict.REFUSED, "Only http and https addresses are fetched."),
    Reason.PORT_REFUSED: (Verdict.REFUSED, "The port is not one of those that pages are fetched from."),
    Reason.OWN_HOST: (Verdict.REFUSED, "The page belongs to this service, which never captures itself."),
    Reason.BAD_URL: (Verdict.REFUSED, "The URL is malformed, or programs could read it in different ways."),
    Reason.ROBOTS_DISALLOWED: (
        Verdict.REFUSED,
        "The site's robots.txt asks programs not to fetch this page.",
    ),
    Reason.TOO_MANY_REDIRECTS: (Verdict.PERMANENT, "The page was redirected too many times."),
    Reason.REDIRECT_LOOP: (Verdict.PERMANENT, "The redirects lead back to where they started."),
    Reason.HEADERS_TOO_LARGE: (Verdict.PERMANENT, "The site sent more headers than are accepted."),
    Reason.HTTP_NOT_FOUND: (Verdict.PERMANENT, "The site says that there is no such page."),
    Reason.HTTP_CLIENT_ERROR: (Verdict.PERMANENT, "The site does not give this page to us."),
    Reason.HTTP_UNEXPECTED_STATUS: (Verdict.PERMANENT, "The site answered with something that is no page."),
    Reason.DNS_FAILURE: (Verdict.TRANSIENT, "The name of the site could not be resolved."),
    Reason.CONNECT_FAILED: (Verdict.TRANSIENT, "No connection was made, or it broke before an answer came."),
    Reason.TLS_FAILED: (Verdict.TRANSIENT, "No trusted encrypted connection to the site could be made."),
    Reason.TIMEOUT: (Verdict.TRANSIENT, "The page did not arrive in time."),
    Reason.PROTOCOL_ERROR: (Verdict.TRANSIENT, "The site's answer does not follow the rules of HTTP."),
    Reason.INCOMPLETE_BODY: (Verdict.TRANSIENT, "The connection ended before the whole page had arrived."),
    Reason.HTTP_RATE_LIMITED: (Verdict.TRANSIENT, "The site asks us to come back later."),
    Reason.HTTP_SERVER_ERROR: (Verdict.TRANSIENT, "The site reported an error of its own."),
    Reason.ROBOTS_UNREACHABLE: (
        Verdict.TRANSIENT,
        "Whether the site lets programs fetch the page could not be read in its robots.txt.",
    ),
}


class Truncation(StrEnum):
    """Why a body was cut; the values are those of the WARC-Truncated field. A whole body has NONE."""

    NONE = ""
    LENGTH = "length"  # by us, at the cap
    TIME = "time"  # by us, at the deadline
    DISCONNECT = "disconnect"  # by the server, before the end it had declared
    UNSPECIFIED = "unspecified"  # by the server, which sent more than it had declared


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed, or that led to a refusal: `location` is the text as sent."""

    url: str
    status: int
    location: str
    address: str


class FetchError(Exception):
    """No page. `detail` adds what the sentence of `reason` leaves open, and is safe to show to anybody.

    `status` is the answer's HTTP status, if there was one; `retry_after` is in seconds from now, as the site
    asked and uncapped; `hops` are the redirects up to there. `partial` is what came of a page whose body alone is
    wrong: at least one byte of it, under a sound head, its `truncated` saying how it ends. It is no page while
    another attempt may bring the whole; the last attempt may keep it.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        status: int | None = None,
        retry_after: float | None = None,
        hops: Iterable[Hop] = (),
        partial: "Fetched | None" = None,
    ) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        self.hops = tuple(hops)
        self.partial = partial

    def __str__(self) -> str:
        return f"{self.reason.sentence} ({self.detail})" if self.detail else self.reason.sentence

    @property
    def refused(self) -> bool:
        """We decided not to fetch, or not further."""
        return self.reason.verdict is Verdict.REFUSED

    @property
    def permanent(self) -> bool:
        """Trying again is no use; every refusal is permanent too."""
        return self.reason.verdict is not Verdict.TRANSIENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response, byte for byte, but for the chunked framing, which is removed.

    `address` is the `ip:port` connected to (`[ip]:port` for IPv6); `started_at` is aware, in UTC, taken
    before the name was resolved. `head` runs from the status line to the blank line, as received; `headers`
    are its fields with lower-case names, read as ISO 8859-1. `body` keeps any Content-Encoding, undecoded.
    """

    url: str
    address: str
    started_at: datetime
    request: bytes = field(repr=False)
    status: int
    head: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    truncated: Truncation = Truncation.NONE

    def header(self, name: str) -> str:
        """The first value under this lower-case name, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def ip(self) -> str:
        """The address alone, without port or brackets."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def hop(self) -> Hop:
        """What of this exchange is kept as a step of a redirect chain."""
        return Hop(self.url, self.status, self.header("location"), self.address)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A page: the exchange that gave it, and before it the redirects that led there (their bodies unread).

    Where `not_modified`, it is the server's word that the page is the one whose validators were sent: there is a
    head and no body, and the bytes, digest and type are those of the earlier snapshot.
    """

    exchange: Exchange
    redirects: tuple[Exchange, ...] = ()

    @property
    def url(self) -> str:
        """Where the page was in the end; without fragment."""
        return self.exchange.url

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The redirects followed, in order; the page itself is not among them."""
        return tuple(exchange.hop for exchange in self.redirects)

    @property
    def not_modified(self) -> bool:
        """Whether the server answered a conditional request with 304 instead of the page."""
        return self.exchange.status == NOT_MODIFIED

    @property
    def body(self) -> bytes:
        """The page's bytes, without transfer coding."""
        return self.exchange.body

    @property
    def truncated(self) -> Truncation:
        """Why the body ends early, if it does."""
        return self.exchange.truncated

    @cached_property
    def sha256(self) -> str:
        """Lower-case hex digest of the body."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def content_type(self) -> str:
        """The media type alone, lower case, as declared: `text/html`, or an empty string."""
        return self.exchange.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The declared charset label, lower case. Look it up in the WHATWG list: it may name any codec."""
        match = _CHARSET.search(self.exchange.header("content-type"))
        return match[1].lower() if match else ""

    @property
    def content_encoding(self) -> str:
        """The codings that the body is still in, lower case, as declared: `gzip`, `gzip, br`, or an empty string."""
        return ", ".join(value for name, value in self.exchange.headers if name == "content-encoding").lower()

    @property
    def etag(self) -> str:
        """The validator as sent, for a later conditional request."""
        return self.exchange.header("etag")

    @property
    def last_modified(self) -> str:
        """The server's own date as sent, for a later conditional request."""
        return self.exchange.header("last-modified")
