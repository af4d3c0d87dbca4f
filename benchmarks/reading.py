"""`./run bench reading [ROUNDS]`: what it costs to read a page, step by step, and to read it in a process of its own.

Of the steps, the best computing time of all rounds. Then the same pages in this process and in a reader, in turns:
seconds are of the clock; computing is that of this process and, once it has ended, of the reader.
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from resiliparse.parse.html import ElementNode, HTMLTree

from benchmarks.pages import page
from sources import metadata, reading, texts, visible, warc
from sources.fetchers.base import Exchange, Fetched

ROUNDS = 5
PAGES = reading.LIMITS.pages
"""Of a round: a reader's whole life, so that its start counts for as much as in a worker."""
_OF_STEPS = 50  # pages by which the steps are measured


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page: seconds by the clock and of computing."""

    clock: float
    computing: float


def main() -> None:
    """Print a table of the steps, one of the processes, and the ratio that the process costs."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    pages = [page(number) for number in range(PAGES)]
    _steps(pages[:_OF_STEPS], rounds)
    _processes(pages, rounds)


def _steps(pages: list[bytes], rounds: int) -> None:
    htmls = [content.decode() for content in pages]
    fetches = [_fetched(content) for content in pages]
    files = [warc.write_warc(fetched).data for fetched in fetches]
    parsing = _best(HTMLTree.parse, htmls, rounds)
    steps = {
        "parsing": parsing,
        "visible text, node by node": _best(_walked, htmls, rounds) - parsing,
        "visible text, as it is read": _best(_shown, htmls, rounds) - parsing,
        "what the page says of itself": _best(metadata.read, list(map(HTMLTree.parse, htmls)), rounds),
        "all of reading": _best(_read, pages, rounds),
        "WARC file, written": _best(warc.write_warc, fetches, rounds),
        "page out of its WARC file": _best(lambda data: warc.read_payload(BytesIO(data)), files, rounds),
    }
    print("| step | ms a page |\n|---|---|")
    for name, seconds in steps.items():
        print(f"| {name} | {seconds * 1000:.2f} |")


def _best(step: Callable[[Any], object], of: Sequence[Any], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        for each in of:
            step(each)
        best = min(best, time.process_time() - begun)
    return best / len(of)


def _body(html: str) -> ElementNode:
    body = HTMLTree.parse(html).body
    assert body
    return body


def _walked(html: str) -> None:
    visible.walk(_body(html), most=texts.MAX_NODES)


def _shown(html: str) -> None:
    assert visible.shown(_body(html))


def _read(content: bytes) -> None:
    texts.read(content, media_type="text/html", charset="utf-8")


def _fetched(content: bytes) -> Fetched:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    exchange = Exchange(
        url="http://bench.localhost/",
        address="127.0.0.1:80",
        started_at=datetime.now(UTC),
        request=b"GET / HTTP/1.1\r\nHost: bench.localhost\r\n\r\n",
        status=200,
        head=head,
        headers=(("content-type", "text/html; charset=utf-8"),),
        body=content,
    )
    return Fetched(exchange=exchange)


def _processes(pages: list[bytes], rounds: int) -> None:
    _in_child(pages[:1])
    here: list[Cost] = []
    there: list[Cost] = []
    for number in range(rounds):
        turns = [(here, _here), (there, _in_child)]
        for costs, read in turns if number % 2 else reversed(turns):
            costs.append(read(pages))
    print(f"\n{PAGES} pages of 50 to 100 kB in each of {rounds} rounds; medians.")
    print("| | pages a second | computing a page |\n|---|---|---|")
    for name, costs in (("in this process", here), ("in a reader", there)):
        clock = statistics.median(cost.clock for cost in costs)
        computing = statistics.median(cost.computing for cost in costs)
        print(f"| {name} | {1 / clock:.0f} | {computing * 1000:.2f} ms |")
    ratio = statistics.median(b.computing / a.computing for a, b in zip(here, there, strict=True))
    print(f"A reader takes {ratio:.2f} times the computing, its start included.")


def _here(pages: list[bytes]) -> Cost:
    return _cost(texts.read, pages)


def _in_child(pages: list[bytes]) -> Cost:
    return _cost(reading.read, pages)


def _cost(read: Callable[..., texts.Text], pages: list[bytes]) -> Cost:
    clock, computing = time.perf_counter(), _computing()
    for content in pages:
        assert read(content, media_type="text/html", charset="utf-8").sha256  # which is kept with each text
    clock = time.perf_counter() - clock
    reading.close()  # the system counts the computing of children that have ended
    return Cost(clock / len(pages), (_computing() - computing) / len(pages))


def _computing() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
