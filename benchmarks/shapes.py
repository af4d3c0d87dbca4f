"""Claims of any size, drawn by chance from a seed: the shapes in which reports travel, and small ones without one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random

from claims.graph import Edge, Node
from claims.vocabulary import Certainty, ChainEnd, DerivationKind, DerivationState, EvidenceState, Stance
from sources.dates import PartialDate

_DATES = [
    PartialDate.parse(f"2021-{month:02}-{day:02}").span for month in range(1, 13) for day in range(1, 29)
]
_STANCES = [Stance.SUPPORT] * 8 + [Stance.DENY, Stance.QUERY]
_KINDS = [DerivationKind.REPETITION] * 9 + [DerivationKind.RESPONSE]


@dataclass(frozen=True)
class Shape:
    """A claim as the pure core takes it."""

    nodes: list[Node]
    edges: list[Edge]
    owners: Mapping[int, int]


def hub_and_chain(size: int, chance: Random) -> Shape:
    """Most rest on one report, the others on one another in a line."""
    half = size // 2
    return _shape(size, chance, lambda number: [0 if number < half else number - 1])


def deep_chain(size: int, chance: Random) -> Shape:
    """Each rests on the one before."""
    return _shape(size, chance, lambda number: [number - 1])


def wide(size: int, chance: Random) -> Shape:
    """Many origins; the others rest on two of them each."""
    roots = max(1, size // 3)
    return _shape(
        size, chance, lambda number: [] if number < roots else [chance.randrange(roots) for _ in range(2)]
    )


def random_dag(size: int, chance: Random) -> Shape:
    """Each rests on up to three of all that came before."""
    return _shape(
        size, chance, lambda number: [chance.randrange(number) for _ in range(chance.randint(0, 3))]
    )


def random_near(size: int, chance: Random) -> Shape:
    """Each rests on up to three of the fifty that came before: many ways, and many loops."""
    return _shape(
        size,
        chance,
        lambda number: [
            chance.randrange(max(0, number - 50), number)
            for _ in range(chance.randint(0 if number % 50 else 1, 3))
        ],
    )


SHAPES = (hub_and_chain, deep_chain, wide, random_dag, random_near)


def small(chance: Random, size: int = 12) -> Shape:
    """A claim without any shape: agents, owners, sources and texts in common, suggestions, answers, and unknowns."""
    numbers = chance.sample(range(1, 5 * size), chance.randint(0, size))
    nodes = [_small_node(number, chance) for number in numbers]
    edges = []
    for _ in range(chance.randint(0, 2 * size) if len(numbers) > 1 else 0):
        one, other = sorted(chance.sample(range(len(numbers)), 2))
        kind = chance.choice([*_KINDS, *DerivationKind])
        state = chance.choice([DerivationState.CONFIRMED] * 9 + [*DerivationState])
        edges.append(Edge(numbers[other], numbers[one], kind, state))
    owners = {chance.randint(1, 6): chance.randint(1, 6) for _ in range(chance.randint(0, 3))}
    return Shape(nodes, edges, owners)


def _small_node(number: int, chance: Random) -> Node:
    agents = [None, *range(1, 7)]
    return Node(
        id=number,
        source=chance.randint(1, 5),
        stance=chance.choice(_STANCES),
        certainty=chance.choice([None, *Certainty]),
        publisher=chance.choice(agents),
        claimant=chance.choice(agents),
        said=chance.choice([None, *_DATES]),
        chain_end=chance.choice([None, None, None, *ChainEnd]),
        text_key=chance.choice(["", "", "", "t", "u"]),
        evidence=chance.choice(list(EvidenceState)),
        has_evidence=chance.random() < 0.7,
        vouched=chance.random() < 0.1,
    )


def _shape(size: int, chance: Random, rests_on: Callable[[int], Iterable[int]]) -> Shape:
    """Outlets have three reports each, every tenth outlet belongs to a house, and all has been read."""
    outlets = max(1, size // 3)
    nodes = [
        Node(
            id=number,
            source=number if chance.random() < 0.9 else chance.randrange(size),
            stance=chance.choice(_STANCES),
            certainty=chance.choice(list(Certainty)),
            publisher=size + chance.randrange(outlets),
            said=_DATES[number * len(_DATES) // size],
            evidence=EvidenceState.ANCHORED,
            has_evidence=True,
        )
        for number in range(size)
    ]
    edges = [
        Edge(number, origin, chance.choice(_KINDS), DerivationState.CONFIRMED)
        for number in range(1, size)
        for origin in set(rests_on(number))
    ]
    owners = {size + outlet: 2 * size + outlet // 100 for outlet in range(0, outlets, 10)}
    return Shape(nodes, edges, owners)
