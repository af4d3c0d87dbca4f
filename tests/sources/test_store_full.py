"""A store that is full takes nothing, keeps nothing half-written, and works again when there is room."""

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from sources import capturing, snapshots, storage
from sources.models import Capture, Snapshot
from sources.registry import find_or_add_source
from sources.vocabulary import CaptureState
from tests.sources.loopback import ScriptedServer, page
from tests.sources.test_storage import files_in

TINY = 256 * 1024  # bytes


@pytest.fixture
def tiny(tmp_path: Path, settings: LazySettings) -> Iterator[Path]:
    """A store on a file system of its own with room for `TINY` bytes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if refused := _mount(folder):
        pytest.skip(f"no file system could be mounted, which takes Linux and root: {refused}")
    settings.SNAPSHOT_STORAGE_URL = str(folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mount(folder: Path) -> str:
    """Mount a tiny file system; why it could not be, or nothing."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={TINY}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False, text=True)
    except FileNotFoundError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The system's own limit: a write beyond it fails in the middle, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_file_system_keeps_nothing_half_written_and_takes_the_file_later(tiny: Path) -> None:
    (tiny / "in the way").write_bytes(bytes(TINY // 2))
    content = os.urandom(TINY * 3 // 4)
    with pytest.raises(OSError) as full:
        storage.put(content, suffix=".x")

    assert full.value.errno == errno.ENOSPC
    assert files_in(tiny) == ["in the way"]

    (tiny / "in the way").unlink()
    assert storage.read(storage.put(content, suffix=".x").name) == content


def test_a_write_that_fails_in_its_middle_leaves_no_file(store: Path) -> None:
    content = os.urandom(TINY)
    with no_file_larger_than(TINY // 2), pytest.raises(OSError) as failed:
        storage.put(content, suffix=".x")

    assert failed.value.errno == errno.EFBIG
    assert files_in(store) == []
    assert storage.read(storage.put(content, suffix=".x").name) == content


@pytest.mark.django_db(transaction=True)
def test_a_capture_meanwhile_is_neither_lost_nor_held_against_the_site(
    owner: User, site: ScriptedServer, tiny: Path
) -> None:
    (tiny / "in the way").write_bytes(bytes(TINY * 3 // 4))
    body = b"<p>" + os.urandom(TINY // 4).hex().encode()
    site.script["/"] = page(body)
    capture = Capture.objects.create(source=find_or_add_source(site.url(), by=owner), requested_by=owner)
    assert capturing.run(capture.pk) is None

    capture.refresh_from_db()
    assert (capture.state, capture.attempts, capture.outcome) == (CaptureState.QUEUED, 0, None)
    assert (files_in(tiny), Snapshot.objects.count()) == (["in the way"], 0)

    (tiny / "in the way").unlink()
    Capture.objects.update(due_at=capture.created_at)
    assert capturing.run(capture.pk)
    assert snapshots.payload(Snapshot.objects.get()) == body
