"""A fetch as a WARC 1.1 file (ISO 28500:2017), and the page out of it again. Pure but for record identifiers.

One file holds one capture: warcinfo, then request and response for each redirect and for the page, in the
order they happened, each record a gzip member of its own. A page whose bytes are known already becomes a
`revisit` that names the record they are in; so does an answer that the page was not modified, with less to show:
nobody saw the bytes, so that record has no payload digest.

The writer is our own, because an archive keeps the head of a response as it was sent; warcio's would write it
anew. Only chunked responses are touched: they are stored without the framing, their header renamed to
`X-Archive-Orig-Transfer-Encoding` and a Content-Length added. The standard defines the payload without
transfer coding, while most readers and checkers take it as it lies there: so both find the digest right.

Digests are SHA-256 in base 16: base 32, usual for SHA-1, would need a padding that the standard's grammar of
a digest does not allow, and so the payload's digest is the snapshot's, character by character.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Literal
from uuid import uuid4

from isal import igzip_lib, isal_zlib

from sources.fetchers.base import Exchange, Fetched, Truncation
from sources.fetchers.policy import PRODUCT

_IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_SERVER_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_TRANSFER_ENCODING = re.compile(rb"^(?=Transfer-Encoding:)", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD = re.compile(rb"\n\r?\n")  # as the door found it

_LEVEL = 2  # of ISA-L: a little smaller than zlib makes it at 2, in a quarter of the time
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way of asking for the gzip format

# Its type hints take it for an instance.
_NotPacked: type[Exception] = isal_zlib.IsalError  # type: ignore[assignment]

Fields = list[tuple[str, str]]


class WarcError(ValueError):
    """The file does not hold the page asked for, or not the bytes that it says it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The response record that holds a page's bytes: what a later, unchanged visit refers to."""

    url: str
    date: datetime
    record_id: str
    payload_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFile:
    """A file's bytes, and of the page's record in it the id (`urn:uuid:...`), type and date."""

    data: bytes = field(repr=False)
    record_id: str
    record_type: Literal["response", "revisit"]
    date: datetime
    payload_sha256: str

    @property
    def sha256(self) -> str:
        """Lower-case hex digest of the file; a name that nothing sent by a server has a part in."""
        return hashlib.sha256(self.data).hexdigest()


def write_warc(fetched: Fetched, *, unchanged_since: Original | None = None) -> WarcFile:
    """The capture's records; a revisit of `unchanged_since` if the page is whole and its digest the same.

    Of a page that was not modified, `unchanged_since` is the snapshot whose validators were sent, and the file's
    payload digest is that snapshot's. Raises ValueError without it.
    """
    page = fetched.exchange
    record_id = _new_id()
    known = unchanged_since if _is_unchanged(fetched, unchanged_since) else None
    if fetched.not_modified and not known:
        raise ValueError("an answer that nothing was modified says nothing without the snapshot asked about")
    records = [_warcinfo(page)]
    for redirect in fetched.redirects:
        records += _request_and_response(redirect, _digest(redirect.body), _new_id(), _unread(redirect))
    if known:
        records += [_request(page, record_id), _revisit(fetched, record_id, known)]
    else:
        records += _request_and_response(page, f"sha256:{fetched.sha256}", record_id, page.truncated)
    return WarcFile(
        data=b"".join(records),
        record_id=record_id,
        record_type="revisit" if known else "response",
        date=page.started_at,
        payload_sha256=known.payload_sha256 if known else fetched.sha256,
    )


def read_payload(file: IO[bytes]) -> bytes:
    """The page in a file of `write_warc`: its last response's payload, digest checked. Raises WarcError.

    A file that ends in a revisit holds no page: read the file of the original.
    """
    block, digest = b"", None
    try:
        for fields, content in _records(file.read()):
            if fields["WARC-Type"] in ("response", "revisit"):
                block, digest = content, fields.get("WARC-Payload-Digest")
    except (_NotPacked, KeyError, ValueError) as error:
        raise WarcError(f"the file is no WARC file of ours, or not whole ({error})") from error
    payload = _END_OF_HEAD.split(block, maxsplit=1)[-1]
    if digest != _digest(payload):
        raise WarcError("the page is not in this file, or not whole")
    return payload


