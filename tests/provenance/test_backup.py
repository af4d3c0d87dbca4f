"""A backup is one state of database and store, whoever writes meanwhile; what is restored is the same to the byte."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from claims.models import Claim
from claims.trees import load_tree
from provenance.backup import rows
from provenance.backup.writing import write
from provenance.demo.drawing import draw
from provenance.partners.keys import create_partner
from sources import ledger
from sources.models import Snapshot, Source
from sources.registry import find_or_add_source
from tests.factories import chain, newsroom, see, stated
from tests.s3 import KEYS, s3_server
from tests.sources.test_storage import files_in
from tests.worker import database_url

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
COUNTS = (
    "import json; from provenance.backup import rows; "
    "print(json.dumps({m._meta.label: m._default_manager.count() for m in rows.tables()}))"
)
TREE = (
    "from claims.models import Claim; from claims.trees import load_tree; from provenance.demo.drawing import draw; "
    "claim = Claim.objects.get(slug='{slug}'); print(draw(claim, load_tree(claim, include_suggested=True)))"
)


@pytest.fixture
def store(settings: LazySettings, tmp_path: Path) -> Path:
    """A snapshot store of the test's own."""
    settings.SNAPSHOT_STORAGE_URL = str(tmp_path / "snapshots")
    return tmp_path / "snapshots"


@pytest.fixture
def claim(owner: User, store: Path) -> Claim:
    """A claim with a small tree, whose pages were seen, one of them twice; and a partner with a key."""
    recorded = chain(stated("a"), stated("b", "a"), stated("c", "b"), by=owner)
    for ref in ("a", "b", "c", "c"):
        see(recorded.appearances[ref].source, f"<title>É</title><p>These are the words of {ref}. 😀")
    create_partner("The Partner")
    return recorded.claim


class Place:
    """A new database and an empty store, and manage.py there."""

    def __init__(self, folder: Path, url: str) -> None:
        self.store = folder / "snapshots"
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "provenance.settings",
            "DATA_DIR": str(folder),
            "DATABASE_URL": url,
            "SNAPSHOT_STORAGE_URL": str(self.store),
        }
        folder.mkdir()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code).stdout.strip()


@pytest.fixture(params=sorted({"sqlite", connection.vendor}))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """SQLite; and PostgreSQL too, where the suite runs on it."""
    if request.param == "sqlite":
        yield Place(tmp_path / "new", f"sqlite:///{tmp_path}/new/db.sqlite3")
        return
    name = f"restored_{uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield Place(tmp_path / "new", database_url().rpartition("/")[0] + f"/{name}")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in rows.tables()}


def backup(target: Path) -> Path:
    call_command("backup", str(target), stderr=io.StringIO())
    return target


# --- the drill ------------------------------------------------------------------------------------------------------


def test_what_is_restored_is_the_same_in_every_count_every_digest_and_the_tree(
    claim: Claim, store: Path, place: Place, tmp_path: Path
) -> None:
    file = backup(tmp_path / "backup.tar")
    tree = draw(claim, load_tree(claim, include_suggested=True))
    head = ledger.newest()
    restored = place.manage("restore", str(file))

    assert restored.returncode == 0, restored.stderr
    assert f"{head.seq}:{head.digest}" in restored.stderr
    verified = place.manage("verify", "--witness", f"{head.seq}:{head.digest}")
    assert (verified.returncode, verified.stdout) == (0, ""), verified.stderr
    assert json.loads(place.shell(COUNTS)) == counts()
    assert place.shell(TREE.format(slug=claim.slug)) == tree.strip()
    assert files_in(place.store) == files_in(store)


def test_restored_service_goes_on_with_new_numbers_and_its_guards(
    claim: Claim, place: Place, tmp_path: Path
) -> None:
    place.manage("restore", str(backup(tmp_path / "backup.tar")))

    added = place.manage("create_partner", "Another")
    assert added.returncode == 0, added.stderr
    refused = place.manage(
        "shell", "--no-imports", "-c", "from sources.models import Snapshot; Snapshot.objects.update(url='x')"
    )
    assert "UPDATE is refused" in refused.stderr


