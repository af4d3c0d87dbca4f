"""The register of agents and sources: found by what identifies them, added when new, never changed by being named.

All writes to the two go through here, in a transaction, and are told to `signals.edited` before it ends. Two are not:
who submitted a source, and since when a row is public. They follow from the chains and claims that name it, which have
a history of their own. Whoever leans on them merges them (`claims.merging`), and so logs that itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now

from sources import signals
from sources.canonical import canonical_url, name_key
from sources.models import Agent, Snapshot, Source
from sources.prepared import PreparedList, PreparedObjects
from sources.signals import Edit
from sources.vocabulary import AgentKind

MAX_NAME = 300

_Row = TypeVar("_Row", Agent, Source)


class InvalidName(ValueError):
    """The text cannot be the name of an agent; the message says why and what to give instead."""


class RefusedEdit(ValueError):
    """An edit of an agent breaks a rule; the message says which, and the cure."""

    code = "refused"
    field = ""


class OwnershipCycle(RefusedEdit):
    """The new owner is itself owned by the agent; the message names the chain."""

    code, field = "circle", "owner"


class NameTaken(RefusedEdit):
    """There is another agent of this name and kind."""

    code, field = "taken", "name"


class UnusableName(RefusedEdit):
    """See `InvalidName`."""

    code, field = "invalid", "name"


class MergedAgent(RefusedEdit):
    """The agent, or its new owner, was merged into another one."""

    code = "merged"

    def __init__(self, agent: Agent, *, field: str = "") -> None:
        into = agent.merged_into
        sentence = (
            f"Agent {agent.pk} ({agent}) was merged into agent {into and into.pk} ({into}). Name that one."
        )
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class AgentName:
    """How a writer names an agent: found by normalised name, and kind."""

    name: str
    kind: AgentKind


def state_of(instance: models.Model) -> dict[str, Any]:
    """The row's columns as plain values: what a log keeps as before and after."""
    return {name: getattr(instance, name) for name in _columns(type(instance))}


@cache
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


def survivor(row: _Row) -> _Row:
    """The row that this one was merged into, in the end; itself if it was not."""
    while row.merged_into:
        row = row.merged_into
    return row


def are_of_one_work(one: Snapshot, other: Snapshot) -> bool:
    """Whether both show the same source, merges followed."""
    return one.source_id == other.source_id or survivor(one.source) == survivor(other.source)


@contextmanager
def editing(*rows: Agent | Source, by: User | None, in_turn: bool = False) -> Iterator[None]:
    """Change the rows inside the block, where they are locked and as stored; those that then differ are saved.

    What was set on them before the block is lost. Several are all saved before listeners hear of any. `in_turn`: this
    transaction has sent `signals.text_ready` of these sources before.
    """
    with transaction.atomic():
        signals.editing.send(None, rows=rows, in_turn=in_turn)
        before = _lock(rows)
        yield
        edits = [Edit(row, was, state_of(row)) for row, was in zip(rows, before, strict=True)]
        changed = [edit for edit in edits if edit.after != edit.before]
        if changed:
            _save(changed)
            make_public(sources=[row.pk for row in rows if isinstance(row, Source) and row.public_since])
            signals.edited.send(None, edits=changed, by=by)


def _lock(rows: Sequence[Agent | Source]) -> list[dict[str, Any]]:
    """Lock the rows until the transaction ends, in the order of their ids, and make them what is stored now.

    Returns that, of each the state.
    """
    stored: dict[Agent | Source, dict[str, Any]] = {}
    for model, locked in _LOCKED.items():
        own = {row.pk: row for row in rows if isinstance(row, model)}
        for values in locked.rows(own):
            state = dict(zip(_columns(model), values, strict=True))
            stored[own[state["id"]]] = state
    for row in rows:
        if row not in stored:
            raise row.DoesNotExist(f"There is no {row._meta.model_name} {row.pk}.")
        _become(row, stored[row])
    return [stored[row] for row in rows]


def _locked(model: type[Agent | Source]) -> PreparedList:
    rows = model._default_manager.select_for_update(no_key=True).order_by("pk")
    return PreparedList(lambda ids: rows.filter(pk__in=ids).values_list(*_columns(model)))


