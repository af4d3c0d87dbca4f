"""Restore a backup into a new database and an empty store: all of it, or nothing that a row would name.

Rows go in by one transaction, which ends only when every file is in the store and everything was counted and compared:
rows are read back and have to give the digests that the backup tells.
"""

import gzip
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import IO

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

from provenance.backup import manifest, rows
from provenance.backup.manifest import BackupError, Manifest, Table
from sources import leftovers, storage
from sources.stores.base import FOLDERS, NAME

Say = Callable[[str], object]


def restore(archive: Path, *, say: Say) -> Manifest:
    """Restore the file. Raises BackupError with nothing changed, but for files in the store that no row names.

    OSError from the store: the same restore may then be run again, into what is there.
    """
    with _opened(archive) as tar:
        told = manifest.load(_next(tar, manifest.NAME).read())
        if not connection.introspection.table_names():
            call_command("migrate", verbosity=0, interactive=False)
        _require_same_version(told)
        with transaction.atomic(durable=True):
            _require_new_database()
            _load_tables(tar, told)
            _require_nothing_else_in_the_store()
            say(f"{told.rows} rows; copying {told.files} files")
            _store_files(tar, told)
            rows.reset_sequences()
            _compare(told)
            connection.check_constraints()
    ContentType.objects.clear_cache()
    return told


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, "r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise BackupError(f"{archive} is no whole backup ({error}).") from error


def _next(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    member = tar.next()
    tar.members.clear()  # type: ignore[attr-defined]  # the library keeps every member it ever saw
    file = tar.extractfile(member) if member else None
    if member is None or file is None or member.name != name:
        raise BackupError(
            f"The backup should go on with {name}; it has {member.name if member else 'ended'}."
        )
    return file


def _require_same_version(told: Manifest) -> None:
    here = manifest.applied_migrations()
    if told.migrations == here:
        return
    there, here_only = set(told.migrations) - set(here), set(here) - set(told.migrations)
    raise BackupError(
        "The backup is of another version of the service "
        f"(only there: {', '.join(sorted(there)) or 'none'}; only here: {', '.join(sorted(here_only)) or 'none'}). "
        "Restore it with the version that made it, and migrate then."
    )


def _require_new_database() -> None:
    if occupied := rows.occupied():
        raise BackupError(
            f"The database is not new: it has rows in {', '.join(occupied)}. Nothing was changed. "
            "Name an empty one with DATABASE_URL, or an empty folder with DATA_DIR."
        )


def _require_nothing_else_in_the_store() -> None:
    """Files of this backup may be there: an earlier try left them."""
    for folder in FOLDERS:
        for found in leftovers.unnamed(folder):
            raise BackupError(
                f"The store holds {found.name}, which is not of this backup. Nothing was changed. "
                "Name an empty store with SNAPSHOT_STORAGE_URL."
            )


def _load_tables(tar: tarfile.TarFile, told: Manifest) -> None:
    models = {model._meta.label: model for model in rows.tables()}
    if {table.label: table.columns for table in told.tables} != {
        label: rows.columns(model) for label, model in models.items()
    }:
        raise BackupError("The backup has other tables or columns than this version of the service.")
    rows.empty_what_migrate_made()
    for table in told.tables:
        with gzip.open(_next(tar, table.member)) as lines:
            try:
                rows.insert(models[table.label], _checked(lines, table))
            except ValueError as error:
                raise BackupError(f"{table.member} has a line that cannot be read ({error}).") from error


def _checked(lines: "gzip.GzipFile | BufferedReader", table: Table) -> Iterator[bytes]:
    digest, count = sha256(), 0
    for line in lines:
        digest.update(line)
        count += 1
        yield line
    _require_equal(table.member, (table.rows, table.sha256), (count, digest.hexdigest()))


def _store_files(tar: tarfile.TarFile, told: Manifest) -> None:
    digest, count = sha256(), 0
    with _next(tar, manifest.FILES) as names:
        for line in names:  # read on between the files that it names: each is at a place of its own
            digest.update(line)
            count += 1
            _store_file(tar, line.decode().strip())
    _require_equal(manifest.FILES, (told.files, told.files_sha256), (count, digest.hexdigest()))


def _store_file(tar: tarfile.TarFile, name: str) -> None:
    match = NAME.fullmatch(name)
    if match is None:
        raise BackupError(f"{name!r} is no name of a file in the store.")
    with _next(tar, f"files/{name}") as file:
        digest, _ = storage.measure(file)
        _require_equal(name, match["sha256"], digest)
        storage.put(file, suffix=match["suffix"])


def _compare(told: Manifest) -> None:
    """Read every row back."""
    for table, model in zip(told.tables, rows.tables(), strict=True):
        digest, count = sha256(), 0
        for line in rows.lines(model):
            digest.update(line)
            count += 1
        _require_equal(f"table {table.label}", (table.rows, table.sha256), (count, digest.hexdigest()))


def _require_equal(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise BackupError(f"{what}: expected {expected}, found {found}. Nothing was restored.")
