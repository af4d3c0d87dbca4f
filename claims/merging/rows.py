"""Re-pointing what names a row, and leading it back: in bulk, each row logged with its state before and after."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q

from claims.changes import Log, Meanwhile, state_of
from claims.merging.homes import REPOINTED, RESTORED, Named, trails
from claims.models import Change, Claim
from sources import registry
from sources.models import Agent, Source

MERGED = "merged"
UNMERGED = "unmerged"
"""Actions of the change log, of the row itself that is merged away, or comes back."""

Kept = Agent | Source | Claim
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mention:
    """Where rows of a model name others: its foreign keys to them, or the one field for several."""

    model: type[Any]
    fields: tuple[str, ...]
    words: str  # how many of them there are, as a preview says it
    several: bool = False

    def of(self, pk: int) -> "models.QuerySet[Any]":
        """The rows that name this one."""
        named = reduce(or_, (Q(**{name: pk}) for name in self.fields))
        rows: models.QuerySet[Any] = self.model.objects.filter(named)
        return rows.order_by("pk")

    def column(self, name: str) -> str:
        """The field's name in the states of the log."""
        return name if self.several else f"{name}_id"


def read(rows: "models.QuerySet[Any]") -> list[tuple[Any, State]]:
    """The rows with their states (see `changes.state_of`), in two statements at most."""
    if rows.model is not Claim:
        return [(row, registry.state_of(row)) for row in rows]
    return [
        (row, {**registry.state_of(row), "parties": sorted(party.pk for party in row.parties.all())})
        for row in rows.prefetch_related("parties")
    ]


def sign(log: Log, row: Kept, *, into: Kept | None, why: str) -> None:
    """Say of a row itself that it is merged, or is one of its own again."""
    before = state_of(row)
    row.merged_into, row.merged_why = into, why
    row.save(update_fields=["merged_into", "merged_why"])
    log.record(row, UNMERGED if into is None else MERGED, before=before)


def require_unnamed(mentions: Iterable[Mention], row: Kept) -> None:
    """Raise `Meanwhile` if others named the row while it was merged."""
    if any(mention.of(row.pk).exists() for mention in mentions):
        detail = (
            f"Others are writing about the {row._meta.model_name} {row.pk} ({row}) at this moment. Try again."
        )
        raise Meanwhile("busy", detail)


def repoint(log: Log, mention: Mention, old: Kept, new: Kept) -> None:
    """Let all rows that name the old one name the new one."""
    found = read(mention.of(old.pk))
    for name in mention.fields:
        if mention.several:
            _replace(mention.model, name, [row.pk for row, _ in found], old.pk, new.pk)
        else:
            mention.model.objects.filter(**{name: old.pk}).update(**{name: new.pk})
    for row, before in found:
        after = dict(before)
        for name in mention.fields:
            column = mention.column(name)
            if mention.several:
                after[column] = sorted({*before[column], new.pk} - {old.pk})
            elif before[column] == old.pk:
                after[column] = new.pk
                setattr(row, column, new.pk)
        log.record(row, REPOINTED, before=before, after=after)


def restore(log: Log, mention: Mention, merge: "Merge", row: Kept) -> None:
    """Lead back to the row what its merge led away, and nobody gave another home since."""
    back = merge.led_away(mention)
    found = read(mention.model.objects.filter(pk__in={pk for ids in back.values() for pk in ids}))
    after = {each.pk: dict(before) for each, before in found}
    rows = {each.pk: each for each, _ in found}
    for name, ids in back.items():
        column = mention.column(name)
        if mention.several:
            _put_back(mention, name, back[name], after, row.pk)
            continue
        mention.model.objects.filter(pk__in=ids).update(**{name: row.pk})
        for pk in ids:
            after[pk][column] = row.pk
            setattr(rows[pk], column, row.pk)
    for each, before in found:
        log.record(each, RESTORED, before=before, after=after[each.pk])


def _replace(model: Any, name: str, ids: Collection[int], old: int, new: int) -> None:
    """Of the several that these rows name: the new one for the old one, once."""
    through = getattr(model, name).through
    owner = model._meta.model_name
    both = through.objects.filter(**{f"{owner}__in": ids, "agent": new}).values_list(f"{owner}_id", flat=True)
    has_new = set(both)
    through.objects.filter(**{f"{owner}__in": has_new, "agent": old}).delete()
    through.objects.filter(**{f"{owner}__in": set(ids) - has_new, "agent": old}).update(agent=new)


