"""A file in the store is whole, named by its digest, and there to stay; or it is not there at all."""

import fcntl
import os
import stat
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import LazySettings

from sources import storage


def files_in(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]


def test_a_file_is_named_by_its_digest_and_read_back(store: Path) -> None:
    stored = storage.put(b"some bytes", suffix=".warc.gz")

    assert stored.sha256 == sha256(b"some bytes").hexdigest()
    assert stored.name == f"{stored.sha256[:2]}/{stored.sha256}.warc.gz"
    assert stored.size == 10
    assert files_in(store) == [stored.name]
    assert storage.read(stored.name) == b"some bytes"


def test_the_same_bytes_are_one_file(store: Path) -> None:
    assert storage.put(b"x", suffix=".x") == storage.put(b"x", suffix=".x")
    assert len(files_in(store)) == 1


@pytest.mark.usefixtures("store")
def test_a_file_that_is_not_there_is_an_error_of_the_store() -> None:
    with pytest.raises(FileNotFoundError):
        storage.read("ab/cd.warc.gz")


def test_a_file_and_the_folders_that_name_it_are_on_the_disk_before_its_name_is_given_out(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    stored = storage.put(b"x", suffix=".x")

    file = store / stored.name
    assert synced == [path.stat().st_ino for path in (file, file.parent, store)]


def test_of_many_files_each_has_its_bytes_on_the_disk_before_any_gets_its_name(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, os.rename

    def fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def renamed(path: str, target: str) -> None:
        steps.append("name")
        rename(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", renamed)
    stored = storage.put_all([b"%d" % number for number in range(20)], suffix=".x")
    folders = {each.name[:2] for each in stored if isinstance(each, storage.Stored)}

    assert steps == [*["file"] * 20, *["name"] * 20, *["folder"] * (len(folders) + 1)]
    assert files_in(store) == sorted(each.name for each in stored if isinstance(each, storage.Stored))


def test_of_many_files_one_that_the_store_cannot_take_costs_no_other(store: Path) -> None:
    contents = [b"a", b"b", b"c"]
    in_the_way = store / sha256(b"b").hexdigest()[:2]
    store.mkdir()
    in_the_way.write_bytes(b"")
    first, second, third = storage.put_all(contents, suffix=".x")

    assert isinstance(second, OSError)
    for content, stored in ((b"a", first), (b"c", third)):
        assert isinstance(stored, storage.Stored)
        assert storage.read(stored.name) == content
    assert len(files_in(store)) == 3


def test_files_whose_folder_cannot_be_put_on_the_disk_get_no_name(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [b"a", b"b", b"c"]
    folder = store / sha256(b"b").hexdigest()[:2]
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if os.fstat(descriptor).st_ino == folder.stat().st_ino:
            raise OSError(5, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)

    assert [type(each) for each in storage.put_all(contents, suffix=".x")] == [
        storage.Stored,
        OSError,
        storage.Stored,
    ]


def test_of_files_in_one_folder_one_that_gets_no_name_costs_no_other(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _two_of_one_folder()
    rename = os.rename

    def renamed(path: str, target: str) -> None:
        if sha256(second).hexdigest() in target:
            raise OSError(5, "Input/output error")
        rename(path, target)

    monkeypatch.setattr(os, "rename", renamed)
    kept, failed = storage.put_all([first, second], suffix=".x")

    assert isinstance(kept, storage.Stored)
    assert isinstance(failed, OSError)
    assert files_in(store) == [kept.name]


def test_a_folder_is_synced_once_for_its_files_and_not_where_none_got_its_name(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = _two_of_one_folder()
    storage.put(contents[0], suffix=".x")  # the folder is there
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    folder = store / sha256(contents[0]).hexdigest()[:2]

    storage.put_all(contents, suffix=".x")
    assert synced[2:] == [folder.stat().st_ino, store.stat().st_ino]

    def renamed(*_: str) -> None:
        raise OSError(5, "Input/output error")

    synced.clear()
    monkeypatch.setattr(os, "rename", renamed)
    assert all(isinstance(each, OSError) for each in storage.put_all(contents, suffix=".x"))
    assert len(synced) == 2


def _two_of_one_folder() -> tuple[bytes, bytes]:
    seen: dict[str, bytes] = {}
    for content in (b"%d" % number for number in range(257)):
        folder = sha256(content).hexdigest()[:2]
        if folder in seen:
            return seen[folder], content
        seen[folder] = content
    raise AssertionError("there are 256 folders")


@pytest.mark.parametrize("breaks", ["", "open", "write", "fsync", "rename"])
def test_nothing_stays_open_however_it_ends(
    store: Path, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    storage.put_all([b"%d" % number for number in range(20)], suffix=".x")  # threads and libraries are there
    before = list(Path("/dev/fd").iterdir())
    if breaks:
        real, calls = getattr(os, breaks), count()

        def breaking(*given: Any) -> Any:
            if next(calls) % 3 == 1:
                raise OSError(5, "Input/output error")
            return real(*given)

        monkeypatch.setattr(os, breaks, breaking)
    stored = storage.put_all([b"%d" % number for number in range(10, 40)], suffix=".x")
    monkeypatch.undo()

    assert len(list(Path("/dev/fd").iterdir())) == len(before)
    assert {type(each) for each in stored} == ({storage.Stored, OSError} if breaks else {storage.Stored})


def test_no_file_gets_its_name_while_somebody_holds_its_folder_alone(store: Path) -> None:
    contents = _two_of_one_folder()
    name = storage.put(contents[0], suffix=".x").name
    holder = os.open((store / name).parent, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    giving = Thread(target=lambda: storage.put(contents[1], suffix=".x"))
    giving.start()
    try:
        giving.join(0.3)
        assert giving.is_alive()
        assert [each for each in files_in(store) if not each.endswith(".tmp")] == [name]
    finally:
        os.close(holder)
        giving.join(10)

    assert len(files_in(store)) == 2


def test_a_folder_is_let_go_before_its_names_are_on_the_disk(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = _two_of_one_folder()
    folder = store / sha256(contents[0]).hexdigest()[:2]
    looked = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.fstat(descriptor).st_ino == folder.stat().st_ino:
            another = os.open(folder, os.O_RDONLY)
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)  # or BlockingIOError
            os.close(another)
            looked.append(folder)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    stored = storage.put_all(contents, suffix=".x")

    assert looked == [folder]
    assert all(isinstance(each, storage.Stored) for each in stored)


def test_a_file_is_whole_where_the_system_takes_it_in_pieces(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:3]))
    (stored,) = storage.put_all([b"some bytes"], suffix=".x")

    assert isinstance(stored, storage.Stored)
    assert storage.read(stored.name) == b"some bytes"


def test_a_write_that_fails_leaves_nothing_behind(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        storage.put(b"x", suffix=".x")

    assert files_in(store) == []


def test_a_store_that_cannot_be_a_folder_says_so(store: Path) -> None:
    store.write_text("in the way")

    assert not storage.is_writable()
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        storage.put(b"x", suffix=".x")


def test_a_store_is_made_when_it_is_first_asked_for(store: Path) -> None:
    assert storage.is_writable()
    assert files_in(store) == []


def test_the_folder_may_be_given_as_a_file_url(settings: LazySettings, tmp_path: Path) -> None:
    settings.SNAPSHOT_STORAGE_URL = f"file://{tmp_path}/with%20space"
    stored = storage.put(b"x", suffix=".x")

    assert files_in(tmp_path / "with space") == [stored.name]
