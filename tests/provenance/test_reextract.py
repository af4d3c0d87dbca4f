"""`./run manage reextract` reads what has no text, tells of each, and leaves every text alone."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from sources import extracting, snapshots, texts
from sources.models import Capture, Extraction, Snapshot, Source
from sources.registry import find_or_add_source
from sources.vocabulary import CaptureOutcome, CaptureState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(owner: User) -> Source:
    return find_or_add_source("https://a.example/", by=owner)


def read(source: Source, page: str = "As it was.") -> Snapshot:
    """A snapshot that was read."""
    return factories.see(source, page)


def broken(source: Source, page: str = "It broke.") -> Snapshot:
    """A snapshot whose reader was stopped at it."""
    capture = Capture.objects.create(
        source=source,
        requested_by=source.created_by,
        state=CaptureState.DONE,
        outcome=CaptureOutcome.CAPTURED,
    )
    stored = snapshots.store(factories.fetched(source.url or "", page), source_id=source.pk)
    snapshot = snapshots.record(stored, source_id=source.pk, capture_id=capture.pk)
    Extraction.objects.create(
        snapshot=snapshot, extractor=texts.EXTRACTOR, error="It took too long.", broke_off=True
    )
    return snapshot


def run(*options: str) -> list[str]:
    told = StringIO()
    call_command("reextract", *options, stdout=told)
    return told.getvalue().splitlines()


def test_failed_ones_are_read_and_nothing_else_is_touched(source: Source) -> None:
    good, empty, bad = read(source), read(source, "<title>Nothing below</title>"), broken(source)

    assert run("--failed") == [
        f"[1/1] snapshot {bad.pk}: 9 characters.",
        "1 read again: 1 with a text, 0 without one, 0 broken off.",
    ]
    assert [good.extractions.count(), empty.extractions.count(), bad.extractions.count()] == [1, 1, 2]
    assert run("--failed") == ["0 read again: 0 with a text, 0 without one, 0 broken off."]


def test_all_are_those_without_a_text_whatever_the_reason(source: Source) -> None:
    read(source)
    empty, bad = read(source, "<title>Nothing below</title>"), broken(source)

    assert run("--all") == [
        f"[1/2] snapshot {empty.pk}: The page shows no text.",
        f"[2/2] snapshot {bad.pk}: 9 characters.",
        "2 read again: 1 with a text, 1 without one, 0 broken off.",
    ]


def test_of_one_source_or_one_snapshot(source: Source, owner: User) -> None:
    other = find_or_add_source("https://b.example/", by=owner)
    first, second = broken(source), broken(source, "It broke too.")
    elsewhere = broken(other)

    assert run("--snapshot", str(second.pk))[0].startswith(f"[1/1] snapshot {second.pk}:")
    assert run("--source", str(source.pk))[0].startswith(f"[1/1] snapshot {first.pk}:")
    assert run("--source", str(source.pk), "--failed")[-1].startswith("0 read again")
    assert elsewhere.extractions.count() == 1


def test_a_snapshot_that_has_its_text_is_left_alone(source: Source) -> None:
    assert run("--snapshot", str(read(source).pk))[-1].startswith("0 read again")


def test_one_that_the_store_cannot_give_is_told_and_the_others_are_read(source: Source) -> None:
    lost, bad = broken(source), broken(source, "It broke too.")
    (Path(settings.SNAPSHOT_STORAGE_URL) / lost.warc_name).unlink()
    told = StringIO()
    with pytest.raises(CommandError, match="run this again"):
        call_command("reextract", "--all", stdout=told)

    assert "could not be read from the store" in told.getvalue()
    assert extracting.extract_again(bad.pk).attempt == 2
    assert "1 with a text, 0 without one, 1 broken off" in told.getvalue()


def test_nothing_is_chosen_for_who_chose_nothing() -> None:
    with pytest.raises(CommandError, match="Say which"):
        run()
    with pytest.raises(CommandError, match="There is no snapshot 4711"):
        run("--snapshot", "4711")
