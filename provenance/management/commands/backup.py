"""`./run manage backup FILE`: the database and the snapshot store, as they are at this moment, in one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.backup.manifest import BackupError
from provenance.backup.writing import write


class Command(BaseCommand):
    """May run beside everything else. The file is its owner's alone: it has digests of keys and passwords."""

    help = "Write the database and the snapshot store to FILE, which must not be there yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_: Any) -> None:
        """Write it. Raises CommandError when it cannot be; there is no file then."""
        file = file.absolute()
        try:
            told = write(file, say=self.stderr.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{file}: {told.rows} rows, {told.files} files, ledger {told.ledger}")
