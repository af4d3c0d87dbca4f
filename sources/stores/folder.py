"""Snapshots in a folder, in the order that survives a power cut (THREATS.md, durability 3).

A temporary name, fsync, rename to the digest, fsync of the folder; then the caller commits the row. A crash in between
leaves a file that no row names, never a row that names no file.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from sources.stores.base import Found


class Folder(FileSystemStorage):
    """A folder of folders. Files are their owner's alone (0600), and replaced by themselves when they come again."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: what lies there already has the same digest."""
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())
            with _held(target.parent, fcntl.LOCK_SH):
                Path(temporary).rename(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
        _sync_folder(Path(self.location))  # where the folder itself may be new
        return name

    def is_writable(self) -> bool:
        """Whether a file can be made now."""
        try:
            Path(self.location).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.location):
                return True
        except OSError:
            return False

    def walk(self, folder: str) -> Iterator[Found]:
        """Every file in the folder, unfinished ones too."""
        with suppress(FileNotFoundError), os.scandir(self.path(folder)) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # a temporary file that got its name just now
                    if entry.is_file(follow_symlinks=False):
                        yield Found(f"{folder}/{entry.name}", entry.stat(follow_symlinks=False).st_mtime)

    def remove_if_older(self, name: str, before: float) -> bool:
        """Remove the file unless it was written since. No file gets its name between the look and the end."""
        path = Path(self.path(name))
        with suppress(FileNotFoundError), _held(path.parent, fcntl.LOCK_EX):
            if path.stat().st_mtime < before:
                path.unlink()
                return True
        return False


@contextmanager
def _held(folder: Path, lock: int) -> Iterator[None]:
    """Hold the folder: shared to give a file its name, alone to remove one."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, lock)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
