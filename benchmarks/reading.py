"""What it costs to read pages in a process of its own: the same pages in this process and in a reader, in turns.

`python -m benchmarks.reading [ROUNDS]`. Seconds are of the clock; computing is that of this process and, once it has
ended, of the reader.
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from sources import reading, texts

ROUNDS = 5
PAGES = reading.LIMITS.pages
"""Of a round: a reader's whole life, so that its start counts for as much as in a worker."""
_SENTENCE = "The ministry said on Monday that the lights had gone out because a relay had been set by hand."


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page: seconds by the clock and of computing."""

    clock: float
    computing: float


def page(number: int) -> bytes:
    """An article of about 50 kB: half of it navigation, scripts and styles, as such pages have."""
    words = _SENTENCE.split()
    said = " ".join(words[(place * 7 + number) % len(words)] for place in range(60))
    menu = "".join(f'<li class="menu item"><a href="/section/{n}">Section {n}</a></li>' for n in range(200))
    story = "".join(f'<p class="story-body">{said}</p>' for _ in range(60))
    script = "<script>" + "window.dataLayer.push({event: 'view'});" * 400 + "</script>"
    head = f"<title>Page {number}</title><meta charset=utf-8>{script}"
    html = f"<!doctype html><html lang=en><head>{head}</head><body><nav><ul>{menu}</ul></nav>{story}"
    return html.encode()


def main() -> None:
    """Print a table, and the ratio that the process costs."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    pages = [page(number) for number in range(PAGES)]
    _in_child(pages[:1])
    here: list[Cost] = []
    there: list[Cost] = []
    for number in range(rounds):
        turns = [(here, _here), (there, _in_child)]
        for costs, read in turns if number % 2 else reversed(turns):
            costs.append(read(pages))
    print(f"{PAGES} pages of {len(pages[0]) / 1000:.0f} kB in each of {rounds} rounds; medians.")
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
        read(content, media_type="text/html", charset="utf-8")
    clock = time.perf_counter() - clock
    reading.close()  # the system counts the computing of children that have ended
    return Cost(clock / len(pages), (_computing() - computing) / len(pages))


def _computing() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
