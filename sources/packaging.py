"""Snapshots -> a package of web archives that replays anywhere and can be checked without us."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import chain

from sources import storage, wacz
from sources.models import Extraction, Snapshot, Source


def package_of(source: Source, *, created: datetime) -> wacz.Package:
    """Everything that was seen of a source, newest first."""
    seen = Snapshot.objects.of_works([source.pk]).newest_first()
    snapshots = seen.select_related("source", "payload_of")
    return package(
        list(snapshots),
        title=str(source),
        description=f"What was seen of {source.url or source.title}",
        created=created,
    )


def package(
    snapshots: Collection[Snapshot],
    *,
    title: str,
    description: str,
    created: datetime,
    extras: Iterable[tuple[str, bytes]] = (),
) -> wacz.Package:
    """These snapshots with the records that hold their bytes, their texts, and what else is handed in."""
    titles = _titles(snapshots)
    return wacz.Package(
        title=title,
        description=description,
        created=created,
        pages=[_page(snapshot, titles.get(snapshot.pk, "")) for snapshot in snapshots],
        # Of a page that had not changed, the record of the earlier visit has the bytes.
        warcs=list(
            dict.fromkeys(name for row in snapshots for name in (row.holder.warc_name, row.warc_name))
        ),
        extras=chain(_texts(snapshots), extras),
    )


def stream(package: wacz.Package) -> Iterator[bytes]:
    """The package's bytes. Raises FileNotFoundError at once, before the first of them, where the store lacks a file."""
    for name in package.warcs:
        if not storage.exists(name):
            raise FileNotFoundError(name)
    return wacz.write(package, read=storage.read)


def text_path(sha256: str) -> str:
    """Where in a package the text of this digest lies."""
    return f"texts/{sha256}.txt"


def _page(snapshot: Snapshot, title: str) -> wacz.Page:
    # The source's own URL: the record of its redirect leads a reader on to the page.
    return wacz.Page(
        id=f"snapshot-{snapshot.pk}",
        url=snapshot.source.url or snapshot.url,
        seen_at=snapshot.captured_at,
        title=title or str(snapshot.source),
    )


def _titles(snapshots: Collection[Snapshot]) -> dict[int, str]:
    readable = Extraction.objects.readable().filter(snapshot__in=[snapshot.pk for snapshot in snapshots])
    return dict(readable.order_by("pk").values_list("snapshot", "title"))


def _texts(snapshots: Collection[Snapshot]) -> Iterator[tuple[str, bytes]]:
    """Every text that was read out of these snapshots, once: quotes are places in it."""
    readable = Extraction.objects.readable().filter(snapshot__in=[snapshot.pk for snapshot in snapshots])
    written: set[str] = set()
    for sha256, text in readable.order_by("pk").values_list("text_sha256", "text").iterator(chunk_size=50):
        if sha256 not in written:
            written.add(sha256)
            yield text_path(sha256), text.encode()