def _put_back(
    mention: Mention, name: str, back: Mapping[int, set[int]], after: dict[int, State], pk: int
) -> None:
    model: Any = mention.model
    through = getattr(model, name).through
    owner = model._meta.model_name
    gone: dict[int, set[int]] = defaultdict(set)
    for owner_id, leaving in back.items():
        after[owner_id][name] = sorted({*after[owner_id][name], pk} - leaving)
        for each in leaving:
            gone[each].add(owner_id)
    through.objects.bulk_create([through(**{f"{owner}_id": owner_id, "agent_id": pk}) for owner_id in back])
    for each, owners in gone.items():
        through.objects.filter(**{f"{owner}__in": owners, "agent": each}).delete()


# --- out of the log -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Merge:
    """The last merge of a row, as its write is told in the log: the rows that it led away, by kind."""

    row: Kept
    rows: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, row: Kept) -> "Merge":
        """Of a row that is merged now."""
        own = Change.objects.filter(object_type=row._meta.model_name, object_id=row.pk, action=MERGED)
        at = own.order_by("-seq").values("at")[:1]
        rows: dict[str, list[int]] = defaultdict(list)
        # A write has a time of its own.
        led_away = Change.objects.filter(at=models.Subquery(at), action=REPOINTED).order_by("seq")
        for object_type, pk in led_away.values_list("object_type", "object_id"):
            rows[object_type].append(pk)
        return cls(row, rows)

    def ids(self, model: type[models.Model]) -> Sequence[int]:
        """The rows of a model that it led away."""
        return self.rows.get(model._meta.model_name or "", ())

    def led_away(self, mention: Mention) -> dict[str, dict[int, set[int]]]:
        """By field, the rows to be led back, each with those that its field then names no more."""
        back: dict[str, dict[int, set[int]]] = {}
        for name in mention.fields:
            for pk, found in self._trails(mention, name):
                away = [trail for trail in found if self.row.pk in trail]
                if away and away[0][-1] != self.row.pk:
                    stay = {trail[-1] for trail in found if self.row.pk not in trail}
                    back.setdefault(name, {})[pk] = {trail[-1] for trail in away} - stay
        return back

    def _trails(self, mention: Mention, name: str) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
        history: dict[int, list[Named]] = defaultdict(list)
        merges = _Merges(self.row)
        for pk, write in self._history(mention, mention.column(name), merges):
            history[pk].append(write)
        for pk, writes in history.items():
            yield pk, trails(writes)

    def _history(self, mention: Mention, column: str, merges: "_Merges") -> Iterator[tuple[int, Named]]:
        logged = Change.objects.filter(
            object_type=mention.model._meta.model_name, object_id__in=self.ids(mention.model)
        )
        columns = ("object_id", "action", "at", "before", "after")
        for pk, action, at, before, after in (
            logged.exclude(action="stated").order_by("seq").values_list(*columns)
        ):
            was, now = _ids(before, column), _ids(after, column)
            survivor = next(iter(now - was), None)
            if action == REPOINTED and was != now and survivor is None:
                survivor = merges.survivor(next(iter(was - now)), at)
            yield pk, Named(action, was, now, survivor)


class _Merges:
    """Into whom rows of a kind were merged, and when; looked up where a row's own history leaves it open."""

    def __init__(self, row: Kept) -> None:
        self._kind = row._meta.model_name
        self._known: dict[int, dict[datetime, int]] = {}

    def survivor(self, pk: int, at: datetime) -> int:
        if pk not in self._known:
            merges = Change.objects.filter(object_type=self._kind, object_id=pk, action=MERGED)
            self._known[pk] = {
                each: (after or {})["merged_into_id"] for each, after in merges.values_list("at", "after")
            }
        return self._known[pk][at]


def _ids(state: State | None, column: str) -> frozenset[int]:
    value = (state or {}).get(column)
    if value is None:
        return frozenset()
    return frozenset(value if isinstance(value, list) else [value])
