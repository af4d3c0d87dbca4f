"""A date keeps the precision it was given, and says which instants it can mean."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.dates import FORMS, PartialDate

MANY_DATES = st.dates(date(2, 1, 1), date(9998, 12, 31))


def test_a_year_lasts_until_its_last_place_on_earth_leaves_it() -> None:
    span = PartialDate.parse("2021").span

    assert span.earliest == datetime(2020, 12, 31, 10, tzinfo=UTC)
    assert span.latest == datetime(2022, 1, 1, 11, 59, 59, 999999, tzinfo=UTC)


def test_an_instant_means_itself() -> None:
    span = PartialDate.parse("2021-02-28T22:10:00+05:30").span

    assert span.earliest == span.latest == datetime(2021, 2, 28, 16, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2021", "2021-12", "2020-02-29", "2021-02-28T22:10Z", "2021-02-28T22:10:07.25-12:00"]
)
def test_the_text_stays_as_it_was_stated(text: str) -> None:
    assert PartialDate.parse(text).text == text


@given(MANY_DATES)
def test_a_day_lies_in_its_month_and_a_month_in_its_year(day: date) -> None:
    in_full, month, year = (PartialDate.parse(day.isoformat()[:length]).span for length in (10, 7, 4))

    assert year.earliest <= month.earliest <= in_full.earliest
    assert in_full.latest <= month.latest <= year.latest


@given(MANY_DATES.map(date.isoformat) | MANY_DATES.map(lambda day: day.isoformat()[:7]))
def test_a_date_without_a_zone_lasts_26_hours_longer_than_with_one(text: str) -> None:
    span = PartialDate.parse(text).span
    spread = span.latest - span.earliest + timedelta(microseconds=1)

    assert (spread - timedelta(hours=26)) % timedelta(days=1) == timedelta(0)


@given(
    MANY_DATES,
    st.times().map(lambda clock: clock.replace(microsecond=0)),
    st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_an_instant_lies_in_the_day_that_its_own_clock_shows(day: date, clock: time, zone: timezone) -> None:
    instant = PartialDate.parse(datetime.combine(day, clock, zone).isoformat()).span
    whole_day = PartialDate.parse(day.isoformat()).span

    assert whole_day.earliest <= instant.earliest == instant.latest <= whole_day.latest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "21",
        "2021-2",
        "2021-02-28 22:10",
        "2021-02-28T22:10:00",
        "2021-02-28T22:10:00+0530",
        "2021-02-28T22+05:30",
        "20210228",
        "2021-W08",
        "2021/02",
        "28 February 2021",
        " 2021",
        "2021\n",
        "-2021",
        "２０２１",
        "2021-02-28t22:10z",
    ],
)
def test_other_forms_are_refused_with_the_accepted_ones(text: str) -> None:
    with pytest.raises(ValueError, match=r"accepted form\. Give 2021, 2021-02"):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "2021-02-29",
        "2021-13",
        "2021-00",
        "2021-02-00",
        "0000",
        "0001",
        "9999",
        "2021-02-28T25:00Z",
        "2021-02-28T22:10+24:00",
        "0001-01-01T00:00+14:00",
    ],
)
def test_dates_that_do_not_exist_or_cannot_be_reckoned_with_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date that exists"):
        PartialDate.parse(text)


@given(st.text())
def test_any_text_is_a_date_or_refused_with_a_sentence(text: str) -> None:
    try:
        answer = PartialDate.parse(text).text
    except ValueError as error:
        answer = str(error)

    assert answer == text or FORMS in answer
