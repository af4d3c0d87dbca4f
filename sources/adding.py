"""Many rows written by one statement, as `bulk_create` writes them, in a quarter of the time.

Django puts the statement together value by value, and every default of the database's anew for each row. Here a column
that all rows leave to the database is left out, and the others are places for values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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


def add_all(rows: Sequence[models.Model]) -> None:
    """Add these new rows of one model, which get their ids.

    Either all or none of them has a value of its own in a column that the database can fill; an expression is one and
    the same object in all: else a TypeError. What the database filled in is read when it is asked for.
    """
    _add(rows, None)


def add_missing(rows: Sequence[models.Model]) -> None:
    """As `add_all`, but for those rows that are there already; none gets its id."""
    _add(rows, OnConflict.IGNORE)


def add_values(
    model: type[models.Model],
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    now: str = "",
    missing: bool = False,
    unique: str = "",
    change: tuple[str, ...] = (),
) -> list[int]:
    """As `add_all` of rows that nobody needs as objects: the values of these columns of each, and no expressions; their
    ids, where the database gives them. `now` names a column that gets the database's time.

    With `missing` as `add_missing`. With `change`, a row that is there with the same `unique` takes over the fields
    named. Neither gives ids. What is not named is null or left to the database; a column of which neither can be is
    missed: a TypeError.
    """
    if not rows:
        return []
    insertion, prepared = _of_values(model, names, now, unique, change, missing=missing)
    return insertion.write(prepared(rows))


@cache
def _of_values(
    model: type[models.Model],
    names: tuple[str, ...],
    now: str,
    unique: str,
    change: tuple[str, ...],
    *,
    missing: bool,
) -> "tuple[_Insertion, Callable[[Rows], list[Sequence[Any]]]]":
    meta: Any = model._meta
    by_name = {field.attname: field for field in meta.concrete_fields}
    fields = [by_name.pop(name) for name in names]
    places = dict.fromkeys(fields, "%s")
    if now:
        places[by_name.pop(now)] = _compiled(model, Now())
    for name, field in by_name.items():
        if not (field.null or field.has_db_default() or isinstance(field, models.AutoField)):
            raise TypeError(f"{name} has no value")
    on_conflict = OnConflict.UPDATE if change else OnConflict.IGNORE if missing else None
    returns = on_conflict is None and meta.pk not in fields
    insertion = _insertion(meta, places, on_conflict, unique=unique, change=change, returns=returns)
    return insertion, _prepared(fields)


def _add(rows: Sequence[models.Model], on_conflict: OnConflict | None) -> None:
    if not rows:
        return
    meta: Any = rows[0]._meta
    columns: dict[Field, str] = {}
    for field in meta.concrete_fields:
        if place := _place(field, rows):
            columns[field] = place
    given = [field for field, place in columns.items() if place == "%s"]
    names = [field.attname for field in given]
    returns = on_conflict is None and meta.pk not in columns
    insertion = _insertion(meta, columns, on_conflict, returns=returns)
    ids = insertion.write(_prepared(given)([[getattr(row, name) for name in names] for row in rows]))
    for row, pk in zip(rows, ids, strict=returns):
        row.pk = pk
    if on_conflict is None:
        for row in rows:
            _is_stored(row, columns)


@dataclass(frozen=True, slots=True)
class _Insertion:
    """A statement that writes rows: what it begins with, what stands for one row, how it ends, and of which fields."""

    head: str
    each: str
    end: str
    fields: Sequence[Field]
    returns: bool

    def write(self, rows: Sequence[Sequence[Any]]) -> list[int]:
        """Write rows of these values; their ids, if it returns them."""
        ids: list[int] = []
        size = max(connection.ops.bulk_batch_size(self.fields, rows), 1)
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            for start in range(0, len(rows), size):
                some = rows[start : start + size]
                values = list(chain.from_iterable(some))
                cursor.execute(f"{self.head}{', '.join([self.each] * len(some))} {self.end}", values)
                if self.returns:
                    ids += [pk for (pk,) in cursor.fetchall()]
        return ids


def _insertion(
    meta: Any,
    columns: Mapping[Field, str],
    on_conflict: OnConflict | None,
    *,
    unique: str = "",
    change: Iterable[str] = (),
    returns: bool,
) -> _Insertion:
    """What writes these columns, each with what stands for its values."""
    ops = connection.ops
    names = ", ".join(ops.quote_name(field.column) for field in columns)
    head = (
        f"{ops.insert_statement(on_conflict=on_conflict)} {ops.quote_name(meta.db_table)} ({names}) VALUES "
    )
    end = ops.on_conflict_suffix_sql(
        list(columns), on_conflict, _columns(meta, change), _columns(meta, [unique] if unique else [])
    )
    if returns:
        end += f" RETURNING {ops.quote_name(meta.pk.column)}"
    given = [field for field, place in columns.items() if place == "%s"]
    return _Insertion(head, f"({', '.join(columns.values())})", end, given or list(columns), returns)


def _place(field: Field, rows: Sequence[models.Model]) -> str:
    """What stands for this column's values in the statement; empty where the column is left to the database."""
    first = getattr(rows[0], field.attname)
    if field.has_db_default() or isinstance(field, models.AutoField):
        left = {_is_left(field, row) for row in rows}
        if len(left) > 1:
            raise TypeError(f"{field.attname} has a value in some rows and none in others")
        if left.pop():
            return ""
    if not hasattr(first, "resolve_expression"):
        return "%s"
    if any(getattr(row, field.attname) is not first for row in rows):
        raise TypeError(f"{field.attname} is not the same expression in all rows")
    return _compiled(type(rows[0]), first)


def _compiled(model: type[models.Model], expression: Any) -> str:
    query = model._default_manager.all().query
    text, parameters = query.get_compiler(connection=connection).compile(expression)
    if parameters:
        raise TypeError("an expression has values of its own")
    return str(text)


def _is_left(field: Field, row: models.Model) -> bool:
    """Whether the database is to fill it in."""
    value = getattr(row, field.attname)
    return isinstance(value, DatabaseDefault) or (value is None and isinstance(field, models.AutoField))


def _columns(meta: Any, names: Iterable[str]) -> list[str]:
    return [meta.get_field(name).column for name in names]


Rows = Sequence[Sequence[Any]]


def _prepared(fields: Sequence[Field]) -> Callable[[Rows], list[Sequence[Any]]]:
    """What gives rows of values of these fields as the database takes them: column by column, most as they are."""
    ways = [(field.get_db_prep_save, _as_they_are(field)) for field in fields]

    def prepared(rows: Rows) -> list[Sequence[Any]]:
        own_connection = connections[DEFAULT_DB_ALIAS]  # `connection` looks for it each time that it is asked
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for number, (prepare, as_they_are) in zip(range(len(columns)), ways, strict=True):
            if not as_they_are.issuperset(map(type, columns[number])):
                each = {id(value): value for value in columns[number]}
                ready = {key: prepare(value, own_connection) for key, value in each.items()}
                columns[number] = [ready[id(value)] for value in columns[number]]
        return list(zip(*columns, strict=True)) or [*rows]

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


def _is_stored(row: models.Model, columns: Iterable[Field]) -> None:
    for field in row._meta.concrete_fields:
        if field not in columns and not field.primary_key:
            row.__dict__.pop(field.attname, None)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
