"""Each snapshot that was read beside the last one that showed the page."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from sources import comparing, extracting
from sources.models import Comparison, Extraction, Snapshot, Source
from sources.texts import EXTRACTOR
from sources.vocabulary import PageChange
from tests.factories import chain, cut, fetched, see, stated

pytestmark = pytest.mark.django_db

STORY = "".join(
    f"<p>Paragraph {number} tells who lit the lamp and why he says so.</p>" for number in range(30)
)
PAGE = f"<!doctype html><title>The lamp was lit</title><nav>Menu</nav><main><h1>The lamp was lit</h1>{STORY}</main>"
WALL = "<!doctype html><title>The Courier</title><p>Subscribe to continue reading</p>"


@pytest.fixture
def source(owner: User) -> Source:
    return chain(stated("a"), by=owner).appearances["a"].source


def day(number: int) -> datetime:
    return datetime(2021, 3, number, tzinfo=UTC)


def compared(snapshot: Snapshot) -> tuple[str, Snapshot | None]:
    row = Comparison.objects.get(snapshot=snapshot, extractor=EXTRACTOR)
    return row.change, row.before


def test_every_kind_of_change_is_told(source: Source) -> None:
    first = see(source, PAGE, at=day(1))
    same = see(source, PAGE, at=day(2))
    text = see(source, PAGE.replace("<nav>", "<nav class=x>"), at=day(3))
    cosmetic = see(source, PAGE.replace("Menu", "Other menu"), at=day(4))
    edited = see(source, PAGE.replace("Paragraph 7 tells", "Paragraph 7 denies"), at=day(5))
    assert compared(first) == (PageChange.FIRST, None)
    assert compared(same) == (PageChange.SAME_BYTES, first)
    assert compared(text) == (PageChange.SAME_TEXT, same)
    assert compared(cosmetic) == (PageChange.COSMETIC, text)
    assert compared(edited) == (PageChange.SUBSTANTIVE, cosmetic)


def test_a_page_that_was_cut_is_compared_with_nothing_and_nothing_with_it(source: Source) -> None:
    first = see(source, PAGE, at=day(1))
    part = see(source, cut(fetched(source.url or "", PAGE, at=day(2)), 400))
    again = see(source, PAGE, at=day(3))
    assert compared(part) == (PageChange.CUT, first)
    assert compared(again) == (PageChange.SAME_BYTES, first)


def test_wall_and_unreadable_page_are_passed_over_by_the_next_page(source: Source) -> None:
    first = see(source, PAGE, at=day(1))
    wall = see(source, WALL, at=day(2))
    unreadable = see(source, "<script>only()</script>", at=day(3))
    again = see(source, PAGE, at=day(4))
    assert compared(wall) == (PageChange.BLOCKED, first)
    assert compared(unreadable) == (PageChange.UNREADABLE, first)
    assert compared(again) == (PageChange.SAME_BYTES, first)
    reasons = dict(Comparison.objects.values_list("change", "reason"))
    assert reasons[PageChange.BLOCKED] == "paywall: subscribe to continue reading"
    assert reasons[PageChange.UNREADABLE] == "The page shows no text."


def test_declared_correction_is_kept_with_its_words_and_a_silent_edit_has_none(source: Source) -> None:
    see(source, PAGE, at=day(1))
    silent = see(source, PAGE.replace("Paragraph 7 tells", "Paragraph 7 denies"), at=day(2))
    noted = PAGE.replace("</main>", "<p>Correction: nobody lit it.</p></main>")
    declared = see(source, noted, at=day(3))
    assert Comparison.objects.get(snapshot=silent).notice == ""
    assert Comparison.objects.get(snapshot=declared).notice == "Correction: nobody lit it."


def test_short_page_that_retracts_speaks_for_itself(source: Source) -> None:
    see(source, PAGE, at=day(1))
    retracted = see(source, "This story has been retracted.", at=day(2))
    assert compared(retracted)[0] == PageChange.SUBSTANTIVE


def test_page_is_compared_by_when_it_was_seen(source: Source) -> None:
    later = see(source, PAGE, at=day(9))
    earlier = see(source, PAGE, at=day(1))
    assert compared(earlier) == (PageChange.FIRST, None)
    assert compared(later) == (PageChange.FIRST, None)


def test_it_is_done_once(source: Source) -> None:
    snapshot = see(source, PAGE)
    extracting.extract(snapshot.pk)
    comparing.compare_all([Extraction.objects.get(snapshot=snapshot)])
    assert Comparison.objects.count() == 1
