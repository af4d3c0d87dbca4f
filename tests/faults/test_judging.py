"""The judge of trials finds what was lost, doubled or left: otherwise a table of zeros would say nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from sources import capturing, extracting, storage
from sources.models import Capture, Snapshot
from sources.registry import find_or_add_source
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.faults.judging import Verdict, judge
from tests.faults.pages import Site, site

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = 10  # one of which is not there, and one refused


@pytest.fixture
def captured(owner: User, settings: LazySettings, tmp_path: Path) -> Iterator[Site]:
    """A site of which every page was captured and read, once."""
    settings.SNAPSHOT_STORAGE_URL = str(tmp_path / "snapshots")
    with site(PAGES) as pages:
        settings.CAPTURE_ALLOW_HOSTS = frozenset(pages.netlocs)
        for number in pages.numbers:
            source = find_or_add_source(pages.url(number), by=owner)
            Capture.objects.create(source=source, requested_by=owner)
        list(capturing.run_all(list(Capture.objects.values_list("pk", flat=True))))
        extracting.extract_all(extracting.ready())
        yield pages


def wrongs(verdict: Verdict) -> tuple[int, int, int, int]:
    return verdict.lost, verdict.doubled, verdict.attempts_spent, len(verdict.wrong)


def test_what_was_done_once_is_good(captured: Site) -> None:
    verdict = judge(captured)
    assert (verdict.captures, verdict.is_good, wrongs(verdict)) == (PAGES, True, (0, 0, 0, 0))


def test_a_capture_that_is_not_done_is_lost(captured: Site) -> None:
    Capture.objects.filter(outcome=CaptureOutcome.REFUSED).update(state=CaptureState.QUEUED, outcome=None)
    assert wrongs(judge(captured)) == (1, 0, 0, 0)


def test_another_end_than_its_own_is_lost(captured: Site) -> None:
    Capture.objects.filter(outcome=CaptureOutcome.FAILED).update(outcome=CaptureOutcome.REFUSED)
    assert wrongs(judge(captured)) == (1, 0, 0, 0)


def test_a_second_capture_with_its_snapshot_is_doubled(captured: Site, owner: User) -> None:
    again = Capture.objects.create(source=Snapshot.objects.all()[0].source, requested_by=owner)
    assert capturing.run(again.pk)
    assert wrongs(judge(captured)) == (0, 1, 0, 0)


def test_an_attempt_more_is_told(captured: Site) -> None:
    Capture.objects.filter(outcome=CaptureOutcome.CAPTURED).update(attempts=2)
    assert judge(captured).attempts_spent == PAGES - 2


def test_a_file_that_is_not_there_is_lost_and_named_by_verify(captured: Site, tmp_path: Path) -> None:
    name = Snapshot.objects.all()[0].warc_name
    (tmp_path / "snapshots" / name).unlink()
    verdict = judge(captured)
    assert verdict.lost == 1
    assert name in verdict.wrong[0]


def test_a_file_that_the_sweep_removes_is_good_and_one_that_it_leaves_is_not(
    captured: Site, tmp_path: Path
) -> None:
    storage.put(b"what a late worker stored", suffix=".warc.gz")
    assert judge(captured).is_good
    folder = tmp_path / "snapshots" / "00"
    folder.mkdir(exist_ok=True)
    (folder / "stranger").touch()
    assert wrongs(judge(captured)) == (0, 0, 0, 1)
