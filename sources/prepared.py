"""Statements that Django puts together once instead of for every call: that takes it longer than small results do.

PostgreSQL plans those for one value once a connection, and those for some ids each time (docs/decisions/0049).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError, mark_for_rollback_on_error

M = TypeVar("M", bound=Model)

NO_ID = -(2**62)
"""The place of an id in a statement: no row has it."""

Row = Mapping[str, Any]
"""Columns by name, as the database gives them: those of the model in their order, then what was annotated."""


Converters = Mapping[int, tuple[Sequence[Any], Any]]
"""By the place of a column its functions, and the expression that they are told."""


class Prepared:
    """Rows of a `values_list` queryset that differs from call to call in nothing but one value that it compares with.

    `rows` makes the queryset for a value. It is called once, with `place`, a value that its statement has nowhere else.
    """

    def __init__(self, rows: Callable[[Any], QuerySet[Any, Any]], place: object = NO_ID) -> None:
        self._rows = rows
        self._place = place

    def rows(self, value: object) -> list[tuple[Any, ...]]:
        """The result for this value, converted as Django converts it."""
        return list(zip(*self.columns(value), strict=True))

    def columns(self, value: object) -> list[Sequence[Any]]:
        """The same by columns, each as long as there are rows."""
        text, parameters, converters, width = self._statement
        with planned_cursor() as cursor:
            cursor.execute(text, _given(parameters, self._place, value))
            columns: list[Sequence[Any]] = list(zip(*cursor.fetchall(), strict=True)) or [()] * width
        return _converted(columns, converters)

    @cached_property
    def _statement(self) -> tuple[str, Sequence[Any], Converters, int]:
        """The text, its parameters, what converts which column, and how many columns there are."""
        compiler = self._rows(self._place).query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        expressions = [each[0] for each in compiler.select]
        return text, parameters, compiler.get_converters(expressions), len(expressions)


def _converted(columns: list[Sequence[Any]], converters: Converters) -> list[Sequence[Any]]:
    for number, (functions, expression) in converters.items():
        for function in functions:
            columns[number] = [function(each, expression, connection) for each in columns[number]]
    return columns


Ids = Sequence[int]
_SIZES = (1, 5, 20, 50, 100)
"""For so many ids statements are put together: fewer are filled up with the last one, more are asked for anew."""


@dataclass(frozen=True, slots=True)
class _OfSize:
    """A statement for some ids: what put it together, its words and parameters, where among these the lists are, and
    what converts which column.
    """

    compiler: SQLCompiler
    text: str
    parameters: Sequence[Any]
    places: Sequence[slice]
    converters: Converters

    @classmethod
    def of(cls, query: Query, *lists: Sequence[object]) -> "_OfSize":
        """The statement of this query, in which these lists of values have one place each."""
        compiler: SQLCompiler = query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        firsts = [parameters.index(values[0]) for values in lists]
        places = [slice(first, first + len(values)) for first, values in zip(firsts, lists, strict=True)]
        for place, values in zip(places, lists, strict=True):
            if [each for each in parameters if each in values] != list(parameters[place]):
                raise TypeError("the values of a list stand in more than one place")
        expressions = [each[0] for each in compiler.select or ()]
        return cls(compiler, text, parameters, places, compiler.get_converters(expressions))

    def found(self, *lists: Sequence[object]) -> Iterator[Any]:
        """The rows for these values, as many in each list as it was put together for; converted as Django does."""
        if self.compiler.query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("rows that no transaction holds cannot be locked")
        with connection.cursor() as cursor:
            cursor.execute(self.text, self._given(lists))
            columns: list[Sequence[Any]] = list(zip(*cursor.fetchall(), strict=True))
        return zip(*_converted(columns, self.converters), strict=True) if columns else iter(())

    def written(self, *lists: Sequence[object]) -> int:
        """How many rows an UPDATE wrote to."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self._given(lists))
            count: int = cursor.rowcount
        return count

    def _given(self, lists: Sequence[Sequence[object]]) -> list[Any]:
        parameters = list(self.parameters)
        for place, values in zip(self.places, lists, strict=True):
            parameters[place] = values
        return parameters


