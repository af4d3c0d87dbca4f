"""Many rows written by one statement, as `bulk_create` writes them, in a quarter of the time.

Django puts the statement together value by value, and every default of the database's anew for each row. Here a column
that all rows leave to the database is left out, and the others are places for values.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now

Field = Any  # django-stubs has two types for one field
Rows = Sequence[Sequence[Any]]


def add_missing(rows: Sequence[models.Model]) -> None:
    """Add these new objects of one model, but for those that are there already; none gets its id.

    Either all or none of them has a value of its own in a column that the database can fill; else a TypeError.
    """
    if rows:
        columns = [field for field in rows[0]._meta.concrete_fields if not _is_left(field, rows)]
        names = tuple(field.attname for field in columns)
        add_values(
            type(rows[0]), names, [[getattr(row, name) for name in names] for row in rows], missing=True
        )


def _is_left(field: Field, rows: Sequence[models.Model]) -> bool:
    """Whether the database is to fill in this column."""
    if not (field.has_db_default() or isinstance(field, models.AutoField)):
        return False
    left = {_lacks(row, field) for row in rows}
    if len(left) > 1:
        raise TypeError(f"{field.attname} has a value in some rows and none in others")
    return left.pop()


def _lacks(row: models.Model, field: Field) -> bool:
    value = getattr(row, field.attname)
    return isinstance(value, DatabaseDefault) or (value is None and isinstance(field, models.AutoField))


def add_values(
    model: type[models.Model],
    names: tuple[str, ...],
    rows: Rows,
    *,
    now: str = "",
    missing: bool = False,
    unique: str = "",
    change: tuple[str, ...] = (),
) -> list[int]:
    """Add rows of these values, each in the order of `names` (columns, as attributes; no expressions). Returns their
    ids, where the database gives them. `now` names a column that gets the database's time.

    With `missing`, rows that are there already are left out. With `change`, a row that is there with the same `unique`
    takes over the fields named. Neither gives ids. What is not named is null or left to the database; a column of which
    neither can be is missed: a TypeError.
    """
    if not rows:
        return []
    return _insertion(model, names, now, unique, change, missing=missing).write(rows)


@cache
def _insertion(
    model: type[models.Model],
    names: tuple[str, ...],
    now: str,
    unique: str,
    change: tuple[str, ...],
    *,
    missing: bool,
) -> "_Insertion":
    meta: Any = model._meta
    by_name = {field.attname: field for field in meta.concrete_fields}
    fields = [by_name.pop(name) for name in names]
    places = dict.fromkeys(fields, "%s")
    if now:
        compiler = model._default_manager.all().query.get_compiler(connection=connection)
        places[by_name.pop(now)], _ = compiler.compile(Now())
    for name, field in by_name.items():
        if not (field.null or field.has_db_default() or isinstance(field, models.AutoField)):
            raise TypeError(f"{name} has no value")
    ops = connection.ops
    on_conflict = OnConflict.UPDATE if change else OnConflict.IGNORE if missing else None
    table, columns = ops.quote_name(meta.db_table), [ops.quote_name(field.column) for field in places]
    head = f"{ops.insert_statement(on_conflict=on_conflict)} {table} ({', '.join(columns)}) VALUES"
    end = ops.on_conflict_suffix_sql(
        list(places), on_conflict, _columns(meta, change), _columns(meta, [unique] if unique else [])
    )
    returns = on_conflict is None and meta.pk not in fields
    if returns:
        end += f" RETURNING {ops.quote_name(meta.pk.column)}"
    return _Insertion(head, f"({', '.join(places.values())})", end, fields, _prepared(fields), returns)


@dataclass(frozen=True, slots=True)
class _Insertion:
    """A statement that writes rows: what it begins with, what stands for one row, how it ends, the fields of which it
    is given values, and what prepares those.
    """

    head: str
    each: str
    end: str
    fields: Sequence[Field]
    prepared: Callable[[Rows], Rows]
    returns: bool

    def write(self, values: Rows) -> list[int]:
        """Write rows of these values; their ids, if it returns them."""
        rows = self.prepared(values)
        ids: list[int] = []
        size = max(connection.ops.bulk_batch_size(self.fields, rows), 1)
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            for start in range(0, len(rows), size):
                some = rows[start : start + size]
                places = ", ".join([self.each] * len(some))
                cursor.execute(f"{self.head} {places} {self.end}", list(chain.from_iterable(some)))
                if self.returns:
                    ids += [pk for (pk,) in cursor.fetchall()]
        return ids


def _columns(meta: Any, names: Iterable[str]) -> list[str]:
    return [meta.get_field(name).column for name in names]


def _prepared(fields: Sequence[Field]) -> Callable[[Rows], Rows]:
    """What gives rows of values of these fields as the database takes them: column by column, most as they are."""
    ways = [(field.get_db_prep_save, _as_they_are(field)) for field in fields]

    def prepared(rows: Rows) -> Rows:
        own_connection = connections[DEFAULT_DB_ALIAS]  # `connection` looks for it each time that it is asked
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for number, (prepare, as_they_are) in zip(range(len(columns)), ways, strict=True):
            if not as_they_are.issuperset(map(type, columns[number])):
                # One object often stands in all rows, such as a time; what has no hash can be told apart so as well.
                each = {id(value): value for value in columns[number]}
                ready = {key: prepare(value, own_connection) for key, value in each.items()}
                columns[number] = [ready[id(value)] for value in columns[number]]
        return list(zip(*columns, strict=True))

    return prepared


_SAMPLES = ("x", 2**40, True)
"""Of each type that may come out as it went in. Of small whole numbers there is one object: they would tell nothing."""


@cache
def _as_they_are(field: Field) -> frozenset[type]:
    """The types of which nothing comes of how Django prepares a value for this field, which is most of what a row costs
    here. What a value is makes no difference to the fields of Django's that are asked.
    """
    refers = type(field) in (models.ForeignKey, models.OneToOneField)
    column = field.target_field if refers else field
    kind = next((kind for kind in _PLAIN if isinstance(column, kind)), None)
    if kind is None or any(getattr(type(column), name) is not getattr(kind, name) for name in _PREPARING):
        return frozenset()  # somebody derived from it, and may prepare otherwise
    return frozenset(type(value) for value in (None, *_SAMPLES) if _comes_out(field, value))


_PLAIN: tuple[type[Field], ...] = (
    models.CharField,
    models.TextField,
    models.AutoField,
    models.BigAutoField,
    models.IntegerField,
    models.BooleanField,
)
_PREPARING = ("get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python")


def _comes_out(field: Field, value: object) -> bool:
    try:
        return field.get_db_prep_save(value, connection) is value
    except (ValueError, ValidationError):
        return False
