"""A snapshot's WARC file against its row: name, size, digest, every record, and the page's record in particular."""

import os
from collections.abc import Iterator
from datetime import UTC
from typing import IO

from sources import storage
from sources.fetchers.base import NOT_MODIFIED
from sources.models import Snapshot
from sources.records import Record, records
from sources.verifying.difference import Difference, Kind, compare
from sources.warc import WarcError


def check_file(snapshot: Snapshot) -> Iterator[Difference]:
    """What differs in this snapshot's file."""
    where = f"snapshot={snapshot.pk} file={ascii(snapshot.warc_name)[1:-1]}"
    digest = snapshot.warc_sha256
    name = f"{digest[:2]}/{digest}.warc.gz"
    yield from compare(Kind.FILE_NAME, where, expected=name, found=snapshot.warc_name)
    try:
        with storage.opened(snapshot.warc_name) as file:
            yield from _check_whole(snapshot, file, where)
            file.seek(0, os.SEEK_SET)
            yield from _check_records(snapshot, file, where)
    except FileNotFoundError:
        yield Difference(Kind.FILE_MISSING, where, "a file", "none")
    except OSError as error:
        yield Difference(Kind.FILE_UNREADABLE, where, "a file", error)


def _check_whole(snapshot: Snapshot, file: IO[bytes], where: str) -> Iterator[Difference]:
    digest, size = storage.measure(file)
    yield from compare(Kind.FILE_SIZE, where, expected=snapshot.warc_size, found=size)
    yield from compare(Kind.FILE_DIGEST, where, expected=snapshot.warc_sha256, found=digest)


def _check_records(snapshot: Snapshot, file: IO[bytes], where: str) -> Iterator[Difference]:
    page = None
    try:
        for record in records(file):
            yield from _check_record(record, f"{where} record={ascii(record.record_id)[1:-1]}")
            if record.record_id == snapshot.record_id:
                page = record
    except WarcError as error:
        yield Difference(Kind.RECORD_UNREADABLE, where, "a record", error)
    if page is None:
        yield Difference(Kind.RECORD_MISSING, where, snapshot.record_id, "none")
    else:
        yield from _check_page(snapshot, page, where)


def _check_record(record: Record, where: str) -> Iterator[Difference]:
    yield from compare(Kind.BLOCK_DIGEST, where, expected=record.block_stated, found=record.block_digest)
    if record.kind == "response":
        yield from compare(
            Kind.PAYLOAD_DIGEST, where, expected=record.payload_stated, found=record.payload_digest
        )


def _check_page(snapshot: Snapshot, page: Record, where: str) -> Iterator[Difference]:
    at = snapshot.captured_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    yield from compare(Kind.RECORD_FACT, f"{where} url", expected=snapshot.url, found=page.url)
    yield from compare(Kind.RECORD_FACT, f"{where} date", expected=at, found=page.date)
    # On its server's word alone, a page has no digest of its own: what it was is the holder's.
    stated = "" if snapshot.status_code == NOT_MODIFIED else f"sha256:{snapshot.sha256}"
    yield from compare(Kind.PAYLOAD_DIGEST, where, expected=stated, found=page.payload_stated)
    if snapshot.payload_of is None:
        yield from _check_response(snapshot, page, where)
    else:
        yield from _check_revisit(snapshot, snapshot.payload_of, page, where)


def _check_response(snapshot: Snapshot, page: Record, where: str) -> Iterator[Difference]:
    yield from compare(Kind.RECORD_FACT, f"{where} type", expected="response", found=page.kind)
    yield from compare(
        Kind.RECORD_FACT, f"{where} truncated", expected=snapshot.truncated, found=page.truncated
    )
    yield from compare(Kind.PAYLOAD_SIZE, where, expected=snapshot.size, found=page.payload_size)


def _check_revisit(snapshot: Snapshot, holder: Snapshot, page: Record, where: str) -> Iterator[Difference]:
    where = f"{where} holder={holder.pk}"
    yield from compare(Kind.RECORD_FACT, f"{where} type", expected="revisit", found=page.kind)
    yield from compare(Kind.REVISIT, where, expected=holder.record_id, found=page.refers_to)
    yield from compare(Kind.REVISIT, where, expected=holder.sha256, found=snapshot.sha256)
    yield from compare(Kind.REVISIT, where, expected=holder.size, found=snapshot.size)
    yield from compare(Kind.REVISIT, f"{where} itself a revisit", expected=None, found=holder.payload_of_id)
