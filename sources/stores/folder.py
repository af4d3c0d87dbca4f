"""Snapshots in a folder, in the order that survives a power cut (THREATS.md, durability 3).

A temporary name, fsync, rename to the digest, fsync of the folder; then the caller commits the row. A crash in between
leaves a file that no row names, never a row that names no file. Of several files each step is done for all before the
next, and the disk is waited for side by side: it then writes its journal once for many.
"""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from sources.stores.base import NAME, Found

T = TypeVar("T")

_SIDE_BY_SIDE = 8
"""So many threads wait for the disk: the journal then takes up what several of them have written at once."""

_PIECE = 1024 * 1024  # bytes


class Folder(FileSystemStorage):
    """A folder of folders. Files are their owner's alone (0600), and replaced by themselves when they come again."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: what lies there already has the same digest."""
        return name

    def path(self, name: str) -> str:
        """Where the file lies. A name of ours leads nowhere else: Django need not look."""
        return f"{self.location}/{name}" if NAME.fullmatch(name) else super().path(name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        (failure,) = self.save_all([(name, content)])
        if failure is not None:
            raise failure
        return name

    def save_all(self, files: "Sequence[tuple[str, bytes | File[bytes]]]") -> list[OSError | None]:
        """Write these files, durably, as `save` does each; of each its failure, if it failed."""
        writes = [_Write(*os.path.split(self.path(name)), content) for name, content in files]
        try:
            for each in writes:
                each.do(each.write)
            _side_by_side(lambda each: each.do(each.sync), writes)
            self._give_names([each for each in writes if each.failure is None])
        finally:
            for each in writes:
                each.clean_up()
        return [each.failure for each in writes]

    def _give_names(self, writes: "Sequence[_Write]") -> None:
        """Let these files have their names, and put those on the disk."""
        of_folder: dict[str, list[_Write]] = {}
        for each in writes:
            of_folder.setdefault(each.folder, []).append(each)
        folders = [_Folder(path, some) for path, some in of_folder.items()]
        try:
            for folder in folders:
                folder.do(folder.give_names)
            _side_by_side(lambda folder: folder.do(folder.sync), folders)
        finally:
            for folder in folders:
                folder.close()
        named = [each for each in writes if each.failure is None]
        if named:
            # Where the folders themselves may be new.
            with closing(_Folder(str(self.location), named)) as whole:
                whole.do(whole.sync)

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
        with suppress(FileNotFoundError), _alone_in(path.parent):
            if path.stat().st_mtime < before:
                path.unlink()
                return True
        return False


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder, so that no file in it gets its name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Write:
    """A file on its way into the store; after a failure its further steps are left out."""

    folder: str
    name: str
    content: "bytes | File[bytes]"
    failure: OSError | None = None
    temporary: str | None = None
    descriptor: int | None = None

    def do(self, step: Callable[[], None]) -> None:
        if self.failure is None:
            try:
                step()
            except OSError as error:
                self.failure = error

    def write(self) -> None:
        try:
            descriptor = self._begin()
        except FileNotFoundError:
            Path(self.folder).mkdir(parents=True, exist_ok=True)
            descriptor = self._begin()
        pieces = [self.content] if isinstance(self.content, bytes) else self.content.chunks(_PIECE)
        for piece in pieces:
            written = os.write(descriptor, piece)
            while written < len(piece):  # the rest tells why, if there is no room for it
                written += os.write(descriptor, piece[written:])

    def _begin(self) -> int:
        # The name is nobody else's by its length; `tempfile` looks at the folder and at its own lock besides.
        temporary = f"{self.folder}/.{secrets.token_hex(16)}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.temporary, self.descriptor = temporary, descriptor
        return descriptor

    def sync(self) -> None:
        assert self.descriptor is not None  # noqa: S101 - it was written
        os.fsync(self.descriptor)

    def give_name(self) -> None:
        assert self.temporary is not None  # noqa: S101 - it was written
        os.rename(self.temporary, f"{self.folder}/{self.name}")  # noqa: PTH104 - a Path takes as long again
        self.temporary = None

    def clean_up(self) -> None:
        """Close the file, and remove it where it got no name; a sweep removes what even that leaves behind."""
        if self.descriptor is not None:
            with suppress(OSError):
                os.close(self.descriptor)
        if self.temporary is not None:
            with suppress(OSError):
                Path(self.temporary).unlink()


@dataclass(slots=True)
class _Folder:
    """A folder in which these files are to get their names; what fails for it fails for them."""

    path: str
    writes: Sequence[_Write]
    descriptor: int | None = None

    def do(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            for each in self.writes:
                each.failure = each.failure or error

    def give_names(self) -> None:
        """Under a lock that is shared with others who do so, not with whoever removes a file."""
        descriptor = self._opened()
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        try:
            for each in self.writes:
                each.do(each.give_name)
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def sync(self) -> None:
        """Put the names on the disk, if any was given."""
        if any(each.failure is None for each in self.writes):
            os.fsync(self._opened())

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)

    def _opened(self) -> int:
        if self.descriptor is None:
            self.descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        return self.descriptor


def _side_by_side(step: Callable[[T], None], items: Sequence[T]) -> None:
    """Do it for each; all are done with when this ends, however it ends."""
    shares = [items[start::_SIDE_BY_SIDE] for start in range(min(_SIDE_BY_SIDE, len(items)))]
    others: list[Future[None]] = []
    try:
        others.extend(_threads().submit(_each, step, share) for share in shares[1:])
        for share in shares[:1]:
            _each(step, share)
    finally:
        wait(others)
    for other in others:
        other.result()


def _each(step: Callable[[T], None], items: Sequence[T]) -> None:
    for item in items:
        step(item)


@cache
def _threads() -> ThreadPoolExecutor:
    """Of this process; they are kept, because to start them took longer than what they do."""
    return ThreadPoolExecutor(_SIDE_BY_SIDE - 1, "sync")


os.register_at_fork(after_in_child=_threads.cache_clear)  # there are none of them in the other process
