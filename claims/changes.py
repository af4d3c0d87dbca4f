"""The change log: the only way into a writing transaction of claims, and the history of everything written.

A number is given last in its transaction, under the lock of the head row, which lasts until commit. So the order of
numbers is the order of commits and a rollback gives its numbers back: who reads `seq > after` misses nothing. The
time of a write is taken under the same lock, and is later than that of the write before: what was known at an instant
is a prefix of the log.

What an answer about a claim shows is told by two numbers that grow in the writing transaction: the claim's revision,
and the registry epoch for the agents, which all claims share.

Lock order, everywhere: new agents and new sources by their keys; `DueAnchoring` by source, which is also the turn of
whoever adds quotes to a source, looks for them or edits it; claims by id; sources that change, then agents, by id; the
head. Several writes in one transaction belong into one outer `write`, in the order of their claims' ids: the head,
once taken, makes every other writer wait.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.db.models import Exists, F, Subquery
from django.db.models.functions import Now

from claims.models import Anchor, Appearance, Change, ChangeHead, Claim
from claims.refusals import Conflict
from sources import adding, registry
from sources.models import Agent, Source
from sources.prepared import PreparedList

# Kept in step by the code, not said by an author: no part of a row's history. When something was first shown follows
# from the claims that cite it.
_DERIVED = frozenset(
    {"revision", "newest_anchor_id", "proof_anchor_id", "name_key", "quote_sha256", "public_since"}
)

_TICK = timedelta(microseconds=1)

_ATTEMPTS = 5

# By kind of row, the columns that name another row which may be merged away.
_NAMING: Mapping[str, Mapping[str, type[Agent | Source | Claim]]] = {
    "agent": {"owner_id": Agent, "merged_into_id": Agent},
    "source": {"publisher_id": Agent, "merged_into_id": Source},
    "claim": {"parties": Agent, "merged_into_id": Claim},
    "appearance": {"claim_id": Claim, "source_id": Source, "claimant_id": Agent},
    "derivation": {"claim_id": Claim},
}

_Named = Mapping[type[Agent | Source | Claim], set[int]]
"""Ids by model."""

T = TypeVar("T")

_TAKE = """
INSERT INTO claims_changehead (id, seq, registry_epoch) VALUES (1, %s, %s)
ON CONFLICT (id) DO UPDATE SET seq = claims_changehead.seq + excluded.seq,
    registry_epoch = claims_changehead.registry_epoch + excluded.registry_epoch
"""


class Meanwhile(Conflict):
    """Somebody merged a row that this write names, or named one that it merges: done again, it sees the other's."""


class _Entry(NamedTuple):
    """The columns of a change that are known before it has its turn: all but its number and time."""

    by_id: int | None
    action: str
    object_type: str
    object_id: int
    claim_id: int | None
    source_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(slots=True)
