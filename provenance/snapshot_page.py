"""`/snapshots/<id>/`: what one snapshot is, and its text with every quote marked that was found in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Length, Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from claims.models import Anchor, Appearance, Claim, Derivation
from claims.vocabulary import DerivationState, EvidenceState
from provenance import wording
from provenance.marking import Piece, Span, cut
from provenance.rendering import render_page
from sources.compared import comparisons_of
from sources.memento.addresses import memento
from sources.models import Extraction, Snapshot
from sources.texts import EXTRACTOR
from sources.viewers import ANONYMOUS

MAX_TEXT = 200_000
"""Code points of text that the page shows; the whole of it is one link away."""
MAX_QUOTES = 300
"""Quotes that the page marks."""
# Where several quotes overlap, this many of them are named behind the words; the list beside has all.
_NAMED_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class MarkedQuote:
    """One quote found in the snapshot, under its number on the page."""

    number: int
    anchor: Anchor
    claim: Claim
    is_within: bool  # the part of the text that the page shows

    @property
    def says(self) -> str:
        """What the quote is there for."""
        if self.anchor.appearance:
            return str(self.anchor.appearance.stance)
        assert self.anchor.derivation is not None  # noqa: S101 - an anchor has one owner
        return f"{self.anchor.derivation.kind}: the words that lead to its origin"

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Where it is marked: what it leaves out is not."""
        start, end = self.anchor.start, self.anchor.end
        assert start is not None  # noqa: S101 - it was found
        assert end is not None  # noqa: S101 - it was found
        return [(first, last) for first, last in self.anchor.fragments] or [(start, end)]

    @property
    def first(self) -> int:
        """Where it begins."""
        return self.parts[0][0]

    @property
    def stance(self) -> str:
        """The appearance's stance; empty for words that lead to an origin."""
        return self.anchor.appearance.stance if self.anchor.appearance else ""


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """A piece of the text, the numbers of the quotes whose first words it has, and those it is the end of a part of."""

    piece: Piece
    begins: Sequence[int]
    ends: Sequence[MarkedQuote]
    more: int


@require_safe
def snapshot(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a snapshot whose source a published claim cites."""
    visible = Snapshot.objects.visible_to(ANONYMOUS).select_related("source__publisher", "payload_of")
    row = visible.filter(pk=pk).first()
    if row is None:
        raise Http404
    read = reading(row)
    found = list(anchors_in(row)[: MAX_QUOTES + 1])
    text = read.shown if read else ""
    quotes = _numbered(found[:MAX_QUOTES], len(text))
    comparison = comparisons_of([row.pk]).get(row.pk)
    context = {
        "snapshot": row,
        "memento": memento(row.source, row.captured_at) if row.source.url else "",
        "read": read,
        "is_cut": read is not None and read.length > MAX_TEXT,
        "max_text": MAX_TEXT,
        "quotes": quotes,
        "max_quotes": MAX_QUOTES,
        "has_more_quotes": len(found) > MAX_QUOTES,
        "pieces": _pieces(text, quotes),
        "comparison": comparison,
        "change": wording.change_words(comparison),
    }
    return render_page(request, "provenance/snapshot.html", context)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the current extractor read: the beginning of the text and its whole length, or why there is none."""

    shown: str
    length: int
    sha256: str
    title: str
    error: str


def reading(row: Snapshot) -> Reading | None:
    """None while the snapshot has not been read. The text is cut in the database: it may have millions of letters."""
    rows = Extraction.objects.filter(snapshot=row).newest_by(EXTRACTOR)
    columns = rows.values_list(Substr("text", 1, MAX_TEXT), Length("text"), "text_sha256", "title", "error")
    found = columns.first()
    return Reading(*found) if found else None


def anchors_in(row: Snapshot) -> QuerySet[Anchor]:
    """The quotes found here that everybody may see, in the order of the text."""
    appearances = Appearance.objects.current().visible_to(ANONYMOUS)
    derivations = (
        Derivation.objects.visible_to(ANONYMOUS)
        .exclude(state=DerivationState.REJECTED)
        .filter(derived__withdrawn_at=None, origin__withdrawn_at=None)
    )
    return (
        Anchor.objects.filter(snapshot=row, extractor=EXTRACTOR, state=EvidenceState.ANCHORED)
        .filter(Q(appearance__in=appearances) | Q(derivation__in=derivations))
        .select_related("appearance__claim", "derivation__claim")
        .order_by("start", "end", "id")
    )


def _numbered(anchors: Sequence[Anchor], length: int) -> list[MarkedQuote]:
    return [
        MarkedQuote(number, anchor, claim_of(anchor), anchor.end is not None and anchor.end <= length)
        for number, anchor in enumerate(anchors, 1)
    ]


def claim_of(anchor: Anchor) -> Claim:
    owner = anchor.appearance or anchor.derivation
    assert owner is not None  # noqa: S101 - an anchor has one owner
    return owner.claim


def _pieces(text: str, quotes: Sequence[MarkedQuote]) -> list[ShownPiece]:
    numbered: Mapping[int, MarkedQuote] = {quote.number: quote for quote in quotes}
    spans = [Span(start, end, quote.number) for quote in quotes for start, end in quote.parts]
    return [
        ShownPiece(
            piece,
            [number for number in piece.begins if numbered[number].first == start],
            [numbered[number] for number in piece.ends[:_NAMED_AT_ONCE]],
            max(0, len(piece.ends) - _NAMED_AT_ONCE),
        )
        for start, piece in _placed(cut(text, spans))
    ]


def _placed(pieces: Iterable[Piece]) -> Iterator[tuple[int, Piece]]:
    """Each piece with the code points before it."""
    start = 0
    for piece in pieces:
        yield start, piece
        start += len(piece.text)