def _records(data: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Fields and block of each record. Bytes that are none raise `_NotPacked`, KeyError or ValueError."""
    while data:
        member = isal_zlib.decompressobj(wbits=_GZIP)
        header, _, rest = member.decompress(data).partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in header.decode().split("\r\n")[1:])
        block = rest.removesuffix(b"\r\n\r\n")
        if not member.eof or len(rest) != len(block) + 4 or int(fields["Content-Length"]) != len(block):
            raise ValueError("a record lacks its end")
        yield fields, block
        data = member.unused_data


def _is_unchanged(fetched: Fetched, original: Original | None) -> bool:
    if original is None or fetched.not_modified:
        return original is not None
    # Equal prefixes do not make equal pages.
    return not fetched.truncated and original.payload_sha256 == fetched.sha256


def _unread(redirect: Exchange) -> Truncation:
    return Truncation.NONE if redirect.header("content-length") == "0" else Truncation.LENGTH


# --- Records


def _warcinfo(page: Exchange) -> bytes:
    block = f"software: {PRODUCT}\r\nformat: WARC file version 1.1\r\ndigest-encoding: base16\r\n".encode()
    fields = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", f"<{_new_id()}>"),
        ("WARC-Date", _date(page.started_at)),
        ("Content-Type", "application/warc-fields"),
    ]
    return _record(fields, block)


def _request_and_response(
    exchange: Exchange, digest: str, record_id: str, truncated: Truncation
) -> Iterator[bytes]:
    yield _request(exchange, record_id)
    fields = _http_fields(exchange, "response", record_id)
    fields += [("WARC-Payload-Digest", digest)]
    if truncated:
        fields += [("WARC-Truncated", truncated)]
    yield _record(fields, _stored_head(exchange), exchange.body)


def _request(exchange: Exchange, response_id: str) -> bytes:
    fields = _http_fields(exchange, "request", _new_id())
    fields += [("WARC-Concurrent-To", f"<{response_id}>")]
    return _record(fields, exchange.request)


def _revisit(fetched: Fetched, record_id: str, original: Original) -> bytes:
    fields = _http_fields(fetched.exchange, "revisit", record_id)
    fields += _server_not_modified() if fetched.not_modified else _identical_payload(original)
    fields += [
        ("WARC-Refers-To", f"<{original.record_id}>"),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", _date(original.date)),
    ]
    return _record(fields, _stored_head(fetched.exchange))


def _identical_payload(original: Original) -> Fields:
    return [
        ("WARC-Profile", _IDENTICAL_PAYLOAD),
        ("WARC-Payload-Digest", f"sha256:{original.payload_sha256}"),
        ("WARC-Truncated", Truncation.LENGTH),  # 6.7.2 asks for it wherever the payload is left out
    ]


def _server_not_modified() -> Fields:
    return [("WARC-Profile", _SERVER_NOT_MODIFIED)]  # the head is the whole answer: nothing is cut


def _http_fields(
    exchange: Exchange, kind: Literal["request", "response", "revisit"], record_id: str
) -> Fields:
    message = "request" if kind == "request" else "response"
    return [
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<{record_id}>"),
        ("WARC-Date", _date(exchange.started_at)),
        ("WARC-Target-URI", exchange.url),
        ("WARC-IP-Address", exchange.ip),
        ("Content-Type", f"application/http;msgtype={message}"),
    ]


def _record(fields: Fields, *block: bytes) -> bytes:
    """One record as a gzip member; its block comes in parts. Raises ValueError where a field's value could pass for
    further fields.
    """
    digest = hashlib.sha256()
    for part in block:
        digest.update(part)
    size = sum(map(len, block))
    fields = [*fields, ("WARC-Block-Digest", f"sha256:{digest.hexdigest()}"), ("Content-Length", str(size))]
    for name, value in fields:
        if not value.isprintable():
            raise ValueError(f"{name} cannot be {value!r}")
    header = "WARC/1.1\r\n" + "".join([f"{name}: {value}\r\n" for name, value in fields]) + "\r\n"
    # In one call: a quarter less than piece by piece, in time and, for a large page, in memory.
    whole = b"".join((header.encode(), *block, b"\r\n\r\n"))
    return igzip_lib.compress(whole, _LEVEL, flag=igzip_lib.COMP_GZIP)


def _stored_head(exchange: Exchange) -> bytes:
    head, chunked = _TRANSFER_ENCODING.subn(b"X-Archive-Orig-", exchange.head)
    if not chunked:
        return head
    return head.rstrip(b"\r\n") + b"\r\nContent-Length: %d\r\n\r\n" % len(exchange.body)


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=64)  # the records of a file mostly have one
def _date(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _new_id() -> str:
    return uuid4().urn