def test_backup_is_one_state_although_a_writer_goes_on(claim: Claim, place: Place, tmp_path: Path) -> None:
    written: list[int] = []
    enough = Event()
    owner = User.objects.get(username="the-owner")

    def work() -> None:
        try:
            while not enough.is_set():
                number = len(written)
                source = find_or_add_source(f"https://busy.example/{number}", by=owner)
                written.append(see(source, f"Words number {number}.").pk)
        finally:
            connection.close()

    writer = Thread(target=work)
    writer.start()
    try:
        while len(written) < 3:
            enough.wait(0.01)
        before = len(written)
        file = backup(tmp_path / "backup.tar")
        after = len(written)
        while len(written) < after + 3:  # and goes on after it
            enough.wait(0.01)
    finally:
        enough.set()
        writer.join()
    restored = place.manage("restore", str(file))

    assert restored.returncode == 0, restored.stderr
    assert place.manage("verify").returncode == 0
    kept = json.loads(place.shell(COUNTS))
    assert 4 + before <= kept["sources.Snapshot"] <= 4 + after + 1
    assert kept["sources.LedgerEntry"] == kept["sources.Snapshot"] < Snapshot.objects.count()


def test_writer_does_not_wait_for_a_backup(
    claim: Claim, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the reading state another connection writes, at once, and the backup does not see it."""
    real, wrote = rows.lines, []

    def write_once() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        wrote.append(find_or_add_source("https://meanwhile.example/", by=owner).pk)
        connection.close()

    def lines(model: rows.Model) -> Iterator[bytes]:
        if model is Source:
            thread = Thread(target=write_once)
            thread.start()
            thread.join(10)
            assert wrote
        return real(model)

    monkeypatch.setattr(rows, "lines", lines)
    told = write(tmp_path / "backup.tar", say=lambda _: None)

    [table] = [each for each in told.tables if each.label == "sources.Source"]
    assert table.rows == Source.objects.count() - 1


# --- the file -------------------------------------------------------------------------------------------------------


def test_file_is_its_owners_alone_and_nothing_else_is_left(claim: Claim, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    file = backup(folder / "backup.tar")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert files_in(folder) == ["backup.tar"]
    with tarfile.open(file) as tar:
        assert tar.getnames()[0] == "manifest.json"


def test_nobodys_session_is_in_it(claim: Claim, tmp_path: Path) -> None:
    with tarfile.open(backup(tmp_path / "backup.tar")) as tar:
        assert not [name for name in tar.getnames() if "session" in name.lower()]


def test_file_that_is_there_is_not_overwritten(claim: Claim, tmp_path: Path) -> None:
    (tmp_path / "backup.tar").write_text("precious")
    with pytest.raises(CommandError, match="there already"):
        backup(tmp_path / "backup.tar")
    assert (tmp_path / "backup.tar").read_text() == "precious"


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"changed")])
def test_store_that_is_damaged_is_named_and_gives_no_backup(
    claim: Claim, store: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    name = Snapshot.objects.all()[0].warc_name
    damage(store / name)
    said = io.StringIO()
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(CommandError, match="1 files of the store are missing or damaged"):
        call_command("backup", str(folder / "backup.tar"), stderr=said)

    assert name in said.getvalue()
    assert files_in(folder) == []


def test_instants_are_kept_to_the_microsecond(claim: Claim) -> None:
    snapshot = Snapshot.objects.order_by("pk")[0]
    [line, *_] = rows.lines(Snapshot)
    assert snapshot.captured_at.isoformat() in json.loads(line)


def test_backup_of_a_bucket_is_restored_into_a_folder(
    owner: User, settings: LazySettings, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with s3_server() as server:
        server.add_bucket("kept")
        settings.SNAPSHOT_STORAGE_URL = server.location("kept", "p")
        snapshot = see(find_or_add_source("https://a.example/", by=owner), "These are the words.")
        call_command("verify", stdout=io.StringIO(), stderr=io.StringIO())
        file = backup(tmp_path / "backup.tar")
    assert place.manage("restore", str(file)).returncode == 0
    assert files_in(place.store) == [snapshot.warc_name]


# --- what is not restored -------------------------------------------------------------------------------------------


def test_database_that_is_not_new_is_left_as_it_is(claim: Claim, tmp_path: Path) -> None:
    file = backup(tmp_path / "backup.tar")
    before = counts()
    with pytest.raises(CommandError, match=r"not new: it has rows in auth\.User"):
        call_command("restore", str(file), stderr=io.StringIO())

    assert counts() == before


def test_store_that_is_not_empty_is_left_as_it_is(claim: Claim, place: Place, tmp_path: Path) -> None:
    file = backup(tmp_path / "backup.tar")
    (place.store / "ab").mkdir(parents=True)
    (place.store / "ab" / ("ab" * 32 + ".warc.gz")).write_bytes(b"another's")
    refused = place.manage("restore", str(file))

    assert refused.returncode == 1
    assert "which is not of this backup" in refused.stderr
    assert len(files_in(place.store)) == 1
    assert json.loads(place.shell(COUNTS))["sources.Snapshot"] == 0


def members(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(file) as tar:
        return [(each, tar.extractfile(each).read()) for each in tar]  # type: ignore[union-attr]


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The backup with its members changed, or left out."""
    target = file.with_suffix(".changed")
    with tarfile.open(target, "w") as tar:
        for member, content in members(file):
            changed = change(member.name, content)
            if changed is not None:
                member.size = len(changed)
                tar.addfile(member, io.BytesIO(changed))
    return target


def older(name: str, content: bytes) -> bytes:
    if name != "manifest.json":
        return content
    told: dict[str, Any] = json.loads(content)
    return json.dumps({**told, "migrations": told["migrations"][:-1]}).encode()


CHANGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a file changed": lambda name, data: data[:-1] + b"!" if name.startswith("files/") else data,
    "a file missing": lambda name, data: None if name.startswith("files/") else data,
    "a table changed": lambda name, data: b"" if name == "tables/sources.Source.jsonl.gz" else data,
    "a table missing": lambda name, data: None if name == "tables/claims.Claim.jsonl.gz" else data,
    "a list cut": lambda name, data: data[: data.index(b"\n") + 1] if name == "files.txt" else data,
    "another version": older,
    "no manifest": lambda name, data: None if name == "manifest.json" else data,
    "a manifest of something else": lambda name, data: b"{}" if name == "manifest.json" else data,
}


