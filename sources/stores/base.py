"""What every store of snapshots can do beyond Django's storage API, and how its files are called."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.core.files import File

FOLDERS = tuple(f"{number:02x}" for number in range(256))
"""The first two digits of a digest: files are spread over so many folders, and looked through one by one."""

NAME = re.compile(r"(?P<folder>[0-9a-f]{2})/(?P<sha256>(?P=folder)[0-9a-f]{62})(?P<suffix>(\.[a-z0-9]+)+)")
"""A file's name: `ab/ab12….warc.gz`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that lies in the store: its name there, and when it was last written (seconds since 1970)."""

    name: str
    written_at: float


class Store(Protocol):
    """A Django storage for files that never change. Every failure is an OSError."""

    def open(self, name: str, mode: str = "rb") -> "File[bytes]": ...

    def save(self, name: str, content: "File[bytes]") -> str:
        """Write the file, durably, whatever lies under the name: the name is the digest, so it is the same."""
        ...

    def save_all(self, files: "Sequence[tuple[str, bytes | File[bytes]]]") -> list[OSError | None]:
        """Write each of these files as `save` does; of each its failure, if it failed."""
        ...

    def exists(self, name: str) -> bool: ...

    def is_writable(self) -> bool:
        """Whether a file could be stored now, as far as that can be told without storing one."""
        ...

    def walk(self, folder: str) -> Iterator[Found]:
        """Every file in one of FOLDERS, in no order, of whatever name: unfinished ones too."""
        ...

    def remove_if_older(self, name: str, before: float) -> bool:
        """Remove the file unless it was written again since `before`; whether it was removed."""
        ...
