"""The snapshot store: files named by their SHA-256. A name that was given out stays readable.

SNAPSHOT_STORAGE_URL says where it is (see `stores.location`). A failure of the store is an OSError, whatever it is
made of: callers take it for our own trouble, never for the site's.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File

from sources.stores import location
from sources.stores.base import NAME, Store

_PIECE = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store: its name there, its digest (hexadecimal) and its size in bytes."""

    name: str
    sha256: str
    size: int


def put(content: bytes | IO[bytes], *, suffix: str) -> Stored:
    """Write a file and return its name. Raises OSError when it could not be made durable; no name is taken then.

    A file object is read twice from its beginning, in pieces: once for its digest, once to be written.
    """
    file = BytesIO(content) if isinstance(content, bytes) else content
    file.seek(0)
    digest, size = measure(file)
    file.seek(0)
    name = store().save(f"{digest[:2]}/{digest}{suffix}", File(file))
    return Stored(name, digest, size)


def put_all(contents: Sequence[bytes], *, suffix: str) -> list[Stored | OSError]:
    """As `put` for each of these files, made durable together; in the place of one that failed, why it did."""
    files = [_named(content, suffix) for content in contents]
    saved = store().save_all([(file.name, content) for file, content in zip(files, contents, strict=True)])
    return [failure or file for file, failure in zip(files, saved, strict=True)]


def _named(content: bytes, suffix: str) -> Stored:
    digest = sha256(content).hexdigest()
    return Stored(f"{digest[:2]}/{digest}{suffix}", digest, len(content))


def measure(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 (hexadecimal) and size of what is left to read of a file, which is read in pieces."""
    digest, size = sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """A stored file to read, in pieces and from any place. Raises OSError; FileNotFoundError if it is not there."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(f"{name!r} is no name of a file in the store")
    with store().open(name) as file:
        yield file


def read(name: str) -> bytes:
    """Return a stored file's bytes. Raises OSError; FileNotFoundError if it is not there."""
    with opened(name) as file:
        return file.read()


def pieces(name: str) -> Iterator[bytes]:
    """A stored file's bytes, one piece after the other. Raises OSError, at once where it cannot be opened."""
    opening = ExitStack()
    return _pieces(opening, opening.enter_context(opened(name)))


def _pieces(opening: ExitStack, file: IO[bytes]) -> Iterator[bytes]:
    with opening:
        while piece := file.read(_PIECE):
            yield piece


def exists(name: str) -> bool:
    """Whether a file of this name is stored. Raises OSError where the store cannot say."""
    return bool(NAME.fullmatch(name)) and store().exists(name)


def is_writable() -> bool:
    """Whether a file could be stored now."""
    return store().is_writable()


def store() -> Store:
    """The store itself. Raises `location.BadLocation` for a setting that names none."""
    return _store_at(settings.SNAPSHOT_STORAGE_URL)


@lru_cache(maxsize=8)
def _store_at(url: str) -> Store:
    place = location.parse(url)
    if isinstance(place, Path):
        from sources.stores.folder import Folder

        return Folder(place)
    from sources.stores.bucket import Bucket  # loads AWS's client: 15 MB that only who uses it pays for

    return Bucket(place)
