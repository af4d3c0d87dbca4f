"""When do two spellings name the same thing? Pure rules for URLs and for the names of agents.

A false merge joins two sources for good, a false split costs a curator one merge: so only what is safe for every
site is folded. Scheme, `www.` and the order of query parameters are left alone.
"""

import re
import unicodedata
from ipaddress import ip_address
from urllib.parse import unquote_plus

import ada_url

from sources.folding import folded

MAX_URL_BYTES = 2000  # a PostgreSQL btree entry ends at 2,704 bytes

# Parameters that tell a site where the reader came from, and never what to show.
_TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid",
    "igshid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "oly_anon_id",
    "oly_enc_id", "rb_clickid", "s_cid", "vero_id", "wickedid", "_openstat",
})  # fmt: skip
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_")

_PLAIN_AUTHORITY = re.compile(r"https?://[^/?#@\\]+(?:[/?#]|\Z)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class InvalidURL(ValueError):
    """The text is not a URL of a page that could be fetched; the message says why and what to give instead."""


def canonical_url(text: str) -> str:
    """Return the one spelling under which a source is stored and found.

    Parsed as browsers do (WHATWG URL Standard); then the fragment, tracking parameters, a trailing dot of the host
    and an empty query are dropped and percent-encoding is normalised (RFC 3986, 6.2.2). What programs read in
    different ways is no spelling of anything: raises `InvalidURL`. Where a host leads to is judged at the fetch.
    """
    url = _parsed(text.strip())
    host = url.hostname.removesuffix(".")
    if not _is_host(host):
        raise InvalidURL("The host of this URL cannot exist. Give one like https://example.org/article.")
    port = f":{url.port}" if url.port else ""
    query = "&".join(part for part in url.search.removeprefix("?").split("&") if part and not _tracks(part))
    canonical = f"{url.protocol}//{host}{port}{_normalise_percent(url.pathname)}"
    if query:
        canonical += f"?{_normalise_percent(query)}"
    if len(canonical.encode()) > MAX_URL_BYTES:
        raise InvalidURL(f"This URL is longer than {MAX_URL_BYTES} bytes. Give its short form.")
    if ada_url.URL(canonical).href != canonical:
        raise InvalidURL("Programs could read this URL in different ways. Give a plainer spelling of it.")
    return canonical


def _parsed(text: str) -> ada_url.URL:
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidURL("A URL cannot contain control characters. Give it without them.")
    try:
        url = ada_url.URL(text)
    except ValueError as error:
        raise InvalidURL("This is not an absolute URL. Give one like https://example.org/article.") from error
    if url.protocol not in ("http:", "https:"):
        raise InvalidURL(f"Only http and https can be cited by URL, not {url.protocol[:20]!r}.")
    if url.username or url.password:
        raise InvalidURL("A URL with a user name or password in it cannot be cited. Give it without them.")
    if not _PLAIN_AUTHORITY.match(text):
        raise InvalidURL(
            "This URL does not name its host plainly. Give one like https://example.org/article."
        )
    if "\\" in re.split(r"[?#]", text, maxsplit=1)[0]:
        raise InvalidURL("Programs read a backslash in a URL in different ways. Give it with slashes.")
    return url


def _is_host(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))
    return True


def _tracks(parameter: str) -> bool:
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _normalise_percent(text: str) -> str:
    if _STRAY_PERCENT.search(text):
        return text  # a per cent sign that encodes nothing could meet what is decoded behind it: `%%34%31`

    def fold(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else f"%{match[1].upper()}"

    return _PERCENT.sub(fold, text)


def host_of(url: str) -> str:
    """Return `host` or `host:port` of a canonical URL: what politeness and allow lists count by; "" of none."""
    return url.split("/", 3)[2] if url else ""


def name_key(name: str) -> str:
    """Fold an agent's name so that its spellings meet: compatibility forms, case and white space.

    >>> name_key("The  New York\\u00a0TIMES") == name_key("the new york times")
    True
    """
    return folded(name)
