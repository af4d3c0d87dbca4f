"""The measuring itself: the same trees asked of every contender, in rounds of one another.

*Executed* is what somebody gets who asks first after a write: each claim's revision is bumped before it is asked for,
so that nothing kept answers. *Kept* is the same question again.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.graph import questions, report, servers
from benchmarks.graph.asking import load
from benchmarks.graph.drawing import LARGEST, SIZES
from benchmarks.graph.report import FIVE, FOUR, KEPT, NUMBERS, OURS, Growth, Rounds
from benchmarks.graph.servers import Server

_ASKED = {10: 20, 100: 20, 1_000: 6, 10_000: 2}
"""By nodes: of how many claims one round asks."""
_GROWN = {10: 9, 100: 9, 1_000: 5, 10_000: 2, LARGEST: 1}
"""By nodes: how many claims are asked for to see what a node costs."""
GRAPH = "rows to a graph, in process"

PEERS = (FIVE, FOUR)


class Trees:
    """The claims of this database by how many nodes their trees have, each size drawn from in turn."""

    def __init__(self) -> None:
        from django.db.models import Count

        from claims.models import Claim

        counted = Claim.objects.annotate(size=Count("appearances")).order_by("pk")
        self.slugs: dict[int, list[str]] = {}
        for slug, size in counted.values_list("slug", "size"):
            self.slugs.setdefault(size, []).append(slug)
        self._next = dict.fromkeys(self.slugs, 0)

    def sizes(self, among: Sequence[int]) -> list[int]:
        """Those of these sizes that there are."""
        return [size for size in among if size in self.slugs]

    def take(self, size: int, count: int) -> list[str]:
        """The next slugs, each once; their claims count as just written to."""
        slugs = self.slugs[size]
        start = self._next[size]
        taken = [slugs[(start + number) % len(slugs)] for number in range(min(count, len(slugs)))]
        self._next[size] = (start + len(taken)) % len(slugs)
        touch(taken)
        return taken


def touch(slugs: Sequence[str]) -> None:
    """Bump these claims' revisions, as a write does."""
    from django.db.models import F

    from claims.models import Claim

    Claim.objects.filter(slug__in=slugs).update(revision=F("revision") + 1)


def check(contenders: Sequence[Server], slug: str) -> None:
    """Raises SystemExit where a peer says other than the service."""
    first, *others = contenders
    ours = questions.our_tree(first.client().post(questions.body(questions.OURS, slug=slug)))
    for other in others:
        theirs = questions.their_tree(other.client().post(questions.body(questions.PEERS, slug=slug)))
        if found := questions.difference(ours, theirs):
            raise SystemExit(f"{other.name} answers {slug} otherwise: {found}.")


def trees(contenders: Sequence[Server], known: Trees, size: int, rounds: int) -> Rounds:
    """Seconds of each way of asking, one question after the other."""
    ways = _ways(contenders)
    found = Rounds()
    for number in range(-1, rounds):  # the first is not counted: plans are made, connections opened
        for place, slug in enumerate(known.take(size, _ASKED[size] if number >= 0 else 1)):
            for ask in _turned(ways, number + place):
                for name, seconds in ask(slug).items():
                    if number >= 0:
                        found.add(name, number, [seconds])
    return found


_Ask = Callable[[str], Mapping[str, float]]
"""Asks for the tree of this slug: seconds by contender."""


def _ways(contenders: Sequence[Server]) -> list[_Ask]:
    """Ways to ask for one tree, each over a connection of its own."""
    ours, *others = contenders
    client = ours.client()

    def executed_and_kept(slug: str) -> Mapping[str, float]:
        body = questions.body(questions.OURS, slug=slug)
        return {OURS: client.timed(body), KEPT: client.timed(body)}

    def numbers(slug: str) -> Mapping[str, float]:
        return {NUMBERS: client.timed(questions.body(questions.NUMBERS, slug=slug))}

    return [executed_and_kept, numbers, *map(_of_peer, others)]


