"""What a site's Retry-After means in seconds."""

from datetime import UTC, datetime

import pytest

from sources.fetchers.answers import seconds_until

NOW = datetime(2021, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("315360000", 315_360_000.0),
        ("Tue, 02 Mar 2021 10:01:00 GMT", 60.0),
        ("Tue, 02 Mar 2021 12:01:00 +0200", 60.0),
        ("Tue, 02 Mar 2021 10:01:00 -0000", 60.0),
        ("Mon, 01 Mar 2021 10:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_understood(header: str, seconds: float) -> None:
    assert seconds_until(header, now=NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        "",
        "soon",
        "-1",
        "1.5",
        "9" * 5000,
        "٣",
        "Tue, 02 Mar 99999999999999999999 10:00:00 GMT",
        "Tue, 40 Mar 2021",
        ",",
    ],
)
def test_what_cannot_be_read_asks_for_nothing(header: str) -> None:
    assert seconds_until(header, now=NOW) is None
