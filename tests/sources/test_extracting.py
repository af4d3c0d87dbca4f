"""A snapshot's text is read once by each extractor, and a snapshot outlives whatever its page does to a reader."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from claims.models import Change, DueAnchoring
from sources import comparing, extracting, reading, snapshots, storage, texts
from sources.fetchers.base import Fetched
from sources.models import Capture, Extraction, Snapshot, Source
from sources.registry import editing, find_or_add_source
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import chain, fetched, packed, stated
from tests.racing import together
from tests.sources.conftest import Queue
from tests.sources.pdf_files import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(owner: User) -> Source:
    return find_or_add_source("https://a.example/", by=owner)


def cite(source: Source) -> None:
    """Let a claim quote the source; what that made due is done."""
    chain(stated("a", url=source.url), by=source.created_by)
    DueAnchoring.objects.all().delete()


def break_readers(patch: pytest.MonkeyPatch) -> None:
    """From now on every page breaks its reader."""
    reading.close()
    patch.setattr(reading, "COMMAND", (sys.executable, "-m", "tests.sources.evil_readers", "crash"))


def seen(source: Source, page: str) -> Snapshot:
    """A snapshot that nothing has read yet."""
    return _recorded(source, fetched(source.url or "", page))


def seen_pdf(source: Source, content: bytes) -> Snapshot:
    """The same of a PDF."""
    answer = fetched(source.url or "", "")
    kind = (("content-type", "application/pdf"),)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\n\r\n"
    return _recorded(
        source, replace(answer, exchange=replace(answer.exchange, head=head, headers=kind, body=content))
    )


def _recorded(source: Source, answer: Fetched) -> Snapshot:
    capture = Capture.objects.create(
        source=source,
        requested_by=source.created_by,
        state=CaptureState.DONE,
        outcome=CaptureOutcome.CAPTURED,
    )
    stored = snapshots.store(answer, source_id=source.pk)
    return snapshots.record(stored, source_id=source.pk, capture_id=capture.pk)


def test_text_title_and_digests_are_kept(source: Source) -> None:
    snapshot = seen(source, "<title>A page</title><p>As it was.")
    assert extracting.ready() == [snapshot.pk]
    extracting.extract(snapshot.pk)
    extraction = snapshot.extractions.get()

    assert (extraction.text, extraction.title, extraction.error) == ("As it was.", "A page", "")
    assert extraction.extractor == texts.EXTRACTOR
    assert len(extraction.text_sha256) == 64
    assert extracting.ready() == []


def test_the_bytes_of_the_next_page_come_while_the_one_before_is_read(
    source: Source, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = find_or_add_source("https://b.example/", by=owner)
    first, second = seen(source, "As it was."), seen(other, "As it also was.")
    fetch, read = snapshots.payload, reading.read
    came = {first.pk: Event(), second.pk: Event()}

    def payload(snapshot: Snapshot) -> bytes:
        came[snapshot.pk].set()
        return fetch(snapshot)

    def read_once_the_next_is_asked_for(content: bytes, **about: Any) -> texts.Text:
        assert came[second.pk].wait(30)
        return read(content, **about)

    monkeypatch.setattr(snapshots, "payload", payload)
    monkeypatch.setattr(reading, "read", read_once_the_next_is_asked_for)
    extracting.extract_all([first.pk, second.pk])

    assert first.extractions.get().text == "As it was."
    assert second.extractions.get().text == "As it also was."


def test_pages_behind_a_slow_one_stay_due(
    source: Source, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = find_or_add_source("https://b.example/", by=owner)
    first, second = seen(source, "As it was."), seen(other, "As it also was.")
    monkeypatch.setattr(extracting, "BEGIN_WITHIN", 0.0)
    extracting.extract_all([first.pk, second.pk])
    assert extracting.ready() == [second.pk]
    extracting.extract_all([second.pk])

    assert [each.extractions.get().text for each in (first, second)] == ["As it was.", "As it also was."]


def test_time_that_the_task_has_used_counts(source: Source, owner: User) -> None:
    other = find_or_add_source("https://b.example/", by=owner)
    first, second = seen(source, "As it was."), seen(other, "As it also was.")
    extracting.extract_all([first.pk, second.pk], begun=monotonic() - extracting.BEGIN_WITHIN)

    assert extracting.ready() == [second.pk]


def test_text_is_read_out_of_what_the_server_packed_unasked(source: Source) -> None:
    answer = packed(fetched(source.url or "", "<title>A page</title><p>As it was."))
    snapshot = _recorded(source, answer)
    extracting.extract(snapshot.pk)

    assert snapshot.content_encoding == "gzip"
    assert snapshots.payload(snapshot) == answer.body
    assert snapshot.extractions.get().text == "As it was."


def test_a_second_message_reads_nothing_again(source: Source) -> None:
    snapshot = seen(source, "As it was.")
    extracting.extract(snapshot.pk)
    extracting.extract(snapshot.pk)

    assert Extraction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_with_the_same_message_keep_one_text(source: Source) -> None:
    snapshot = seen(source, "As it was.")
    together(*[lambda: extracting.extract(snapshot.pk)] * 4)

    assert snapshot.extractions.get().text == "As it was."
    source.refresh_from_db()
    assert source.title == "As it was."
    assert Change.objects.filter(object_type="source", action="updated").count() == 1


def test_a_new_extractor_reads_old_snapshots_anew(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = seen(source, "As it was.")
    extracting.extract(snapshot.pk)
    monkeypatch.setattr(texts, "EXTRACTOR", "visible-next")
    assert extracting.ready() == [snapshot.pk]
    extracting.extract(snapshot.pk)

    assert snapshot.extractions.count() == 2


def test_a_text_that_the_database_refuses_costs_no_other_its_own(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [find_or_add_source(f"https://{name}.example/", by=owner) for name in "abc"]
    made = [seen(source, f"This is {source.pk}.") for source in sources]
    compare_all = comparing.compare_all

    def refusing(extractions: Sequence[Extraction]) -> list[comparing.Difference]:
        if made[0].pk in [extraction.snapshot_id for extraction in extractions]:
            raise IntegrityError("no")
        return compare_all(extractions)

    monkeypatch.setattr(comparing, "compare_all", refusing)
    with pytest.raises(IntegrityError):
        extracting.extract_all([snapshot.pk for snapshot in made])

    assert extracting.ready() == [made[0].pk]
    assert list(Source.objects.order_by("pk").values_list("title", flat=True)) == [
        "",
        *(f"This is {source.pk}." for source in sources[1:]),
    ]


def test_an_unchanged_page_is_read_from_the_bytes_it_shares(source: Source) -> None:
    seen(source, "As it was.")
    again = seen(source, "As it was.")
    assert again.payload_of
    extracting.extract(again.pk)

    assert again.extractions.get().text == "As it was."


class TestTitle:
    def test_a_source_without_one_takes_the_page_s_and_the_log_tells(self, source: Source) -> None:
        extracting.extract(seen(source, "<title>A page</title><p>x").pk)
        source.refresh_from_db()
        change = Change.objects.get(object_type="source", action="updated")

        assert source.title == "A page"
        assert (change.by, change.after["title"] if change.after else "") == (None, "A page")

    def test_one_that_somebody_gave_stays(self, owner: User) -> None:
        source = find_or_add_source("https://a.example/", by=owner, title="As the owner calls it")
        extracting.extract(seen(source, "<title>A page</title><p>x").pk)
        source.refresh_from_db()

        assert source.title == "As the owner calls it"

    @pytest.mark.django_db(transaction=True)
    def test_an_edit_at_the_same_moment_loses_nothing(self, source: Source, curator: User) -> None:
        snapshot = seen(source, "<title>A page</title><p>x")

        def edit() -> None:
            mine = Source.objects.get(pk=source.pk)
            with editing(mine, by=curator):
                mine.language = "hi"

        together(edit, lambda: extracting.extract(snapshot.pk))
        source.refresh_from_db()

        assert (source.title, source.language) == ("A page", "hi")


class TestTrouble:
    def test_a_page_without_text_keeps_the_reason_and_its_snapshot(self, source: Source) -> None:
        snapshot = seen(source, "<title>Nothing below</title>")
        extracting.extract(snapshot.pk)
        extraction = snapshot.extractions.get()

        assert (extraction.text, extraction.error) == ("", "The page shows no text.")
        assert snapshots.payload(snapshot) == b"<title>Nothing below</title>"
        assert extracting.ready() == []

    def test_a_store_that_cannot_be_read_leaves_the_snapshot_due(self, source: Source) -> None:
        snapshot = seen(source, "As it was.")
        file = Path(settings.SNAPSHOT_STORAGE_URL) / snapshot.warc_name
        away = file.rename(file.with_suffix(".away"))
        with pytest.raises(FileNotFoundError):
            extracting.extract(snapshot.pk)
        assert extracting.ready() == [snapshot.pk]

        away.rename(file)
        extracting.extract(snapshot.pk)
        assert snapshot.extractions.get().text == "As it was."

    def test_bytes_that_were_tampered_with_are_not_read(self, source: Source) -> None:
        snapshot, other = seen(source, "As it was."), seen(source, "As it never was.")
        (Path(settings.SNAPSHOT_STORAGE_URL) / snapshot.warc_name).write_bytes(
            storage.read(other.warc_name)[:-40]
        )
        extracting.extract(snapshot.pk)

        assert snapshot.extractions.get().error == "The page could not be read (WarcError)."

    def test_a_page_that_breaks_its_reader_keeps_the_reason_and_its_snapshot(
        self, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_readers(monkeypatch)
        snapshot = seen(source, "As it was.")
        extracting.extract(snapshot.pk)
        extraction = snapshot.extractions.get()

        assert extraction.error == "The reader of the page died (SIGSEGV)."
        assert extraction.broke_off
        assert b"As it was." in snapshots.payload(snapshot)
        assert extracting.ready() == []

    def test_a_reader_that_cannot_start_leaves_the_snapshot_due(
        self, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading.close()
        snapshot = seen(source, "As it was.")
        with monkeypatch.context() as patch:
            patch.setattr(reading, "COMMAND", ("/bin/false",))
            with pytest.raises(OSError, match="did not start"):
                extracting.extract(snapshot.pk)

        assert extracting.ready() == [snapshot.pk]


class TestAgain:
    def test_a_text_is_final(self, source: Source) -> None:
        snapshot = seen(source, "As it was.")
        extracting.extract(snapshot.pk)
        extracting.extract_again(snapshot.pk)

        assert snapshot.extractions.get().attempt == 1

    def test_a_text_after_a_reader_broke_is_a_row_of_its_own_and_counts(
        self, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cite(source)
        snapshot = seen(source, "As it was.")
        with monkeypatch.context() as patch:
            break_readers(patch)
            extracting.extract(snapshot.pk)
        reading.close()
        assert not DueAnchoring.objects.exists()
        found = extracting.extract_again(snapshot.pk)
        attempts = snapshot.extractions.order_by("attempt")

        assert [(row.attempt, row.text, row.broke_off) for row in attempts] == [
            (1, "", True),
            (2, "As it was.", False),
        ]
        assert found.text == "As it was."
        assert Extraction.objects.filter(snapshot=snapshot).newest_by(texts.EXTRACTOR)[0].attempt == 2
        assert DueAnchoring.objects.get().source == source

    def test_each_time_a_reader_broke_is_kept(self, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
        break_readers(monkeypatch)
        snapshot = seen(source, "As it was.")
        extracting.extract(snapshot.pk)
        extracting.extract_again(snapshot.pk)

        assert snapshot.extractions.filter(broke_off=True).count() == 2

    def test_the_same_reason_is_not_kept_twice(self, source: Source) -> None:
        snapshot = seen(source, "<title>Nothing below</title>")
        extracting.extract(snapshot.pk)
        extracting.extract_again(snapshot.pk)

        assert snapshot.extractions.get().attempt == 1

    def test_what_an_earlier_release_could_not_read_is_read(self, source: Source) -> None:
        snapshot = seen_pdf(source, pdf(["The lights went out."]))
        Extraction.objects.create(
            snapshot=snapshot, extractor=texts.EXTRACTOR, error="No text is read out of application/pdf yet."
        )
        extracting.extract(snapshot.pk)
        assert snapshot.extractions.count() == 1
        found = extracting.extract_again(snapshot.pk)
        source.refresh_from_db()

        assert (found.attempt, found.text, found.title) == (2, "The lights went out.", "On the outage")
        assert (source.title, source.published_at) == ("On the outage", "2021-02-28")

    def test_two_at_once_keep_one_text(self, source: Source) -> None:
        snapshot = seen(source, "As it was.")
        row = {"snapshot": snapshot, "extractor": texts.EXTRACTOR, "text": "As it was."}
        Extraction.objects.create(**row)
        with pytest.raises(IntegrityError), transaction.atomic():
            Extraction.objects.create(**row, attempt=2)
        with pytest.raises(IntegrityError), transaction.atomic():
            Extraction.objects.create(snapshot=snapshot, extractor="another", broke_off=True)


class TestNews:
    def test_quotes_of_the_source_are_due_in_the_same_transaction(self, source: Source) -> None:
        cite(source)
        extracting.extract(seen(source, "As it was.").pk)

        assert DueAnchoring.objects.get().source == source

    def test_a_text_that_could_not_be_read_makes_nothing_due(self, source: Source) -> None:
        cite(source)
        extracting.extract(seen(source, "<title>Nothing below</title>").pk)

        assert not DueAnchoring.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_workers_are_told(self, source: Source, queue: Queue) -> None:
        cite(source)
        queue.client.flushdb()
        extracting.extract(seen(source, "As it was.").pk)

        assert ("claims.tasks.anchor", source.pk) in queue