class _OfSizes:
    """What is common to those below: a statement for each of `_SIZES`, put together when it is first needed."""

    def __init__(self, put_together: Callable[[int], _OfSize]) -> None:
        self._put_together = put_together
        self._statements: dict[int, _OfSize] = {}

    def _for(self, *lists: Sequence[object]) -> tuple[_OfSize, list[list[object]]]:
        """The statement for lists of these lengths, and the lists filled up for it."""
        most = max(map(len, lists))
        size = next(size for size in _SIZES if size >= most)
        if size not in self._statements:
            self._statements[size] = self._put_together(size)
        # The last one again and again finds nothing else.
        return self._statements[size], [[*each, *[each[-1]] * (size - len(each))] for each in lists]


class _ByIds(_OfSizes):
    """Rows that are looked for by their ids; with `texts`, by these."""

    def __init__(self, rows: Callable[[Any], QuerySet[Any, Any]], *, texts: bool = False) -> None:
        def put_together(size: int) -> _OfSize:
            places = _some_texts(size) if texts else _some_ids(size)
            return _OfSize.of(rows(places).query, places)

        super().__init__(put_together)
        self._rows = rows


def _some_ids(count: int) -> Sequence[int]:
    return range(NO_ID, NO_ID + count)


def _some_texts(count: int) -> Sequence[str]:
    return [f"text {number}" for number in range(count)]


