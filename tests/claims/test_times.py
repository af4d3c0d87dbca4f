"""What can have been said by a date, and which instants of the record can be asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from claims.times import NOW, Moment, StillToCome, checked, known_at
from sources.dates import PartialDate

SEEN = datetime(2021, 3, 5, 22, 0, tzinfo=UTC)


def has(said: str, as_of: str) -> bool:
    return Moment(PartialDate.parse(as_of)).has(said, SEEN)


@pytest.mark.parametrize(
    ("said", "as_of", "expected"),
    [
        ("2021-03-01", "2021-03-01", True),
        ("2021-03-02", "2021-03-01", False),
        ("2021-03", "2021-03-01", True),  # it can have been on the first
        ("2021", "2020-12-31", False),
        ("2021", "2021-01", True),
        ("2021-12-31", "2021", True),
        ("2021-12-31", "2021-11", False),
    ],
)
def test_dates_without_a_zone_are_compared_as_they_stand_on_the_calendar(
    said: str, as_of: str, expected: bool
) -> None:
    assert has(said, as_of) is expected


@pytest.mark.parametrize(
    ("said", "as_of", "expected"),
    [
        ("2021-02-28T22:10:00+05:30", "2021-02-28", True),
        ("2021-03-01T05:40:00+05:30", "2021-03-01", True),
        ("2021-03-01T00:10:00+05:30", "2021-02-28", False),  # though in London it was the 28th still
        ("2021-02-28T23:50:00-08:00", "2021-02-28", True),  # though in London it was the 1st already
        ("2021-03-01T05:40:00+05:30", "2021-02", False),
    ],
)
def test_instant_is_on_the_day_that_it_was_where_it_was_said(said: str, as_of: str, expected: bool) -> None:
    assert has(said, as_of) is expected


@pytest.mark.parametrize(
    ("said", "as_of", "expected"),
    [
        ("2021-03-01T00:00:00Z", "2021-03-01T00:00:00Z", True),
        ("2021-03-01T00:00:00.000001Z", "2021-03-01T00:00:00Z", False),
        ("2021-03-01T05:30:00+05:30", "2021-03-01T00:00:00Z", True),
        # A day begins first at UTC+14.
        ("2021-03-01", "2021-02-28T10:00:00Z", True),
        ("2021-03-01", "2021-02-28T09:59:59Z", False),
        ("2021-03", "2021-02-28T10:00:00Z", True),
        ("2021", "2020-12-31T09:59:59Z", False),
    ],
)
def test_against_an_instant_a_date_counts_from_the_first_moment_that_it_can_mean(
    said: str, as_of: str, expected: bool
) -> None:
    assert has(said, as_of) is expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2021-03-05", True),
        ("2021-03-04", False),
        ("2021-03-05T22:00:00Z", True),
        ("2021-03-06T03:29:59+05:30", False),
        ("2021", True),
    ],
)
def test_what_has_no_date_is_there_from_when_we_had_it(as_of: str, expected: bool) -> None:
    assert has("", as_of) is expected


def test_now_has_everything() -> None:
    assert NOW.has("2999", SEEN)


def test_instants_of_the_record_are_read_in_utc() -> None:
    assert known_at("2021-03-02T09:30+05:30") == datetime(2021, 3, 2, 4, 0, tzinfo=UTC)
    assert known_at("2021-03-02T09:30:00.000001Z").microsecond == 1


@pytest.mark.parametrize(
    "text", ["", "now", "2021", "2021-03-02", "2021-03-02T09:30", "2021-03-02T09:30:00 05:30", "2021-02-30T00:00Z"]
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant"):
        known_at(text)


def test_future_is_not_known_but_clocks_may_differ_by_seconds() -> None:
    now = datetime.now(UTC)
    assert checked(now + timedelta(seconds=2)) == now + timedelta(seconds=2)
    with pytest.raises(StillToCome, match="lies in the future"):
        checked(now + timedelta(minutes=1))


def test_instant_needs_an_offset_and_a_place_in_the_calendar() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        checked(datetime(2021, 3, 1))  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="outside of the calendar"):
        checked(datetime.fromisoformat("0001-01-01T00:00:00+14:00"))
