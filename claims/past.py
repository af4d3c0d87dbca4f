"""What the log knew at an instant: the rows of trees as they stood then, in the shape in which they are read now.

The time of a write grows with its number, so a past state is a prefix of the log: of each row the newest entry up to a
number. Anchors and snapshots are append-only and stand in their own tables; which of them were there, the log says.
Four statements, however many appearances and however long their history.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from django.db.models import DateTimeField, Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KT
from django.db.models.functions import RowNumber

from claims.models import Anchor, Appearance, Change, Claim, Derivation
from claims.vocabulary import EvidenceState
from sources.models import Agent, Source

State = Mapping[str, Any]

_Found = dict[type[Model], dict[int, dict[str, Any]]]

_POINTERS = ("newest_anchor", "proof_anchor")

MAX_SEQ = 2**63 - 1


class Past:
    """The rows behind some claims at one time: their states in the words of the log, by kind and id."""

    def __init__(self, states: Mapping[type[Model], Mapping[int, State]]) -> None:
        self._states = states
        self._joined: dict[tuple[type[Model], int, tuple[str, ...]], tuple[Any, ...]] = {}

    def all(self, model: type[Model]) -> list[State]:
        """The states of all rows of a kind, in the order of their ids."""
        return [state for _, state in sorted(self._states[model].items())]

    def claim(self, pk: int) -> State:
        """The state of a claim; it was there before anything of it."""
        return self._states[Claim][pk]

    def agent(self, pk: int) -> State:
        """The state of an agent that speaks or publishes in these claims, or is a party to one."""
        return self._states[Agent][pk]

    def row(self, model: type[Model], state: State, columns: tuple[str, ...]) -> tuple[Any, ...]:
        """The values of these columns, as `values_list` would have given them then."""
        values: list[Any] = []
        for step in _steps(model, columns):
            value = state[step.name]
            if step.related:
                values += self._below(step.related, value, step.below)
            else:
                # The log keeps instants as text; a date as precise as it was stated is text of its own.
                values.append(datetime.fromisoformat(value) if step.is_instant and value else value)
        return tuple(values)

    def _below(self, model: type[Model], pk: int | None, columns: tuple[str, ...]) -> tuple[Any, ...]:
        if pk is None:
            return (None,) * len(columns)
        key = (model, pk, columns)
        if key not in self._joined:
            state = self._states[model][pk]
            # Anchors were read by these very columns, joins and all.
            flat = model is Anchor
            self._joined[key] = (
                tuple(state[column] for column in columns) if flat else self.row(model, state, columns)
            )
        return self._joined[key]


def read(claim_ids: Collection[int], known_at: datetime, columns: Iterable[str]) -> Past:
    """The rows of these claims as they were known then. `columns` are those of anchors that will be asked for."""
    until, found = _of_claims(claim_ids, known_at)
    anchors = _anchors(claim_ids, until, columns)
    appearances = found[Appearance].values()
    seen = {anchor["snapshot__source"] for anchor in anchors.values()}
    sources = _states(Source, {state["source_id"] for state in appearances} | seen, until)
    _point(found, anchors, sources)
    named = {state["claimant_id"] for state in appearances} | {
        state["publisher_id"] for state in sources.values()
    }
    parties = {party for claim in found[Claim].values() for party in claim["parties"]}
    agents = _states(Agent, (named | parties) - {None}, until)
    return Past({**found, Anchor: anchors, Source: sources, Agent: agents})


# --- statements -----------------------------------------------------------------------------------------------------


def _of_claims(claim_ids: Collection[int], known_at: datetime) -> tuple[int, _Found]:
    """The last number not after that instant, and the claims' own rows up to it."""
    until = Change.objects.filter(at__lte=known_at).order_by("-at", "-seq").values("seq")[:1]
    models: dict[str, type[Model]] = {"claim": Claim, "appearance": Appearance, "derivation": Derivation}
    changes = Change.objects.filter(claim__in=claim_ids, object_type__in=models, seq__lte=Subquery(until))
    last = 0
    found: _Found = {model: {} for model in models.values()}
    for object_type, pk, after, until_seq in (
        _newest(changes)
        .annotate(until=Subquery(until))
        .values_list("object_type", "object_id", "after", "until")
    ):
        last = until_seq
        found[models[object_type]][pk] = after or {}
    return last, found


