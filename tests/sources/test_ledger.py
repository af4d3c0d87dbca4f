"""Every snapshot has its place in the ledger: without gaps, in the order of commits, covering all that its row says."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, transaction

from provenance import guards
from sources import ledger, snapshots
from sources.chain import START, form, link
from sources.fetchers.base import Truncation
from sources.models import Capture, LedgerEntry, LedgerHead, Snapshot
from sources.registry import find_or_add_source
from sources.snapshots import StoredPage
from tests.factories import fetched, see
from tests.racing import together

add_entries = import_module("sources.migrations.0007_ledger_of_earlier_snapshots").add_entries


def stored(url: str, by: User) -> tuple[StoredPage, Capture]:
    """A page in the store, and the capture whose end will record it."""
    source = find_or_add_source(url, by=by)
    page = snapshots.store(fetched(url, f"What {url} says."), source_id=source.pk)
    return page, Capture.objects.create(source=source, requested_by=by)


def record(page: StoredPage, capture: Capture) -> Snapshot:
    return snapshots.record(page, source_id=capture.source_id, capture_id=capture.pk)


def assert_whole() -> None:
    """Every snapshot once, no number left out, each digest what it should be, the head the last."""
    entries = list(LedgerEntry.objects.order_by("seq"))
    rows = {row["id"]: row for row in Snapshot.objects.values()}
    assert [entry.seq for entry in entries] == list(range(1, len(rows) + 1))
    assert {entry.snapshot_id for entry in entries} == rows.keys()
    before = START
    for entry in entries:
        assert entry.digest == link(before, entry.seq, rows[entry.snapshot_id])
        before = entry.digest
    head = ledger.newest()
    assert (head.seq, head.digest) == (len(entries), before)


# --- the form of a row ----------------------------------------------------------------------------------------------


def test_form_of_a_row_is_what_it_always_was() -> None:
    at = datetime(2021, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
    row = {"url": "https://a.example/é", "size": 0, "captured_at": at, "charset": "", "payload_of_id": None}

    said = b'{"captured_at":"2021-03-02T10:00:00.123456Z","size":0,"url":"https://a.example/\\u00e9"}'
    assert form(row) == said
    assert link(START, 1, row) == sha256(b"\n1\n" + said).hexdigest()
    assert link("ab" * 32, 2, row) == sha256(b"ab" * 32 + b"\n2\n" + said).hexdigest()


def test_form_of_values_of_other_kinds() -> None:
    early = datetime(126, 1, 14, 8, 26, 8, tzinfo=timezone(timedelta(hours=2, minutes=30)))
    year = early.strftime("%Y").encode()  # which systems write in two ways
    said = {
        "kind": Truncation.LENGTH,
        "list": [1, True, None, ""],
        "early": early,
        "first": datetime(1000, 1, 1, tzinfo=UTC),
        "yes": True,
        "share": 0.5,
        "nothing": Truncation.NONE,
    }
    assert form(said) == (
        b'{"early":"%s-01-14T05:56:08.000000Z","first":"1000-01-01T00:00:00.000000Z","kind":"length",'
        b'"list":[1,true,null,""],"share":0.5,"yes":true}' % year
    )
    with pytest.raises(TypeError):
        form({"bytes": b""})


def test_form_depends_on_neither_the_order_of_columns_nor_the_time_zone() -> None:
    at = datetime(2021, 3, 2, 10, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert form({"a": at, "b": 1}) == form({"b": 1, "a": elsewhere})


def test_column_that_is_added_later_changes_no_digest_while_it_is_empty() -> None:
    assert form({"a": 1, "added": ""}) == form({"a": 1, "added": None}) == form({"a": 1, "added": False})
    assert form({"a": 1, "added": 0}) != form({"a": 1})


# --- the ledger -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_recorded_snapshots_are_chained(owner: User) -> None:
    for number in range(3):
        record(*stored(f"https://a.example/{number}", owner))

    assert LedgerEntry.objects.count() == 3
    assert_whole()


@pytest.mark.django_db
def test_many_snapshots_may_be_recorded_in_one_transaction(owner: User) -> None:
    pages = [stored(f"https://a.example/{number}", owner) for number in range(5)]
    with transaction.atomic():
        made = [record(*page) for page in pages]

    assert list(LedgerEntry.objects.values_list("snapshot_id", flat=True)) == [row.pk for row in made]
    assert_whole()


@pytest.mark.django_db
def test_numbers_of_a_transaction_that_is_undone_are_given_again(owner: User) -> None:
    record(*stored("https://a.example/1", owner))
    page = stored("https://a.example/2", owner)
    with transaction.atomic():
        record(*page)
        transaction.set_rollback(True)

    assert ledger.newest().seq == 1
    record(*page)
    assert_whole()


@pytest.mark.django_db(transaction=True)
def test_writers_that_race_leave_no_gap_and_keep_the_order_of_commits(owner: User) -> None:
    pages = [stored(f"https://a.example/{number}", owner) for number in range(24)]

    def write(mine: list[tuple[StoredPage, Capture]]) -> Callable[[], None]:
        def do() -> None:
            left = list(mine)
            while left:
                batch = [left.pop() for _ in range(min(len(left), random.randint(1, 3)))]
                with transaction.atomic():
                    for each in batch:
                        record(*each)

        return do

    together(*(write(pages[start::4]) for start in range(4)))

    assert LedgerEntry.objects.count() == 24
    assert_whole()


@pytest.mark.django_db
def test_page_whose_file_may_be_gone_is_not_recorded(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    page, capture = stored("https://a.example/1", owner)
    monkeypatch.setattr("time.time", lambda: page.stored_at + 1801)
    with pytest.raises(OSError, match="too long ago"), transaction.atomic():
        record(page, capture)

    assert (Snapshot.objects.count(), LedgerEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_snapshots_from_before_the_ledger_get_their_entries(owner: User) -> None:
    for number in range(3):
        see(find_or_add_source(f"https://a.example/{number}", by=owner), "These are its words.")
    before = list(LedgerEntry.objects.values())
    guards.lift(connection)
    LedgerEntry.objects.all().delete()
    LedgerHead.objects.all().delete()
    add_entries(apps, None)

    assert list(LedgerEntry.objects.values()) == before
    assert_whole()
    record(*stored("https://a.example/4", owner))
    assert_whole()


@pytest.mark.django_db
def test_database_without_snapshots_gets_no_entry() -> None:
    add_entries(apps, None)

    assert (LedgerEntry.objects.count(), ledger.newest().seq) == (0, 0)
