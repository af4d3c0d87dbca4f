"""Statements that Django puts together once instead of for every call: that takes it longer than small results do."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Prepared:
    """Rows of a `values_list` queryset that differs from call to call in nothing but one value that it compares with.

    `rows` makes the queryset for a value. It is called once, with `place`, a value that its statement has nowhere else.
    """

    def __init__(self, rows: Callable[[Any], QuerySet[Any, Any]], place: object) -> None:
        self._rows = rows
        self._place = place

    def columns(self, value: object) -> list[Sequence[Any]]:
        """The result for this value by columns, each as long as there are rows; converted as Django converts them."""
        statement, parameters, converters, width = self._statement
        with connection.cursor() as cursor:
            given: list[Any] = [value if each == self._place else each for each in parameters]
            cursor.execute(statement, given)
            columns: list[Sequence[Any]] = list(zip(*cursor.fetchall(), strict=True)) or [()] * width
        for number, (functions, expression) in converters.items():
            column = columns[number]
            for function in functions:
                column = [function(each, expression, connection) for each in column]
            columns[number] = column
        return columns

    @cached_property
    def _statement(self) -> tuple[str, Sequence[Any], dict[int, tuple[list[Any], Any]], int]:
        """The text, its parameters, what converts which column, and how many columns there are."""
        compiler = self._rows(self._place).query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        expressions = [each[0] for each in compiler.select]
        return text, parameters, compiler.get_converters(expressions), len(expressions)
