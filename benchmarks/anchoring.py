"""10,000 quotes looked for in a page of 100 kB, against reading that page: `python -m benchmarks.anchoring`.

Both in one run and in turn, the best processor time of several rounds. Three quotes in ten have a word changed, so that
they do not stand in the page. Bringing page and quotes into normal form is a part of it, near matches are not: they are
looked for later, while there is time. Prints the ratio; at most 1 is the mark.
"""

import random
from collections.abc import Callable
from time import process_time

from claims import quotes
from claims.quotes import Anchored, Page
from sources import texts

SIZE = 100_000  # bytes of HTML
QUOTES = 10_000
ROUNDS = 15
SYLLABLES = [
    "ta",
    "ri",
    "mo",
    "ne",
    "su",
    "ke",
    "do",
    "pa",
    "chu",
    "ber",
    "stan",
    "gor",
    "ell",
    "ing",
    "tion",
    "er",
]


def main() -> None:
    """Measure and print."""
    chance = random.Random(7)
    for name, links in (("plain paragraphs", 0.02), ("paragraphs, menus and cards", 0.12)):
        html = page(chance, links=links)
        text = texts.read(html, media_type="text/html", charset="utf-8").text
        wanted = some_quotes(chance, text)
        reading, searching = in_turn(
            lambda html=html: texts.read(html, media_type="text/html", charset="utf-8"),  # type: ignore[misc]
            lambda text=text, wanted=wanted: quotes.find_all(wanted, Page(text)),  # type: ignore[misc]
        )
        found = sum(isinstance(each, Anchored) for each in quotes.find_all(wanted, Page(text)))
        print(
            f"{name}: {len(html):,} bytes, {len(text):,} characters of text; {found:,} of {QUOTES:,} quotes anchored. "
            f"Reading {reading * 1000:.1f} ms, searching {searching * 1000:.1f} ms, ratio {searching / reading:.2f}"
        )


def page(chance: random.Random, *, links: float) -> bytes:
    """A page of that size; `links` is the share of words that are links, each in markup of the usual length."""
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(4000)]
    parts, size = ["<!doctype html><html lang=en><title>A page</title><body><main>"], 0
    while size < SIZE:
        parts.append("<p>" + " ".join(word(chance, words, links) for _ in range(60)) + ".</p>\n")
        size += len(parts[-1])
    return "".join([*parts, "</main></body></html>"]).encode()


def word(chance: random.Random, words: list[str], links: float) -> str:
    """One word, sometimes a link."""
    plain = chance.choice(words)
    if chance.random() >= links:
        return plain
    return f'<a class="link-inline topic" href="/topic/{plain}?from=story"><span>{plain}</span></a>'


def some_quotes(chance: random.Random, text: str) -> list[str]:
    """Five to twenty words in a row each."""
    words = text.split()
    return [one_quote(chance, words) for _ in range(QUOTES)]


def one_quote(chance: random.Random, words: list[str]) -> str:
    """Of three in ten one word is another."""
    start, length = chance.randrange(len(words) - 20), chance.randint(5, 20)
    taken = words[start : start + length]
    if chance.random() < 0.3:
        taken[chance.randrange(length)] = "otherwise"
    return " ".join(taken)


def in_turn(*tasks: Callable[[], object]) -> list[float]:
    """The best time of each, in seconds."""
    best = [float("inf")] * len(tasks)
    for _ in range(ROUNDS):
        for number, task in enumerate(tasks):
            start = process_time()
            task()
            best[number] = min(best[number], process_time() - start)
    return best


if __name__ == "__main__":
    main()
