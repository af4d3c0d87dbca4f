"""`/snapshots/<id>/diff/<before>/`: two snapshots of one source side by side, with every quote marked where it stood.

The texts are cut into pieces first; each piece is escaped where the page shows it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from claims.models import Anchor, Claim
from provenance.marking import Span, cut
from provenance.rendering import render_page
from provenance.snapshot_page import MAX_QUOTES, MAX_TEXT, MarkedQuote, Reading, anchors_in, claim_of, reading
from sources.models import Snapshot
from sources.registry import are_of_one_work
from sources.text_diff import Segment, SegmentKind
from sources.text_diff import diff as text_diff
from sources.viewers import ANONYMOUS

_CHANGED = 0
"""The mark of what the other text does not have. Those of quotes are above it, those of rows below."""


@dataclass(frozen=True, slots=True)
class SidePiece:
    """A run of one text: whether the other lacks it, whether it is quoted, and the quotes that end with it."""

    text: str
    is_changed: bool
    is_quoted: bool
    ends: Sequence[int]


@dataclass(frozen=True, slots=True)
class Row:
    """Lines of both texts that belong beside each other."""

    before: Sequence[SidePiece]
    after: Sequence[SidePiece]


@dataclass(frozen=True, slots=True)
class ComparedQuote:
    """A quote under its number on the page, and in which of the two it stands."""

    number: int
    claim: Claim
    says: str
    place: str


@require_safe
def diff(request: HttpRequest, pk: int, before: int) -> HttpResponse:
    """The page of two snapshots whose source a published claim cites."""
    rows = Snapshot.objects.visible_to(ANONYMOUS).select_related("source__publisher").in_bulk([pk, before])
    old, new = rows.get(before), rows.get(pk)
    if old is None or new is None or not are_of_one_work(old, new):
        raise Http404
    texts = reading(old), reading(new)
    context = {"before": old, "after": new, "source": new.source, "max_text": MAX_TEXT}
    unread = [read for read in texts if read is None or read.error]
    if not unread:
        context |= _compared(old, new, [read for read in texts if read])
    return render_page(request, "provenance/diff.html", context)


def _compared(old: Snapshot, new: Snapshot, texts: Sequence[Reading]) -> dict[str, object]:
    found = text_diff(texts[0].shown, texts[1].shown)
    anchors = [list(anchors_in(row)[:MAX_QUOTES]) for row in (old, new)]
    numbers = _numbered([*anchors[0], *anchors[1]])
    return {
        "rows": _rows(found.segments, anchors, numbers),
        "quotes": _quotes(anchors, numbers),
        "is_same": texts[0].sha256 == texts[1].sha256,
        "is_coarse": found.is_coarse,
        "is_cut": any(read.length > MAX_TEXT for read in texts),
        "is_compared": True,
    }


_Owner = tuple[int | None, int | None]


def _owner(anchor: Anchor) -> _Owner:
    return anchor.appearance_id, anchor.derivation_id


def _numbered(anchors: Iterable[Anchor]) -> dict[_Owner, int]:
    """One number a quote, the same on both sides."""
    return {owner: number for number, owner in enumerate(dict.fromkeys(map(_owner, anchors)), 1)}


def _quotes(anchors: Sequence[Sequence[Anchor]], numbers: dict[_Owner, int]) -> list[ComparedQuote]:
    earlier, later = ({_owner(anchor) for anchor in side} for side in anchors)
    by_owner = {_owner(anchor): anchor for side in anchors for anchor in side}
    quotes: list[ComparedQuote] = []
    for owner, number in numbers.items():
        one = "in the earlier only" if owner in earlier else "in the later only"
        place = "in both" if owner in earlier and owner in later else one
        claim = claim_of(by_owner[owner])
        quotes.append(
            ComparedQuote(
                number, claim, MarkedQuote(number, by_owner[owner], claim, is_within=True).says, place
            )
        )
    return quotes


def _rows(
    segments: Sequence[Segment], anchors: Sequence[Sequence[Anchor]], numbers: dict[_Owner, int]
) -> list[Row]:
    ends = _row_ends(segments)
    sides = []
    for place, other in enumerate((SegmentKind.INSERT, SegmentKind.DELETE)):
        own = [segment for segment in segments if segment.kind is not other]
        spans = [*_row_spans([row[place] for row in ends]), *_changed(own), *_quoted(anchors[place], numbers)]
        sides.append(_by_row("".join(segment.text for segment in own), spans, len(ends)))
    return [Row(before, after) for before, after in zip(*sides, strict=True)]


def _row_ends(segments: Iterable[Segment]) -> list[tuple[int, int]]:
    """Where rows end in both texts: at the first and the last line break of what is equal, and with the texts."""
    before = after = 0
    ends: list[tuple[int, int]] = []
    for segment in segments:
        size = len(segment.text)
        if segment.kind is SegmentKind.EQUAL:
            breaks = {segment.text.find("\n") + 1, segment.text.rfind("\n") + 1} - {0}
            ends += [(before + place, after + place) for place in sorted(breaks)]
        before += size * (segment.kind is not SegmentKind.INSERT)
        after += size * (segment.kind is not SegmentKind.DELETE)
    return list(dict.fromkeys([*ends, (before, after)]))


def _row_spans(ends: Sequence[int]) -> Iterator[Span]:
    for place, (start, end) in enumerate(zip([0, *ends], ends, strict=False), 1):
        yield Span(start, end, -place)


def _changed(segments: Iterable[Segment]) -> Iterator[Span]:
    start = 0
    for segment in segments:
        end = start + len(segment.text)
        if segment.kind is not SegmentKind.EQUAL:
            yield Span(start, end, _CHANGED)
        start = end


def _quoted(anchors: Iterable[Anchor], numbers: dict[_Owner, int]) -> Iterator[Span]:
    for anchor in anchors:
        parts = MarkedQuote(0, anchor, claim_of(anchor), is_within=True).parts
        yield from (Span(start, end, numbers[_owner(anchor)]) for start, end in parts)


def _by_row(text: str, spans: Iterable[Span], count: int) -> list[list[SidePiece]]:
    rows: list[list[SidePiece]] = [[] for _ in range(count)]
    for piece in cut(text, spans):
        if piece.text:
            row = next(-mark for mark in piece.marks if mark < _CHANGED)
            ends = [mark for mark in piece.ends if mark > _CHANGED]
            quoted = any(mark > _CHANGED for mark in piece.marks)
            rows[row - 1].append(SidePiece(piece.text, _CHANGED in piece.marks, quoted, ends))
    return rows
