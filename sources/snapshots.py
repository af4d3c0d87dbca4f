"""From a fetched page to a Snapshot: store the WARC, record the row, read the bytes back."""

import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from sources import ledger, leftovers, storage
from sources.fetchers.base import Fetched, Reason
from sources.fetchers.policy import FetchPolicy
from sources.models import Snapshot
from sources.warc import Original, WarcFile, read_payload, write_warc

WARC_SUFFIX = ".warc.gz"


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


def policy() -> FetchPolicy:
    """What the settings let captures reach."""
    return FetchPolicy(
        allow_hosts=settings.CAPTURE_ALLOW_HOSTS,
        ports=settings.CAPTURE_PORTS,
        own_host=urlsplit(settings.PUBLIC_URL).netloc or None,
        contact_url=settings.PUBLIC_URL,
    )


def store(fetched: Fetched, *, source_id: int) -> StoredPage:
    """Put the capture's WARC into the store; bytes that an earlier snapshot of the source holds are not kept twice.

    Raises OSError when the store cannot take it.
    """
    holder = Snapshot.objects.filter(
        source_id=source_id, sha256=fetched.sha256, payload_of=None, truncated=""
    ).first()
    file = write_warc(fetched, unchanged_since=_original(holder) if holder else None)
    payload_of = holder.pk if holder and file.record_type == "revisit" else None
    stored_at = time.time()
    return StoredPage(fetched, file, storage.put(file.data, suffix=WARC_SUFFIX), payload_of, stored_at)


def _original(holder: Snapshot) -> Original:
    return Original(
        url=holder.url, date=holder.captured_at, record_id=holder.record_id, payload_sha256=holder.sha256
    )


def record(page: StoredPage, *, source_id: int, capture_id: int) -> Snapshot:
    """Write the row of a stored page, in the transaction that ends its capture, and its entry in the ledger.

    The ledger's head is then this transaction's until it ends: end captures first, record last. Raises OSError for a
    page that was stored so long ago that its file may be gone.
    """
    fetched = page.fetched
    with transaction.atomic(savepoint=False):
        snapshot = Snapshot.objects.create(
            source_id=source_id,
            capture_id=capture_id,
            url=fetched.url,
            captured_at=fetched.exchange.started_at,
            status_code=fetched.exchange.status,
            media_type=fetched.content_type[:100],
            charset=fetched.charset[:40],
            content_encoding=fetched.content_encoding[:100],
            truncated=fetched.truncated,
            sha256=fetched.sha256,
            size=len(fetched.body),
            warc_name=page.stored.name,
            warc_sha256=page.stored.sha256,
            warc_size=page.stored.size,
            record_id=page.file.record_id,
            payload_of_id=page.payload_of,
        )
        ledger.append([snapshot.pk])
        _require_fresh(page)
    return snapshot


def _require_fresh(page: StoredPage) -> None:
    """Under the ledger's head, which whoever removes a file takes too (see `leftovers`)."""
    if time.time() - page.stored_at > leftovers.GRACE / 2:
        raise OSError(f"{page.stored.name} was stored too long ago to be sure that it is still there")


def payload(snapshot: Snapshot) -> bytes:
    """The page's bytes as they were received. Raises OSError, or `warc.WarcError` if they do not match."""
    with storage.opened(snapshot.holder.warc_name) as file:
        return read_payload(file)
