"""The text that a page shows, out of its body: pure, and the same text by either of two ways.

`walk` goes from node to node and is the definition; it takes 4 µs for each, nearly all of them for the object that
Python gets to see. `shown` has the parser take out what is not seen and write the rest down, and reads that with two
regular expressions: a quarter of the time. It says so where it cannot be sure of the same text.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from resiliparse.parse.html import DOMContext, ElementNode, NodeType, traverse_dom

# What no browser shows as text: hidden elements of the standard's style sheet, and what stands in for other media.
_UNSEEN = frozenset({
    "head", "title", "script", "style", "template", "noscript", "noembed", "noframes", "rp", "iframe",
    "object", "canvas", "audio", "video", "svg", "math", "datalist", "select", "textarea",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# A line break in the markup is a space on the page; breaks come from elements. These are all that `fold` would take
# for the end of a line; other white space is folded there.
_LINE_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")

_WHITE_IN_LATIN_1 = tuple(letter for letter in map(chr, range(256)) if letter.isspace() and letter != " ")

# Seen, and written down as they are: their text could be taken for elements.
_RAW = frozenset({"xmp", "plaintext"})
# What pages are made of mostly: it is told by these names before it is compared with all the doubtful ones.
_COMMON = ("a", "div", "span", "li", "p", "img", "path", "source", "picture", "h3", "time", "br")
# All that may be unseen, and the raw ones. Each condition more is held against every element, and what is found is
# looked at again anyway: so dialogs, which are few, are found whether they are open or not.
_DOUBTFUL = ", ".join([
    f":not({', '.join(_COMMON)}):is({', '.join(sorted(_UNSEEN | _RAW | {'dialog'}))})",
    "[hidden]",
    '[style*="none" i]',
])  # fmt: skip
# Few branches by first letters are tried faster than many names.
_BLOCK_NAMES = "|".join(
    f"{first}(?:{'|'.join(name[1:] for name in names)})"
    for first, names in groupby(sorted(_BLOCKS), key=itemgetter(0))
)
# A `>` ends a tag and stands nowhere else: in values and texts it is escaped, and names hold none. So nothing that was
# taken would ever be given back, and to say so (`?+`, `*+`) takes a sixth less.
_BLOCK = re.compile(f"</?+(?:{_BLOCK_NAMES})(?=[ >])[^>]*+>")
_TAG = re.compile("<[^>]*+>")
_BREAK = "\0"
_RARE = 100
# A page is mostly flatter, and a short chain of steps is read by the parser in less time than a long one.
_MOSTLY_DEEPEST = 48


class TooManyNodes(Exception):
    """There are more elements and pieces of text than were to be looked at."""


# --- As it is defined


def walk(body: ElementNode, *, most: int) -> tuple[str, int]:
    """The text, folded, and how deep the page is nested. Raises `TooManyNodes` beyond `most`."""
    way = _Way(most)
    traverse_dom(body, way.enter)
    return fold("".join(way.parts)), way.deepest


@dataclass(slots=True)
class _Way:
    """What is seen of a page on the way through its nodes, in document order.

    Only the way in is followed: the parser reports no way out of an element without children.
    """

    most: int
    parts: list[str] = field(default_factory=list)
    nodes: int = 0
    deepest: int = 0
    _unseen_below: int | None = None
    _open_blocks: list[int] = field(default_factory=list)

    def enter(self, context: DOMContext) -> None:
        node: Any = context.node
        depth = context.depth
        self.nodes += 1
        self.deepest = max(self.deepest, depth)
        if self.nodes > self.most:
            raise TooManyNodes
        self._close_blocks(depth)
        if self._unseen_below is not None and depth > self._unseen_below:
            return
        self._unseen_below = None
        if node.type == NodeType.TEXT:
            self.parts.append(_LINE_BREAKS.sub(" ", node.value))
        elif node.type == NodeType.ELEMENT:
            if _is_unseen(node):
                self._unseen_below = depth
            elif node.tag in _BLOCKS:
                self.parts.append("\n")
                self._open_blocks.append(depth)

    def _close_blocks(self, depth: int) -> None:
        while self._open_blocks and self._open_blocks[-1] >= depth:
            self._open_blocks.pop()
            self.parts.append("\n")


def _is_unseen(node: Any) -> bool:
    tag = node.tag
    if tag in _UNSEEN or node.hasattr("hidden"):
        return True
    if tag == "dialog" and not node.hasattr("open"):
        return True
    return bool(_DISPLAY_NONE.search(node.getattr("style", "")))


def fold(text: str) -> str:
    """One space for every run of white space in a line, no empty lines, nothing that a text column refuses."""
    return _folded(storable(text).splitlines())


def storable(text: str) -> str:
    """PostgreSQL refuses NUL, UTF-8 refuses lone surrogates; the raw bytes stay in the WARC."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    # Nothing in Latin-1 is a surrogate, and to write it down is to copy it.
    for encoding in ("latin-1", "utf-8"):
        with suppress(UnicodeEncodeError):
            text.encode(encoding)
            return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _folded(lines: Iterable[str]) -> str:
    # Of all white space only the space is printable. Most lines hold no other, and no two in a row: looking takes half
    # the time of cutting them into words. Between two blocks there is mostly nothing, which is told first.
    return "\n".join(
        [
            line if line.isprintable() and "  " not in line else " ".join(line.split())
            for line in filter(None, map(str.strip, lines))
        ]
    )


