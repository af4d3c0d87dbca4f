"""From a fetched page to a Snapshot: store the WARC, record the row, read the bytes back."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from sources import adding, ledger, leftovers, storage
from sources.fetchers.base import NOT_MODIFIED, Fetched, Reason
from sources.fetchers.conditions import Validators
from sources.fetchers.policy import FetchPolicy
from sources.models import Snapshot, Source
from sources.prepared import PreparedPairs
from sources.warc import Original, WarcFile, read_payload, write_warc

WARC_SUFFIX = ".warc.gz"
TAKEN_AT_ITS_WORD = timedelta(days=90)
"""So long a server may say that a page is as it was seen; then its bytes are looked at again."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page whose WARC is safe in the store, and whose row is still to be written."""

    fetched: Fetched
    file: WarcFile
    stored: storage.Stored
    payload_of: int | None
    stored_at: float
    """From when on its file was there, by this machine's clock (seconds since 1970)."""
    reason: Reason | Literal[""] = ""
    """Why it is not whole, where its server is to blame; `detail` adds to it."""
    detail: str = ""
    unmodified: Snapshot | None = None
    """Where the server only said that the page is still the one of this snapshot: that one."""


def policy() -> FetchPolicy:
    """What the settings let captures reach."""
    return FetchPolicy(
        allow_hosts=settings.CAPTURE_ALLOW_HOSTS,
        ports=settings.CAPTURE_PORTS,
        own_host=urlsplit(settings.PUBLIC_URL).netloc or None,
        contact_url=settings.PUBLIC_URL,
    )


def known(source_ids: Sequence[int]) -> dict[int, Snapshot]:
    """By source, the newest snapshot whose validators its server may be asked about.

    Of a whole page, which the source's own URL answered with, and whose bytes were seen within `TAKEN_AT_ITS_WORD`.
    """
    seen = Snapshot.objects.filter(
        source=OuterRef("pk"),
        url=OuterRef("url"),
        truncated="",
        captured_at__gte=Now() - TAKEN_AT_ITS_WORD,
    ).exclude(status_code=NOT_MODIFIED)
    newest = seen.exclude(etag="", last_modified="").newest_first().values("pk")[:1]
    chosen = Source.objects.filter(pk__in=source_ids).annotate(newest=Subquery(newest)).values("newest")
    rows = Snapshot.objects.filter(pk__in=chosen).select_related("payload_of")
    return {row.source_id: row for row in rows}


def validators(snapshot: Snapshot | None) -> Validators | None:
    """What to ask its server about."""
    return Validators(snapshot.etag, snapshot.last_modified) if snapshot else None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page, whose source it is, and the snapshot whose validators were sent for it, if any were."""

    fetched: Fetched
    source_id: int
    known: Snapshot | None = None


def store(fetched: Fetched, *, source_id: int, known: Snapshot | None = None) -> StoredPage:
    """As `store_all` for one page. Raises what it answers there."""
    (outcome,) = store_all([Arrival(fetched, source_id, known)])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def store_all(arrivals: Sequence[Arrival]) -> list[StoredPage | Exception]:
    """Put a WARC file of each page into the store, without bytes that an earlier snapshot of its source holds.

    In the place of a page that could not be kept stands why: an OSError where the store did not take it.
    """
    holders = _holders(arrivals)
    written = [_written(each, holders) for each in arrivals]
    stored_at = time.time()
    pages = [each for each in written if not isinstance(each, Exception)]
    stored = iter(storage.put_all([page.file.data for page in pages], suffix=WARC_SUFFIX))
    return [
        each if isinstance(each, Exception) else _stored(each, next(stored), stored_at) for each in written
    ]


class _Holder(NamedTuple):
    """Of a snapshot whose file holds a page's bytes, what the record of another one says of it."""

    pk: int
    source_id: int
    sha256: str
    url: str
    captured_at: datetime
    record_id: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> "_Holder":
        return cls(*[getattr(snapshot, name) for name in cls._fields])

    @property
    def original(self) -> Original:
        return Original(
            url=self.url, date=self.captured_at, record_id=self.record_id, payload_sha256=self.sha256
        )


@dataclass(frozen=True, slots=True)
class _Written:
    """An arrival as a WARC file that lies nowhere yet."""

    arrival: Arrival
    file: WarcFile
    payload_of: int | None


def _written(arrival: Arrival, holders: Mapping[tuple[int, str], _Holder]) -> _Written | Exception:
    fetched = arrival.fetched
    holder = (
        _Holder.of(arrival.known.holder)
        if arrival.known and fetched.not_modified
        else holders.get((arrival.source_id, fetched.sha256))
    )
    try:
        file = write_warc(fetched, unchanged_since=holder.original if holder else None)
    except Exception as error:  # a page that no record can hold costs no other its place
        return error
    return _Written(arrival, file, holder.pk if holder and file.record_type == "revisit" else None)


