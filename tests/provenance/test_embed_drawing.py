"""The small picture of a tree: later stands to the right, what is derived below, and nothing covers anything."""

import pytest
from django.contrib.auth.models import User

from claims.shown import Tree
from claims.trees import load_tree
from claims.vocabulary import Certainty, DerivationKind, DerivationState, Stance
from provenance.embed_drawing import MAX_ROWS, Drawing, draw
from tests.browser import demo
from tests.browser.large import large_claim
from tests.factories import chain, repeats, stated

pytestmark = pytest.mark.django_db


def tree_of(*appearances: object, by: User) -> Tree:
    """The tree of a claim with these appearances, suggestions included."""
    return load_tree(chain(*appearances, by=by).claim, include_suggested=True)  # type: ignore[arg-type]


def labels(drawing: Drawing) -> list[str]:
    """All that is written in the picture, from the top."""
    return [mark.label + mark.note for mark in drawing.marks if mark.label or mark.note]


@pytest.fixture
def outage(owner: User) -> Drawing:
    """The demo's outage claim."""
    return draw(load_tree(demo.record(by=owner, seen=False), include_suggested=True))


def test_rows_stand_below_each_other_and_lines_lead_down_and_right(outage: Drawing) -> None:
    downs = [mark.y for mark in outage.marks]
    assert downs == sorted(set(downs))
    assert outage.height > downs[-1]
    for line in outage.lines:
        assert line.to_x > line.x
        assert line.to_y > line.y
    assert all(0 <= mark.x <= 1 for mark in outage.marks)


def test_outage_names_its_origin_its_bottleneck_a_jump_and_a_suggestion(outage: Drawing) -> None:
    assert labels(outage) == [
        "Recorded Future, an origin",
        "The New York Times: 12 of 13 others rest on this",
        "“may” becomes “did”",
        "suggested line, not counted",
    ]
    assert [mark.label for mark in outage.marks if mark.is_main] == ["The New York Times"]


def test_answers_come_below_what_carries_on_and_suggestions_last(outage: Drawing) -> None:
    styles = [line.style for line in outage.lines]
    assert styles.index("answers") > max(place for place, style in enumerate(styles) if style == "firmer")
    assert styles[-1] == "suggested"


def test_days_are_ticks_and_the_year_is_said_once(outage: Drawing) -> None:
    assert [tick.label for tick in outage.ticks] == ["28 February 2021", "1 March", "2 March"]


def test_tree_without_dates_is_drawn_by_its_steps(owner: User) -> None:
    drawing = draw(tree_of(stated("a"), stated("b", "a"), stated("c", "b"), by=owner))
    across = [mark.x for mark in drawing.marks]
    assert across == sorted(set(across))
    assert drawing.ticks == []


def test_one_appearance_is_one_named_mark(owner: User) -> None:
    drawing = draw(tree_of(stated("a", published_at="2021-03"), by=owner))
    assert labels(drawing) == ["The A, the origin"]
    assert drawing.lines == []
    assert [tick.label for tick in drawing.ticks] == ["March 2021"]


def test_long_spans_are_told_by_months_and_years(owner: User) -> None:
    by_month = draw(
        tree_of(
            *(stated(f"a{n}", published_at=f"2021-{n // 2 + 1:02}-{n + 1:02}") for n in range(8)), by=owner
        )
    )
    assert [tick.label for tick in by_month.ticks] == ["January 2021", "February", "March", "April"]
    by_century = draw(tree_of(*(stated(f"a{n}", published_at=f"{1950 + 8 * n}") for n in range(9)), by=owner))
    assert [tick.label for tick in by_century.ticks] == ["1950 to 2014"]


def test_large_claim_is_drawn_in_part_with_what_leads_to_each(owner: User) -> None:
    tree = load_tree(large_claim(120, by=owner), include_suggested=True)
    drawing = draw(tree)
    assert len(drawing.marks) <= MAX_ROWS
    assert drawing.left_out == 120 - len(drawing.marks)
    assert len(drawing.lines) == len(drawing.marks) - 1
    assert any(mark.stance is Stance.DENY for mark in drawing.marks)


def test_chain_deeper_than_the_picture_is_cut(owner: User) -> None:
    deep = [stated("a0"), *(stated(f"a{n}", f"a{n - 1}") for n in range(1, 60))]
    drawing = draw(tree_of(*deep, by=owner))
    assert len(drawing.marks) <= MAX_ROWS
    assert drawing.left_out == 60 - len(drawing.marks)


def test_suggestion_that_points_to_what_comes_later_is_not_drawn(owner: User) -> None:
    suggested = repeats("b", DerivationKind.CITATION, state=DerivationState.SUGGESTED)
    drawing = draw(
        tree_of(
            stated("a", derived_from=(suggested,)), stated("b", "a", certainty=Certainty.HEDGED), by=owner
        )
    )
    assert [line.style for line in drawing.lines] == ["carries"]
