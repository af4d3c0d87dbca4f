"""A folder for snapshots that can be full for a while."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOM = "16m"
_PIECE = bytes(4096)


@dataclass(frozen=True)
class Store:
    """`mounted`: on a file system of its own, which is filled; else a file stands in the folder's place meanwhile."""

    folder: Path
    mounted: bool

    def fill(self) -> None:
        """From now on it takes nothing."""
        if self.mounted:
            _fill(self._in_the_way)
        else:
            self.folder.rename(self._aside)
            self.folder.touch()

    def clear(self) -> None:
        """It takes files again, and has all that it had."""
        if self.mounted:
            self._in_the_way.unlink()
        else:
            self.folder.unlink()
            self._aside.rename(self.folder)

    @property
    def _in_the_way(self) -> Path:
        return self.folder / "in the way"

    @property
    def _aside(self) -> Path:
        return self.folder.with_name("aside")


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(_PIECE):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """The store in this folder, until the block ends; mounting takes Linux and root."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield Store(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
