"""Whatever is changed of what was kept, verify names it; what is as it was, it does not."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction

from provenance import guards
from sources import ledger, storage
from sources.models import Capture, Extraction, LedgerEntry, LedgerHead, Snapshot, Source
from sources.records import records
from sources.registry import find_or_add_source
from sources.verifying import Kind, differences
from sources.warc import WarcError, write_warc
from tests.factories import fetched, see

pytestmark = pytest.mark.django_db

FLIPS = 100
PAGE = "<title>Evidence</title><p>" + "These are the words that somebody quoted. " * 20


@pytest.fixture
def kept(owner: User, store: Path) -> list[Snapshot]:
    """Three pages, the last a second look at the second; the guards are lifted, for tampering."""
    one, two = (find_or_add_source(f"https://a.example/{name}", by=owner) for name in ("one", "two"))
    seen = [see(one, PAGE), see(two, PAGE + "<p>And others."), see(two, PAGE + "<p>And others.")]
    assert seen[2].payload_of_id == seen[1].pk
    guards.lift(connection)
    return seen


def named(*chosen: Snapshot) -> list[tuple[Kind, str]]:
    """What differs, and where; in all that is kept, or in these."""
    rows = Snapshot.objects.filter(pk__in=[each.pk for each in chosen]) if chosen else None
    return [(each.kind, each.where) for each in differences(rows, progress=lambda *_: None)]


def lines(*arguments: str) -> list[str]:
    """What the command prints on stdout, whether it is content or not."""
    out = StringIO()
    failed = False
    try:
        call_command("verify", *arguments, stdout=out, stderr=StringIO())
    except CommandError:
        failed = True
    told = out.getvalue().splitlines()
    assert failed == bool(told)
    return told


def execute(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


# --- nothing was changed --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kept")
def test_what_is_as_it_was_kept_is_not_named() -> None:
    assert named() == []
    assert named(*Snapshot.objects.all()) == []
    assert lines() == []


@pytest.mark.usefixtures("store")
def test_nothing_kept_is_nothing_wrong() -> None:
    assert lines() == []


@pytest.mark.usefixtures("kept")
def test_the_end_says_so_and_how_far_the_ledger_goes() -> None:
    said = StringIO()
    call_command("verify", stdout=StringIO(), stderr=said)
    head = ledger.newest()

    assert "Everything is as it was kept." in said.getvalue()
    assert f"{head.seq}:{head.digest}" in said.getvalue()


@pytest.mark.usefixtures("kept")
def test_a_file_that_no_row_names_is_mentioned_but_is_no_failure() -> None:
    name = storage.put(b"left behind", suffix=".warc.gz").name
    said = StringIO()
    call_command("verify", stdout=StringIO(), stderr=said)

    assert f"notice file={name}: no snapshot names it" in said.getvalue()


# --- a bit of a file ------------------------------------------------------------------------------------------------


def test_any_bit_of_a_file_that_is_changed_is_named_with_its_snapshot(
    kept: list[Snapshot], store: Path
) -> None:
    for snapshot in kept:
        file = store / snapshot.warc_name
        content = file.read_bytes()
        for _ in range(FLIPS):
            bit = random.randrange(len(content) * 8)
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            file.write_bytes(changed)
            found = named(snapshot)
            assert any(kind == Kind.FILE_DIGEST for kind, _ in found), bit
            assert all(where.startswith(f"snapshot={snapshot.pk} ") for _, where in found), bit
        file.write_bytes(content)
    assert named() == []


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0", lambda _: b""])
def test_a_file_that_is_shorter_or_longer_is_named(
    kept: list[Snapshot], store: Path, change: Callable[[bytes], bytes]
) -> None:
    file = store / kept[0].warc_name
    file.write_bytes(change(file.read_bytes()))

    assert {Kind.FILE_SIZE, Kind.FILE_DIGEST} <= {kind for kind, _ in named()}


def test_a_file_that_is_missing_is_named_and_the_others_are_still_read(
    kept: list[Snapshot], store: Path
) -> None:
    (store / kept[0].warc_name).unlink()
    (store / kept[1].warc_name).write_bytes(b"something else")

    assert (Kind.FILE_MISSING, f"snapshot={kept[0].pk} file={kept[0].warc_name}") in named()
    assert any(where.startswith(f"snapshot={kept[1].pk} ") for _, where in named())
    assert lines("--snapshot", str(kept[2].pk)) == []


def test_a_whole_file_of_another_page_is_named_although_its_records_are_right(
    owner: User, kept: list[Snapshot], store: Path
) -> None:
    forged = write_warc(fetched("https://a.example/one", "<p>What was never said."))
    (store / kept[0].warc_name).write_bytes(forged.data)

    assert {kind for kind, _ in named(kept[0])} >= {Kind.FILE_DIGEST, Kind.RECORD_MISSING}


def test_a_wrong_digest_inside_a_file_is_named_by_its_record() -> None:
    written = write_warc(fetched("https://a.example/", PAGE))
    assert [each.kind for each in records(BytesIO(written.data))] == ["warcinfo", "request", "response"]
    for record in records(BytesIO(written.data)):
        assert record.block_stated == record.block_digest
    assert record.record_id == written.record_id
    assert record.payload_stated == record.payload_digest == f"sha256:{written.payload_sha256}"


@pytest.mark.parametrize("data", [b"", b"no WARC", b"\x1f\x8b\x08", bytes(5000)])
def test_what_is_no_warc_file_has_no_records(data: bytes) -> None:
    with suppress(WarcError):
        assert list(records(BytesIO(data))) == []


# --- a column of a row ----------------------------------------------------------------------------------------------


def changed(value: Any, rng: random.Random) -> Any:
    """The value with one bit of it changed, as near as its type lets it be."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, int):
        return value ^ 1 << rng.randrange(15)
    if isinstance(value, str) and value:
        place = rng.randrange(len(value))
        return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    return "x" if value == "" else 1


