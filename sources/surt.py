"""Sort-friendly spellings of URLs, by which the indexes of web archives are sorted and searched. Pure.

The host's labels are reversed (`com,example)/path`), and what readers of archives hold for the same page is folded:
scheme, `www.`, the default port, case, double slashes, a slash at the end, the order of the query's parameters. That is
far more than makes two URLs one source here: a key finds candidates, and the record says which page it is.
"""

import re
from ipaddress import IPv4Address, ip_address
from urllib.parse import unquote_to_bytes

from ada_url import URL

_WWW = re.compile(r"\Awww\d*\.")
_SLASHES = re.compile(r"/{2,}")
_KEPT = frozenset(range(0x21, 0x7F)) - frozenset(b"#%")


def surt(url: str) -> str:
    """The key of an absolute http or https URL. Raises ValueError where it is none."""
    parsed = URL(url)
    host = _host(_WWW.sub("", parsed.hostname.removesuffix(".")))
    port = f":{parsed.port}" if parsed.port else ""
    query = _query(parsed.search.removeprefix("?"))
    return f"{host}{port}){_path(parsed.pathname)}{'?' + query if query else ''}"


def _host(host: str) -> str:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if address and not isinstance(address, IPv4Address):
        return str(address)
    return ",".join(reversed(host.lower().split(".")))


def _path(path: str) -> str:
    folded = _SLASHES.sub("/", _escaped(path).lower())
    return folded.rstrip("/") or "/"


def _query(query: str) -> str:
    return "&".join(sorted(_escaped(query).lower().split("&")))


def _escaped(text: str) -> str:
    """Decoded to the end, then escaped once: so that every spelling of a character meets."""
    octets = text.encode()
    while (decoded := unquote_to_bytes(octets)) != octets:
        octets = decoded
    return "".join(chr(octet) if octet in _KEPT else f"%{octet:02x}" for octet in octets)
