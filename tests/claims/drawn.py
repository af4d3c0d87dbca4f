"""Claims drawn as text, in the notation of the worked examples: `M<-N` is M resting on N by repetition."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from claims.findings import Finding, find
from claims.graph import Edge, Node
from claims.independence import Independence, Side, assess, independent_lines
from claims.owners import NO_OWNERS
from claims.vocabulary import DerivationKind, DerivationState, EvidenceState, FindingKind, Stance
from claims.what_if import WhatIf, what_if
from sources.dates import PartialDate, Span

_PUBLISHERS_FROM = 1000  # apart from the agents that tests give


@dataclass(frozen=True)
class Drawing:
    """A claim whose appearances have names."""

    ids: Mapping[str, int]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    owners: Mapping[int, int]
    parties: frozenset[int] = frozenset()

    def assess(self, side: Stance = Stance.SUPPORT) -> Independence:
        return assess(self.nodes, self.edges, side=side, owners=self.owners)

    def counts(self, side: Stance = Stance.SUPPORT) -> str:
        """As in the worked examples: appearances / origins / independent / established."""
        found = self.assess(side)
        return (
            f"{found.appearance_count}/{found.origin_count}/"
            f"{found.independent_origin_count}/{found.established_origin_count}"
        )

    def roots(self, side: Stance = Stance.SUPPORT) -> list[str]:
        return [self.name(root) for root in self.assess(side).roots]

    def unresolved(self) -> dict[str, str]:
        return {self.name(root): reason.value for root, reason in self.assess().unresolved}

    def bottlenecks(self) -> list[tuple[str, int, float]]:
        found = self.assess().bottlenecks
        return [(self.name(each.appearance), each.dependent_count, each.share) for each in found]

    def lines(self, name: str) -> int | None:
        return independent_lines(self.nodes, self.edges, owners=self.owners)[self.ids[name]]

    def what_if(self, *names: str, side: Stance = Stance.SUPPORT) -> WhatIf:
        """The side without these."""
        return what_if(
            Side(self.nodes, self.edges, stance=side, owners=self.owners), [self.ids[name] for name in names]
        )

    def left(self, *names: str) -> str:
        """Who is left without an origin when these are removed, such as `N, a`."""
        return ", ".join(map(self.name, self.what_if(*names).left_without_origin))

    def findings(self) -> tuple[Finding, ...]:
        sides = [self.assess(Stance.SUPPORT), self.assess(Stance.DENY)]
        return find(
            self.nodes, self.edges, sides=sides, owners=self.owners, parties=self.parties, label=self.name
        )

    def found(self, kind: FindingKind) -> list[str]:
        """What the findings of one kind are about, such as `N->M`."""
        return ["->".join(map(self.name, each.appearances)) for each in self.findings() if each.kind is kind]

    def name(self, appearance: int) -> str:
        return next(name for name, each in self.ids.items() if each == appearance)


def drawn(
    text: str,
    *,
    owners: Mapping[int, int] = NO_OWNERS,
    parties: Iterable[int] = (),
    **fields: dict[str, Any],
) -> Drawing:
    """Read `RF; NYT<-RF; a,b<-NYT; E<-response-N; CC<-suggested-RF`; `fields` changes nodes by name.

    Unless changed, appearances support, have a source and a publisher of their own, and were read.
    """
    steps = [step.strip().split("<-") for step in text.split(";") if step.strip()]
    names = [
        name for left, *right in steps for name in (*left.split(","), *(end.split("-")[-1] for end in right))
    ]
    ids = {name: number for number, name in enumerate(dict.fromkeys(names), 1)}
    nodes = tuple(replace(_node(number), **fields.get(name, {})) for name, number in ids.items())
    edges = tuple(chain.from_iterable(_edges(step, ids) for step in steps))
    return Drawing(ids, nodes, edges, owners, frozenset(parties))


def day(text: str) -> Span:
    """The span of a date as it was stated."""
    return PartialDate.parse(text).span


def _node(number: int) -> Node:
    return Node(
        id=number,
        source=number,
        stance=Stance.SUPPORT,
        publisher=_PUBLISHERS_FROM + number,
        evidence=EvidenceState.ANCHORED,
        has_evidence=True,
    )


def _edges(step: list[str], ids: Mapping[str, int]) -> Iterator[Edge]:
    if len(step) == 1:
        return
    derived, (*words, origin) = step[0].split(","), step[1].split("-")
    kind = next((kind for kind in DerivationKind if kind in words), DerivationKind.REPETITION)
    state = next((state for state in DerivationState if state in words), DerivationState.CONFIRMED)
    for name in derived:
        yield Edge(derived=ids[name], origin=ids[origin], kind=kind, state=state)