def columns(model: type[models.Model]) -> Iterator[str]:
    yield from (field.column or "" for field in model._meta.concrete_fields)


@pytest.mark.parametrize(
    "column", [each for each in columns(Snapshot) if each not in ("id", "uploaded_by_id")]
)
def test_a_column_of_a_snapshot_that_is_changed_is_named(kept: list[Snapshot], column: str) -> None:
    rng = random.Random(column)
    for snapshot in kept:
        before = dict[str, Any](Snapshot.objects.values().get(pk=snapshot.pk))[column]
        for _ in range(5):
            value = changed(before, rng)
            with connection.constraint_checks_disabled():
                execute(f"UPDATE sources_snapshot SET {column} = %s WHERE id = %s", value, snapshot.pk)  # noqa: S608
                found = named()
                execute(f"UPDATE sources_snapshot SET {column} = %s WHERE id = %s", before, snapshot.pk)  # noqa: S608
            assert any(
                kind == Kind.LEDGER_DIGEST and where.startswith(f"snapshot={snapshot.pk} ")
                for kind, where in found
            ), (column, value)
    assert named() == []


def test_a_snapshot_that_got_another_id_is_named(kept: list[Snapshot]) -> None:
    for snapshot in kept:
        with connection.constraint_checks_disabled():
            execute("UPDATE sources_snapshot SET id = id + 1000 WHERE id = %s", snapshot.pk)
            found = named()
            execute("UPDATE sources_snapshot SET id = id - 1000 WHERE id = %s", snapshot.pk + 1000)
        assert (Kind.LEDGER_MISSING, f"snapshot={snapshot.pk + 1000}") in found
        assert any(kind == Kind.LEDGER_DIGEST for kind, _ in found)