TRY_ALL = """
import io, pathlib
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from sources.models import Snapshot
for path in sorted(pathlib.Path({folder!r}).iterdir()):
    try:
        call_command("restore", str(path), stderr=io.StringIO())
    except CommandError as error:
        print(path.name, "refused", User.objects.count(), Snapshot.objects.count())
    else:
        print(path.name, "restored")
"""


def test_backup_that_is_not_whole_restores_nothing_and_the_whole_one_may_follow(
    claim: Claim, place: Place, tmp_path: Path
) -> None:
    file = backup(tmp_path / "backup.tar")
    broken = tmp_path / "broken"
    broken.mkdir()
    for what, change in CHANGES.items():
        rewritten(file, change).rename(broken / what.replace(" ", "-"))
    shutil.copyfile(file, broken / "cut")
    os.truncate(broken / "cut", file.stat().st_size // 2)
    place.manage("migrate")
    tried = place.shell(TRY_ALL.format(folder=str(broken)))

    assert tried.splitlines() == [f"{each.name} refused 0 0" for each in sorted(broken.iterdir())]
    assert place.manage("restore", str(file)).returncode == 0
    assert place.manage("verify").returncode == 0


def test_file_of_something_else_is_no_backup(tmp_path: Path) -> None:
    for content in (b"", b"no archive", bytes(20_000)):
        (tmp_path / "backup.tar").write_bytes(content)
        with pytest.raises(CommandError):
            call_command("restore", str(tmp_path / "backup.tar"), stderr=io.StringIO())
    with pytest.raises(CommandError, match="No such file"):
        call_command("restore", str(tmp_path / "nothing.tar"), stderr=io.StringIO())


def test_rows_of_people_who_came_since_are_refused_too(tmp_path: Path) -> None:
    newsroom("Somebody")
    assert rows.occupied() == ["auth.User"]
