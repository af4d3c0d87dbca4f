"""Rows that are added together are the rows that `bulk_create` would have added."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Model
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from sources.adding import add_missing, add_values
from sources.fetchers.base import Reason
from sources.models import Capture, Recapture, Source
from sources.registry import find_or_add_source
from sources.vocabulary import CaptureState

pytestmark = pytest.mark.django_db

MANY = 150
"""Of captures: more than SQLite takes in one statement."""


@pytest.fixture
def sources(owner: User) -> list[Source]:
    return [find_or_add_source(f"https://a.example/{number}", by=owner) for number in range(3)]


def captures(sources: Sequence[Source], **facts: Any) -> list[Capture]:
    done: dict[str, Any] = {"state": CaptureState.DONE, "outcome": "captured", "hops": [{"url": "x"}]}
    return [
        Capture(**{"source": source, "requested_by": source.created_by, **done, **facts})
        for source in sources
    ]


def stored(model: type[Model]) -> list[dict[str, Any]]:
    """All rows without ids and times."""
    rows = model._default_manager.order_by("pk").values()
    return [{name: row[name] for name in row if name not in ("id", "due_at", "created_at")} for row in rows]


def test_they_are_those_of_bulk_create(sources: list[Source]) -> None:
    add_missing(captures(sources, detail="a 'b' %s \N{GRINNING FACE}"))
    added = stored(Capture)
    Capture.objects.all().delete()
    Capture.objects.bulk_create(captures(sources, detail="a 'b' %s \N{GRINNING FACE}"))

    assert added == stored(Capture)


def test_many_are_all_written(sources: list[Source]) -> None:
    add_missing(captures([sources[0]] * MANY))

    assert Capture.objects.count() == MANY


def test_all_or_none_of_them_are(sources: list[Source]) -> None:
    rows, names = captures([sources[0]] * MANY), needed(Capture)
    rows[-1].priority = 99
    with pytest.raises(IntegrityError), transaction.atomic():
        add_values(Capture, names, values_of(rows, names))

    assert Capture.objects.count() == 0


def test_of_missing_ones_those_that_are_there_stay_as_they_are(sources: list[Source]) -> None:
    first = {"state": CaptureState.QUEUED, "outcome": None}
    add_missing(captures(sources[:2], detail="first", **first))
    add_missing(captures(sources, detail="second", **first))

    assert list(Capture.objects.order_by("pk").values_list("detail", flat=True)) == [
        "first",
        "first",
        "second",
    ]


def test_rows_that_are_there_take_over_what_is_named_and_nothing_else(sources: list[Source]) -> None:
    Recapture.objects.create(source=sources[0], failures=3)
    rows = [(source.pk, 1) for source in sources]
    names = ("source_id", "failures")
    assert add_values(Recapture, names, rows, now="due_at", unique="source", change=("due_at",)) == []

    assert list(Recapture.objects.order_by("source_id").values_list("failures", flat=True)) == [3, 1, 1]
    assert not Recapture.objects.filter(due_at=None).exists()
    ages = Recapture.objects.annotate(age=Now() - F("due_at")).values_list("age", flat=True)
    assert all(timedelta(0) <= age < timedelta(minutes=1) for age in ages)


def test_values_of_rows_that_are_there_are_left_out(sources: list[Source]) -> None:
    names = needed(Capture)
    first = {"state": CaptureState.QUEUED, "outcome": None}
    for detail, some in (("first", sources[:2]), ("second", sources)):
        rows = values_of(captures(some, detail=detail, **first), names)
        assert add_values(Capture, names, rows, missing=True) == []

    assert list(Capture.objects.order_by("pk").values_list("detail", flat=True)) == [
        "first",
        "first",
        "second",
    ]


def test_time_is_no_value_of_a_row(sources: list[Source]) -> None:
    names = ("source_id", "due_at", "failures")
    with pytest.raises(KeyError):
        add_values(Recapture, names, [(sources[0].pk, None, 0)], now="due_at")


@pytest.mark.parametrize("place", [0, 1])
def test_value_that_only_some_have_is_refused(sources: list[Source], place: int) -> None:
    rows = captures(sources)
    rows[place].created_at = datetime(2021, 3, 1, tzinfo=UTC)
    with pytest.raises(TypeError, match="created_at"):
        add_missing(rows)

    assert Capture.objects.count() == 0


def needed(model: type[Model]) -> tuple[str, ...]:
    """The columns that nothing else fills in."""
    fields = model._meta.concrete_fields
    return tuple(f.attname for f in fields if not (f.null or f.has_db_default() or f.primary_key))


def values_of(rows: Sequence[Model], names: Sequence[str]) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in rows]


def test_values_make_the_rows_that_bulk_create_makes(sources: list[Source]) -> None:
    made = captures(
        sources,
        detail="a 'b' %s \N{GRINNING FACE}",
        reason=Reason.TIMEOUT,
        finished_at=datetime(2021, 3, 1, 12, 30, 1, 5, tzinfo=timezone(timedelta(hours=2))),
        requested_by=None,
    )
    names = ("finished_at", *needed(Capture), "outcome")
    values = values_of(made, names)
    Capture.objects.bulk_create(made)
    meant = stored(Capture)
    Capture.objects.all().delete()
    ids = add_values(Capture, names, values)

    assert stored(Capture) == meant
    assert [Capture.objects.get(pk=pk).source for pk in ids] == sources
    assert Capture.objects.count() == len(sources)


@pytest.mark.parametrize("add", [add_missing, Capture.objects.bulk_create])
def test_column_may_have_values_of_several_kinds(
    sources: list[Source], add: Callable[[Sequence[Capture]], Any]
) -> None:
    when = datetime(2021, 3, 1, 12, 30, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    kinds: list[tuple[Any, Any, Any]] = [
        (None, "timeout", []),
        (when, Reason.TIMEOUT, {"a": None}),
        (when, "", []),
    ]
    rows = captures(sources)
    for row, kind in zip(rows, kinds, strict=True):
        row.finished_at, row.reason, row.hops = kind
        row.attempts = True
    add(rows)

    seen = Capture.objects.order_by("pk").values_list("finished_at", "reason", "hops", "attempts")
    assert list(seen) == [
        (None, "timeout", [], 1),
        (when, "timeout", {"a": None}, 1),
        (when, "", [], 1),
    ]


def test_of_many_values_each_row_gets_its_id(owner: User) -> None:
    rows = [Source(url=f"https://b.example/{number}", created_by=owner) for number in range(4 * MANY)]
    names = ("url", *needed(Source))
    ids = add_values(Source, names, values_of(rows, names))

    assert [Source.objects.get(pk=pk).url for pk in (ids[0], ids[-1])] == [rows[0].url, rows[-1].url]
    assert len(set(ids)) == Source.objects.count() == len(rows)


def test_values_of_rows_that_are_there_take_over_what_is_named(sources: list[Source]) -> None:
    when = datetime(2021, 3, 1, tzinfo=UTC)
    Recapture.objects.create(source=sources[0], failures=3)
    rows = [(source.pk, when, 1) for source in sources]
    names = ("source_id", "due_at", "failures")

    assert add_values(Recapture, names, rows, unique="source", change=("due_at",)) == []
    seen = Recapture.objects.order_by("source_id").values_list("failures", "due_at")
    assert list(seen) == [(3, when), (1, when), (1, when)]


def test_column_that_nothing_fills_in_is_missed(sources: list[Source]) -> None:
    with pytest.raises(TypeError, match="failures has no value"):
        add_values(Recapture, ("source_id", "due_at"), [(sources[0].pk, None)])
    assert not Recapture.objects.exists()


def test_row_without_one_of_its_values_is_refused(sources: list[Source]) -> None:
    with pytest.raises(ValueError, match="argument"):
        add_values(Recapture, ("source_id", "due_at", "failures"), [(sources[0].pk, None)])


def test_no_values_take_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert add_values(Recapture, ("source_id", "due_at", "failures"), []) == []
    assert not queries


def test_no_objects_take_no_statement() -> None:
    with CaptureQueriesContext(connection) as statements:
        add_missing([])
    assert not statements