class PreparedList(_ByIds):
    """Rows of a `values_list` queryset that differs from call to call in nothing but the ids that it looks for.

    `rows` makes the queryset for some ids. It is called once for each of `_SIZES`, with ids that no row has; its
    statement must have them in one place.
    """

    def rows(self, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """The result for these ids."""
        wanted = list(dict.fromkeys(ids))
        if not 0 < len(wanted) <= _SIZES[-1]:
            return list(self._rows(wanted)) if wanted else []
        statement, filled = self._for(wanted)
        return list(statement.found(*filled))


class PreparedPairs(_OfSizes):
    """Rows of a `values_list` queryset that differs from call to call in nothing but two lists: of ids, and of texts.

    `rows` makes the queryset for two such lists. It is called once for each of `_SIZES`, with values that no call gives
    it; its statement must have each of the lists in one place.
    """

    def __init__(self, rows: Callable[[Ids, Sequence[str]], QuerySet[Any, Any]]) -> None:
        def put_together(size: int) -> _OfSize:
            ids, texts = _some_ids(size), _some_texts(size)
            return _OfSize.of(rows(ids, texts).query, ids, texts)

        super().__init__(put_together)
        self._rows = rows

    def rows(self, ids: Iterable[int], texts: Iterable[str]) -> list[tuple[Any, ...]]:
        """The result for these ids and texts."""
        wanted, named = list(dict.fromkeys(ids)), list(dict.fromkeys(texts))
        if not (wanted and named):
            return []
        if max(len(wanted), len(named)) > _SIZES[-1]:
            return list(self._rows(wanted, named))
        statement, filled = self._for(wanted, named)
        return list(statement.found(*filled))


class PreparedUpdate(_OfSizes):
    """As `QuerySet.update` with these values, of a queryset that differs from call to call as that of `PreparedList`.

    `values` says what they are, once for each of `_SIZES`: values and expressions that are the same in every call.
    """

    def __init__(
        self, rows: Callable[[Ids], QuerySet[Any, Any]], values: Callable[[], Mapping[str, Any]]
    ) -> None:
        def put_together(size: int) -> _OfSize:
            ids = _some_ids(size)
            query: Any = rows(ids).query.chain(UpdateQuery)
            query.add_update_values(values())
            return _OfSize.of(query, ids)

        super().__init__(put_together)
        self._rows = rows
        self._values = values

    def update(self, ids: Iterable[int]) -> int:
        """Write to the rows of these ids; how many there are."""
        wanted = list(dict.fromkeys(ids))
        if not 0 < len(wanted) <= _SIZES[-1]:
            return self._rows(wanted).update(**self._values()) if wanted else 0
        statement, filled = self._for(wanted)
        with mark_for_rollback_on_error(connection.alias):
            return statement.written(*filled)


class PreparedObjects(_ByIds, Generic[M]):
    """Objects of a queryset without annotations that differs as that of `PreparedList`, `select_related` with them, and
    with `only` some columns.
    """

    def __init__(self, rows: Callable[[Any], QuerySet[M]], *, texts: bool = False) -> None:
        super().__init__(rows, texts=texts)

    def objects(self, ids: Iterable[object]) -> list[M]:
        """The objects that the queryset would have made for these ids, or texts."""
        wanted = list(dict.fromkeys(ids))
        if not 0 < len(wanted) <= _SIZES[-1]:
            return list(self._rows(wanted)) if wanted else []
        statement, filled = self._for(wanted)
        alias, about, select = connection.alias, statement.compiler.klass_info, statement.compiler.select
        assert about is not None and select is not None  # noqa: S101, PT018 - it was put together
        own = slice(about["select_fields"][0], about["select_fields"][-1] + 1)
        names = [column.target.attname for column, *_ in select[own]]
        # The stubs are of a later Django.
        related = get_related_populators(about, select, alias)  # type: ignore[call-arg]
        made = []
        for row in statement.found(*filled):
            each = about["model"].from_db(alias, names, row[own])
            for populator in related:
                populator.populate(row, each)
            made.append(each)
        return made


class PreparedObject(Generic[M]):
    """The first object of a queryset that differs from call to call as that of `Prepared`; as columns, or whole."""

    def __init__(self, rows: Callable[[Any], QuerySet[M]], place: object) -> None:
        self._query = rows(place).query
        self._place = place
        self._model = rows(place).model
        self._fields = [field.attname for field in self._model._meta.concrete_fields]

    def row(self, value: object) -> Row | None:
        """The columns of the object with this value; None if there is none."""
        text, parameters, columns, _ = self._statement
        with planned_cursor() as cursor:
            cursor.execute(text, _given(parameters, self._place, value))
            found = cursor.fetchone()
        return found and dict(zip(columns, found, strict=True))

    def object(self, row: Row) -> M:
        """The object of such a row, as the queryset would have made it; without another statement."""
        *_, converters = self._statement
        values = list(row.values())
        for number, (functions, expression) in converters.items():
            for function in functions:
                values[number] = function(values[number], expression, connection)
        count = len(self._fields)
        made = self._model.from_db(connection.alias, self._fields, values[:count])
        for name, value in zip([*row][count:], values[count:], strict=True):
            setattr(made, name, value)
        return made

    @cached_property
    def _statement(self) -> tuple[str, Sequence[Any], list[str], Converters]:
        """The text, its parameters, the columns' names, and what converts which of them."""
        compiler: SQLCompiler = self._query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        columns = [*self._fields, *(compiler.annotation_col_map or {})]
        expressions = [expression for expression, *_ in compiler.select or ()]
        return text, parameters, columns, compiler.get_converters(expressions)


def _given(parameters: Sequence[Any], place: object, value: object) -> list[Any]:
    return [value if parameter == place else parameter for parameter in parameters]


def planned_cursor() -> CursorWrapper:
    """One whose statements are planned once by each connection; SQLite's all are."""
    if connection.vendor == "postgresql":
        planned: CursorWrapper = connection.planned_cursor()  # type: ignore[attr-defined]  # see sources/postgresql
        return planned
    return connection.cursor()
