"""Rows into an empty database, as fast as it takes them: COPY on PostgreSQL, one transaction on SQLite.

Indexes and foreign keys are taken away first and made anew last, over all rows: what they refuse fails the whole load.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models.fields import NOT_PROVIDED

from benchmarks.graph import drawing

_ACCOUNTS = 8


def seed(appearances: int, *, seed: int = 1) -> None:
    """Fill this database, whose tables must be empty, with so many appearances. Raises ValueError if they are not."""
    tables = [_Table(label, names.split()) for label, names in drawing.COLUMNS.items()]
    for table in tables:
        if table.model._default_manager.exists():
            raise ValueError(f"{table.name} has rows. Seed a database that nobody has written to.")
    with _bulk(), transaction.atomic():
        names = [f"newsroom-{number}" for number in range(_ACCOUNTS)]
        accounts = [User.objects.get_or_create(username=name)[0].pk for name in names]
        with _without_indexes([table.name for table in tables]):
            for rows in drawing.draw(appearances, seed=seed, accounts=accounts):
                for table in tables:
                    table.add(rows[table.label])
        _check_foreign_keys()
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            _execute(statement)
    _analyse([table.name for table in tables])


class _Table:
    """Where rows of one model go: the columns that are drawn, and the defaults of the others."""

    def __init__(self, label: str, drawn: Sequence[str]) -> None:
        self.label = label
        self.model = _model(label)
        self.name = self.model._meta.db_table
        fields: dict[str, Any] = {field.attname: field for field in self.model._meta.concrete_fields}
        others = [
            field for name, field in fields.items() if name not in drawn and field.db_default is NOT_PROVIDED
        ]
        self._rest: tuple[Any, ...] = tuple(map(_default, others))
        quote: Callable[[str], str] = connection.ops.quote_name
        self._columns = ", ".join(
            quote(field.column) for field in [*(fields[name] for name in drawn), *others]
        )

    def add(self, rows: Sequence[drawing.Row]) -> None:
        """Write these rows."""
        if not rows:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.name} ({self._columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row((*row, *self._rest))
            else:
                marks = ", ".join(["%s"] * len((*rows[0], *self._rest)))
                insert = f"INSERT INTO {self.name} ({self._columns}) VALUES ({marks})"  # noqa: S608 - our own names
                cursor.executemany(insert, [(*row, *self._rest) for row in rows])


def _default(field: Any) -> object:
    # psycopg would encode its JSON anew for each row.
    if isinstance(field, models.JSONField):
        return json.dumps(field.get_default())
    return field.get_db_prep_save(field.get_default(), connection)


def _model(label: str) -> type[models.Model]:
    return apps.get_model(label)


@contextmanager
def _bulk() -> Iterator[None]:
    """Settings of the connection that a load wants: what was lost with the machine would be seeded again."""
    if connection.vendor == "postgresql":
        _execute("SET synchronous_commit = off", "SET maintenance_work_mem = '512MB'")
        undo = ("RESET synchronous_commit", "RESET maintenance_work_mem")
    else:
        # Both only outside of a transaction.
        _execute("PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF")
        undo = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        _execute(*undo)


@contextmanager
def _without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """Take away, and make again, what costs a look at each row."""
    read = _postgresql_made_later if connection.vendor == "postgresql" else _sqlite_made_later
    later = list(read(tables))
    _execute(*(drop for drop, _ in later))
    yield
    _execute(*(make for _, make in reversed(later)))


def _postgresql_made_later(tables: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Statements that drop and make: foreign keys, and then the indexes that these and other constraints need."""
    yield from _rows(
        """SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
            format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('f', 'u')
        ORDER BY contype, conname""",
        [tables],
    )
    yield from _rows(
        """SELECT format('DROP INDEX %%I', relname), pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = ANY (%s::regclass[]) AND NOT indisprimary
            AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
        ORDER BY relname""",
        [tables],
    )


def _sqlite_made_later(tables: Sequence[str]) -> Iterator[tuple[str, str]]:
    marks = ", ".join(["%s"] * len(tables))
    yield from _rows(
        f"""SELECT 'DROP INDEX "' || name || '"', sql FROM sqlite_master
        WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks}) ORDER BY name""",  # noqa: S608 - marks
        tables,
    )


def _check_foreign_keys() -> None:
    """Raises IntegrityError; PostgreSQL has looked while it made them."""
    if connection.vendor == "sqlite":
        connection.check_constraints()


def _analyse(tables: Sequence[str]) -> None:
    """Let the planner know the rows."""
    if connection.vendor == "postgresql":
        _execute(f"VACUUM (ANALYZE) {', '.join(tables)}")
    else:
        _execute("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(str(drop), str(make)) for drop, make in cursor.fetchall()]


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
