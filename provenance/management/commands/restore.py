"""`./run manage restore FILE`: a backup into a new database and an empty store."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.backup.manifest import BackupError
from provenance.backup.restoring import restore


class Command(BaseCommand):
    """Refuses where something is already. Done means that every row and file was compared with the backup."""

    help = "Restore FILE, which backup wrote, into a database and a snapshot store that are new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_: Any) -> None:
        """Restore it. Raises CommandError when it cannot be; the database is as it was then."""
        try:
            told = restore(file, say=self.stderr.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error}. The database is as it was; run the same again to go on.") from error
        self.stderr.write(f"Restored {told.rows} rows and {told.files} files of {told.made_at}.")
        self.stderr.write(f"Its ledger ends with {told.ledger}")
