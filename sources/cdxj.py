"""The index of web archives: where in which file each record lies (CDXJ, as in WACZ 1.1.1). Pure."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator

from sources.surt import surt

_LINES_A_BLOCK = 300
_INDEXED = frozenset(["response", "revisit"])


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One record of one file: its key and time (fourteen digits, UTC) to sort by, and where it lies, as JSON."""

    key: str
    timestamp: str
    place: str

    def __str__(self) -> str:
        return f"{self.key} {self.timestamp} {self.place}\n"


@dataclass(frozen=True, slots=True)
class Index:
    """An index in two files: blocks of lines, each a gzip member, and the first key of each block."""

    blocks: bytes
    summary: bytes


def lines_of(warc: bytes, *, file_name: str) -> Iterator[Line]:
    """A line for each page in a WARC file, and each revisit of one; readers go to the nearest before a time."""
    records = ArchiveIterator(BytesIO(warc))
    for record in records:
        if record.rec_type not in _INDEXED:
            continue
        fields, http = record.rec_headers, record.http_headers
        if not fields.get_header("WARC-Payload-Digest"):
            continue  # a server's word that nothing changed: replayed, it would be a 304 and no page
        url = fields.get_header("WARC-Target-URI")
        status = http.get_statuscode() if http else ""
        media_type = (http.get_header("Content-Type", "") if http else "").partition(";")[0].strip()
        is_revisit = record.rec_type == "revisit"
        record.raw_stream.read()
        place = {
            "url": url,
            "mime": "warc/revisit" if is_revisit else media_type or "unk",
            "status": status,
            "digest": fields.get_header("WARC-Payload-Digest", ""),
            "length": str(records.get_record_length()),
            "offset": str(records.get_record_offset()),
            "filename": file_name,
        }
        yield Line(surt(url), _digits(fields.get_header("WARC-Date")), json.dumps(place, ensure_ascii=False))


def index(lines: Sequence[Line], *, file_name: str) -> Index:
    """The lines sorted and packed; `file_name` is what the blocks will be called."""
    blocks = bytearray()
    summary = [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': file_name})}\n"]
    ordered = sorted(lines)
    for begin in range(0, len(ordered), _LINES_A_BLOCK):
        packed = gzip.compress("".join(map(str, ordered[begin : begin + _LINES_A_BLOCK])).encode(), mtime=0)
        where = {"offset": len(blocks), "length": len(packed)}
        summary.append(f"{ordered[begin].key} {ordered[begin].timestamp} {json.dumps(where)}\n")
        blocks += packed
    return Index(bytes(blocks), "".join(summary).encode())


def _digits(date: str) -> str:
    """`2021-03-01T12:00:05.600000Z` as fourteen digits."""
    return "".join(character for character in date.partition(".")[0] if character.isdigit())