_LOCKED = {model: _locked(model) for model in (Source, Agent)}  # in this order, as `make_public`


def _become(row: Agent | Source, state: dict[str, Any]) -> None:
    row.__dict__.update(state)
    fields: Iterable[Any] = row._meta.concrete_fields if row._state.fields_cache else ()
    for field in fields:
        if field.is_relation and field.is_cached(row):
            field.delete_cached_value(row)


def _save(edits: Sequence[Edit]) -> None:
    """Save these rows as they are: several sources in one statement, agents each, because a key follows its name."""
    sources = [edit for edit in edits if isinstance(edit.instance, Source)]
    if len(sources) > 1:
        changed = {name for edit in sources for name in _differing(edit)}
        _update([edit.instance for edit in sources], sorted(changed))
    for edit in edits:
        if len(sources) <= 1 or isinstance(edit.instance, Agent):
            edit.instance.save()


def _update(sources: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of the rows: one statement, given to the driver with the values of all. `bulk_update` would
    put together a CASE for each value, which takes longer than the database does.
    """
    fields: list[Any] = [Source._meta.get_field(name) for name in columns]
    quoted = connection.ops.quote_name
    assigned = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    values = [
        [*(field.get_db_prep_save(field.value_from_object(row), connection) for field in fields), row.pk]
        for row in sources
    ]
    with connection.cursor() as cursor:
        # The names are the model's own.
        statement = f"UPDATE {quoted(Source._meta.db_table)} SET {assigned} WHERE id = %s"  # noqa: S608
        cursor.executemany(statement, values)


def _differing(edit: Edit) -> Iterator[str]:
    now = edit.after or {}
    return (name for name, was in (edit.before or {}).items() if now[name] != was)


def find_or_add_agent(named: AgentName, *, by: User) -> Agent:
    """Return the agent of this name and kind, a merge followed; add it when there is none. Raises `InvalidName`."""
    with transaction.atomic():
        agent, created = Agent.objects.get_or_create(
            name_key=_checked_key(named.name),
            kind=named.kind,
            defaults={"name": " ".join(named.name.split()), "created_by": by},
        )
        if created:
            signals.edited.send(None, edits=[Edit(agent)], by=by)
    return survivor(agent)


def known_agents(names: Iterable[str]) -> dict[str, Agent]:
    """By name, the one agent of this name, whatever its kind, merges followed; of several agents none."""
    keys = {name: name_key(name) for name in names}
    found: dict[str, set[Agent]] = {}
    if keys:
        for agent in _AGENTS.objects(keys.values()):
            found.setdefault(agent.name_key, set()).add(survivor(agent))
    alone = {key: agents.pop() for key, agents in found.items() if len(agents) == 1}
    return {name: alone[key] for name, key in keys.items() if key in alone}


_AGENTS = PreparedObjects(lambda keys: Agent.objects.filter(name_key__in=keys).order_by(), texts=True)


def find_source(url: str) -> Source | None:
    """Return the source that any spelling of this URL names, a merge followed. Raises `InvalidURL`."""
    source = Source.objects.filter(url=canonical_url(url)).first()
    return source and survivor(source)


def find_or_add_source(url: str, *, by: User, **facts: Any) -> Source:
    """Return the source of this URL, a merge followed; add it, with these fields, when there is none.

    Raises `InvalidURL`. Whoever names a source sees its captures and snapshots, also before it is public.
    """
    with transaction.atomic():
        source, created = Source.objects.get_or_create(
            url=canonical_url(url), defaults={**facts, "created_by": by}
        )
        if created:
            signals.edited.send(None, edits=[Edit(source)], by=by)
        source = survivor(source)
        source.submitters.add(by)
    return source


def add_offline_source(*, title: str, publisher: Agent, by: User, **facts: Any) -> Source:
    """Add a work that has no URL. Two of them are the same only if a curator says so."""
    with transaction.atomic():
        source = Source.objects.create(title=title, publisher=publisher, created_by=by, **facts)
        source.submitters.add(by)
        signals.edited.send(None, edits=[Edit(source)], by=by)
    return source


def edit_agent(
    agent: Agent, *, by: User, name: str | None, kind: AgentKind | None, owner: Agent | None
) -> None:
    """Correct an agent's name and kind (None leaves them as they are), and who owns it. Raises `RefusedEdit`."""
    with transaction.atomic():
        agent.refresh_from_db()
        if agent.merged_into:
            raise MergedAgent(agent)
        new_name, new_kind = name or agent.name, kind or AgentKind(agent.kind)
        if (new_name, new_kind) != (agent.name, agent.kind):
            _rename(agent, new_name, new_kind, by=by)
        if agent.owner != owner:
            set_owner(agent, owner, by=by)


def _rename(agent: Agent, name: str, kind: AgentKind, *, by: User) -> None:
    try:
        _checked_key(name)
    except InvalidName as error:
        raise UnusableName(str(error)) from None
    try:
        with transaction.atomic(), editing(agent, by=by):
            agent.name, agent.kind = name, kind
    except IntegrityError:
        raise name_taken(name, kind) from None


def name_taken(name: str, kind: AgentKind) -> NameTaken:
    """There is one already."""
    sentence = f"There is already an agent {name!r} of the kind {kind.replace('_', ' ')!r}. Use that one."
    return NameTaken(sentence)


def set_owner(agent: Agent, owner: Agent | None, *, by: User) -> None:
    """Say who owns an agent, and keep the ultimate owner of all below it. Raises `OwnershipCycle`, `MergedAgent`."""
    with transaction.atomic():
        take_owners_turn()
        for row, field in ((agent, ""), (owner, "owner")):
            if row:
                row.refresh_from_db()
                if row.merged_into:
                    raise MergedAgent(row, field=field)
        above = [*owners_up(owner)]
        if agent in above:
            names = " is owned by ".join(each.name for each in [agent, *above])
            raise OwnershipCycle(f"That would close a circle: {names}. Choose an owner outside it.")
        below = [*_owned_below(agent)]
        ultimate_owner = above[-1] if above else None
        with editing(agent, *below, by=by):
            agent.owner, agent.ultimate_owner = owner, ultimate_owner
            for owned in below:
                owned.ultimate_owner = ultimate_owner or agent


def take_owners_turn() -> None:
    """Wait for whoever moves owners, and let others wait until the transaction ends.

    Two moves could close a circle together; the oldest agent's row is the turn.
    """
    Agent.objects.select_for_update(no_key=True).order_by("pk").first()


def owners_up(owner: Agent | None) -> Iterator[Agent]:
    """The owner as stored, and whoever owns it, upwards; in a circle each once."""
    owner_id = owner and owner.pk
    walked: set[int] = set()
    while owner_id and owner_id not in walked:
        walked.add(owner_id)
        found = Agent.objects.get(pk=owner_id)
        yield found
        owner_id = found.owner_id


def _owned_below(agent: Agent) -> Iterator[Agent]:
    level = [agent.pk]
    while level:
        owned = list(Agent.objects.filter(owner__in=level))
        yield from owned
        level = [each.pk for each in owned]


def make_public(*, sources: Iterable[int] = (), agents: Iterable[int] = ()) -> None:
    """Show these rows (by id), and the publishers of these sources, to everybody from now on.

    Something published leans on them.
    """
    sources, agents = set(sources), set(agents)
    if not sources and not agents:
        return
    _show(Source.objects.filter(pk__in=sources))
    publishers = Source.objects.filter(pk__in=sources, publisher__isnull=False).values("publisher")
    _show(Agent.objects.filter(models.Q(pk__in=publishers) | models.Q(pk__in=agents)))


def _show(rows: models.QuerySet[_Row]) -> None:
    hidden = rows.filter(public_since=None)
    # Locked in one order first: an UPDATE takes its rows as it finds them, and two of them could stop each other.
    ids = list(hidden.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    hidden.model.objects.filter(pk__in=ids).update(public_since=Now())


def _checked_key(name: str) -> str:
    key = name_key(name)
    if not key:
        raise InvalidName("An agent needs a name. Give the one it publishes or speaks under.")
    if len(key) > MAX_NAME or len(name) > MAX_NAME:
        raise InvalidName(f"This name is longer than {MAX_NAME} characters. Give a shorter form of it.")
    return key
