"""A WARC file read record by record, in pieces: what each says of itself, and what its bytes say. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator

from sources.warc import WarcError

_PIECE = 256 * 1024  # bytes
_LONGEST_HEAD = 1024 * 1024  # bytes; beyond, no head's end is looked for
_END_OF_HEAD = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: fields that it has (empty if not), and the digests and size of what it holds.

    Digests are `sha256:` and hexadecimal. The payload is what follows the head of the HTTP message in the block.
    """

    kind: str
    record_id: str
    url: str
    date: str
    truncated: str
    refers_to: str
    block_stated: str
    block_digest: str
    payload_stated: str
    payload_digest: str
    payload_size: int


def records(file: IO[bytes]) -> Iterator[Record]:
    """The file's records in their order, in constant memory. Raises WarcError where the file cannot be read on."""
    try:
        for record in ArchiveIterator(file, no_record_parse=True):
            yield _read(record)
    except OSError:
        raise
    except Exception as error:  # the reader's own and zlib's, and whatever a wrong number in a header breaks
        raise WarcError(f"{type(error).__name__}: {error}") from error


def _read(record: Any) -> Record:
    block, payload, size = sha256(), sha256(), 0
    head: bytes | None = b""
    while piece := record.raw_stream.read(_PIECE):
        block.update(piece)
        if head is not None:
            head, piece = _past_the_head(head + piece)
        payload.update(piece)
        size += len(piece)
    if head:  # a block without a head's end
        payload.update(head)
        size += len(head)
    return _with_fields(record, f"sha256:{block.hexdigest()}", f"sha256:{payload.hexdigest()}", size)


def _past_the_head(read: bytes) -> tuple[bytes | None, bytes]:
    """What is still to be looked through for the end of the head (None once it was found), and the payload after it."""
    if end := _END_OF_HEAD.search(read):
        return None, read[end.end() :]
    return (read, b"") if len(read) < _LONGEST_HEAD else (None, read)


def _with_fields(record: Any, block: str, payload: str, size: int) -> Record:
    def field(name: str) -> str:
        return (record.rec_headers.get_header(name) or "").strip("<>")

    return Record(
        kind=record.rec_type or "",
        record_id=field("WARC-Record-ID"),
        url=record.rec_headers.get_header("WARC-Target-URI") or "",
        date=field("WARC-Date"),
        truncated=field("WARC-Truncated"),
        refers_to=field("WARC-Refers-To"),
        block_stated=field("WARC-Block-Digest"),
        block_digest=block,
        payload_stated=field("WARC-Payload-Digest"),
        payload_digest=payload,
        payload_size=size,
    )