def _stored(page: _Written, stored: storage.Stored | OSError, stored_at: float) -> StoredPage | Exception:
    if isinstance(stored, OSError):
        return stored
    fetched, known = page.arrival.fetched, page.arrival.known
    unmodified = known if fetched.not_modified else None
    return StoredPage(fetched, page.file, stored, page.payload_of, stored_at, unmodified=unmodified)


def _held(source_ids: Sequence[int], digests: Sequence[str]) -> QuerySet[Snapshot, tuple[Any, ...]]:
    held = Snapshot.objects.filter(
        source__in=source_ids, sha256__in=digests, payload_of=None, truncated=""
    ).order_by("captured_at", "pk")
    return held.values_list(*_Holder._fields)


_HELD = PreparedPairs(_held)


def _holders(arrivals: Iterable[Arrival]) -> dict[tuple[int, str], _Holder]:
    """By source and digest, the newest snapshot whose file holds such bytes; of other pairs of the two as well."""
    whole = [each for each in arrivals if not (each.known and each.fetched.not_modified)]
    held = _HELD.rows([each.source_id for each in whole], [each.fetched.sha256 for each in whole])
    # The newest of a pair comes last, and stays.
    return {(each.source_id, each.sha256): each for each in map(_Holder._make, held)}


def record(page: StoredPage, *, source_id: int, capture_id: int) -> Snapshot:
    """As `record_all` for one page; the row."""
    return Snapshot.objects.get(pk=record_all([Recording(page, source_id, capture_id)])[0])


@dataclass(frozen=True, slots=True)
class Recording:
    """A stored page, and of which source and capture it is to become the snapshot."""

    page: StoredPage
    source_id: int
    capture_id: int


def record_all(recordings: Sequence[Recording]) -> list[int]:
    """Write the rows of stored pages, in the transaction that ends their captures, and their entries in the ledger; the
    ids of the rows.

    The ledger's head is then this transaction's until it ends: end captures first, record last. Raises OSError for
    pages of which one was stored so long ago that its file may be gone; none of them is to be recorded then.
    """
    with transaction.atomic(savepoint=False):
        rows = [(*_origin(each), *_facts(each.page)) for each in recordings]
        ids = adding.add_values(Snapshot, _Origin._fields + _Facts._fields, rows)
        ledger.append(ids)
        for each in recordings:
            _require_fresh(each.page)
    return ids


class _Facts(NamedTuple):
    """The columns of a snapshot that say what its page is."""

    media_type: str
    charset: str
    content_encoding: str
    etag: str
    last_modified: str
    sha256: str
    size: int


class _Origin(NamedTuple):
    """The columns that say where a snapshot comes from, and where its bytes lie."""

    source_id: int
    capture_id: int
    url: str
    captured_at: datetime
    status_code: int
    truncated: str
    warc_name: str
    warc_sha256: str
    warc_size: int
    record_id: str
    payload_of_id: int | None


def _origin(recording: Recording) -> _Origin:
    page = recording.page
    return _Origin(
        source_id=recording.source_id,
        capture_id=recording.capture_id,
        url=page.fetched.url,
        captured_at=page.fetched.exchange.started_at,
        status_code=page.fetched.exchange.status,
        truncated=page.fetched.truncated,
        warc_name=page.stored.name,
        warc_sha256=page.stored.sha256,
        warc_size=page.stored.size,
        record_id=page.file.record_id,
        payload_of_id=page.payload_of,
    )


def _facts(page: StoredPage) -> _Facts:
    """What the page is; of one that was not modified, what it was."""
    if page.unmodified:
        return _Facts._make(getattr(page.unmodified, name) for name in _Facts._fields)
    fetched = page.fetched
    sent = Validators(fetched.etag, fetched.last_modified).sendable()
    return _Facts(
        media_type=fetched.content_type[:100],
        charset=fetched.charset[:40],
        content_encoding=fetched.content_encoding[:100],
        etag=sent.etag,
        last_modified=sent.last_modified,
        sha256=fetched.sha256,
        size=len(fetched.body),
    )


def _require_fresh(page: StoredPage) -> None:
    """Under the ledger's head, which whoever removes a file takes too (see `leftovers`)."""
    if time.time() - page.stored_at > leftovers.GRACE / 2:
        raise OSError(f"{page.stored.name} was stored too long ago to be sure that it is still there")


def payload(snapshot: Snapshot) -> bytes:
    """The page's bytes as they were received. Raises OSError, or `warc.WarcError` if they do not match."""
    with storage.opened(snapshot.holder.warc_name) as file:
        return read_payload(file)
