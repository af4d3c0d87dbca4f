"""A tree as the small picture of the card for other sites: time to the right, one appearance a row, origins first.

Pure geometry: trees in, frozen marks and lines out. Across, places are parts of the width (0 to 1), so that the picture
fits any frame without shrinking its letters; down, they are CSS pixels.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from claims.independence import Bottleneck
from claims.shown import AppearanceView, DerivationView, Tree
from claims.vocabulary import Certainty, DerivationState, FindingKind, Stance
from provenance import wording
from provenance.time_axis import LEFT, RIGHT, Axis, Tick, stands_for

MAX_ROWS = 24
_HEIGHT = 190.0  # of all rows together, where they fit
_LABELLED = 21.0
_LOWEST, _HIGHEST = 8.0, 32.0
# A child stands at least this much to the right of what it rests on: its line must be seen.
_STEP = 0.012
# A letter of a label, as a part of the width of a picture in a column of 320 pixels.
_LETTER = 6.6 / 320

_SAID = {Certainty.HEDGED: "“may”", Certainty.ATTRIBUTED: "“is said to”", Certainty.ASSERTED: "“did”"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One appearance: its glyph is that of its stance."""

    x: float
    y: float
    stance: Stance
    label: str
    note: str
    is_main: bool  # what most of the claim goes through
    is_left: bool  # its label stands to the left of the glyph

    @property
    def part(self) -> str:
        """Its place across, as SVG has it."""
        return f"{self.x:.2%}"


