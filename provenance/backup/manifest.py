"""The first thing in a backup: what it holds, by counts and digests, and which version of the service made it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

FORMAT = 1
NAME = "manifest.json"
FILES = "files.txt"


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows in the backup: their number, and the SHA-256 of their lines."""

    label: str
    columns: list[str]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        return f"tables/{self.label}.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. A file of the store has its digest in its name; `files_sha256` is of the list of names."""

    made_at: str
    migrations: list[str]
    tables: list[Table]
    files: int
    files_sha256: str
    ledger: str
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def dump(manifest: Manifest) -> bytes:
    """The manifest as JSON."""
    return json.dumps(asdict(manifest), indent=1).encode()


def load(content: bytes) -> Manifest:
    """Read it. Raises BackupError for what is none of ours, or of a later format."""
    try:
        told: dict[str, Any] = json.loads(content)
        if told["format"] != FORMAT:
            raise BackupError(f"The backup has format {told['format']}; this version reads {FORMAT}.")
        tables = [Table(**table) for table in told.pop("tables")]
        return Manifest(tables=tables, **told)
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"The backup's manifest cannot be read ({error}).") from error


def applied_migrations() -> list[str]:
    """The migrations that this database went through, sorted."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)
