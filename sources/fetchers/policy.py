"""What the door may fetch: the policy handed to it, and how a URL's text becomes a judged target. Pure.

One parser, WHATWG's, reads every URL, and only its reading is used from there on: for the judgement, the
connection, the Host header and the record. So there is no second reading that a crafted URL could aim at.
"""

import re
import ssl
from dataclasses import dataclass
from functools import lru_cache

from ada_url import URL

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.names import Resolve, is_numeric, system_addresses

PRODUCT = "claims-provenance/0.1"
MAX_URL_BYTES = 4000  # what a snapshot's row holds

_WEB_PORTS = frozenset({80, 443})
_DEFAULT_PORT = {"http": 80, "https": 443}
_WITH_SCHEME = re.compile(r"https?:", re.IGNORECASE)
_PLAIN_AUTHORITY = re.compile(r"https?://[^/?#@]+(?:[/?#]|\Z)", re.IGNORECASE)
_ENDPOINT = re.compile(r"(\[[^\]]+\]|[^:/?#@\[\]\s]+)(?::([0-9]{1,5}))?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_LONGEST_HOST = 253
_LAST_PORT = 65535
# A name in small letters that is none in another script and no number; a path without empty query, fragment, or
# segments that begin as `.` and `..` do; and nothing that the parser would escape.
_ORDINARY = re.compile(
    r"(https?)://"
    r"(((?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!xn--)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)"
    r"(?::([1-9][0-9]{0,4}))?)"
    r"((?:/(?:[A-Za-z0-9_~!$&()*+,;=:@-][A-Za-z0-9_~!$&()*+,;=:@.%-]*)?)+"
    r"(?:\?[A-Za-z0-9_~!$&()*+,;=:@.%/?-]+)?)"
)
_VISIBLE_ASCII = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What may be fetched, and how much of it.

    `allow_hosts`: `host:port`, or `host` for its ports 80 and 443: exactly these may also be private or on
    another port than `ports`, as redirect hops too. `own_host`: this service in the same form, never fetched.
    `contact_url` tells site owners who we are. `deadline`: seconds over all hops, from the name to the last
    byte. Sizes are bytes, `max_body` without chunk framing, `max_header_bytes` and `max_headers` per answer.
    `resolve` and `tls` replace the system's resolver and trust store.
    Raises ValueError where a host or the contact cannot be used.
    """

    allow_hosts: frozenset[str] = frozenset()
    own_host: str | None = None
    contact_url: str = ""
    ports: frozenset[int] = _WEB_PORTS
    deadline: float = 30.0
    max_body: int = 32 * 1024 * 1024
    max_redirects: int = 10
    max_header_bytes: int = 64 * 1024
    max_headers: int = 200
    resolve: Resolve = system_addresses
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        for entry in (*self.allow_hosts, *([self.own_host] if self.own_host else [])):
            endpoints(entry)
        if not _VISIBLE_ASCII.fullmatch(self.contact_url):
            raise ValueError(f"{self.contact_url!r} cannot stand in a User-Agent header")

    @property
    def user_agent(self) -> str:
        """Who we say we are, with a place to complain."""
        return f"{PRODUCT} (+{self.contact_url})" if self.contact_url else PRODUCT

    def allows_by_name(self, host: str, port: int) -> bool:
        """Whether an operator named exactly this endpoint, so that its address and port are not judged."""
        return (host, port) in _endpoints_of_all(self.allow_hosts)

    def is_own(self, host: str, port: int) -> bool:
        """Whether this endpoint is the service itself."""
        return self.own_host is not None and (host, port) in endpoints(self.own_host)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be fetched, as far as its text can tell; its addresses are judged later.

    `url` has no fragment; `host` has no brackets and no final dot; `authority` is the Host header.
    """

    url: str
    scheme: str
    host: str
    port: int
    authority: str
    path: str


@lru_cache(maxsize=1024)
def endpoints(entry: str) -> frozenset[tuple[str, int]]:
    """The (host, port) pairs that `host:port` or `host` stands for. Raises ValueError where it is neither."""
    match = _ENDPOINT.fullmatch(entry)
    host = _bare(URL(f"http://{match[1]}/").hostname) if match else ""
    if not match or not _is_host(host):
        raise ValueError(f"{entry!r} is not of the form host or host:port")
    return frozenset((host, port) for port in ({int(match[2])} if match[2] else _WEB_PORTS))


@lru_cache(maxsize=8)
def _endpoints_of_all(entries: frozenset[str]) -> frozenset[tuple[str, int]]:
    return frozenset().union(*map(endpoints, entries))


def read_target(text: str, *, policy: FetchPolicy, base: str | None = None) -> Target:
    """Read and judge a URL, a redirect's against `base`. Raises FetchError where it may not be fetched."""
    target = _read(text, base)
    if policy.is_own(target.host, target.port):
        raise FetchError(Reason.OWN_HOST)
    if target.port not in policy.ports and not policy.allows_by_name(target.host, target.port):
        raise FetchError(Reason.PORT_REFUSED, str(target.port))
    _check_length(target.url)  # again: escapes, and the base of a relative one, make it longer
    return target


# A capture's first URL is read for its turn, for its site's rules and for itself.
@lru_cache(maxsize=256)
def _read(text: str, base: str | None) -> Target:
    return _ordinary(text) or _read_in_full(text, base)


def _ordinary(text: str) -> Target | None:
    """The target of a URL that the parser would leave as it is, letter by letter, whatever its base; else None."""
    match = _ORDINARY.fullmatch(text) if len(text) <= MAX_URL_BYTES else None
    if not match:
        return None
    scheme, authority, host, port, path = match.groups()
    number = int(port) if port else _DEFAULT_PORT[scheme]
    if len(host) > _LONGEST_HOST or number > _LAST_PORT or (port and number == _DEFAULT_PORT[scheme]):
        return None
    return Target(text, scheme, host, number, authority, path)


def _read_in_full(text: str, base: str | None) -> Target:
    url = _parsed(text, base)
    scheme = url.protocol.rstrip(":")
    if scheme not in _DEFAULT_PORT:
        raise FetchError(Reason.SCHEME_REFUSED, scheme)
    host = _bare(url.hostname)
    _check_unambiguous(text, url, host)
    port = int(url.port) if url.port else _DEFAULT_PORT[scheme]
    return Target(url.href.partition("#")[0], scheme, host, port, url.host, url.pathname + url.search)


def _parsed(text: str, base: str | None) -> URL:
    _check_length(text)
    try:
        return URL(text, base)
    except ValueError as error:
        raise FetchError(Reason.BAD_URL, "it cannot be parsed") from error


def _check_length(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise FetchError(Reason.BAD_URL, "it holds half of a surrogate pair") from error
    if size > MAX_URL_BYTES:
        raise FetchError(Reason.BAD_URL, f"it is longer than {MAX_URL_BYTES:,} bytes")


def _check_unambiguous(text: str, url: URL, host: str) -> None:
    """Refuse what other programs would read as another URL than the parser did."""
    before_query = re.split(r"[?#]", text, maxsplit=1)[0]
    if text != text.strip() or _CONTROLS.search(text):
        raise FetchError(Reason.BAD_URL, "it holds a control character, or blanks around it")
    if "\\" in before_query:
        raise FetchError(Reason.BAD_URL, "it holds a backslash")
    if url.username or url.password:
        raise FetchError(Reason.BAD_URL, "it holds a user name or password")
    if _WITH_SCHEME.match(text) and not _PLAIN_AUTHORITY.match(text):
        raise FetchError(Reason.BAD_URL, "it does not name its host plainly")
    if not _is_host(host) or URL(url.href).href != url.href:
        raise FetchError(Reason.BAD_URL, "its host is not one that can exist")


def _is_host(host: str) -> bool:
    if is_numeric(host):
        return True
    return len(host) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in host.split("."))


def _bare(hostname: str) -> str:
    return hostname.strip("[]").removesuffix(".")