class Log:
    """The changes of one write, in their order."""

    by: User | None
    entries: list[_Entry] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # ids of claims
    checks: list[Callable[[], None]] = field(default_factory=list)

    def record(
        self,
        instance: models.Model,
        action: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Note what was done to a row; `before` and `after` default to nothing and to the row as it is now."""
        object_type = instance._meta.model_name or ""
        claim_id = _claim_of(instance)
        if claim_id:
            self.touched.add(claim_id)
        self.entries.append(
            _Entry(
                by_id=self.by.pk if self.by else None,
                action=action,
                object_type=object_type,
                object_id=instance.pk,
                claim_id=claim_id,
                source_id=instance.pk if object_type == "source" else None,
                before=before and said(before),
                after=said(state_of(instance) if after is None else after),
            )
        )

    def touch(self, claim_ids: set[int]) -> None:
        """Say that answers about these claims may differ from now on, without a change to their own rows."""
        self.touched |= claim_ids

    def check_last(self, check: Callable[[], None]) -> None:
        """Have this looked at once the head is held: whatever others committed is seen then, and nothing follows."""
        self.checks.append(check)

    def take_over(self, inner: "Log") -> None:
        """Add what a part of this write did."""
        self.entries += inner.entries
        self.touched |= inner.touched
        self.checks += inner.checks

    def save(self) -> None:
        """Bump the claims, then number and keep the entries: the last that a writing transaction does."""
        if len(self.touched) > 1:
            lock_all(self.touched)  # an UPDATE takes its rows as it finds them
        if self.touched:
            Claim.objects.filter(pk__in=self.touched).update(revision=F("revision") + 1)
        if not self.entries:
            return
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [len(self.entries), int(any(map(_changes_an_agent, self.entries)))])
        # Asked for once we hold the head: one time for the whole write, and what was merged by now.
        named = self._newly_named()
        [(head, now, last, *merged)] = _heads([1], named) if named else _HEAD.rows([1])
        for (model, ids), is_merged in zip(named.items(), merged, strict=True):
            if is_merged:
                raise _merged_meanwhile(_merged(model, ids).select_related("merged_into")[0])
        for check in self.checks:
            check()
        # A clock is too coarse for two writes in one of its ticks, and is set back at times.
        at = now if last is None else max(now, last + _TICK)
        numbered = enumerate(self.entries, start=head - len(self.entries) + 1)
        adding.add_values(
            Change, ("seq", "at", *_Entry._fields), [(seq, at, *entry) for seq, entry in numbered]
        )

    def _newly_named(self) -> _Named:
        """What rows of this write name that they did not name before."""
        named: dict[type[Agent | Source | Claim], set[int]] = {}
        for entry in self.entries:
            if entry.action == "stated":
                continue
            for column, model in _NAMING.get(entry.object_type, {}).items():
                new = _ids(entry.after, column) - _ids(entry.before, column)
                if new:
                    named.setdefault(model, set()).update(new)
        return named


def _ids(state: dict[str, Any] | None, column: str) -> set[int]:
    value = (state or {}).get(column)
    return set(value) if isinstance(value, list) else set() if value is None else {value}


def _heads(
    ids: Sequence[int], named: _Named = MappingProxyType({})
) -> models.QuerySet[ChangeHead, tuple[Any, ...]]:
    """The head's number, the time, that of the last entry, and of each model whether one that is named was merged."""
    last = Change.objects.order_by("-seq").values("at")[:1]
    merged = {f"merged_{model.__name__}": Exists(_merged(model, ids)) for model, ids in named.items()}
    heads = ChangeHead.objects.filter(pk__in=ids).annotate(now=Now(), last=Subquery(last), **merged)
    return heads.values_list("seq", "now", "last", *merged)


_HEAD = PreparedList(_heads)


def _merged(model: type[Any], ids: set[int]) -> models.QuerySet[Any]:
    merged: models.QuerySet[Any] = model._default_manager.filter(pk__in=ids, merged_into__isnull=False)
    return merged.order_by("pk")


def _merged_meanwhile(row: Agent | Source | Claim) -> Meanwhile:
    kind, into = row._meta.model_name, row.merged_into
    return Meanwhile(
        "merged",
        f"The {kind} {row.pk} ({row}) was merged into the {kind} {into and into.pk} ({into}). Name that one.",
    )


_open: ContextVar[Log | None] = ContextVar("open change log", default=None)


@contextmanager
def write(*, by: User | None) -> Iterator[Log]:
    """Open a writing transaction, or a part of the one that is open; the outermost numbers and saves the changes.

    `by` is the author; None is the service itself (captures, anchors). An exception undoes the write and its entries,
    a part's too: who goes on after a refused part catches what its own `write` raises, never inside a bare `atomic()`.
    """
    outer, log = _open.get(), Log(by)
    with transaction.atomic():
        token = _open.set(log)
        try:
            yield log
        finally:
            _open.reset(token)
        if outer is None:
            log.save()
    if outer is not None:
        outer.take_over(log)


def again(work: Callable[[], T]) -> T:
    """Do a whole write, and again from its beginning where it met a merge; within a larger one it is done once.

    Raises `Meanwhile` when it meets one each time.
    """
    attempts = _ATTEMPTS if _open.get() is None else 1
    for _ in range(attempts - 1):
        try:
            return work()
        except Meanwhile:
            continue
    return work()


def lock(claim: Claim) -> None:
    """Lock the claim's row until the transaction ends, and read it again: what was seen before may have changed.

    Raises `Meanwhile` if it was merged.
    """
    claim.refresh_from_db(from_queryset=Claim.objects.select_for_update(no_key=True))
    if claim.merged_into_id:
        raise _merged_meanwhile(claim)


def lock_all(claim_ids: Iterable[int]) -> None:
    """Lock the rows of these claims until the transaction ends, in the order of their ids."""
    _LOCKED.rows(claim_ids)


def _locked(ids: Sequence[int]) -> models.QuerySet[Claim, tuple[int]]:
    return Claim.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk")


_LOCKED = PreparedList(_locked)


def citing(source_ids: Iterable[int]) -> set[int]:
    """Ids of the claims that cite these sources."""
    return {claim_id for (claim_id,) in _CITING.rows(source_ids)}


def _citing(ids: Sequence[int]) -> models.QuerySet[Appearance, tuple[int]]:
    return Appearance.objects.filter(source__in=ids).order_by().values_list("claim")


_CITING = PreparedList(_citing)


def last_seq() -> int:
    """The number of the last committed change; 0 before the first."""
    return Change.objects.aggregate(last=models.Max("seq"))["last"] or 0


def state_of(instance: models.Model) -> dict[str, Any]:
    """The row's columns as plain values, with a claim's parties: all that it takes to rebuild it."""
    state = registry.state_of(instance)
    if isinstance(instance, Claim):
        state["parties"] = sorted(instance.parties.values_list("pk", flat=True))
    return state


def _changes_an_agent(entry: _Entry) -> bool:
    """Whether claims that show an agent may read differently from now on; a new one is in none yet."""
    return entry.object_type == "agent" and entry.before is not None


def _claim_of(instance: models.Model) -> int | None:
    if isinstance(instance, Claim):
        return instance.pk
    owner = instance.appearance or instance.derivation if isinstance(instance, Anchor) else instance
    return getattr(owner, "claim_id", None)


def said(state: dict[str, Any]) -> dict[str, Any]:
    """A row's state in the words of the log: what was said of it, as JSON can keep it."""
    return {name: _plain(value) for name, value in state.items() if name not in _DERIVED}


def _plain(value: Any) -> Any:
    """Instants to the microsecond: Django's JSON keeps milliseconds."""
    return value.isoformat() if isinstance(value, datetime) else value
