"""What a chain names: its agents and sources, found or added, in the order of their keys.

Two chains that name the same new ones, in whatever order, so wait for each other and never deadlock.
"""

from typing import Any

from django.contrib.auth.models import User

from claims import changes
from claims.permissions import viewer_of
from claims.refusals import Invalid, Path, refusals_under
from claims.stated import StatedAppearance, StatedChain
from sources import registry
from sources.canonical import InvalidURL, canonical_url, name_key
from sources.models import Agent, Source
from sources.registry import AgentName, InvalidName, survivor

# What a writer says of a source: taken over when the source is new, kept as stated when it says otherwise.
_SOURCE_FACTS = ("title", "published_at", "language")


def agents_of(chain: StatedChain, *, by: User) -> dict[AgentName, Agent]:
    """The agents that the chain names, found or added in the order of their keys. Raises `Refused`."""
    places = _named(chain)
    agents = {}
    for agent in sorted(places, key=lambda agent: (name_key(agent.name), agent.kind)):
        try:
            agents[agent] = registry.find_or_add_agent(agent, by=by)
        except InvalidName as error:
            raise Invalid("invalid", str(error), places[agent]) from None
    return agents


def _named(chain: StatedChain) -> dict[AgentName, Path]:
    """The agents of a chain, each with the place of a name of it."""
    places: dict[AgentName, Path] = {
        party: ("claim", "parties", position, "name") for position, party in enumerate(chain.parties)
    }
    for position, stated in enumerate(chain.appearances):
        for role, agent in (("publisher", stated.publisher), ("claimant", stated.claimant)):
            if agent:
                places[agent] = ("appearances", position, role, "name")
    return places


def sources_of(chain: StatedChain, agents: dict[AgentName, Agent], *, by: User) -> list[Source]:
    """The source of each appearance; found or added in the order of their URLs. Raises `Refused`."""
    stated = chain.appearances
    found: dict[int, Source] = {}
    for position in sorted(range(len(stated)), key=lambda position: _lock_key(stated[position])):
        with refusals_under("appearances", position):
            found[position] = _source(stated[position], agents, by=by)
    return [found[position] for position in range(len(stated))]


def _lock_key(stated: StatedAppearance) -> str:
    try:
        return canonical_url(stated.url or "")
    except InvalidURL:
        return ""


def _source(stated: StatedAppearance, agents: dict[AgentName, Agent], *, by: User) -> Source:
    publisher = agents[stated.publisher] if stated.publisher else None
    facts = {name: getattr(stated, name) for name in _SOURCE_FACTS}
    if stated.url and stated.source:
        raise Invalid(
            "invalid", "Give the address (URL) of a source or one that is known, not both.", ("source",)
        )
    if stated.source:
        named = Source.objects.visible_to(viewer_of(by)).filter(pk=stated.source).first()
        if named is None:
            raise Invalid(
                "unknown", f"There is no source {stated.source}. Give its address (URL) instead.", ("source",)
            )
        source = survivor(named)
    elif stated.url:
        try:
            source = registry.find_or_add_source(stated.url, by=by, publisher=publisher, **facts)
        except InvalidURL as error:
            raise Invalid("invalid", str(error), ("url",)) from None
    else:
        for name in ("title", "publisher"):
            if not getattr(stated, name):
                raise Invalid(
                    "required",
                    "A work without an address (URL) is offline, and known by its title and publisher. "
                    f"Give its {name} too.",
                    (name,),
                )
        assert publisher is not None  # noqa: S101 - just required
        return registry.add_offline_source(publisher=publisher, by=by, **facts)
    _keep_as_stated(source, {**facts, "publisher_id": publisher and publisher.pk}, by=by)
    return source


def _keep_as_stated(source: Source, facts: dict[str, Any], *, by: User) -> None:
    """Naming a source never changes it: what is said otherwise goes into its history, for a curator."""
    otherwise = {name: value for name, value in facts.items() if value and value != getattr(source, name)}
    if otherwise:
        with changes.write(by=by) as log:
            log.record(
                source, "stated", before={name: getattr(source, name) for name in otherwise}, after=otherwise
            )
