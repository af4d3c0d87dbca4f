"""`/claims/<slug>/`: one claim's numbers in words, and its appearances as a table; scripts then draw the tree."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from claims.findings import Finding
from claims.models import Claim
from claims.shown import AppearanceView, DerivationView, Tree
from claims.trees import load_tree
from claims.vocabulary import DerivationKind, DerivationState, FindingKind, Stance
from provenance import wording
from provenance.paging import page_number
from provenance.rendering import render_page
from sources.dates import PartialDate
from sources.viewers import ANONYMOUS

PER_PAGE = 100
_BLOCKS_AT_MOST = 60
_FINDINGS_AT_MOST = 3

MODULES = (
    "address", "axis", "cards", "choices", "counting", "data", "dates", "details", "drawing", "elements",
    "explorer", "finder", "folding", "going", "hits", "keyboard", "known", "layout", "lines", "loops", "marks",
    "model", "notice", "panel", "picture", "quote", "saving", "scrubber", "sheet", "snapshot", "spotlight",
    "strip", "table", "toolbar", "watch", "whatif", "words",
)  # fmt: skip
"""What `main.js` imports: named in the page, so that a browser asks for all of it at once."""

_VERBS = {
    DerivationKind.QUOTATION: "quotes",
    DerivationKind.REPETITION: "repeats",
    DerivationKind.SYNDICATION: "runs the text of",
    DerivationKind.TRANSLATION: "translates",
    DerivationKind.CITATION: "cites",
    DerivationKind.REVISION: "revises",
    DerivationKind.RESPONSE: "answers",
    DerivationKind.CORRECTION: "corrects",
}
_FINDINGS = {
    FindingKind.SINGLE_ORIGIN: ("Single origin", "single origins"),
    FindingKind.CIRCULAR_REPORTING: ("Circular reporting", "circular reports"),
    FindingKind.CERTAINTY_JUMP: ("Certainty jump", "certainty jumps"),
    FindingKind.STANCE_JUMP: ("Stance jump", "stance jumps"),
    FindingKind.ANACHRONISM: ("Dated too early", "dates before what they rest on"),
    FindingKind.INTERESTED_PARTY: ("Interested party", "sides with interested parties alone"),
    FindingKind.ORIGIN_RETRACTED: ("Origin retracted", "origins retracted"),
    FindingKind.EVIDENCE: ("Words changed or gone", "quotes changed or gone"),
}


@dataclass(frozen=True, slots=True)
class Strip:
    """The reports as a line of marks: those that rest on the main bottleneck (itself first), and those that do not.

    `is_bar` says to draw the two numbers as one bar: there are too many for a mark each.
    """

    has_bottleneck: bool
    beneath: int
    apart: int

    @property
    def is_bar(self) -> bool:
        """Whether marks would be too many to be seen as such."""
        return self.beneath + self.apart > _BLOCKS_AT_MOST

    @property
    def share(self) -> float:
        """The part of all reports that rests on it, in percent."""
        return 100 * self.beneath / (self.beneath + self.apart)

    @property
    def blocks(self) -> list[str]:
        """The mark of each report; where nothing stands out, none stands apart."""
        if not self.beneath:
            return ["beneath"] * self.apart
        first = ["bottleneck"] if self.has_bottleneck else []
        return first + ["beneath"] * (self.beneath - len(first)) + ["apart"] * self.apart


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link to the line of an appearance, on whatever page of the table it stands.

    `appearances` are all that it is about; the line is that of the first, and scripts lead from one to the next. Of
    findings, `finding` is the kind, with the place among those where it is a single one: `certainty_jump-2`.
    """

    appearances: tuple[int, ...]
    address: str
    words: str
    sentence: str = ""
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One appearance as the table tells it; `rests_on` are pairs of what it does and to which one."""

    view: AppearanceView
    name: str
    evidence_word: str
    rests_on: Sequence[tuple[str, Pointer]]


@require_safe
def claim(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of a published claim: three statements, at any size."""
    row = Claim.objects.visible_to(ANONYMOUS).with_parties().followed(slug).first()
    if row is None:
        raise Http404
    if row.slug != slug:
        return redirect("claim", row.slug, permanent=True)
    tree = load_tree(row, include_suggested=True)
    table = _Table(tree, page_number(request, "page"))
    context = {"claim": row, **_numbers(tree), **_findings(tree, table), "table": table, "modules": MODULES}
    return render_page(request, "provenance/claim.html", context)