# --- As it is read


def may_be_deep(body: ElementNode, depth: int) -> bool:
    """False if no node is nested deeper than this (2 at least), as `walk` counts; True if one may be."""
    # The chain counts from the root, two elements above the body's children, and a text is one deeper than its element.
    return all(body.query_selector(_chain(steps)) for steps in (min(depth, _MOSTLY_DEEPEST), depth))


@cache
def _chain(steps: int) -> str:
    # Of all elements: to the parser a processing instruction is a first child too, and to a page it costs nothing.
    return ">".join("*" * steps)


def shown(body: ElementNode) -> str | None:
    """The text of `walk`, or None where only it can tell. The page is of no use afterwards."""
    if _is_unseen(body):
        return ""
    for node in body.query_selector_all(_DOUBTFUL).values():
        if _is_unseen(node):
            node.remove()
        elif node.tag in _RAW:
            return None
    return _read(body.html)


def _read(html: str) -> str | None:
    """The text of seen elements as the parser writes them down; None where names of theirs hold a `<` of their own."""
    seen = _without_comments(html)
    if seen is None:
        return None
    # To split and join is to substitute, in nine tenths of the time.
    between_blocks = _BLOCK.split(seen)
    text = _BREAK.join(between_blocks)
    # A tag without an end would be looked for up to the end of the page.
    if text.rfind("<") > text.rfind(">"):
        return None
    between_tags = _TAG.split(text)
    text = "".join(between_tags)
    # Every tag has one `>`. Where each has one `<` too, no name holds one, or the beginning of a comment.
    if seen.count("<") != len(between_blocks) + len(between_tags) - 2 or ">" in text:
        return None
    text = text.replace("&nbsp;", " ") if "&" in text else text
    plain = _with_plain_spaces(text)
    lines = (text if plain is None else plain).split(_BREAK)
    if len(lines) != len(between_blocks):
        return None
    return storable(_unescaped(_folded(lines) if plain is None else _folded_spaces(lines)))


def _with_plain_spaces(text: str) -> str | None:
    """The same with a space for all other white space; None where letters beyond Latin-1 may be white space too."""
    try:
        text.encode("latin-1")  # a copy, and no more
    except UnicodeEncodeError:
        return None
    for white in _WHITE_IN_LATIN_1:
        if white in text:
            text = text.replace(white, " ")
    return text


def _folded_spaces(lines: Iterable[str]) -> str:
    """`_folded` where no white space but spaces is left."""
    return "\n".join(
        [line if "  " not in line else " ".join(line.split()) for line in filter(None, map(str.strip, lines))]
    )


def _without_comments(html: str) -> str | None:
    """None if one has no end: then it only looks like one."""
    kept, behind = [], 0
    while (start := _comment(html, behind)) >= 0:
        end = html.find("-->", start + 4)
        if end < 0:
            return None
        kept.append(html[behind:start])
        behind = end + 3
    return "".join([*kept, html[behind:]]) if kept else html


def _comment(html: str, behind: int) -> int:
    """Where the next one begins; -1 if there is none."""
    # One character is found in a tenth of the time that four take; where it is rare, looking at each is nothing.
    for _ in range(_RARE):
        mark = html.find("!", behind)
        if mark < 0:
            return -1
        if html.startswith("<!--", mark - 1):
            return mark - 1
        behind = mark + 1
    return html.find("<!--", behind)


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
