"""Pages as newspapers send them: 50 to 100 kB of HTML, the same in every run, no two alike.

Made of a vocabulary of invented words with the frequencies of a natural language (Zipf), inside the markup that
real pages carry: style sheets, scripts, linked data, menus, figures, a list of related stories. So a compressor,
a parser and a reader of text have about the work that real pages give them.
"""

import json
import random
from collections.abc import Callable
from functools import cache, partial
from itertools import accumulate

_ONSETS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "v",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou", "é", "ü")
_CODAS = ("", "", "", "l", "n", "r", "s", "t", "nd", "st", "ck")
_WORDS = 12_000
_SMALLEST, _LARGEST = 50_000, 100_000  # bytes
_ARTICLE = 0.3  # of a page's bytes; the rest is what stands around

Page = bytes


def page(number: int) -> Page:
    """Page `number`, in UTF-8; equal numbers give equal bytes."""
    chance = random.Random(number)
    target = chance.randrange(_SMALLEST + 3_000, _LARGEST - 3_000)
    title = f"{_sentence(chance)[:-1]} ({number})"
    parts = [_top(chance, title)]
    _fill(parts, partial(_block, chance), _size(parts) + int(target * _ARTICLE))
    parts.append('</article><aside class="related"><ul class="cards">\n')
    _fill(parts, partial(_card, chance), target)
    parts.append(
        f'</ul></aside></main><footer class="site-footer"><p>{_paragraph(chance)}</p></footer></body></html>\n'
    )
    return "".join(parts).encode()


def _fill(parts: list[str], make: Callable[[], str], target: int) -> None:
    size = _size(parts)
    while size < target:
        parts.append(make())
        size += len(parts[-1].encode())


def _size(parts: list[str]) -> int:
    return sum(len(part.encode()) for part in parts)


@cache
def _vocabulary() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The words, and their cumulative weights: the n-th is used as often as 1/n."""
    chance = random.Random("vocabulary")
    words = tuple(
        "".join(map(chance.choice, (_ONSETS, _VOWELS, _CODAS) * chance.randint(1, 3))) for _ in range(_WORDS)
    )
    return words, tuple(accumulate(1 / rank for rank in range(1, _WORDS + 1)))


def _words(chance: random.Random, count: int) -> list[str]:
    words, weights = _vocabulary()
    return chance.choices(words, cum_weights=weights, k=count)


def _sentence(chance: random.Random) -> str:
    words = _words(chance, chance.randint(6, 24))
    comma = chance.randrange(len(words))
    words[comma] += ","
    return " ".join(words).rstrip(",").capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(2, 6)))


def _block(chance: random.Random) -> str:
    identity = chance.getrandbits(64)
    kind = chance.random()
    if kind < 0.1:
        return (
            f'<figure class="article__figure article__figure--wide" data-id="{identity:016x}"><picture>'
            f'<source type="image/webp" '
            f'srcset="/img/{identity:016x}-640.webp 640w, /img/{identity:016x}-1280.webp 1280w">'
            f'<img loading="lazy" decoding="async" width="1280" height="853" src="/img/{identity:016x}.jpg" '
            f'alt="{_sentence(chance)}"></picture><figcaption class="caption">'
            f"{_sentence(chance)}</figcaption></figure>\n"
        )
    if kind < 0.2:
        return f'<h2 class="article__crosshead" id="s-{identity:016x}">{_sentence(chance)[:-1]}</h2>\n'
    if kind < 0.3:
        box = '<div class="ad__box"></div>'
        return f'<div class="ad ad--inline" data-slot="{identity:016x}" aria-hidden="true">{box}</div>\n'
    link = _words(chance, 2)
    return (
        f'<p class="article__paragraph" data-component="text-block">{_paragraph(chance)} '
        f'<a class="link link--inline" href="/{"-".join(link)}-{identity % 10**8}">{" ".join(link)}</a> '
        f"{_paragraph(chance)}</p>\n"
    )


def _top(chance: random.Random, title: str) -> str:
    about = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": f"2026-0{chance.randint(1, 9)}-{chance.randint(10, 28)}",
        "publisher": {"@type": "Organization", "name": f"The {_words(chance, 1)[0].capitalize()} Post"},
    }
    menu = "".join(
        f'<li class="menu__item"><a class="menu__link" href="/{word}" data-track="menu:{word}">'
        f"{word.capitalize()}</a></li>"
        for word in _words(chance, 40)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_style(chance)}</style>\n'
        f'<script type="application/ld+json">{json.dumps(about)}</script>\n<script>{_script(chance)}</script></head>\n'
        f'<body class="page page--article"><header class="site-header"><nav aria-label="Sections">'
        f'<ul class="menu">{menu}'
        f'</ul></nav></header>\n<main id="content"><article class="article">'
        f'<h1 class="article__headline">{title}</h1>\n'
    )


def _style(chance: random.Random) -> str:
    return "".join(
        f".{word}__{other}{{display:flex;margin:{chance.randint(0, 40)}px;color:#{chance.getrandbits(24):06x};"
        f"font:{chance.randint(400, 700)} {chance.randint(12, 40)}px/1.{chance.randint(1, 9)} Georgia,serif}}"
        for word, other in zip(_words(chance, 60), _words(chance, 60), strict=True)
    )


def _script(chance: random.Random) -> str:
    settings = {"-".join(_words(chance, 2)): f"{chance.getrandbits(128):032x}" for _ in range(40)}
    start = "(function(w,d){w.q=w.q||[];d.documentElement.className+=' js'})(window,document)"
    return f"window.__settings={json.dumps(settings)};{start}"


def _card(chance: random.Random) -> str:
    identity = chance.getrandbits(64)
    slug = "-".join(_words(chance, 5))
    return (
        f'<li class="card card--standard" data-id="{identity:016x}" data-track="related:{identity % 10**8}">'
        f'<a class="card__link" href="/{slug}-{identity % 10**8}"><picture class="card__media">'
        f'<source type="image/webp" '
        f'srcset="/img/{identity:016x}-320.webp 320w, /img/{identity:016x}-640.webp 640w"><img class="card__image" '
        f'loading="lazy" width="320" height="213" src="/img/{identity:016x}-320.jpg" alt=""></picture>'
        f'<span class="card__kicker">{_words(chance, 1)[0]}</span><h3 class="card__title">{_sentence(chance)}</h3>'
        f'<time class="card__time" datetime="2026-0{chance.randint(1, 9)}-{chance.randint(10, 28)}">'
        f"{chance.randint(1, 28)} days ago</time></a></li>\n"
    )
