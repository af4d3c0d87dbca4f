"""The tree of one claim over GraphQL, through Django's whole stack but no network: executed in both ways (see
docs/execution.md), from kept bytes, and 304.

`python -m benchmarks.tree [--largest N] [--rounds N]`, on a database of its own, beside `DATABASE_URL` if that is set.
"""

import argparse
import importlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks import machine, service

_SIZES = (10, 100, 1_000, 10_000)
_BRANCHING = 3
_HEAD = """| nodes | stock | compiled | kept bytes | 304 | CPU a node, stock | compiled | statements |
|---|---|---|---|---|---|---|---|"""

TREE = """query Tree($slug: String!) { claim(slug: $slug) { provenance { nodes {
  id stance quote saidAt source { url title publisher { name } } parents { id } } } } }"""


def seed(size: int) -> str:
    """The slug of a new claim with so many appearances, each but the first repeating an earlier one."""
    from django.contrib.auth.models import User

    from claims.models import Appearance, Claim, Derivation
    from sources.models import Agent, Source

    owner, _ = User.objects.get_or_create(username="owner")
    slug = f"tree-of-{size}"
    claim = Claim.objects.create(slug=slug, text=f"There are {size}.", status="published", owner=owner)
    papers = [
        Agent(name=f"{slug} {n}", name_key=f"{slug} {n}", kind="newspaper", created_by=owner)
        for n in range(1 + size // 20)
    ]
    Agent.objects.bulk_create(papers)
    sources = [_source(Source, slug, number, papers[number % len(papers)], owner) for number in range(size)]
    Source.objects.bulk_create(sources)
    appearances = [_appearance(Appearance, claim, source, owner) for source in sources]
    Appearance.objects.bulk_create(appearances)
    steps = [
        Derivation(
            claim=claim,
            derived=appearance,
            origin=appearances[number // _BRANCHING],
            kind="repetition",
            state="confirmed",
            quote_sha256="",
            author=owner,
        )
        for number, appearance in enumerate(appearances[1:])
    ]
    Derivation.objects.bulk_create(steps)
    return slug


def _source(model: Any, slug: str, number: int, publisher: Any, owner: Any) -> Any:
    return model(
        url=f"https://paper-{number % 97}.example/{slug}/{number}",
        title=f"What was said of it, number {number} of many",
        publisher=publisher,
        published_at="2021-02-28",
        created_by=owner,
    )


def _appearance(model: Any, claim: Any, source: Any, owner: Any) -> Any:
    quote = f"they said so in as many words, {source.title}"
    return model(claim=claim, source=source, stance="support", quote=quote, quote_sha256="0", author=owner)


class Asker:
    """Asks for one tree in four ways. Each answer is checked before it is measured."""

    def __init__(self, slug: str, size: int) -> None:
        from django.test import Client

        self._client = Client(headers={"host": "127.0.0.1"})
        self._query = {"query": TREE, "variables": json.dumps({"slug": slug})}
        response = self._get()
        assert len(response.json()["data"]["claim"]["provenance"]["nodes"]) == size
        self._body, self._tag = response.content, response["ETag"]

    def stock(self) -> None:
        """With nothing kept, field by field."""
        self._executed("stock")

    def compiled(self) -> None:
        """With nothing kept, by functions composed for the selection."""
        self._executed("compiled")

    def kept(self) -> None:
        """From the store, if it keeps an answer of this size."""
        assert self._get().content == self._body

    def unchanged(self) -> None:
        """By somebody who has the answer."""
        assert self._get(**{"If-None-Match": self._tag}).status_code == 304

    def _executed(self, how: str) -> None:
        from django.test import override_settings

        from provenance.schema import EXECUTORS, schema

        schema.execution_context_class = EXECUTORS[how]
        with override_settings(KEPT_ANSWER_SECONDS=0):
            assert self._get().content == self._body

    def _get(self, **headers: str) -> Any:
        return self._client.get("/graphql/", self._query, headers=headers)


def measured(ways: list[Callable[[], None]], rounds: int) -> list[tuple[float, float]]:
    """The median seconds of each, by the clock and of this process, in rounds of one another."""
    times: list[list[tuple[float, float]]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, spent in zip(ways, times, strict=True):
            start, begun = perf_counter(), process_time()
            way()
            spent.append((perf_counter() - start, process_time() - begun))
    return [(median(clock for clock, _ in spent), median(cpu for _, cpu in spent)) for spent in times]


def row(size: int, rounds: int) -> str:
    """A line of the table."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asker = Asker(seed(size), size)
    ways = [asker.stock, asker.compiled, asker.kept, asker.unchanged]
    counts = []
    for way in ways:
        with CaptureQueriesContext(connection) as queries:
            way()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    times = measured(ways, rounds)
    (first, _), *others = times
    cells = [f"{first * 1e3:,.1f} ms", *(f"{each * 1e3:,.1f} ms, {each / first:.3f}x" for each, _ in others)]
    cells += [f"{cpu / size * 1e6:,.0f} µs" for _, cpu in times[:2]]
    return f"| {size:,} | {' | '.join(cells)} | {', '.join(map(str, counts[1:]))} |"


def main() -> None:
    """Print a row for each size: p50, as ratios to the first, and statements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=_SIZES[-1])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service.prepare(Path(folder), [])
        importlib.import_module("provenance.wsgi")  # what a server has loaded, and frozen
        with service.stores(Path(folder)):
            print(_HEAD)
            for size in _SIZES:
                if size <= options.largest:
                    print(row(size, options.rounds), flush=True)
    print("\n".join(machine.described()))


if __name__ == "__main__":
    main()
