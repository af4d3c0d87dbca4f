"""Claims with very many appearances, written past intake, which would take minutes for as many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User

from claims.models import Appearance, Claim, Derivation
from claims.vocabulary import Basis, Certainty, ClaimStatus, DerivationKind, DerivationState, Stance
from sources.models import Agent, Source
from sources.vocabulary import AgentKind

BEGUN = datetime(2021, 2, 1, tzinfo=UTC)
_APART = timedelta(minutes=37)
# In turn; those of the first kind that rest on one origin have one text.
_KINDS = (
    DerivationKind.SYNDICATION,
    DerivationKind.CITATION,
    DerivationKind.SYNDICATION,
    DerivationKind.REPETITION,
)


@dataclass(frozen=True)
class _Planned:
    """The appearance of that number, and on which earlier one it rests."""

    number: int

    @property
    def is_answer(self) -> bool:
        return self.number % 50 == 49

    @property
    def origin(self) -> int:
        if self.is_answer:
            return self.number // 9
        return (self.number - 1) // (2 if self.number % 4 else 6)

    @property
    def kind(self) -> DerivationKind:
        return DerivationKind.RESPONSE if self.is_answer else _KINDS[self.number % 4]

    @property
    def quote(self) -> str:
        is_copy = self.kind is DerivationKind.SYNDICATION
        return f"The words of {self.origin} again." if is_copy else f"The words of {self.number}."

    @property
    def certainty(self) -> Certainty:
        return Certainty.ASSERTED if self.number % 40 == 1 else Certainty.HEDGED


def large_claim(size: int, *, by: User) -> Claim:
    """A published claim with that many appearances: one origin, bushy below, with copies, jumps and answers."""
    planned = [_Planned(number) for number in range(size)]
    claim = Claim.objects.create(
        slug=f"large-{size}", text=f"A claim in {size} places is so", status=ClaimStatus.PUBLISHED, owner=by
    )
    appearances = Appearance.objects.bulk_create(_appearances(claim, planned, by))
    Derivation.objects.bulk_create(_derivations(claim, planned, appearances))
    return claim


def _appearances(claim: Claim, planned: list[_Planned], by: User) -> Iterator[Appearance]:
    for source, each in zip(_sources(claim, planned, by), planned, strict=True):
        yield Appearance(
            claim=claim,
            source=source,
            stance=Stance.DENY if each.is_answer else Stance.SUPPORT,
            certainty=each.certainty,
            quote=each.quote,
            quote_sha256=sha256(each.quote.encode()).hexdigest(),
            author=by,
        )


def _sources(claim: Claim, planned: list[_Planned], by: User) -> list[Source]:
    agents = Agent.objects.bulk_create(
        Agent(
            name=f"Paper {each.number}",
            name_key=f"paper {each.number} of {claim.slug}",
            kind=AgentKind.NEWSPAPER,
            created_by=by,
        )
        for each in planned
    )
    return Source.objects.bulk_create(
        Source(
            url=f"https://{claim.slug}.example/{each.number}",
            title=f"Story {each.number}",
            publisher=agent,
            published_at=(BEGUN + _APART * each.number).isoformat(),
            public_since=BEGUN,
            created_by=by,
        )
        for agent, each in zip(agents, planned, strict=True)
    )


def _derivations(
    claim: Claim, planned: list[_Planned], appearances: list[Appearance]
) -> Iterator[Derivation]:
    for each in planned[1:]:
        yield Derivation(
            claim=claim,
            derived=appearances[each.number],
            origin=appearances[each.origin],
            kind=each.kind,
            basis=Basis.READ,
            state=DerivationState.CONFIRMED,
            quote_sha256=sha256(b"").hexdigest(),
            author=claim.owner,
        )
