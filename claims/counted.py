"""What numbers and findings of a claim are about, and these: each computed when it is first asked for.

Values in, values out; no Django. Whoever read the rows of a claim, in whatever form, counts them by this.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from claims import findings
from claims.findings import Finding, appearance_label
from claims.graph import Edge, Graph, Node, carrying_graph
from claims.independence import Independence, Side
from claims.vocabulary import Stance
from claims.what_if import WhatIf, what_if


@dataclass(frozen=True)
class Counted:
    """The published appearances of a claim, and what leads from one to another, suggested or confirmed.

    `owners` has of each agent that is owned its nearest known owner, `parties` has the agents that are parties to the
    claim; `label` is what a sentence calls an appearance.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    owners: Mapping[int, int] = field(default_factory=dict)
    parties: frozenset[int] = frozenset()
    label: Callable[[int], str] = field(default=appearance_label, compare=False)

    def independence(self, stance: Stance = Stance.SUPPORT) -> Independence:
        """The numbers of one side. Raises ValueError for a stance that is no side."""
        return self._numbers[self._side(stance).stance]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the graph shows beyond its counts, on both sides."""
        return findings.find(
            self.nodes,
            self.edges,
            sides=self._numbers.values(),
            owners=self.owners,
            parties=self.parties,
            carrying=self.carrying,
            label=self.label,
        )

    def what_if(self, remove: Collection[int], stance: Stance = Stance.SUPPORT) -> WhatIf:
        """One side without these appearances. Raises ValueError for a stance that is no side."""
        return what_if(self._side(stance), remove)

    def lines(self, appearance: int, stance: Stance) -> int | None:
        """How many chains to independent origins of a side share nothing; None for what is not on it."""
        return self._sides[stance].lines(appearance)

    @cached_property
    def confirmed(self) -> Graph:
        """Who rests on or answers whom."""
        return Graph(self.nodes, (edge for edge in self.edges if edge.confirmed))

    @cached_property
    def carrying(self) -> Graph:
        """Along what the claim travelled."""
        return carrying_graph(self.nodes, self.edges)

    def _side(self, stance: Stance) -> Side:
        if stance.opposite is None:
            raise ValueError(f"There are two sides, support and deny; {stance} is none.")
        return self._sides[stance]

    @cached_property
    def _sides(self) -> Mapping[Stance, Side]:
        return {
            stance: Side(self.nodes, self.edges, stance=stance, owners=self.owners, carrying=self.carrying)
            for stance in (Stance.SUPPORT, Stance.DENY)
        }

    @cached_property
    def _numbers(self) -> Mapping[Stance, Independence]:
        return {stance: side.independence() for stance, side in self._sides.items()}
