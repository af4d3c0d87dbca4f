"""What every GraphQL resolver shares: who is asking, and rows read for a whole answer at once.

Types of this project are plain strawberry types over frozen values or rows. A field that needs more rows asks the
`Batch` for its own and gets those of all its siblings read in one statement, so that no field costs one a node.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar, cast

import strawberry
from django.db import models
from django.db.models import Count, F, OrderBy, Window
from django.db.models.functions import RowNumber
from strawberry import relay
from strawberry.relay.utils import SliceMetadata

from sources.viewers import ANONYMOUS, Viewer

T = TypeVar("T")

MAX_ID = 2**63 - 1
MAX_PAGE = 100


class BadInput(ValueError):
    """An argument cannot be used; the message says why, and what to give instead. Shown with the code BAD_INPUT."""


class TooMuch(ValueError):
    """The answer would be too large; the message says how to ask for less. Shown with the code TOO_MUCH."""


class Batch:
    """The rows that the fields of one answer need, read for all of them together."""

    def __init__(self) -> None:
        self._pools: dict[str, list[Callable[[], Iterable[int]]]] = {}
        self._read: dict[Hashable, dict[int, Any]] = {}
        self._held: dict[str, dict[int, Any]] = {}

    def expect(self, kind: str, ids: Callable[[], Iterable[int]]) -> None:
        """Say which ids of a kind the answer has; asked for only when a field needs more of one of them."""
        self._pools.setdefault(kind, []).append(ids)

    def hold(self, kind: str, rows: Iterable[models.Model]) -> None:
        """Expect these rows, and keep them for fields that start from a whole row."""
        held = {row.pk: row for row in rows}
        self._held.setdefault(kind, {}).update(held)
        self.expect(kind, lambda: held)

    def held(self, kind: str, ids: Iterable[int]) -> list[Any]:
        """Those of these rows that the answer holds."""
        rows = self._held.get(kind, {})
        return [rows[pk] for pk in ids if pk in rows]

    def load(
        self, what: Hashable, kind: str, pk: int, read: Callable[[Set[int]], Mapping[int, T]]
    ) -> T | None:
        """What `read` has for this id. It is called with all ids of the kind that the answer has so far."""
        known = self._read.setdefault(what, {})
        if pk not in known:
            ids = {each for pool in self._pools.get(kind, ()) for each in pool()} - known.keys() | {pk}
            found = read(ids)
            known.update({each: found.get(each) for each in ids})
        row: T | None = known[pk]
        return row


@dataclass(slots=True)
class Context:
    """Of one request: the viewer, the batch, and how much the answer may still list.

    `found` has rows that were read for this viewer before the answer began, by kind and slug.
    """

    viewer: Viewer = ANONYMOUS
    batch: Batch = field(default_factory=Batch)
    found: dict[tuple[str, str], Any] = field(default_factory=dict)
    allowance: int = 100_000

    def spend(self, listed: Sequence[T]) -> Sequence[T]:
        """Count what a field lists besides the nodes of a tree. Raises `TooMuch`: lists in lists multiply."""
        self.allowance -= len(listed)
        if self.allowance < 0:
            raise TooMuch("The lists inside this answer are too long. Ask for fewer of them, or use edges.")
        return listed


Info = strawberry.Info[Context, None]


class Siblings(Sequence[Any]):
    """The rows of one owner, for a connection: a slice, or the count, is read for all owners of the answer at once.

    `rows` has for some owners their rows, ordered, each with the owner's id under the name `owner`. `show` makes of a
    list of rows what is listed.
    """

    def __init__(
        self,
        info: Info,
        rows: "Callable[[Set[int]], models.QuerySet[Any]]",
        *,
        owner: str,
        pk: int,
        kind: str,
        show: Callable[[list[Any]], list[Any]] = list,
    ) -> None:
        self._batch = info.context.batch
        self._rows = rows
        self._owner = owner
        self._pk = pk
        self._kind = kind
        self._show = show

    def __len__(self) -> int:
        def read(ids: Set[int]) -> Mapping[int, int]:
            rows = self._rows(ids).order_by()
            return dict(rows.values_list(self._owner).annotate(count=Count("pk")))

        what = (self._rows(frozenset()).model, self._owner, "count")
        return self._batch.load(what, self._kind, self._pk, read) or 0

    def __getitem__(self, part: Any) -> Any:
        start, stop = part.start or 0, part.stop

        def read(ids: Set[int]) -> Mapping[int, list[Any]]:
            rows = self._rows(ids)
            place = Window(RowNumber(), partition_by=F(self._owner), order_by=_order(rows))
            rows = rows.alias(place=place).filter(place__gt=start)
            if stop is not None and stop < sys.maxsize:
                rows = rows.filter(place__lte=stop)
            groups: dict[int, list[Any]] = {}
            for row in self._show(list(rows)):
                groups.setdefault(getattr(row, self._owner), []).append(row)
            return groups

        what = (self._rows(frozenset()).model, self._owner, start, stop)
        return self._batch.load(what, self._kind, self._pk, read) or []


def _order(rows: "models.QuerySet[Any]") -> list[OrderBy]:
    names = [str(name) for name in rows.query.order_by]
    return [OrderBy(F(name.lstrip("-")), descending=name.startswith("-")) for name in names]


@strawberry.type(name="Connection", description="A page of a list, and how long the whole of it is.")
class Connection(relay.ListConnection[relay.NodeType]):
    """A Relay connection with `totalCount`; the rows that stand on a page are held by the batch."""

    listed: strawberry.Private[Any] = ()

    @strawberry.field(description="How many there are on all pages.")
    def total_count(self) -> int:
        """Read only when asked for."""
        return self.listed.count() if isinstance(self.listed, models.QuerySet) else len(self.listed)

    @classmethod
    def resolve_connection(cls, nodes: Any, *, info: Info, **kwargs: Any) -> Any:
        """Take the page out of a queryset or sequence. Raises `BadInput` for page arguments that cannot be used."""
        arguments = {name: kwargs.get(name) for name in ("before", "after", "first", "last", "max_results")}
        try:
            SliceMetadata.from_arguments(info, **arguments)
        except (TypeError, ValueError) as error:
            raise BadInput(
                f"This page cannot be taken. Give `first` or `last` from 0 to {MAX_PAGE}, and as `after` or `before` "
                "a cursor out of an answer of this list."
            ) from error
        connection = cast("Self", super().resolve_connection(nodes, info=info, **kwargs))
        connection.listed = nodes
        page: list[Any] = [edge.node for edge in connection.edges]
        rows = [node for node in page if isinstance(node, models.Model)]
        if rows:
            info.context.batch.hold(rows[0]._meta.model_name or "", rows)
        return connection


def storable(text: str, argument: str) -> str:
    """A text argument as it is. Raises `BadInput` for what no text column holds."""
    if "\0" in text:
        raise BadInput(f"{argument}: it holds a NUL character. Leave that out.")
    return text


def database_id(text: str, type_name: str) -> int | None:
    """The row id in a Relay id of this type, or in a REST id; None if it is neither."""
    number = text
    if not text.isdecimal():
        try:
            given = relay.GlobalID.from_id(text)
        except relay.GlobalIDValueError as error:
            raise BadInput(
                f"{text!r} is no id. Give an `id` or `databaseId` as this service gave it."
            ) from error
        if given.type_name != type_name:
            raise BadInput(f"{text!r} is the id of a {given.type_name}. Give that of a {type_name}.")
        number = given.node_id
    return int(number) if number.isdecimal() and int(number) <= MAX_ID else None


def found_in_order(rows: "models.QuerySet[Any]", node_ids: Iterable[str]) -> list[Any]:
    """The rows of these ids in their order, None where there is none to be seen: what `resolve_nodes` returns."""
    ids = [int(text) if text.isdecimal() and int(text) <= MAX_ID else None for text in node_ids]
    found = followed(rows, [pk for pk in ids if pk is not None])
    return [found.get(pk) if pk is not None else None for pk in ids]


def followed(rows: "models.QuerySet[Any]", ids: Iterable[int]) -> dict[int, Any]:
    """The rows of these ids; in place of those that were merged the ones that these were merged into, if seen."""
    found: dict[int, Any] = rows.in_bulk(list(ids))
    into = {pk: row.merged_into_id for pk, row in found.items() if getattr(row, "merged_into_id", None)}
    survivors = rows.in_bulk(list(into.values())) if into else {}
    for pk, survivor in into.items():
        found[pk] = survivors.get(survivor)
    return found
