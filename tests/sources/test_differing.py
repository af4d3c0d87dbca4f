"""How one text of a source differs from the next, and whether the page says so itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.differing import MAX_NOTE, Reading, compare, is_notice, notice
from sources.vocabulary import PageChange

MAIN = "The lamp was lit yesterday.\nThe keeper says so, and waits for 1.5 hours."
PAGE = Reading(f"Menu\nThe lamp was lit\n{MAIN}\nMost read: the sea", "The lamp was lit · The Courier", "key")


def page(text: str, *, title: str = PAGE.title, text_key: str = "key") -> Reading:
    return Reading(text, title, text_key)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (page(PAGE.text), PageChange.SAME_TEXT),
        (page(PAGE.text.replace("\n", " "), text_key="other"), PageChange.COSMETIC),
        (page(PAGE.text.replace("so, and", "so – and"), text_key="other"), PageChange.COSMETIC),
        (page(PAGE.text.replace("the sea", "a storm")), PageChange.COSMETIC),
        (page(PAGE.text.replace("the sea", "a storm"), text_key=""), PageChange.SUBSTANTIVE),
        (page(PAGE.text.replace("the sea", "a storm"), title="The lamp was not lit"), PageChange.SUBSTANTIVE),
        (page(PAGE.text.replace("The lamp was lit\n", "The lamp may be lit\n")), PageChange.SUBSTANTIVE),
        (page(PAGE.text.replace("says so", "denies it"), text_key="other"), PageChange.SUBSTANTIVE),
        (page(PAGE.text.replace("1.5", "15"), text_key="other"), PageChange.SUBSTANTIVE),
        (page(PAGE.text.replace("1.5", "-1.5"), text_key="other"), PageChange.SUBSTANTIVE),
        (page(PAGE.text.replace("yesterday", "Yesterday"), text_key="other"), PageChange.SUBSTANTIVE),
    ],
)
def test_change_is_what_was_done_to_the_words(after: Reading, change: PageChange) -> None:
    assert compare(PAGE, after) is change


@given(text=st.text(max_size=80), other=st.text(max_size=80))
def test_comparison_has_no_direction(text: str, other: str) -> None:
    one, two = page(text, text_key=""), page(other, text_key="")
    assert compare(one, two) is compare(two, one)
    assert compare(one, one) is PageChange.SAME_TEXT


@pytest.mark.parametrize(
    "line",
    [
        "Correction: the lamp was not lit.",
        "CORRECTION (2 March 2021): the lamp was not lit".replace(" (", ": ("),
        "Correction, 2 March: the lamp was not lit.",
        "Editor’s note: the lamp was not lit.",
        "Editors' Note: the lamp was not lit.",
        "Update: the keeper has answered.",
        "UPDATE (2 March): the keeper has answered.",
        "Updated on 2 March to add the keeper's answer.",
        "This article was amended on 2 March 2021 to say who lit the lamp.",
        "This story has been updated.",
        "An earlier version of this article misstated who lit the lamp.",
        "Clarification: nobody saw it.",
        "Retraction: the story was wrong.",
        "*This headline has since been corrected.",
        "We regret the error.",
        "Anmerkung der Redaktion: Die Lampe brannte nicht.",
        "Rectificatif : la lampe était éteinte.",
        "Fe de errores: la lámpara no estaba encendida.",
        "भूल सुधार: दीपक नहीं जला था।",
    ],
)
def test_line_that_declares_a_correction_is_a_notice(line: str) -> None:
    assert is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "Updated 2 March 2021, 10:00 IST",
        "Updated: 2 March 2021",
        "The minister asked for a correction of the report.",
        "Corrections officers saw the lamp.",
        "Correctional services said so.",
        "This article is about lamps.",
        "We use cookies.",
        "",
    ],
)
def test_line_that_says_when_or_of_whom_is_none(line: str) -> None:
    assert not is_notice(line)


def test_notice_that_stood_there_before_declares_nothing_new() -> None:
    noted = page(f"{PAGE.text}\nCorrection: it was Tuesday.")
    assert notice(PAGE, noted) == "Correction: it was Tuesday."
    assert notice(noted, page(noted.text.replace("says so", "denies it"))) == ""
    assert notice(noted, page(f"{noted.text}\nCorrection: it was Monday.")) == "Correction: it was Monday."


def test_notice_of_any_length_is_kept_in_part() -> None:
    assert len(notice(PAGE, page("Correction: " + "so " * 9999))) == MAX_NOTE


_PIECES = st.sampled_from(
    [
        *(
            "Correction",
            "Correction: a date",
            "corrections",
            "This article was updated",
            "the story has been changed",
        ),
        *(
            "UPDATE (noon)",
            "Editor’s note",
            "updated to add",
            "भूल-सुधार",
            "ß",
            "İ",
            " *# [(",
            " " * 299,
            "x" * 300,
        ),
        *("\n", "\n", "\n\n", "\t", "\r", "\x0b", "\u2028", ": ", " of ", " to ", "lit"),
    ]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_notice_is_the_first_line_that_is_one(text: str) -> None:
    declared = [line for line in text.split("\n") if is_notice(line)]

    assert notice(None, Reading(text, "", "")) == (declared[0][:MAX_NOTE] if declared else "")
