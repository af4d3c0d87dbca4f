"""Web archives in one file (WACZ 1.1.1): the WARCs of some snapshots, an index, a list of pages, and all their digests.

Written as a stream and in one pass, so that a package of any size costs no more memory than its index. Its WARC files
lie in it uncompressed by the ZIP, as the standard asks, so that readers can fetch single records out of it.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePosixPath

from sources import cdxj
from sources.fetchers.policy import PRODUCT

MEDIA_TYPE = "application/wacz"
VERSION = "1.1.1"

_BLOCKS = "index.cdx.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that a reader of the package can open: its own URL, when it was seen (aware), and what it calls itself."""

    id: str
    url: str
    seen_at: datetime
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What goes into one package. `warcs` are names in the snapshot store; `extras` are further files with their paths,
    each path one folder deep, read one by one.
    """

    title: str
    description: str
    created: datetime
    pages: Sequence[Page]
    warcs: Sequence[str]
    extras: Iterable[tuple[str, bytes]] = ()


def write(package: Package, *, read: Callable[[str], bytes]) -> Iterator[bytes]:
    """The package's bytes, piece by piece; `read` gives a WARC file by its name. Raises what `read` raises."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        writing = _Writing(archive, package.created)
        lines: list[cdxj.Line] = []
        for name in package.warcs:
            content = read(name)
            file_name = PurePosixPath(name).name
            writing.add(f"archive/{file_name}", content)
            lines += cdxj.lines_of(content, file_name=file_name)
            yield from sink.taken()
        index = cdxj.index(lines, file_name=_BLOCKS)
        writing.add(f"indexes/{_BLOCKS}", index.blocks)
        writing.add("indexes/index.idx", index.summary)
        writing.add("pages/pages.jsonl", _pages(package.pages))
        for path, content in package.extras:
            writing.add(path, content)
            yield from sink.taken()
        writing.close(_description(package))
    yield from sink.taken()


class _Sink:
    """A file that only grows: what was written is taken away by the one who streams it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is held here."""

    def taken(self) -> Iterator[bytes]:
        pieces, self._pieces = self._pieces, []
        yield from pieces


@dataclass(slots=True)
class _Writing:
    """The ZIP as far as it is written, and what its description has to say of every file in it."""

    archive: zipfile.ZipFile
    created: datetime
    resources: list[dict[str, object]] = field(default_factory=list)

    def add(self, path: str, content: bytes) -> None:
        self._put(path, content)
        name = f"{len(self.resources)}-{PurePosixPath(path).name}"
        self.resources.append(
            {
                "name": name.lower(),
                "path": path,
                "hash": f"sha256:{sha256(content).hexdigest()}",
                "bytes": len(content),
            }
        )

    def close(self, description: Mapping[str, object]) -> None:
        content = json.dumps({**description, "resources": self.resources}, indent=1).encode()
        self._put("datapackage.json", content)
        digest = {"path": "datapackage.json", "hash": f"sha256:{sha256(content).hexdigest()}"}
        self._put("datapackage-digest.json", json.dumps(digest).encode())

    def _put(self, path: str, content: bytes) -> None:
        entry = zipfile.ZipInfo(path, self.created.astimezone(UTC).timetuple()[:6])
        entry.external_attr = 0o644 << 16
        self.archive.writestr(entry, content, zipfile.ZIP_STORED)


def _description(package: Package) -> dict[str, object]:
    described: dict[str, object] = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "software": PRODUCT,
        "title": package.title,
        "description": package.description,
        "created": _instant(package.created),
    }
    if package.pages:
        described |= {"mainPageUrl": package.pages[0].url, "mainPageDate": _instant(package.pages[0].seen_at)}
    return described


def _pages(pages: Sequence[Page]) -> bytes:
    lines: list[dict[str, str]] = [{"format": "json-pages-1.0", "id": "pages", "title": "All pages"}]
    lines += [
        {"id": page.id, "url": page.url, "ts": _instant(page.seen_at), "title": page.title} for page in pages
    ]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
