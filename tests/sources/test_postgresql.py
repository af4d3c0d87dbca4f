"""The engine for PostgreSQL: a connection is asked seldom whether it is alive, and one that is not is never used."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from django.db import NotSupportedError, close_old_connections, connection, transaction
from django.db.backends.postgresql import base
from django.test.utils import CaptureQueriesContext

from sources.postgresql.base import TRUSTED_SECONDS
from sources.prepared import planned_cursor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections that die"),
]


@pytest.fixture(autouse=True)
def _checked() -> Iterator[None]:
    """A connection of the test's own."""
    connection.close()
    yield
    connection.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the server said each time that it was asked whether it is there."""
    said: list[bool] = []
    ask = base.DatabaseWrapper.is_usable

    def listening(self: base.DatabaseWrapper) -> bool:
        said.append(bool(ask(self)))
        return said[-1]

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", listening)
    return said


def request() -> int:
    """What a web server does for each: the process number of the server's end."""
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])
    finally:
        close_old_connections()


def elsewhere(statement: LiteralString, *parameters: int) -> None:
    """Do this over another connection."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute(statement, parameters)


def end(backend: int) -> None:
    """As a server does that is restarted."""
    elsewhere("SELECT pg_terminate_backend(%s, 5000)", backend)


def test_settings_keep_connections_and_ask_whether_they_live() -> None:
    request()
    assert connection.settings_dict["CONN_MAX_AGE"]
    assert connection.settings_dict["CONN_HEALTH_CHECKS"]


def test_busy_connection_is_asked_once_in_a_while(asked: list[bool]) -> None:
    backend = request()
    assert {request() for _ in range(5)} == {backend}
    assert asked == []
    for checks in (1, 2):
        connection._answered_at -= TRUSTED_SECONDS  # type: ignore[attr-defined]  # sources.postgresql has it
        assert request() == request() == backend
        assert asked == [True] * checks


def test_connection_that_its_server_ended_is_not_used_again(asked: list[bool]) -> None:
    backend = request()
    assert request() == backend
    end(backend)
    assert request() != backend
    assert asked == [False]


def test_connection_with_an_error_is_asked_at_once(asked: list[bool]) -> None:
    request()
    connection.errors_occurred = True
    request()
    assert asked == [True]


@pytest.fixture
def _table() -> Iterator[None]:
    elsewhere("CREATE TABLE planned (word varchar(9))")
    elsewhere("INSERT INTO planned VALUES ('a'), ('b')")
    yield
    elsewhere("DROP TABLE planned")


def words() -> list[str]:
    with planned_cursor() as cursor:
        cursor.execute("SELECT word FROM planned WHERE word >= %s ORDER BY 1", ["b"])
        return [word for (word,) in cursor.fetchall()]


@pytest.mark.usefixtures("_table")
def test_plan_outlives_a_migration() -> None:
    assert words() == words() == ["b"]
    elsewhere("ALTER TABLE planned ALTER word TYPE varchar(99)")
    elsewhere("INSERT INTO planned VALUES ('c')")
    assert words() == words() == ["b", "c"]
    elsewhere("ALTER TABLE planned ALTER word TYPE text")
    with transaction.atomic():
        with pytest.raises(NotSupportedError), transaction.atomic():
            words()
        assert words() == ["b", "c"]


@pytest.fixture
def _uneven_table() -> Iterator[None]:
    """One whose statistics say that a plan for one value is cheaper than a plan for any."""
    elsewhere("CREATE TABLE planned (word varchar(9))")
    elsewhere("INSERT INTO planned SELECT 'often' FROM generate_series(1, 999)")
    elsewhere("INSERT INTO planned VALUES ('seldom')")
    elsewhere("CREATE INDEX ON planned (word)")
    elsewhere("ANALYZE planned")
    yield
    elsewhere("DROP TABLE planned")


@pytest.mark.usefixtures("_uneven_table")
def test_planned_statements_are_planned_once_for_any_value() -> None:
    for _ in range(20):
        with planned_cursor() as cursor:
            cursor.execute("SELECT word FROM planned WHERE word = %s", ["seldom"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements")
        assert cursor.fetchall() == [(20, 0)]


def test_planned_statements_are_logged_with_their_parameters() -> None:
    with CaptureQueriesContext(connection) as queries:
        for number in (1, 2):
            with planned_cursor() as cursor:
                cursor.execute("SELECT %s::bigint, 'words'", [number])
    assert [query["sql"] for query in queries.captured_queries] == [
        "SELECT 1::bigint, 'words'",
        "SELECT 2::bigint, 'words'",
    ]