def test_who_uploaded_what_was_captured_is_nothing_that_the_database_takes(kept: list[Snapshot]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Snapshot.objects.filter(pk=kept[0].pk).update(uploaded_by=1)


@pytest.mark.parametrize("column", list(columns(LedgerEntry)))
def test_a_column_of_the_ledger_that_is_changed_is_named_and_only_there(
    kept: list[Snapshot], column: str
) -> None:
    rng = random.Random(column)
    for entry in map(dict[str, Any], LedgerEntry.objects.values()):
        value = changed(entry[column], rng) + (1000 if column != "digest" else "")
        execute(f"UPDATE sources_ledgerentry SET {column} = %s WHERE seq = %s", value, entry["seq"])  # noqa: S608
        found = [(kind, where) for kind, where in named() if kind != Kind.LEDGER_HEAD]
        seq = value if column == "seq" else entry["seq"]
        execute(f"UPDATE sources_ledgerentry SET {column} = %s WHERE seq = %s", entry[column], seq)  # noqa: S608
        if column == "digest":
            assert found == [(Kind.LEDGER_DIGEST, f"snapshot={entry['snapshot_id']} entry={entry['seq']}")]
        elif column == "seq":
            assert found == [(Kind.LEDGER_GAP, f"entries={entry['seq']}-{entry['seq']}")]
        else:
            assert (Kind.LEDGER_DIGEST, f"snapshot={value} entry={entry['seq']}") in found
            assert (Kind.LEDGER_MISSING, f"snapshot={entry['snapshot_id']}") in found
    assert named() == []


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("values", [{"seq": 2}, {"seq": 4}, {"seq": 0}, {"digest": "0" * 64}])
def test_a_head_that_is_not_the_last_entrys_is_named(values: dict[str, Any]) -> None:
    LedgerHead.objects.update(**values)
    assert {kind for kind, _ in named()} <= {Kind.LEDGER_HEAD, Kind.LEDGER_GAP}
    assert named()


@pytest.mark.usefixtures("kept")
def test_a_head_that_was_removed_is_named() -> None:
    LedgerHead.objects.all().delete()
    assert [kind for kind, _ in named()] == [Kind.LEDGER_HEAD]


def test_snapshots_that_were_added_or_removed_past_the_ledger_are_named(
    owner: User, kept: list[Snapshot], store: Path
) -> None:
    row = Snapshot.objects.values().get(pk=kept[0].pk)
    capture = Capture.objects.create(source=Source.objects.all()[0], requested_by=owner)
    added = Snapshot.objects.create(**{**row, "id": None, "capture_id": capture.pk})
    assert (Kind.LEDGER_MISSING, f"snapshot={added.pk}") in named()
    assert (Kind.LEDGER_MISSING, f"snapshot={added.pk}") in named(added)

    LedgerEntry.objects.filter(snapshot=kept[1]).delete()
    assert (Kind.LEDGER_GAP, "entries=2-2") in named()


@pytest.mark.usefixtures("kept")
def test_a_ledger_that_was_written_anew_is_found_by_a_witness() -> None:
    head = ledger.newest()
    assert lines("--witness", f"{head.seq}:{head.digest}") == []
    assert lines("--witness", f"{head.seq}:{'0' * 64}") == [
        f"ledger-witness entry={head.seq}: expected {'0' * 64}, found {head.digest}"
    ]
    assert lines("--witness", "99:00") == ["ledger-witness entry=99: expected 00, found none"]


def test_a_text_that_was_changed_is_named(kept: list[Snapshot]) -> None:
    extraction = Extraction.objects.get(snapshot=kept[0])
    Extraction.objects.filter(pk=extraction.pk).update(text=extraction.text + " not")
    where = f"snapshot={kept[0].pk} extraction={extraction.pk}"

    assert named() == [(Kind.TEXT_DIGEST, where)]
    assert named(kept[0]) == [(Kind.TEXT_DIGEST, where)]
    assert named(kept[1]) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps to the types of its columns")
@pytest.mark.parametrize("value", ["2021-13-45 00:00:00", b"\xff\xfe", "nonsense"])
def test_a_row_that_cannot_even_be_read_is_named(kept: list[Snapshot], value: object) -> None:
    execute("UPDATE sources_snapshot SET captured_at = %s WHERE id = %s", value, kept[0].pk)

    found = named()
    assert found
    assert all(
        where.startswith(f"snapshot={kept[0].pk} ") or where == f"snapshot={kept[0].pk}" for _, where in found
    )


# --- the command ----------------------------------------------------------------------------------------------------


def test_a_difference_is_one_line_that_says_what_was_expected_and_found(
    kept: list[Snapshot], store: Path
) -> None:
    file = store / kept[0].warc_name
    file.write_bytes(file.read_bytes() + b"\n")

    size = kept[0].warc_size
    assert (
        f"file-size snapshot={kept[0].pk} file={kept[0].warc_name}: expected {size}, found {size + 1}"
        in lines()
    )
    assert lines("--source", str(kept[1].source_id)) == []
    assert lines("--source", str(kept[0].source_id)) == lines("--snapshot", str(kept[0].pk)) != []


def test_what_a_tampered_row_says_stays_on_its_line(kept: list[Snapshot]) -> None:
    Snapshot.objects.filter(pk=kept[0].pk).update(
        url="https://a.example/\nEverything is as it was kept.\x1b[2J", warc_name="../../x\ny"
    )
    told = lines()

    assert all(" snapshot=" in line and line.isprintable() for line in told)


@pytest.mark.usefixtures("kept")
def test_a_snapshot_that_is_not_there_cannot_be_looked_at() -> None:
    with pytest.raises(CommandError, match="There is no snapshot 99999"):
        call_command("verify", "--snapshot", "99999")


@pytest.mark.usefixtures("kept")
def test_a_store_that_is_out_of_reach_is_named_and_ends_in_no_stack(settings: LazySettings) -> None:
    settings.SNAPSHOT_STORAGE_URL = "s3://bucket?region=eu-west-1&endpoint_url=http%3A%2F%2F127.0.0.1%3A1"
    out = StringIO()
    with pytest.raises(CommandError, match="cannot be looked through"):
        call_command("verify", stdout=out, stderr=StringIO())

    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["file-unreadable"] * 3
