"""All rows of all tables as lines of JSON, the same on every database, and back."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models

LEFT_OUT = frozenset({"sessions.Session"})
"""Who is logged in at this moment."""

MADE_BY_MIGRATE = ("auth.Group_permissions", "auth.Group", "auth.Permission", "contenttypes.ContentType")
"""What every new database has. The backup's rows take their place: others refer to them by number."""

_ROWS, _CHARACTERS = 500, 4_000_000  # of a batch, at most

Model = type[models.Model]


def tables() -> list[Model]:
    """The models of all tables, in the order in which their rows go in."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label not in LEFT_OUT
    ]


def columns(model: Model) -> list[str]:
    """The names that a line's values belong to."""
    return [field.attname for field in model._meta.concrete_fields]


def lines(model: Model) -> Iterator[bytes]:
    """Every row as a line: a list of its values, in the order of keys."""
    rows = model._default_manager.order_by("pk").values_list(*columns(model))
    for row in rows.iterator(chunk_size=100):
        yield json.dumps(row, default=_plain, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def insert(model: Model, lines: Iterable[bytes]) -> None:
    """Add these rows as they are. Raises ValueError for a line that is none."""
    batch: list[models.Model] = []
    size = 0
    for line in lines:
        batch.append(_row(model, line))
        size += len(line)
        if len(batch) >= _ROWS or size >= _CHARACTERS:
            model._default_manager.bulk_create(batch)
            batch, size = [], 0
    model._default_manager.bulk_create(batch)


def empty_what_migrate_made() -> None:
    """Remove the rows of `MADE_BY_MIGRATE`."""
    for label in MADE_BY_MIGRATE:
        apps.get_model(label)._default_manager.all().delete()


def occupied() -> list[str]:
    """The tables that have rows which no new database has."""
    return [
        model._meta.label
        for model in tables()
        if model._meta.label not in MADE_BY_MIGRATE and model._default_manager.exists()
    ]


def reset_sequences() -> None:
    """Let new rows get numbers above those that were put in."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)


def _row(model: Model, line: bytes) -> models.Model:
    values = json.loads(line)
    fields = model._meta.concrete_fields
    named = zip(fields, values, strict=True)
    return model(**{field.attname: field.to_python(value) for field, value in named})


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()  # to the microsecond, which Django's own JSON is not
    raise TypeError(f"{type(value).__name__} has no form in a backup")
