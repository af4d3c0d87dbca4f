"""What a capture left behind in the store goes after an hour; what a row names stays, whoever races."""

import os
import time
from pathlib import Path
from threading import Thread

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from provenance.tasks import sweep_store
from sources import ledger, leftovers, snapshots, storage
from sources.models import Capture, Snapshot
from sources.registry import find_or_add_source
from sources.stores.base import FOLDERS
from sources.stores.folder import Folder
from tests.factories import fetched, see
from tests.s3 import KEYS, s3_server
from tests.sources.test_storage import files_in

pytestmark = pytest.mark.django_db
HOUR = 3600


def age(path: Path, seconds: float) -> None:
    """Let the file be this old."""
    os.utime(path, (time.time() - seconds,) * 2)


def left(store: Path, content: bytes, *, seconds: float) -> str:
    """A file that no row names, of this age; its name."""
    name = storage.put(content, suffix=".warc.gz").name
    age(store / name, seconds)
    return name


def sweep() -> list[str]:
    return [name for folder in FOLDERS for name in leftovers.remove(folder)]


def test_only_what_no_row_names_goes_and_only_after_an_hour(owner: User, store: Path) -> None:
    snapshot = see(find_or_add_source("https://a.example/", by=owner), "These are the words.")
    age(store / snapshot.warc_name, 10 * HOUR)
    old = left(store, b"old", seconds=HOUR + 10)
    young = left(store, b"young", seconds=HOUR - 60)

    assert sweep() == [old]
    assert set(files_in(store)) == {snapshot.warc_name, young}
    assert sweep() == []


def test_unfinished_files_go_too_and_what_is_not_ours_stays(store: Path) -> None:
    folder = store / "ab"
    folder.mkdir(parents=True)
    for name in (".xyz.tmp", ".young.tmp", "README", "ab" * 32):
        (folder / name).write_bytes(b"")
        age(folder / name, 0 if "young" in name else 2 * HOUR)

    assert sweep() == ["ab/.xyz.tmp"]
    assert files_in(store) == ["ab/.young.tmp", "ab/README", "ab/" + "ab" * 32]


@pytest.mark.usefixtures("store")
def test_a_store_that_is_not_there_yet_has_nothing_to_remove() -> None:
    assert sweep() == []


def test_a_file_that_is_stored_again_counts_as_new(store: Path) -> None:
    name = left(store, b"again", seconds=2 * HOUR)
    storage.put(b"again", suffix=".warc.gz")

    assert sweep() == []
    assert files_in(store) == [name]


def test_a_file_that_is_stored_again_after_the_look_is_not_removed(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = left(store, b"again", seconds=2 * HOUR)
    real = Folder.remove_if_older

    def late(self: Folder, name: str, before: float) -> bool:
        storage.put(b"again", suffix=".warc.gz")
        return real(self, name, before)

    monkeypatch.setattr(Folder, "remove_if_older", late)

    assert sweep() == []
    assert storage.read(name) == b"again"


def test_a_row_that_is_committed_after_the_look_keeps_its_file(
    owner: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = find_or_add_source("https://a.example/", by=owner)
    page = snapshots.store(fetched("https://a.example/", "Words."), source_id=source.pk)
    age(store / page.stored.name, 2 * HOUR)
    capture = Capture.objects.create(source=source, requested_by=owner)
    real = ledger.hold

    def late() -> object:
        monkeypatch.undo()
        snapshots.record(page, source_id=source.pk, capture_id=capture.pk)
        return real()

    monkeypatch.setattr(ledger, "hold", late)

    assert sweep() == []
    assert files_in(store) == [page.stored.name]


def test_the_same_bytes_that_come_while_their_old_file_is_removed_are_there_afterwards(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The narrowest place: after the last look at the old file's age, before it is gone."""
    name = left(store, b"again", seconds=2 * HOUR)
    again = Thread(target=storage.put, args=(b"again",), kwargs={"suffix": ".warc.gz"})
    real = Path.unlink

    def slow(path: Path, **options: bool) -> None:
        if path == store / name and not again.ident:
            again.start()
            again.join(1)  # it would be done by now if it did not have to wait
            assert again.is_alive()
        real(path, **options)

    monkeypatch.setattr(Path, "unlink", slow)
    assert storage.store().remove_if_older(name, time.time() - HOUR)
    again.join()

    assert storage.read(name) == b"again"


def test_every_folder_has_its_turn_once_in_256_sweeps(settings: LazySettings) -> None:
    step = settings.STORE_SWEEP_SECONDS
    turns = [leftovers.folder_at(1_700_000_000 + number * step) for number in range(256)]

    assert sorted(turns) == list(FOLDERS)
    assert 256 * step <= 1.1 * HOUR


def test_the_task_sweeps_the_folder_whose_turn_it_is(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = left(store, b"old", seconds=2 * HOUR)
    other = next(folder for folder in FOLDERS if not name.startswith(folder))
    for folder in (other, name[:2]):
        assert files_in(store) == [name]
        monkeypatch.setattr(leftovers, "folder_at", lambda _, folder=folder: folder)
        sweep_store()

    assert files_in(store) == []


def test_many_files_take_one_query_for_every_five_hundred(
    store: Path, django_assert_num_queries: object
) -> None:
    (store / "ab").mkdir(parents=True)
    for number in range(1001):
        (store / "ab" / f"ab{number:062x}.warc.gz").touch()
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert len(list(leftovers.unnamed("ab"))) == 1001


def test_a_bucket_is_swept_like_a_folder(
    owner: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with s3_server() as server:
        server.add_bucket("swept")
        settings.SNAPSHOT_STORAGE_URL = server.location("swept", "p")
        snapshot = see(find_or_add_source("https://a.example/", by=owner), "These are the words.")
        orphan = storage.put(b"orphan", suffix=".warc.gz").name
        assert sweep() == []

        monkeypatch.setattr(leftovers, "GRACE", -60.0)
        assert sweep() == [orphan]
        assert server.keys("swept") == [f"p/{snapshot.warc_name}"]
        assert Snapshot.objects.count() == 1
