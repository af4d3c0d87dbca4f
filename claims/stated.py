"""What a writer states: the input of `intake` as frozen values, the same from REST, admin and commands."""

from dataclasses import dataclass

from claims.vocabulary import Basis, Certainty, ChainEnd, DerivationKind, DerivationState, Stance
from sources.registry import AgentName


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDerivation:
    """That an appearance rests on, or answers, another: one of its chain (`ref`) or a stored one (`appearance`)."""

    ref: str | None = None
    appearance: int | None = None
    kind: DerivationKind
    basis: Basis | None = None
    state: DerivationState | None = None
    quote: str = ""
    quote_prefix: str = ""
    quote_suffix: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAppearance:
    """The claim in one source: by `url`, by the id of a stored `source`, or by neither, then it is an offline work."""

    ref: str
    url: str | None = None
    source: int | None = None
    title: str = ""
    publisher: AgentName | None = None
    published_at: str = ""
    language: str = ""
    stance: Stance
    certainty: Certainty | None = None
    quote: str = ""
    quote_prefix: str = ""
    quote_suffix: str = ""
    said_at: str = ""
    claimant: AgentName | None = None
    chain_end: ChainEnd | None = None
    derived_from: tuple[StatedDerivation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedChain:
    """A claim and where it appears. `slug` extends that claim; without it a new one is made from `text`."""

    slug: str | None = None
    text: str = ""
    language: str = ""
    parties: tuple[AgentName, ...] = ()
    appearances: tuple[StatedAppearance, ...] = ()
