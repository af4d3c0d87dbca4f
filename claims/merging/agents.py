"""Merging agents: what one published or said, is a party to or owns, is then the other's."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from claims import anchoring, changes
from claims.changes import Log, Meanwhile, state_of
from claims.merging import pairs
from claims.merging.pairs import Preview
from claims.merging.rows import Mention, Merge, repoint, require_unnamed, restore, sign
from claims.models import Appearance, Claim
from claims.refusals import Conflict, Refused
from claims.vocabulary import ClaimStatus
from sources import registry
from sources.models import Agent, Source

SETTLED = ("kind", "owner")
"""The fields in which two agents have to agree, or the survivor to be right."""

_PUBLISHED = Mention(Source, ("publisher",), "sources that it published")
_SAID = Mention(Appearance, ("claimant",), "appearances in which it speaks")
_PARTY = Mention(Claim, ("parties",), "claims to which it is a party", several=True)
_OWNED = Mention(Agent, ("owner", "merged_into"), "agents that it owns, or that were merged into it")
MENTIONS = (_PUBLISHED, _SAID, _PARTY, _OWNED)


def preview(loser: Agent, into: Agent) -> Preview:
    """What merging the one into the other would do, and what is in its way."""
    refusals = pairs.impossible(loser, into) or [*pairs.hidden(loser, into), *_owned_by_itself(loser, into)]
    return Preview(pairs.moves(MENTIONS, loser.pk), pairs.differing(loser, into, SETTLED), refusals)


def merge(loser: Agent, into: Agent, *, by: User, why: str, settled: Collection[str] = ()) -> None:
    """Let the one be the other from now on. Raises `Refused`.

    `settled` are the fields of `SETTLED` that differ, and in which the one that stays is right.
    """

    def write() -> None:
        with changes.write(by=by) as log:
            pairs.require_curator(by)
            reason = pairs.require_why(why, "Say why the two are one.")
            log.touch(_lock(loser, into, Reach.of(loser)))
            preview(loser, into).require(settled)
            sign(log, loser, into=into, why=reason)
            for mention in MENTIONS:
                repoint(log, mention, loser, into)
            _settle_owners(log, into)
            log.check_last(lambda: require_unnamed(MENTIONS, loser))

    changes.again(write)


def undo(agent: Agent, *, by: User, why: str) -> None:
    """Let a merged agent be one of its own again, with what its merge led away. Raises `Refused`.

    What was written since about the one that stayed, stays with it.
    """

    def write() -> None:
        with changes.write(by=by) as log:
            pairs.require_curator(by)
            reason = pairs.require_why(why, "Say why they are two after all.")
            agent.refresh_from_db()
            survivor = agent.merged_into
            if survivor is None:
                raise Conflict("not_merged", f"{pairs.named(agent)} is not merged.")
            merged = Merge.of(agent)
            log.touch(_lock(agent, survivor, Reach.of_merge(merged)))
            if agent.merged_into_id != survivor.pk:
                raise Meanwhile("busy", f"{pairs.named(agent)} is being merged at this moment. Try again.")
            sign(log, agent, into=None, why=reason)
            for mention in MENTIONS:
                restore(log, mention, merged, agent)
            _require_no_circle(agent)
            for root in (agent, survivor):
                _settle_owners(log, root)
            if agent.public_since is None and _is_shown(agent):
                registry.make_public(agents=[agent.pk])

    changes.again(write)


class Reach:
    """The rows that a merge or its undo has to hold: sources, and claims that show what changes."""

    def __init__(self, sources: Collection[int], appearances: "Q", claims: Collection[int]) -> None:
        self._sources, self._appearances, self._claims = sources, appearances, claims

    @classmethod
    def of(cls, agent: Agent) -> "Reach":
        """Of an agent that is to be merged."""
        sources = _PUBLISHED.of(agent.pk).values_list("pk", flat=True)
        parties = _PARTY.of(agent.pk).values_list("pk", flat=True)
        return cls(list(sources), Q(claimant=agent) | Q(source__publisher=agent), list(parties))

    @classmethod
    def of_merge(cls, merged: Merge) -> "Reach":
        """Of a merge that is to be undone."""
        sources = merged.ids(Source)
        said = Q(pk__in=merged.ids(Appearance)) | Q(source__in=sources)
        return cls(sources, said, merged.ids(Claim))

    def claims(self) -> set[int]:
        """The claims, as things stand."""
        said = Appearance.objects.filter(self._appearances).order_by()
        return {*self._claims, *said.values_list("claim_id", flat=True).distinct()}

    def hold(self) -> set[int]:
        """Lock sources, by their turn, and claims. Raises `Meanwhile` if there are others by then."""
        anchoring.due(self._sources)
        claims = self.claims()
        changes.lock_all(claims)
        if not self.claims() <= claims:
            raise Meanwhile(
                "busy", "The claims that this is about are being merged at this moment. Try again."
            )
        list(_locked(Source.objects.filter(pk__in=self._sources)))
        return claims


def _lock(agent: Agent, other: Agent, reach: Reach) -> set[int]:
    claims = reach.hold()
    registry.take_owners_turn()
    list(
        _locked(Agent.objects.filter(Q(pk__in=[agent.pk, other.pk]) | Q(owner=agent) | Q(merged_into=agent)))
    )
    for row in (agent, other):
        row.refresh_from_db()
    return claims


def _locked(rows: "QuerySet[Agent] | QuerySet[Source]") -> "QuerySet[Agent, int] | QuerySet[Source, int]":
    return rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)


def _owned_by_itself(loser: Agent, into: Agent) -> list[Refused]:
    above = [*registry.owners_up(into.owner)]
    if loser not in above:
        return []
    names = " is owned by ".join(f"{each}" for each in [into, *above[: above.index(loser) + 1]])
    detail = (
        f"{names}: merged, it would own itself. Correct the owners first, or merge them the other way round."
    )
    return [Conflict("circle", detail, ("into",))]


def _require_no_circle(agent: Agent) -> None:
    above = []
    for owner in registry.owners_up(agent.owner):
        above.append(owner)
        if owner == agent:
            names = " is owned by ".join(f"{each}" for each in [agent, *above])
            raise Conflict("circle", f"By what was written since, {names}. Correct the owners first.")


def _settle_owners(log: Log, root: Agent) -> None:
    """Keep the topmost owner of whoever stands below this agent, itself included, in step with the owners."""
    above = [*registry.owners_up(root.owner)]
    topmost = above[-1].pk if above else None
    level = [root]
    root.refresh_from_db()
    expected = topmost
    while level:
        stale = [agent for agent in level if agent.ultimate_owner_id != expected]
        for agent in stale:
            before = state_of(agent)
            agent.ultimate_owner_id = expected
            agent.save(update_fields=["ultimate_owner"])
            log.record(agent, "updated", before=before)
        expected = topmost or root.pk
        level = list(Agent.objects.filter(owner__in=level).order_by("pk"))


def _is_shown(agent: Agent) -> bool:
    """Whether something public names it."""
    said = Appearance.objects.current().filter(
        claimant=agent, published=True, claim__status=ClaimStatus.PUBLISHED
    )
    return (
        said.exists()
        or Source.objects.filter(publisher=agent, public_since__isnull=False).exists()
        or agent.party_to.filter(status=ClaimStatus.PUBLISHED).exists()
    )
