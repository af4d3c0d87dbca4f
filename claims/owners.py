"""Who owns whom among the agents of a claim. `owners` has, of each agent that is owned, the direct owner.

Values in, values out; no Django. Rings of owners are walked once.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

NO_OWNERS: Mapping[int, int] = MappingProxyType({})


class Owners:
    """Who owns whom, as agents tell it of themselves: each knows its owner, and the topmost one of them all.

    Who stands between these two is only known if it tells itself.
    """

    def __init__(self) -> None:
        self._direct: dict[int, int] = {}
        self._topmost: dict[int, int] = {}

    def add(self, agent: int, owner: int | None, topmost: int | None) -> int:
        """Note whom an agent names, if anybody; the agent."""
        if owner and topmost:
            self._direct[agent] = owner
            if owner != topmost:
                self._topmost[owner] = topmost
        return agent

    @property
    def known(self) -> dict[int, int]:
        """Of each agent that is owned, the nearest owner known."""
        return {**self._topmost, **self._direct}


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
