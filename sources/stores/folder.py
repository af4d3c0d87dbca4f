"""Snapshots in a folder, in the order that survives a power cut (THREATS.md, durability 3).

A temporary name, fsync, rename to the digest, fsync of the folder; then the caller commits the row. A crash in between
leaves a file that no row names, never a row that names no file. Of several files each step is done for all before the
next, and the disk is waited for side by side: it then writes its journal once for many.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from sources.stores.base import Found

T = TypeVar("T")

_SIDE_BY_SIDE = 8
"""So many threads wait for the disk: the journal then takes up what several of them have written at once."""

_PIECE = 1024 * 1024  # bytes


class Folder(FileSystemStorage):
    """A folder of folders. Files are their owner's alone (0600), and replaced by themselves when they come again."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: what lies there already has the same digest."""
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        (failure,) = self.save_all([(name, content)])
        if failure is not None:
            raise failure
        return name

    def save_all(self, files: "Sequence[tuple[str, File[bytes]]]") -> list[OSError | None]:
        """Write these files, durably, as `save` does each; of each its failure, if it failed."""
        writes = [_Write(Path(self.path(name)), content) for name, content in files]
        try:
            for each in writes:
                each.do(each.write)
            _side_by_side(lambda each: each.do(each.sync), writes)
            for each in writes:
                each.do(each.give_name)
        finally:
            for each in writes:
                each.clean_up()
        self._sync_folders(writes)
        return [each.failure for each in writes]

    def _sync_folders(self, writes: "Iterable[_Write]") -> None:
        groups: dict[Path, list[_Write]] = {}
        for each in writes:
            if each.failure is None:
                groups.setdefault(each.target.parent, []).append(each)
        _side_by_side(lambda folder: _sync_for(folder, groups[folder]), list(groups))
        if groups:
            # Where the folders themselves may be new.
            _sync_for(Path(self.location), [each for group in groups.values() for each in group])

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


@dataclass(slots=True)
class _Write:
    """A file on its way into the store; after a failure its further steps are left out."""

    target: Path
    content: "File[bytes]"
    failure: OSError | None = None
    temporary: Path | None = None
    descriptor: int | None = None

    def do(self, step: Callable[[], None]) -> None:
        if self.failure is None:
            try:
                step()
            except OSError as error:
                self.failure = error

    def write(self) -> None:
        try:
            self._begin()
        except FileNotFoundError:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._begin()
        assert self.descriptor is not None  # noqa: S101 - it was begun
        with os.fdopen(self.descriptor, "wb", closefd=False) as file:
            shutil.copyfileobj(self.content, file, _PIECE)

    def _begin(self) -> None:
        # The name is nobody else's by its length; `tempfile` looks at the folder and at its own lock besides.
        temporary = self.target.parent / f".{secrets.token_hex(16)}.tmp"
        self.descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.temporary = temporary

    def sync(self) -> None:
        assert self.descriptor is not None  # noqa: S101 - it was written
        os.fsync(self.descriptor)

    def give_name(self) -> None:
        assert self.temporary is not None  # noqa: S101 - it was written
        with _held(self.target.parent, fcntl.LOCK_SH):
            self.temporary.rename(self.target)
        self.temporary = None

    def clean_up(self) -> None:
        """Close the file, and remove it where it got no name; a sweep removes what even that leaves behind."""
        if self.descriptor is not None:
            with suppress(OSError):
                os.close(self.descriptor)
        if self.temporary is not None:
            with suppress(OSError):
                self.temporary.unlink(missing_ok=True)


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


def _sync_for(folder: Path, writes: Iterable[_Write]) -> None:
    """Put the names in this folder on the disk; these files depend on it."""
    try:
        _sync_folder(folder)
    except OSError as error:
        for each in writes:
            each.failure = each.failure or error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
