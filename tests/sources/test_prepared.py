"""Statements that are put together once say what their querysets say."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, Now, Upper
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from sources.models import Snapshot, Source
from sources.prepared import (
    _SIZES,
    PreparedList,
    PreparedObject,
    PreparedObjects,
    PreparedPairs,
    PreparedUpdate,
    planned_cursor,
)
from tests.factories import see

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite plans nothing for long"
)


def a_source(owner: User, url: str = "https://a.example/") -> Source:
    Source.objects.create(url=url, title="A title", created_by=owner)
    return Source.objects.get(url=url)


def url_of(source: Source) -> str:
    assert source.url
    return source.url


def loud() -> PreparedObject[Source]:
    rows = Source.objects.annotate(loud=Upper("title"), first_seen=F("created_at"))
    return PreparedObject(lambda url: rows.filter(url=url).order_by(), "?")


def columns(row: Source) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in Source._meta.concrete_fields}


def test_object_is_the_one_that_the_queryset_makes(owner: User) -> None:
    source, statement = a_source(owner), loud()
    row = statement.row(url_of(source))
    assert row
    made: Any = statement.object(row)
    assert columns(made) == columns(source)
    assert (made.loud, made.first_seen) == ("A TITLE", source.created_at)
    assert not made._state.adding
    assert made._state.db == source._state.db


def test_row_costs_one_statement_and_its_object_none(owner: User) -> None:
    source, statement = a_source(owner), loud()
    with CaptureQueriesContext(connection) as queries:
        row = statement.row(url_of(source))
    assert row
    assert (len(queries), row["id"], row["loud"]) == (1, source.pk, "A TITLE")
    with CaptureQueriesContext(connection) as queries:
        statement.object(row)
    assert not queries


def test_value_is_a_value_whatever_it_says(owner: User) -> None:
    a_source(owner)
    statement = loud()
    assert statement.row("https://b.example/") is None
    assert statement.row("' OR 1 = 1 --") is None
    assert statement.row("%s") is None
    odd = a_source(owner, "https://a.example/%25?'\"\\?")
    row = statement.row(url_of(odd))
    assert row
    assert row["id"] == odd.pk


def test_next_read_sees_what_was_written(owner: User) -> None:
    source, statement = a_source(owner), loud()
    statement.row(url_of(source))
    Source.objects.filter(pk=source.pk).update(title="Another")
    row = statement.row(url_of(source))
    assert row
    assert row["loud"] == "ANOTHER"


def some_of(ids: Sequence[int]) -> QuerySet[Source, tuple[Any, ...]]:
    rows = Source.objects.filter(pk__in=ids, created_at__lte=Now()).order_by("pk")
    return rows.annotate(loud=Upper("title")).values_list("pk", "loud", "created_at")


def test_list_is_the_one_that_the_queryset_gives(owner: User) -> None:
    ids = [a_source(owner, f"https://{number}.example/").pk for number in range(_SIZES[-1] + 1)]
    statement = PreparedList(some_of)
    for wanted in ([], ids[:1], ids[1:2], ids[:3], ids, [*ids[2:4], *ids[2:4]], [-1], [ids[0], -1]):
        assert statement.rows(wanted) == list(some_of(wanted))


def test_list_is_put_together_once_for_some_numbers_of_ids(owner: User) -> None:
    ids = [a_source(owner, f"https://{number}.example/").pk for number in range(6)]
    asked: list[int] = []

    def rows(wanted: Sequence[int]) -> QuerySet[Source, tuple[Any, ...]]:
        asked.append(len(wanted))
        return some_of(wanted)

    statement = PreparedList(rows)
    for some in (ids[:2], ids[2:4], ids[:3], ids[:1], ids, ids[1:]):
        assert [pk for pk, *_ in statement.rows(some)] == some
    assert asked == [5, 1, 20]


def test_list_that_has_its_ids_twice_is_refused() -> None:
    twice = PreparedList(
        lambda ids: Source.objects.filter(pk__in=ids, publisher_id__in=ids).values_list("pk")
    )
    with pytest.raises(TypeError, match="more than one place"):
        twice.rows([1])


def titled(ids: Sequence[int]) -> QuerySet[Source]:
    return Source.objects.filter(pk__in=ids, language="")


def louder() -> dict[str, Any]:
    return {"title": Concat(Upper("title"), Value("!")), "publisher": None, "published_at": "2021-03-01"}


def test_update_writes_what_that_of_the_queryset_writes(owner: User) -> None:
    ids = [a_source(owner, f"https://{number}.example/").pk for number in range(_SIZES[-1] + 1)]
    statement = PreparedUpdate(titled, louder)
    rows = Source.objects.order_by("pk")
    for wanted in ([], ids[:1], ids[1:2], ids[:3], ids, [*ids[2:4], *ids[2:4]], [-1], [ids[0], -1]):
        written = []
        for write in (statement.update, lambda some: titled(some).update(**louder())):
            rows.update(title="A title", published_at="", language="")
            rows.filter(pk=ids[2]).update(language="de")
            written.append((write(wanted), list(rows.values())))
        assert written[0] == written[1]


def test_update_is_put_together_once_and_costs_one_statement(owner: User) -> None:
    ids = [a_source(owner, f"https://{number}.example/").pk for number in range(4)]
    asked = []

    def values() -> dict[str, Any]:
        asked.append(1)
        return louder()

    statement = PreparedUpdate(titled, values)
    with CaptureQueriesContext(connection) as queries:
        assert [statement.update(some) for some in (ids[:2], ids, [], ids[1:])] == [2, 4, 0, 3]
    assert (len(queries), len(asked)) == (3, 1)


def test_update_that_fails_leaves_no_transaction_that_goes_on(owner: User) -> None:
    source = a_source(owner)
    refused = PreparedUpdate(titled, lambda: {"created_by": -1, "title": None})
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            refused.update([source.pk])
        assert transaction.get_connection().needs_rollback
        transaction.set_rollback(True)


def pairs_of(ids: Sequence[int], titles: Sequence[str]) -> QuerySet[Source, tuple[Any, ...]]:
    rows = Source.objects.filter(title__in=titles, pk__in=ids, publisher=None, language="").order_by("pk")
    return rows.values_list("pk", "title", "created_at")


def test_pairs_are_those_that_the_queryset_gives(owner: User) -> None:
    ids = [a_source(owner, f"https://{number}.example/").pk for number in range(_SIZES[-1] + 1)]
    titles = [f"Title {number}" for number in range(len(ids))]
    for pk, title in zip(ids, titles, strict=True):
        Source.objects.filter(pk=pk).update(title=title)
    statement = PreparedPairs(pairs_of)
    for wanted, named in [
        ([], titles[:1]),
        (ids[:1], []),
        (ids[:1], titles[:1]),
        (ids[:1], titles[1:2]),
        (ids[:3], titles[1:9]),
        (ids[:9], titles[:1] * 3),
        (ids[:-1], titles[:-1]),
        (ids, titles),
        (ids, titles[:1]),
        ([-1], ["", "text 0", "%s", "' OR 1 = 1 --"]),
    ]:
        assert statement.rows(wanted, named) == list(pairs_of(wanted, named))


def test_pairs_cost_one_statement_which_is_put_together_once(owner: User) -> None:
    source = a_source(owner)
    asked: list[tuple[int, int]] = []

    def rows(ids: Sequence[int], titles: Sequence[str]) -> QuerySet[Source, tuple[Any, ...]]:
        asked.append((len(ids), len(titles)))
        return pairs_of(ids, titles)

    statement = PreparedPairs(rows)
    with CaptureQueriesContext(connection) as queries:
        found = statement.rows([source.pk], ["1", "2", source.title])
        assert statement.rows([-1, -2], [source.title]) == []
    assert [pk for pk, *_ in found] == [source.pk]
    assert (len(queries), asked) == (2, [(5, 5)])


def test_pairs_of_which_a_list_stands_twice_are_refused() -> None:
    twice = PreparedPairs(
        lambda ids, titles: pairs_of(ids, titles).filter(publisher_id__in=ids).values_list("pk")
    )
    with pytest.raises(TypeError, match="more than one place"):
        twice.rows([1], ["A title"])


@pytest.mark.django_db(transaction=True)
@ON_POSTGRESQL
def test_locks_are_taken_in_transactions_alone(owner: User) -> None:
    ids = [a_source(owner).pk]
    statement = PreparedList(
        lambda wanted: Source.objects.filter(pk__in=wanted).select_for_update().values_list("pk")
    )
    with transaction.atomic():
        assert statement.rows(ids) == [(ids[0],)]
    with pytest.raises(TransactionManagementError):
        statement.rows(ids)


def snapshots_of(ids: Sequence[int]) -> QuerySet[Snapshot]:
    rows = Snapshot.objects.filter(pk__in=ids).select_related("source", "payload_of").order_by("-pk")
    return rows.defer("warc_name", "source__title")


def test_objects_are_those_that_the_queryset_makes(owner: User) -> None:
    source = a_source(owner)
    ids = [see(source, page).pk for page in ("As it was.", "As it was.", "As it is.")]
    statement = PreparedObjects(snapshots_of)
    for wanted in ([], ids[:1], ids, ids[1:], [-1]):
        for _ in range(2):
            made, meant = statement.objects(wanted), list(snapshots_of(wanted))
            assert [deep(each) for each in made] == [deep(each) for each in meant]
            assert [each.get_deferred_fields() for each in made] == [
                each.get_deferred_fields() for each in meant
            ]
    with CaptureQueriesContext(connection) as queries:
        assert [each.source.url for each in statement.objects(ids)] == [source.url] * 3
    assert len(queries) == 1


def test_objects_are_found_by_texts_too(owner: User) -> None:
    sources = [a_source(owner, f"https://{number}.example/%s?'") for number in range(_SIZES[-1] + 1)]
    urls = [url_of(source) for source in sources]
    statement = PreparedObjects(
        lambda texts: Source.objects.filter(url__in=texts, language="").order_by("pk"), texts=True
    )
    for wanted in (
        [],
        urls[:1],
        urls[:3],
        urls[:7],
        urls,
        [*urls[2:4], *urls[2:4]],
        ["text 0"],
        ["", urls[5]],
    ):
        meant = [source for source in sources if url_of(source) in wanted]
        assert statement.objects(wanted) == meant


def deep(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Of the row and of those that came with it, all that was read."""
    rows = [snapshot, snapshot.source, *filter(None, [snapshot.payload_of])]
    return [{name: each for name, each in vars(row).items() if name != "_state"} for row in rows]


@ON_POSTGRESQL
def test_one_plan_is_kept_for_all_values(owner: User) -> None:
    statement = loud()
    before = plans()
    for number in range(7):
        statement.row(url_of(a_source(owner, f"https://{number}.example/")))
    assert len(plans() - before) == 1


def plans() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def test_planned_cursor_reports_errors_as_djangos_do() -> None:
    with (
        pytest.raises((ProgrammingError, OperationalError)),
        transaction.atomic(),
        planned_cursor() as cursor,
    ):
        cursor.execute("SELECT nothing FROM nowhere WHERE 1 = %s", ["x"])
