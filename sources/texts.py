"""Bytes in, text out: the one deterministic way that turns a page into the text quotes are anchored in.

The whole visible text, not the main text: main-text extractors drop repeated paragraphs and change their mind with the
layout. A text that `read` returned must never differ under the same `EXTRACTOR`: anchors name it. Reading what could
not be read before changes no text, and needs no new one (docs/decisions/0017).

Strangers wrote the bytes, so workers call `sources.reading`, which calls this in a process of its own.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5
from resiliparse.parse.html import ElementNode, HTMLParserException, HTMLTree

from sources import metadata, visible
from sources.fetchers.codings import CodingError, decoded
from sources.folding import folded
from sources.metadata import PageFacts
from sources.visible import fold, storable

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

_HTML = frozenset(["text/html", "application/xhtml+xml"])
_PDF = frozenset(["application/pdf", "application/x-pdf"])
# What servers say that do not know; only then do the first bytes decide.
_UNKNOWN = frozenset(["", "application/octet-stream", "binary/octet-stream", "application/unknown"])
# What differs between true copies of one text: whose page it stands on, and who is said to have written it.
_NOT_THE_TEXT = [
    "h1", "header", "nav", "footer", "aside", "figure", "time", "address", "[rel=author]", "[class*=byline]",
    "[class*=author]", "[class*=credit]", "[itemprop=author]",
]  # fmt: skip


class Unreadable(Exception):
    """No text can be read out of these bytes; the message says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """What one page says: all its visible text, its title, the key that copies of its main text share, its facts."""

    text: str
    title: str
    text_key: str
    facts: PageFacts = field(default_factory=PageFacts)
    digest: str = field(default="", repr=False, compare=False)
    """`sha256`, from where the text was at hand in UTF-8."""

    @property
    def sha256(self) -> str:
        """Digest of the text in UTF-8, hexadecimal."""
        return self.digest or sha256(self.text.encode()).hexdigest()


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
    if may_be_pdf(media_type) and (media_type in _PDF or content.startswith(b"%PDF-")):
        return _read_pdf(content)
    kind = media_type or "an unnamed media type"
    raise Unreadable(f"No text is read out of {kind}: its bytes are kept as they are.")


def may_be_pdf(media_type: str) -> bool:
    """Whether `read` takes anything that a server calls so for a PDF."""
    return media_type in _PDF or media_type in _UNKNOWN


def _uncoded(content: bytes, coding: str, *, cut: bool) -> bytes:
    # The door asks for `identity`. Where a server sends another coding all the same, this is the place to undo it:
    # within the limits on the reader's memory and time.
    try:
        return decoded(content, coding, cut=cut)
    except CodingError as error:
        raise Unreadable(str(error)) from None


def _read_html(content: bytes, charset: str) -> Text:
    page = _decode(content, charset, html=True)
    tree = _parsed(page)
    body = _body(tree)
    walked = _walked(body) if _is_extreme(page, body) else None
    title, facts = _one_line(tree.title or ""), metadata.read(tree)
    # The main text's extractor takes the square of the depth; no browser nests deeper than 512 either.
    text_key = _text_key(tree) if walked is None or walked[1] <= MAX_DEPTH else ""
    text = visible.shown(body) if walked is None else walked[0]
    if text is None:
        text = _walked(_body(_parsed(page)))[0]
    return Text(_required(text), title, text_key, facts)


def _body(tree: HTMLTree) -> ElementNode:
    if tree.body is None:
        raise Unreadable("The page has no body.")
    return tree.body


def _is_extreme(page: str, body: ElementNode) -> bool:
    # A tag makes an element, and a piece of text behind it; in a short page they need not be counted.
    may_be_many = 2 * len(page) > MAX_NODES and 2 * page.count("<") > MAX_NODES
    return may_be_many or visible.may_be_deep(body, MAX_DEPTH)


def _walked(body: ElementNode) -> tuple[str, int]:
    try:
        return visible.walk(body, most=MAX_NODES)
    except visible.TooManyNodes:
        raise Unreadable(f"The page has more than {MAX_NODES:,} elements and pieces of text.") from None


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


def _text_key(tree: HTMLTree) -> str:
    main = extract_plain_text(tree, main_content=True, alt_texts=False, skip_elements=_NOT_THE_TEXT)
    normalised = folded(storable(main))  # as `name_key` does, without all that `canonical` loads
    return sha256(normalised.encode()).hexdigest() if len(normalised) >= MIN_TEXT_KEY_CHARACTERS else ""


def _one_line(title: str) -> str:
    return " ".join(storable(title).split())[:MAX_TITLE]


def _required(text: str) -> str:
    if not text:
        raise Unreadable("The page shows no text.")
    if len(text) > MAX_TEXT:
        raise Unreadable(f"The page shows more than {MAX_TEXT:,} characters.")
    return text
