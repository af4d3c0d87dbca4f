"""Write a backup: the rows of one state of the database, then the files that these rows name.

Files never change and none is removed that a row names, so they may be copied after the rows, for as long as it takes.
"""

import gzip
import os
import tarfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from provenance.backup import manifest, rows
from provenance.backup.manifest import BackupError, Manifest, Table
from provenance.backup.state import one_state
from sources import ledger, storage
from sources.models import Snapshot
from sources.stores.base import NAME

Say = Callable[[str], object]


def write(target: Path, *, say: Say) -> Manifest:
    """Write the file, readable to its owner alone: whole, or not at all. Raises BackupError, OSError."""
    if target.exists():
        raise BackupError(f"{target} is there already: choose another name.")
    with TemporaryDirectory(prefix=".backup-", dir=target.parent) as name:
        folder = Path(name)
        told = _export(folder)
        say(f"{told.rows} rows; copying {told.files} files")
        archive = folder / "archive.tar"
        _pack(archive, folder, told, say)
        archive.rename(target)
    _sync(target.parent)
    return told


def _export(folder: Path) -> Manifest:
    with one_state():
        head = ledger.newest()
        tables = [_export_table(model, folder) for model in rows.tables()]
        names = Snapshot.objects.order_by("warc_name").values_list("warc_name", flat=True).distinct()
        listed = (f"{name}\n".encode() for name in names.iterator(chunk_size=1000))
        with (folder / manifest.FILES).open("wb") as file:
            count, digest = _write_lines(file, listed)
        migrations = manifest.applied_migrations()
    made_at = datetime.now(UTC).isoformat()
    return Manifest(made_at, migrations, tables, count, digest, f"{head.seq}:{head.digest}")


def _export_table(model: rows.Model, folder: Path) -> Table:
    label = model._meta.label
    with gzip.open(folder / f"{label}.jsonl.gz", "wb") as file:
        count, digest = _write_lines(file, rows.lines(model))
    return Table(label, rows.columns(model), count, digest)


def _write_lines(file: IO[bytes] | gzip.GzipFile, lines: Iterable[bytes]) -> tuple[int, str]:
    digest, count = sha256(), 0
    for line in lines:
        file.write(line)
        digest.update(line)
        count += 1
    return count, digest.hexdigest()


def _pack(archive: Path, folder: Path, told: Manifest, say: Say) -> None:
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, manifest.NAME, BytesIO(manifest.dump(told)))
            for table in told.tables:
                with (folder / f"{table.label}.jsonl.gz").open("rb") as part:
                    _add(tar, table.member, part)
            with (folder / manifest.FILES).open("rb") as names:
                _add(tar, manifest.FILES, names)
                names.seek(0)
                _add_files(tar, (line.decode().strip() for line in names), say)
        file.flush()
        os.fsync(file.fileno())


def _add_files(tar: tarfile.TarFile, names: Iterable[str], say: Say) -> None:
    damaged = []
    for name in names:
        try:
            _add_file(tar, name)
        except (FileNotFoundError, BackupError) as error:
            damaged.append(name)
            say(f"{name}: {error}")
    if damaged:
        raise BackupError(
            f"{len(damaged)} files of the store are missing or damaged, so there is no backup. "
            "Put them back from an earlier one; ./run manage verify names their snapshots."
        )


def _add_file(tar: tarfile.TarFile, name: str) -> None:
    match = NAME.fullmatch(name)
    with storage.opened(name) as file:
        digest, _ = storage.measure(file)
        if match is None or match["sha256"] != digest:
            raise BackupError(f"its SHA-256 is {digest}")
        _add(tar, f"files/{name}", file)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = file.seek(0, os.SEEK_END)
    member.mode = 0o600
    file.seek(0)
    tar.addfile(member, file)
    tar.members.clear()  # type: ignore[attr-defined]  # the library keeps every member it ever saw


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