@dataclass(frozen=True, slots=True)
class Line:
    """From an origin down its trunk and across to what is derived from it.

    `style` is `carries`, `firmer` (into what is more certain), `answers` or `suggested`.
    """

    x: float
    y: float
    to_x: float
    to_y: float
    style: str
    stance: Stance  # of what is derived: an answer has its colour

    @property
    def part(self) -> str:
        """The trunk's place across, as SVG has it."""
        return f"{self.x:.2%}"

    @property
    def to_part(self) -> str:
        """Where it ends across."""
        return f"{self.to_x:.2%}"

    @property
    def shift(self) -> int:
        """How many pixels it is drawn beside its place: trunks of one origin must not cover each other."""
        return {"suggested": -3, "answers": -3}.get(self.style, 0)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture; `left_out` appearances are not drawn."""

    marks: Sequence[Mark]
    lines: Sequence[Line]
    ticks: Sequence[Tick]
    height: float
    left_out: int


@dataclass(frozen=True, slots=True)
class _Row:
    """One appearance in its lane, and the derivation by which it hangs there."""

    view: AppearanceView
    by: DerivationView | None


def draw(tree: Tree) -> Drawing:
    """The picture of a tree that was loaded with its suggestions; of a large one, its first `MAX_ROWS` rows."""
    rows = list(_in_lanes(tree))
    drawn = _chosen(tree, rows)
    jumps = _jumps(tree)
    labels = _labels(tree, drawn, jumps)
    downs = _downs(drawn, labels)
    axis = Axis([row.view for row in drawn])
    across = _across(drawn, axis)
    main = wording.main_bottleneck(tree.independence())
    marks = [
        Mark(
            x=across[row.view.id],
            y=downs[row.view.id],
            stance=row.view.stance,
            label=labels.get(row.view.id, ("", ""))[0],
            note=labels.get(row.view.id, ("", ""))[1],
            is_main=_is(main, row.view),
            is_left=_has_no_room(across[row.view.id], labels.get(row.view.id)),
        )
        for row in drawn
    ]
    lines = [_line(row.view, row.by, across, downs, jumps) for row in drawn if row.by is not None]
    height = max(downs.values(), default=0.0) + _LABELLED / 2
    return Drawing(marks, lines, axis.ticks, height, len(rows) - len(drawn))


# --- rows -----------------------------------------------------------------------------------------------------------


def _in_lanes(tree: Tree) -> Iterator[_Row]:
    """Every appearance once: what carries the claim on, then what answers it, then what is but suggested.

    Within a lane in pre-order. An appearance hangs from the first of those it rests on, else from the one it answers.
    """
    hangs = _hanging(tree)
    below: dict[int | None, list[int]] = {}
    lanes: dict[int, int] = {}
    for view in sorted(tree.nodes, key=_by_date):
        by = hangs.get(view.id)
        below.setdefault(by.origin_id if by else None, []).append(view.id)
    # Topological order: a lane is never left of that of the origin.
    for view in tree.nodes:
        by = hangs.get(view.id)
        above = lanes.get(by.origin_id, 0) if by else 0
        lanes[view.id] = max(above, _lane(by))
    for lane in range(3):
        heads = [view.id for view in tree.nodes if lanes[view.id] == lane and _is_head(view.id, hangs, lanes)]
        for pk in _walk(heads, below, lanes):
            yield _Row(tree.by_id[pk], hangs.get(pk))


def _hanging(tree: Tree) -> dict[int, DerivationView]:
    """The one derivation by which each appearance hangs in the picture."""
    hanging: dict[int, DerivationView] = {}
    place = {view.id: number for number, view in enumerate(tree.nodes)}
    # A suggestion may point to what comes later, or close a circle: it is drawn only where it points back.
    for edge in sorted(tree.edges, key=lambda edge: (_lane(edge), edge.id)):
        if place[edge.origin_id] < place[edge.derived_id]:
            hanging.setdefault(edge.derived_id, edge)
    return hanging


def _lane(by: DerivationView | None) -> int:
    if by is None:
        return 0
    if by.state is DerivationState.SUGGESTED:
        return 2
    return 0 if by.kind.carries else 1


def _is_head(pk: int, hangs: Mapping[int, DerivationView], lanes: Mapping[int, int]) -> bool:
    """Whether its lane begins with it: it hangs from nothing, or from another lane."""
    by = hangs.get(pk)
    return by is None or lanes[by.origin_id] != lanes[pk]


def _walk(
    heads: Iterable[int], below: Mapping[int | None, list[int]], lanes: Mapping[int, int]
) -> Iterator[int]:
    """Pre-order within the lane of the heads. Iterative: a chain may be 10,000 long."""
    waiting = list(reversed(list(heads)))
    while waiting:
        pk = waiting.pop()
        yield pk
        waiting += [child for child in reversed(below.get(pk, [])) if lanes[child] == lanes[pk]]


def _chosen(tree: Tree, rows: Sequence[_Row]) -> list[_Row]:
    """All rows if they fit; else what the words speak of, with all that leads there, filled up from the top."""
    if len(rows) <= MAX_ROWS:
        return list(rows)
    by_id = {row.view.id: row for row in rows}
    wanted = list(tree.independence().roots[:4])
    if main := wording.main_bottleneck(tree.independence()):
        wanted.insert(0, main.appearance)
    wanted += [row.view.id for row in rows if row.view.stance is Stance.DENY][:4]
    wanted += [*_jumps(tree)][:2]
    kept: set[int] = set()
    for pk in [*wanted, *by_id]:
        if len(kept) == MAX_ROWS:
            break
        chain = list(_up(pk, by_id))
        if len(kept | set(chain)) <= MAX_ROWS:
            kept.update(chain)
    return [row for row in rows if row.view.id in kept]


def _up(pk: int, rows: Mapping[int, _Row]) -> Iterator[int]:
    """The appearance and those it hangs from, up to the top; what is too deep to fit is cut by its reader."""
    row: _Row | None = rows[pk]
    for _ in range(MAX_ROWS + 1):
        if row is None:
            return
        yield row.view.id
        row = rows[row.by.origin_id] if row.by else None


def _jumps(tree: Tree) -> dict[int, tuple[int, ...]]:
    """What is more certain than what it rests on, with all that the finding is about: itself last."""
    found = (finding for finding in tree.findings if finding.kind is FindingKind.CERTAINTY_JUMP)
    return {finding.appearances[-1]: finding.appearances for finding in found}


def _labels(
    tree: Tree, rows: Sequence[_Row], jumps: Mapping[int, tuple[int, ...]]
) -> dict[int, tuple[str, str]]:
    """Name and note of the few that the picture names: origins, the main bottleneck, a jump, a suggestion."""
    support = tree.independence()
    main = wording.main_bottleneck(support)
    labels: dict[int, tuple[str, str]] = {}
    for row in rows:
        view = row.view
        if view.id in support.roots and (_is(main, view) or view.id in support.roots[:2]):
            labels[view.id] = (view.label, ", the origin" if support.origin_count == 1 else ", an origin")
        elif main and _is(main, view):
            others = support.appearance_count - (view.stance is Stance.SUPPORT)
            labels[view.id] = (view.label, f": {main.dependent_count:,} of {others:,} others rest on this")
    jumped = [row.view.id for row in rows if row.view.id in jumps]
    if jumped:
        # The firmest of them, the first in the picture.
        firmest = max(jumped, key=lambda pk: _rank(tree.by_id[pk].certainty))
        labels.setdefault(firmest, ("", _jump_words(tree, jumps[firmest])))
    suggested = next((row.view.id for row in rows if _lane(row.by) == 2), None)
    if suggested is not None:
        labels[suggested] = ("", "suggested line, not counted")
    return labels


def _is(main: Bottleneck | None, view: AppearanceView) -> bool:
    return main is not None and main.appearance == view.id


def _rank(certainty: Certainty | None) -> int:
    return certainty.rank if certainty else -1


def _has_no_room(x: float, label: tuple[str, str] | None) -> bool:
    """Whether a label would run out of the right side of a narrow picture, and has more room on the left."""
    return label is not None and x > 0.5 and x + len("".join(label)) * _LETTER > 1


def _jump_words(tree: Tree, appearances: Sequence[int]) -> str:
    """`“may” becomes “did”`: from the firmest of those it rests on to what it makes of it."""
    origins = filter(None, (tree.by_id[pk].certainty for pk in appearances[:-1]))
    firmest = max(origins, key=lambda certainty: certainty.rank)
    after = tree.by_id[appearances[-1]].certainty
    return f"{_SAID[firmest]} becomes {_SAID[after]}" if after else ""


def _downs(rows: Sequence[_Row], labels: Mapping[int, object]) -> dict[int, float]:
    """How far down each appearance stands; those with a label get room for it."""
    plain = len(rows) - len(labels)
    room = (_HEIGHT - _LABELLED * len(labels)) / plain if plain else _HIGHEST
    pitch = min(max(room, _LOWEST), _HIGHEST)
    downs: dict[int, float] = {}
    at = 0.0
    for row in rows:
        height = max(_LABELLED, pitch) if row.view.id in labels else pitch
        downs[row.view.id] = round(at + height / 2, 1)
        at += height
    return downs


# --- places ----------------------------------------------------------------------------------------------------------


def _by_date(view: AppearanceView) -> tuple[bool, datetime, int]:
    """Order of publication, the undated last."""
    instant = stands_for(view)
    return instant is None, instant or datetime.max.replace(tzinfo=UTC), view.id


def _across(rows: Sequence[_Row], axis: Axis) -> dict[int, float]:
    """How far right each appearance stands: by its date, and always right of what it hangs from."""
    across: dict[int, float] = {}
    for row in rows:
        above = across.get(row.by.origin_id) if row.by else None
        place = axis.place(row.view)
        if place is None:
            # Undated: a step behind what it hangs from; a first one at the very left.
            place = LEFT + 0.02 if above is None else above + 5 * _STEP
        if above is not None:
            place = max(place, above + _STEP)
        across[row.view.id] = round(min(place, RIGHT + 0.02), 4)
    return across


def _line(
    view: AppearanceView,
    by: DerivationView,
    across: Mapping[int, float],
    downs: Mapping[int, float],
    jumps: Collection[int],
) -> Line:
    if by.state is DerivationState.SUGGESTED:
        style = "suggested"
    elif not by.kind.carries:
        style = "answers"
    else:
        style = "firmer" if view.id in jumps else "carries"
    return Line(
        x=across[by.origin_id],
        y=downs[by.origin_id],
        to_x=across[view.id],
        to_y=downs[view.id],
        style=style,
        stance=view.stance,
    )