def _numbers(tree: Tree) -> dict[str, Any]:
    support = tree.independence()
    return {
        "first_seen": wording.first_seen(tree),
        "headline": wording.headline(support),
        "bottleneck": wording.bottleneck_sentence(tree),
        "strip": _strip(tree),
        "origins_heading": wording.open_origins_heading(support),
        "origins_sentence": wording.open_origins_sentence(tree),
        "denials_heading": wording.denials_heading(tree),
        "denials_sentence": wording.denials_sentence(tree),
    }


def _strip(tree: Tree) -> Strip | None:
    """The marks of all reports; None where there are none."""
    support = tree.independence()
    if not support.appearance_count:
        return None
    found = wording.main_bottleneck(support)
    if found is None:
        return Strip(has_bottleneck=False, beneath=0, apart=support.appearance_count)
    is_report = tree.by_id[found.appearance].stance is Stance.SUPPORT
    beneath = found.dependent_count + is_report
    return Strip(has_bottleneck=is_report, beneath=beneath, apart=support.appearance_count - beneath)


class _Table:
    """The appearances by date, undated ones last, `PER_PAGE` to a page."""

    def __init__(self, tree: Tree, number: int) -> None:
        self._tree = tree
        self._views = sorted(tree.nodes, key=_when)
        self._places = {view.id: place for place, view in enumerate(self._views)}
        self._derivations: dict[int, list[DerivationView]] = defaultdict(list)
        for edge in tree.edges:
            self._derivations[edge.derived_id].append(edge)
        self.total = len(self._views)
        self.pages = max(1, -(-self.total // PER_PAGE))
        self.number = min(number, self.pages)

    @property
    def first(self) -> int:
        """The number of the first line of this page, from 1."""
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        """The number of its last line."""
        return min(self.number * PER_PAGE, self.total)

    @property
    def previous(self) -> int | None:
        """The page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page behind."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of this page."""
        for view in self._views[self.first - 1 : self.last]:
            rests_on = [self._rests_on(edge) for edge in self._derivations[view.id]]
            yield Line(view, outlet(view), wording.evidence_word(view.evidence), rests_on)

    def pointer(self, appearance: int, words: str, sentence: str = "", finding: str = "") -> Pointer:
        """A link to the line of this appearance."""
        page = self._places[appearance] // PER_PAGE + 1
        address = "" if page == self.number else f"?page={page}"
        return Pointer((appearance,), f"{address}#a{appearance}", words, sentence, finding)

    def _rests_on(self, edge: DerivationView) -> tuple[str, Pointer]:
        suggested = "suggested: perhaps " if edge.state is DerivationState.SUGGESTED else ""
        origin = self._tree.by_id[edge.origin_id]
        return suggested + _VERBS[edge.kind], self.pointer(origin.id, outlet(origin))


def outlet(view: AppearanceView) -> str:
    """What an appearance is called where there is room for a name: its publisher, else its source."""
    publisher = view.source.publisher
    return (publisher.name if publisher else "") or view.source.title or view.source.url or view.label


def _when(view: AppearanceView) -> float:
    return PartialDate.parse(view.said_at).span.earliest.timestamp() if view.said_at else inf


def _findings(tree: Tree, table: _Table) -> dict[str, Any]:
    """A link for each finding, or for each kind where there are many; and every finding's sentence."""
    found = tree.findings
    places: dict[FindingKind, int] = defaultdict(int)
    pointers = []
    for each in found:
        places[each.kind] += 1
        pointers.append(_finding_pointer(tree, table, each, places[each.kind]))
    many = len(found) > _FINDINGS_AT_MOST
    return {
        "finding_count": len(found),
        "finding_links": _grouped(found, pointers) if many else pointers,
        "finding_sentences": pointers,
    }


def _finding_pointer(tree: Tree, table: _Table, found: Finding, place: int) -> Pointer:
    about = found.appearances[-1]
    words = f"{_FINDINGS[found.kind][0]}: {outlet(tree.by_id[about])}"
    return table.pointer(about, words, found.message, f"{found.kind}-{place}")


def _grouped(found: Sequence[Finding], pointers: Sequence[Pointer]) -> list[Pointer]:
    by_kind: Mapping[FindingKind, list[Pointer]] = defaultdict(list)
    for each, pointer in zip(found, pointers, strict=True):
        by_kind[each.kind].append(pointer)
    return [_joined(kind, alike) for kind, alike in by_kind.items()]


def _joined(kind: FindingKind, alike: Sequence[Pointer]) -> Pointer:
    if len(alike) == 1:
        return alike[0]
    about = dict.fromkeys(appearance for each in alike for appearance in each.appearances)
    return Pointer(tuple(about), alike[0].address, f"{len(alike):,} {_FINDINGS[kind][1]}", finding=kind)
