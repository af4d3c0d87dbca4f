"""One page of a list without counting the whole: a row more than is shown tells whether there is another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

_Row = TypeVar("_Row")

# A page this deep is nobody's reading; its offset would cost the database what a stranger likes.
_MAX_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Some rows of a list; `parameter` is what its links are called in the address."""

    rows: Sequence[_Row]
    number: int
    beyond: _Row | None  # the first row of the next page
    parameter: str

    @property
    def newer(self) -> int | None:
        """The number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def older(self) -> int | None:
        """The number of the page behind."""
        return self.number + 1 if self.beyond is not None and self.number < _MAX_NUMBER else None


def page_number(request: HttpRequest, parameter: str = "page") -> int:
    """What the address asks for, from 1; 1 for what is no number."""
    asked = request.GET.get(parameter, "")
    return min(max(int(asked), 1), _MAX_NUMBER) if asked.isdecimal() and len(asked) < 6 else 1


def page_of(
    rows: "QuerySet[Any, _Row]", request: HttpRequest, *, size: int, parameter: str = "page"
) -> Page[_Row]:
    """The page of an ordered queryset that the address asks for; one statement."""
    return page_read_by(list, rows, request, size=size, parameter=parameter)


def page_read_by(
    read: "Callable[[QuerySet[Any, Any]], list[_Row]]",
    rows: "QuerySet[Any, Any]",
    request: HttpRequest,
    *,
    size: int,
    parameter: str = "page",
) -> Page[_Row]:
    """The same of what `read` makes of the rows, one of each, in as many statements as it takes."""
    number = page_number(request, parameter)
    found = read(rows[(number - 1) * size : number * size + 1])
    return Page(found[:size], number, found[size] if len(found) > size else None, parameter)


def first_page(rows: Sequence[_Row], *, size: int, parameter: str = "page") -> Page[_Row]:
    """The first page of rows that were read already, of which some may belong to the next."""
    return Page(rows[:size], 1, rows[size] if len(rows) > size else None, parameter)
