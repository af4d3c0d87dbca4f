"""Who owns whom among the agents of a claim. `owners` has, of each agent that is owned, the direct owner.

Values in, values out; no Django. Rings of owners are walked once.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

NO_OWNERS: Mapping[int, int] = MappingProxyType({})


def owners_up(agent: int, owners: Mapping[int, int]) -> list[int]:
    """The agent itself, its owner, the owner's owner and so on, each once."""
    chain = [agent]
    walked = {agent}
    while (owner := owners.get(chain[-1])) is not None and owner not in walked:
        chain.append(owner)
        walked.add(owner)
    return chain


def topmost_owner(agent: int, owners: Mapping[int, int]) -> int:
    """The last in the chain of owners, which may be the agent itself; in a ring of owners the smallest id."""
    chain = owners_up(agent, owners)
    owner = owners.get(chain[-1])
    return chain[-1] if owner is None else min(chain[chain.index(owner) :])


def tied_to(parties: Iterable[int], agents: Collection[int], owners: Mapping[int, int]) -> set[int]:
    """Those of the agents that are a party, own one, or are owned by one, straight or through others."""
    named = set(parties)
    above = {owner for party in named for owner in owners_up(party, owners)}
    return {agent for agent in agents if agent in above or not named.isdisjoint(owners_up(agent, owners))}
