"""The snapshot store: files named by their SHA-256, in a folder. A name that was given out stays readable.

Order of a write (THREATS.md, durability 3): temporary name, fsync, rename, fsync of the folder; then the caller commits
the row. A crash in between leaves a file that no row names, never a row that names no file.
"""

import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store: its name there, its digest (hexadecimal) and its size in bytes."""

    name: str
    sha256: str
    size: int


def put(content: bytes, *, suffix: str) -> Stored:
    """Write a file and return its name. Raises OSError when it could not be made durable; no name is taken then."""
    digest = sha256(content).hexdigest()
    target = root() / digest[:2] / f"{digest}{suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).rename(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    _sync_folder(root())  # where the folder itself may be new
    return Stored(f"{digest[:2]}/{target.name}", digest, len(content))


def read(name: str) -> bytes:
    """Return a stored file's bytes. Raises FileNotFoundError."""
    return (root() / name).read_bytes()


def root() -> Path:
    """The store's folder, from SNAPSHOT_STORAGE_URL (a path, or a file: URL)."""
    url = settings.SNAPSHOT_STORAGE_URL
    return Path(unquote(urlsplit(url).path) if url.startswith("file:") else url)


def is_writable() -> bool:
    """Whether a file could be stored now."""
    try:
        root().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root()):
            return True
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