def _states(model: type[Model], ids: Collection[int], until: int) -> dict[int, State]:
    """The states of rows that do not belong to one claim."""
    changes = Change.objects.filter(object_type=model._meta.model_name, object_id__in=ids, seq__lte=until)
    return {pk: after or {} for pk, after in _newest(changes).values_list("object_id", "after")}


def _newest(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Of each row its newest entry; what somebody stated otherwise is none of its states."""
    told = changes.exclude(action="stated").order_by().values("object_type", "object_id")
    return Change.objects.filter(seq__in=told.annotate(last=Max("seq")).values("last")).order_by()


def _anchors(claim_ids: Collection[int], until: int, columns: Iterable[str]) -> dict[int, State]:
    """The newest anchor of each state that was there of each quote in each source, by id.

    Some were logged for a claim that was merged into one of these since.
    """
    claims = Claim.objects.filter(Q(pk__in=claim_ids) | Q(merged_into__in=claim_ids)).order_by()
    logged = Change.objects.filter(object_type="anchor", seq__lte=until)
    known = logged.filter(claim__in=claims.values("pk"))
    place = Window(
        RowNumber(),
        partition_by=[F("appearance"), F("derivation"), F("state"), F("snapshot__source")],
        order_by=F("pk").desc(),
    )
    anchors = Anchor.objects.filter(pk__in=known.values("object_id"))
    rows = of_their_words(anchors, until).alias(place=place).filter(place=1)
    names = {column.partition("__")[2] for column in columns if column.startswith(_POINTERS)}
    wanted = {"pk", "appearance", "derivation", "state", "snapshot__source"} | names
    return {row["pk"]: row for row in rows.values(*wanted)}


def of_their_words(anchors: QuerySet[Anchor], until: int = MAX_SEQ) -> QuerySet[Anchor]:
    """Those of these anchors that were about the words that their quote had at that number of the log."""
    logged = Change.objects.filter(object_type="anchor", object_id=OuterRef("pk"), seq__lte=until)
    seq = logged.values("seq")[:1]
    return anchors.alias(seq=Subquery(seq)).filter(~Exists(_later_words(until)))


def _later_words(until: int) -> QuerySet[Change]:
    """Edits that gave a derivation other words than those that the anchor is about: they leave it behind."""
    edits = Change.objects.filter(
        object_type="derivation",
        object_id=OuterRef("derivation"),
        action="updated",
        seq__gt=OuterRef("seq"),
        seq__lte=until,
    )
    return edits.annotate(was=KT("before__quote"), became=KT("after__quote")).filter(~Q(was=F("became")))


def _point(found: _Found, anchors: Mapping[int, State], sources: Mapping[int, State]) -> None:
    """Give each quote its evidence: the newest anchor, and the newest that found the words.

    Of those in snapshots of its source, or of what was merged into that by then.
    """
    appearances = found[Appearance]
    for model in (Appearance, Derivation):
        for state in found[model].values():
            state.update({f"{pointer}_id": None for pointer in _POINTERS})
    for pk in sorted(anchors):
        anchor = anchors[pk]
        model = Appearance if anchor["appearance"] else Derivation
        owner = anchor["appearance"] or anchor["derivation"]
        if owner not in found[model]:
            continue  # of a claim that was merged later
        state = found[model][owner]
        quoted = state if anchor["appearance"] else appearances[state["derived_id"]]
        seen = anchor["snapshot__source"]
        if quoted["source_id"] != (sources[seen].get("merged_into_id") or seen):
            continue
        state["newest_anchor_id"] = pk
        if anchor["state"] == EvidenceState.ANCHORED:
            state["proof_anchor_id"] = pk


# --- columns --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """Where a column's value is: under a name of the state, or in the row that this leads to, in `below` of it."""

    name: str
    is_instant: bool = False
    related: type[Model] | None = None
    below: tuple[str, ...] = ()


@cache
def _steps(model: type[Model], columns: tuple[str, ...]) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    for (head, joins), group in groupby(columns, key=_split):
        field: Any = model._meta.pk if head == "pk" else model._meta.get_field(head)
        if joins:
            below = tuple(column.partition("__")[2] for column in group)
            steps.append(_Step(field.attname, related=field.related_model, below=below))
        else:
            steps += [_Step(field.attname, is_instant=isinstance(field, DateTimeField)) for _ in group]
    return tuple(steps)


def _split(column: str) -> tuple[str, bool]:
    head, joins, _ = column.partition("__")
    return head, bool(joins)
