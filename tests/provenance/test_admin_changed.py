"""The list of words that sources changed or dropped, as a curator works through it."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import chain, repeats, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

CHANGED = "claims/anchor/changed/"
STORY = "".join(
    f"<p>Paragraph {number} tells who lit the lamp and why he says so.</p>" for number in range(20)
)
QUOTE = "the relay had been set by hand on the night of the outage"


def day(number: int) -> datetime:
    return datetime(2021, 3, number, tzinfo=UTC)


def page(words: str, notice: str = "") -> str:
    return f"<!doctype html><title>The lamp</title><main>{notice}<p>They said that {words}.</p>{STORY}</main>"


def edited(owner: User, *, notice: str = "") -> None:
    """A study that two papers rest on, and whose words were changed later."""
    recorded = chain(
        stated("study", quote=QUOTE, title="The study"),
        stated("paper", derived_from=(repeats("study"),)),
        stated("second", derived_from=(repeats("study"),)),
        by=owner,
    )
    source = recorded.appearances["study"].source
    see(source, page(QUOTE), at=day(1))
    see(source, page(QUOTE.replace("by hand", "by software"), notice), at=day(2))


def test_nothing_changed_is_said_so(browser: Browser, owner: User) -> None:
    recorded = chain(stated("study", quote=QUOTE), by=owner)
    see(recorded.appearances["study"].source, page(QUOTE))
    assert "None: every quote that was found" in browser.open(CHANGED).text


def test_changed_words_come_with_what_stands_there_now_and_what_leans_on_them(
    browser: Browser, owner: User
) -> None:
    edited(owner)
    listed = browser.open(CHANGED)
    assert "no longer show as they were quoted (1)" in listed.text
    assert QUOTE in listed.text
    assert '<del class="line-through">hand</del>' in listed.html
    assert "a silent edit" in listed.text
    assert "2 appearances lean on it; support: 1 to 0 independent origins without it" in listed.text
    assert any("/diff/" in link for link in listed.links)
    assert "/admin/claims/anchor/changed/" in listed.links


def test_a_declared_correction_is_told_from_a_silent_edit(browser: Browser, owner: User) -> None:
    edited(owner, notice="<p>Correction: an earlier version said that it was set by hand.</p>")
    assert "declared: Correction: an earlier version said" in browser.open(CHANGED).text


def test_words_that_come_back_leave_the_list(browser: Browser, owner: User) -> None:
    recorded = chain(stated("study", quote=QUOTE), by=owner)
    source = recorded.appearances["study"].source
    for number, words in enumerate((QUOTE, "nothing of the kind", QUOTE), 1):
        see(source, page(words), at=day(number))
    assert "None: every quote" in browser.open(CHANGED).text


def test_what_was_never_seen_is_not_listed(browser: Browser, owner: User) -> None:
    recorded = chain(stated("study", quote=QUOTE), by=owner)
    see(recorded.appearances["study"].source, page("nothing of the kind"))
    assert "None: every quote" in browser.open(CHANGED).text


def test_it_costs_the_same_statements_for_one_and_for_ten(browser: Browser, owner: User) -> None:
    costs = []
    for count in (1, 9):
        for _ in range(count):
            edited(owner)
        with CaptureQueriesContext(connection) as asked:
            assert browser.open(CHANGED).status == 200
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_words_of_strangers_are_escaped(browser: Browser, owner: User) -> None:
    recorded = chain(stated("study", quote="<script>one()</script> said so", title="<b>bold</b>"), by=owner)
    source = recorded.appearances["study"].source
    see(source, page("&lt;script>one()&lt;/script> said so"), at=day(1))
    see(source, page("&lt;script>two()&lt;/script> said no"), at=day(2))
    html = browser.open(CHANGED).html
    assert "<script>one()" not in html
    assert "<script>two()" not in html
    assert "<b>bold" not in html