def _of_peer(server: Server) -> _Ask:
    client = server.client()
    return lambda slug: {server.name: client.timed(questions.body(questions.PEERS, slug=slug))}


def _turned(ways: Sequence[_Ask], number: int) -> Sequence[_Ask]:
    """Another one first each time: who is first reads rows for the others."""
    start = number % len(ways)
    return [*ways[start:], *ways[:start]]


def loads(
    contenders: Sequence[Server], known: Trees, size: int, *, clients: int, asked: int, rounds: int
) -> Rounds:
    """Answers a second of each, with so many clients at once; each claim once, and then (kept) few of them often."""
    found = Rounds()
    chance = Random(1)
    for number in range(rounds):
        slugs = known.take(size, asked)
        popular = [chance.choice(slugs[:20]) for _ in range(asked)]
        runs = [
            (contenders[0], OURS, slugs, questions.OURS),
            (contenders[0], KEPT, popular, questions.OURS),
            *((each, each.name, slugs, questions.PEERS) for each in contenders[1:]),
        ]
        start = 2 * (number % 2) if len(runs) > 2 else 0
        for server, name, wanted, document in [*runs[start:], *runs[:start]]:
            bodies = [questions.body(document, slug=slug) for slug in wanted]
            found.add(name, number, [load(server.port, server.path, bodies, clients=clients).rate])
    return found


def statements(contenders: Sequence[Server], known: Trees, size: int) -> dict[str, int]:
    """Of one tree: ours as Django's own wrapper sees them, a peer's as they leave its pool."""
    slug = known.take(size, 1)[0]
    _our_statements(slug)  # the first of a process: Django tries out what its database can do
    touch([slug])
    found = {OURS: _our_statements(slug), KEPT: _our_statements(slug)}  # in this order
    for each in contenders[1:]:
        before = servers.statements(each)
        each.client().post(questions.body(questions.PEERS, slug=slug))
        found[each.name] = servers.statements(each) - before
    return found


def _our_statements(slug: str) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    body = questions.body(questions.OURS, slug=slug)
    client: Any = Client(headers={"host": "127.0.0.1"})
    with CaptureQueriesContext(connection) as queries:
        response = client.post("/graphql/", body, content_type="application/json")
    questions.our_tree(response.content)
    return len(queries)


def growth(contenders: Sequence[Server], known: Trees) -> list[Growth]:
    """What a whole tree costs, of every size that there is; of one that is longer than a page, its first page."""
    return [_grown(contenders, known, size) for size in known.sizes([*SIZES, LARGEST])]


def _grown(contenders: Sequence[Server], known: Trees, size: int) -> Growth:
    from claims.listing import MAX_NODES
    from claims.models import Claim
    from claims.trees import load_tree

    ours = {OURS: questions.OURS, NUMBERS: questions.NUMBERS}
    if size > MAX_NODES:
        ours = {f"{OURS}, a page of {MAX_NODES:,}": questions.OURS}
    asked = [(name, contenders[0], document) for name, document in ours.items()]
    # The fastest first: one that does not answer in time is still at it when the next is asked.
    asked += [(each.name, each, questions.PEERS) for each in reversed(contenders[1:])]
    clients = {name: (server.client(report.MOST_SECONDS), document) for name, server, document in asked}
    spent: dict[str, list[float]] = {}
    for slug in known.take(size, _GROWN[size]):
        claim = Claim.objects.with_parties().get(slug=slug)
        begun = perf_counter()
        load_tree(claim)
        spent.setdefault(GRAPH, []).append(perf_counter() - begun)
        for name, (client, document) in clients.items():
            try:
                seconds = client.timed(questions.body(document, slug=slug))
            except TimeoutError:
                seconds = inf
            spent.setdefault(name, []).append(seconds)
    return Growth(size, {name: median(seconds) for name, seconds in spent.items()})
