"""Pages that are none: walls and error pages served with 200, told from pages that changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.vocabulary import Wall
from sources.walls import KEPT, SHORT, Seen, find_wall

STORY = "\n".join(
    f"Paragraph {number} of the story tells who lit the lamp and why he says so." for number in range(30)
)
PAGE = Seen("The lamp was lit · The Courier", f"The lamp was lit\n{STORY}\nSubscribe to our newsletter")
MENU = "\n".join(f"Section {number}" for number in range(150))


@pytest.mark.parametrize(
    ("title", "text", "wall"),
    [
        ("Just a moment...", "Checking your browser before you go on", Wall.CHALLENGE),
        ("The Courier", "Please enable JavaScript to view this site.", Wall.CHALLENGE),
        ("The Courier", "Please enable cookies and reload the page.", Wall.COOKIES),
        ("The Courier", "We value your privacy\nWe and our 812 partners store data\nAccept", Wall.COOKIES),
        (
            "The lamp was lit",
            "The lamp was lit\nSubscribe to continue reading\nAlready a subscriber? Log in",
            Wall.PAYWALL,
        ),
        ("The lamp was lit", "You’ve reached your limit of free articles.", Wall.PAYWALL),
        ("Log in", "Email\nPassword", Wall.LOGIN),
        ("The Courier", "You must log in to see this.", Wall.LOGIN),
        ("404", "Nothing here", Wall.ERROR),
        ("The Courier | Page not found", "Try our start page.", Wall.ERROR),
        ("The Courier", "Sorry, we couldn't find that page\nMost read", Wall.ERROR),
        ("The Courier", "This article has been removed.", Wall.ERROR),
        ("503 Service Unavailable", "nginx", Wall.ERROR),
        ("Der Kurier", "Seite nicht gefunden", Wall.ERROR),
    ],
)
@pytest.mark.parametrize("before", [None, PAGE])
def test_wall_is_told_by_what_it_begins_with(title: str, text: str, wall: Wall, before: Seen | None) -> None:
    found = find_wall(Seen(title, text), before)
    assert found
    assert found[0] is wall


def test_error_page_with_a_long_menu_is_one_beside_the_page() -> None:
    found = find_wall(Seen("Not found", f"{MENU}\nThe page you asked for does not exist"), PAGE)
    assert found
    assert found[0] is Wall.ERROR


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("The lamp was lit", "The lamp was lit, and nobody says otherwise."),
        ("500 people saw the lamp", "500 people saw the lamp, the keeper says."),
        ("A moment", "This page has moved."),
        ("The Courier", f"{STORY}\nSubscribe to continue reading\nPage not found"),
        ("Why not found?", "The keeper of the lamp was not found yesterday."),
    ],
)
def test_page_without_a_wall_is_a_page(title: str, text: str) -> None:
    assert find_wall(Seen(title, text), None) is None


@pytest.mark.parametrize(
    "text",
    [
        f"We use cookies\n{PAGE.text}",
        f"{PAGE.text}\nSubscribe to continue reading",
        PAGE.text.replace("says so", "denies it", 9),
        "The lamp was not lit\n" + STORY.replace("who lit the lamp", "that nobody lit the lamp"),
        "\n".join(PAGE.text.split("\n")[:12]),
    ],
)
def test_page_that_changed_is_a_page(text: str) -> None:
    assert find_wall(Seen(PAGE.title, text), PAGE) is None


def test_line_that_the_page_always_had_is_no_wall() -> None:
    before = Seen("The Courier", f"We use cookies\n{STORY}")
    assert find_wall(
        Seen("The Courier", "We use cookies\nThe story was taken back, its author says, all of it."), before
    )
    assert find_wall(Seen("The Courier", f"We use cookies\n{STORY[: len(STORY) // 3]}"), before) is None


def test_of_a_long_text_next_to_nothing_is_no_page() -> None:
    found = find_wall(Seen(PAGE.title, "The Courier\nLoading…"), PAGE)
    assert found
    assert found[0] is Wall.COLLAPSE


@given(
    lines=st.lists(st.text(alphabet="ab c", min_size=1, max_size=20), min_size=1, max_size=20),
    added=st.lists(st.sampled_from(["Page not found", "Log in", "Subscribe to continue", "404"]), max_size=5),
    gone=st.data(),
)
def test_page_that_keeps_most_of_its_words_is_never_blocked(
    lines: list[str], added: list[str], gone: st.DataObject
) -> None:
    before = Seen("T", "\n".join(lines))
    kept = [line for line in lines if gone.draw(st.booleans())]
    page = Seen("Page not found", "\n".join([*added, *kept]))
    if Seen("", "\n".join(kept)).words >= KEPT * before.words:
        assert find_wall(page, before) is None


@given(text=st.text(max_size=300), copies=st.integers(0, 2 * SHORT))
def test_page_is_short_by_the_number_of_its_words(text: str, copies: int) -> None:
    page = Seen("", text * copies)
    assert page.is_short == (page.words <= SHORT)


@pytest.mark.parametrize(
    "text", ["", " ", "\n" * 10**6, "x" * 10**6, "x " * SHORT, " x" * SHORT, "x-" * 10**6]
)
def test_page_of_one_kind_of_letters_is_short_by_its_words_too(text: str) -> None:
    page = Seen("", text)
    assert page.is_short == (page.words <= SHORT)


@given(text=st.text(max_size=200), title=st.text(max_size=40))
def test_first_page_of_some_length_is_never_blocked(text: str, title: str) -> None:
    assert find_wall(Seen(title, text + " word" * (SHORT + 1)), None) is None
