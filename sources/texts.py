"""Bytes in, text out: the one deterministic walk that turns a page into the text quotes are anchored in.

The whole visible text, not the main text: main-text extractors drop repeated paragraphs and change their mind with the
layout. A text that `read` returned must never differ under the same `EXTRACTOR`: anchors name it. Reading what could
not be read before changes no text, and needs no new one (docs/decisions/0017).

Strangers wrote the bytes, so workers call `sources.reading`, which calls this in a process of its own.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5
from resiliparse.parse.html import DOMContext, HTMLParserException, HTMLTree, NodeType, traverse_dom

from sources import metadata
from sources.canonical import name_key
from sources.fetchers.codings import CodingError, decoded
from sources.metadata import PageFacts

EXTRACTOR = "visible-1"

MAX_TITLE = 1000
# Below this a shared text shows nothing: two papers can both run "This page has moved."
MIN_TEXT_KEY_CHARACTERS = 200
# Beyond these a page is no reading matter but an attack on its reader: about five seconds of work, and no more.
MAX_NODES = 500_000
MAX_DEPTH = 512
MAX_TEXT = 10_000_000
"""Code points: a text of this length is a library, and each copy of it in a worker has up to 40 MB."""

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

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
_HTML = frozenset(["text/html", "application/xhtml+xml"])
_PDF = frozenset(["application/pdf", "application/x-pdf"])
# What servers say that do not know; only then do the first bytes decide.
_UNKNOWN = frozenset(["", "application/octet-stream", "binary/octet-stream", "application/unknown"])
# What differs between true copies of one text: whose page it stands on, and who is said to have written it.
_NOT_THE_TEXT = [
    "h1", "header", "nav", "footer", "aside", "figure", "time", "address", "[rel=author]", "[class*=byline]",
    "[class*=author]", "[class*=credit]", "[itemprop=author]",
]  # fmt: skip
_DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class Unreadable(Exception):
    """No text can be read out of these bytes; the message says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """What one page says: all its visible text, its title, the key that copies of its main text share, its facts."""

    text: str
    title: str
    text_key: str
    facts: PageFacts = field(default_factory=PageFacts)

    @property
    def sha256(self) -> str:
        """Digest of the text in UTF-8, hexadecimal."""
        return sha256(self.text.encode()).hexdigest()


def read(content: bytes, *, media_type: str, charset: str, coding: str = "", cut: bool = False) -> Text:
    """Read a page. `media_type`, `charset` and `coding` (Content-Encoding) are the server's word.

    The first two are believed only as far as WHATWG does. `cut`: the bytes are known to lack their end. Raises
    `Unreadable` for what is not text, and for a page without any.
    """
    content = _uncoded(content, coding, cut=cut)
    if media_type in _HTML or (not media_type and content.lstrip()[:1] == b"<"):
        return _read_html(content, charset)
    if media_type == "text/plain":
        return Text(_required(fold(_decode(content, charset, html=False))), "", "")
    if media_type in _PDF or (media_type in _UNKNOWN and content.startswith(b"%PDF-")):
        return _read_pdf(content)
    kind = media_type or "an unnamed media type"
    raise Unreadable(f"No text is read out of {kind}: its bytes are kept as they are.")


def _uncoded(content: bytes, coding: str, *, cut: bool) -> bytes:
    # The door asks for `identity`. Where a server sends another coding all the same, this is the place to undo it:
    # within the limits on the reader's memory and time.
    try:
        return decoded(content, coding, cut=cut)
    except CodingError as error:
        raise Unreadable(str(error)) from None


def fold(text: str) -> str:
    """One space for every run of white space in a line, no empty lines, nothing that a text column refuses."""
    lines = (" ".join(line.split()) for line in _storable(text).splitlines())
    return "\n".join(line for line in lines if line)


def _read_html(content: bytes, charset: str) -> Text:
    tree = _parsed(_decode(content, charset, html=True))
    if tree.body is None:
        raise Unreadable("The page has no body.")
    walk = _Walk()
    traverse_dom(tree.body, walk.enter)
    text = _required(fold("".join(walk.parts)))
    title = _one_line(tree.title or "")
    # The main text's extractor takes the square of the depth; no browser nests deeper than 512 either.
    text_key = _text_key(tree) if walk.deepest <= MAX_DEPTH else ""
    return Text(text, title, text_key, metadata.read(tree))


def _parsed(page: str) -> HTMLTree:
    try:
        return HTMLTree.parse(page)
    except HTMLParserException:
        raise MemoryError from None  # HTML knows no error: it was refused memory


def _read_pdf(content: bytes) -> Text:
    from sources import pdfs  # PDFium is loaded where it reads: in no web server, in no worker

    try:
        pdf = pdfs.read(content, max_characters=MAX_TEXT)
    except pdfs.Refused as refusal:
        raise Unreadable(str(refusal)) from None
    text = fold(pdf.text)
    if not text:
        raise Unreadable("The PDF has no text in it; its pages may be pictures.")
    # The day alone: a file is made near the day it is published, and at no instant that would mean anything.
    return Text(text, _one_line(pdf.title), "", PageFacts(published_at=pdf.made_on))


def _decode(content: bytes, charset: str, *, html: bool) -> str:
    # A byte order mark wins over the header, the header over the page (WHATWG HTML, encoding sniffing).
    marked = next((label for mark, label in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    declared = map_encoding_to_html5(charset, fallback_utf8=False) if charset else None
    label = marked or declared or _guess(content, html=html)
    # No second guess where a byte does not fit: a page that was cut inside a letter would change all its others.
    decoded: str = bytes_to_str(content, label, errors="replace", fallback_encodings=())
    return decoded


def _guess(content: bytes, *, html: bool) -> str:
    # All bytes are looked at: the first letter beyond ASCII may stand at the end of a long page.
    label = detect_encoding(content, max_len=0, from_html_meta=html)
    # Who could read the page's own word for it was not reading UTF-16 (WHATWG HTML, encoding sniffing).
    return "utf-8" if label is None or label.startswith("utf-16") else label


@dataclass(slots=True)
class _Walk:
    """What is seen of a page on the way through its nodes, in document order.

    Only the way in is followed: the parser reports no way out of an element without children.
    """

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
        if self.nodes > MAX_NODES:
            raise Unreadable(f"The page has more than {MAX_NODES:,} elements and pieces of text.")
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


# A line break in the markup is a space on the page; breaks come from elements. These are all that `fold` would take
# for the end of a line; other white space is folded there.
_LINE_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def _is_unseen(node: Any) -> bool:
    if node.tag in _UNSEEN or node.hasattr("hidden"):
        return True
    if node.tag == "dialog" and not node.hasattr("open"):
        return True
    return bool(_DISPLAY_NONE.search(node.getattr("style", "")))


def _text_key(tree: HTMLTree) -> str:
    main = extract_plain_text(tree, main_content=True, alt_texts=False, skip_elements=_NOT_THE_TEXT)
    normalised = name_key(_storable(main))
    return sha256(normalised.encode()).hexdigest() if len(normalised) >= MIN_TEXT_KEY_CHARACTERS else ""


def _one_line(title: str) -> str:
    return " ".join(_storable(title).split())[:MAX_TITLE]


def _storable(text: str) -> str:
    """PostgreSQL refuses NUL, UTF-8 refuses lone surrogates; the raw bytes stay in the WARC."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def _required(text: str) -> str:
    if not text:
        raise Unreadable("The page shows no text.")
    if len(text) > MAX_TEXT:
        raise Unreadable(f"The page shows more than {MAX_TEXT:,} characters.")
    return text
