"""The admin of derivations: drawn, corrected, confirmed and rejected, with refusals in plain words."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from claims import anchoring
from claims.intake import Recorded
from claims.models import Change, Derivation
from claims.vocabulary import DerivationKind, DerivationState
from sources.models import Capture
from tests.factories import chain, repeats, see, stated
from tests.provenance.browsing import Browser, Seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(owner: User) -> Recorded:
    """A study, a paper that repeats it, and a blog."""
    return chain(stated("study"), stated("paper", "study"), stated("blog"), by=owner)


def _draw(browser: Browser, recorded: Recorded, derived: str, origin: str, **filled: Any) -> Seen:
    ends = {"derived": recorded.appearances[derived].pk, "origin": recorded.appearances[origin].pk}
    return browser.send("claims/derivation/add/", **{"kind": "repetition", "basis": "read", **ends, **filled})


def _suggested(recorded: Recorded, stranger: User) -> Derivation:
    """A stranger's suggestion that the study rests on their own report."""
    theirs = chain(
        stated("theirs", derived_from=(repeats("own"),)),
        stated("own"),
        by=stranger,
        slug=recorded.claim.slug,
        text="",
        language="",
    )
    return theirs.derivations[0]


def test_derivation_is_drawn_and_confirmed_at_once(browser: Browser, cora: User, recorded: Recorded) -> None:
    _draw(browser, recorded, "blog", "paper", quote="as the paper says")

    drawn = Derivation.objects.get(author=cora)
    assert (drawn.state, drawn.quote) == (DerivationState.CONFIRMED, "as the paper says")
    assert Change.objects.get(object_type="derivation", object_id=drawn.pk).by == cora


def test_quote_of_a_drawn_derivation_is_looked_for_in_what_was_seen(
    browser: Browser, recorded: Recorded
) -> None:
    blog = recorded.appearances["blog"]
    see(blog.source, "These are the words of blog. We have it from the paper.")

    _draw(browser, recorded, "blog", "paper", quote="We have it from the paper")

    assert blog.source_id in anchoring.ready()
    anchoring.anchor_source(blog.source_id)
    drawn = Derivation.objects.latest("pk")
    assert "anchored" in browser.open(f"claims/derivation/{drawn.pk}/change/").text


def test_words_beside_a_quote_decide_where_it_stands_twice(browser: Browser, recorded: Recorded) -> None:
    blog = recorded.appearances["blog"]
    see(blog.source, "It says: as told. The rest, too, is as told by the paper.")

    _draw(browser, recorded, "blog", "paper", quote="as told", quote_suffix="by the paper")

    anchoring.anchor_source(blog.source_id)
    anchor = Derivation.objects.latest("pk").newest_anchor
    assert anchor is not None
    assert (anchor.state, anchor.start) == ("anchored", len("It says: as told. The rest, too, is "))


def test_circle_is_refused_with_its_path(browser: Browser, cora: User, recorded: Recorded) -> None:
    page = _draw(browser, recorded, "study", "paper")

    study, paper = recorded.appearances["study"].pk, recorded.appearances["paper"].pk
    assert f"This would close a circle: appearance {study}" in page.text
    assert f"rests on appearance {paper}" in page.text
    assert not Derivation.objects.filter(author=cora).exists()


def test_second_confirmed_one_of_a_pair_is_refused(browser: Browser, recorded: Recorded) -> None:
    assert "A confirmed derivation already leads from" in _draw(browser, recorded, "paper", "study").text

    _draw(browser, recorded, "paper", "study", first_state="suggested")

    assert Derivation.objects.latest("pk").state == DerivationState.SUGGESTED


def test_kind_that_does_not_fit_is_said_at_the_kind(browser: Browser, recorded: Recorded) -> None:
    page = _draw(browser, recorded, "blog", "paper", kind="revision")

    [sentence] = page.errors["kind"]
    assert 'A "revision" is a later version in the same source.' in sentence
    assert "A &quot;revision&quot; is a later version" in page.html


def test_confirmed_inference_needs_its_reason(browser: Browser, recorded: Recorded) -> None:
    inferred = {"basis": "inferred", "first_state": "confirmed"}

    assert (
        "say why you conclude it" in _draw(browser, recorded, "blog", "paper", **inferred).errors["reason"][0]
    )

    _draw(browser, recorded, "blog", "paper", reason="The same rare word.", **inferred)
    assert Derivation.objects.latest("pk").state == DerivationState.CONFIRMED


def test_ends_of_two_claims_are_refused(browser: Browser, recorded: Recorded, owner: User) -> None:
    recorded.appearances["other"] = chain(stated("other"), by=owner).appearances["other"]

    page = _draw(browser, recorded, "blog", "other")

    assert "Both ends of a derivation are appearances of one claim." in page.text


def test_suggestions_stand_first_in_the_list(browser: Browser, recorded: Recorded, stranger: User) -> None:
    suggested = _suggested(recorded, stranger)
    Derivation.objects.filter(pk=suggested.pk).update(created_at="2000-01-01T00:00Z")

    listed = browser.open("claims/derivation/").response.context["cl"].result_list

    assert [row.state for row in listed] == ["suggested", "confirmed"]
    assert browser.open("claims/derivation/?state__exact=suggested").response.context["cl"].result_count == 1


def test_suggestion_is_confirmed(browser: Browser, cora: User, recorded: Recorded, stranger: User) -> None:
    suggested = _suggested(recorded, stranger)

    browser.send(f"claims/derivation/{suggested.pk}/confirm/")

    suggested.refresh_from_db()
    assert (suggested.state, suggested.decided_by) == (DerivationState.CONFIRMED, cora)
    assert (Change.objects.latest("seq").by, Change.objects.latest("seq").action) == (cora, "confirmed")


def test_confirming_what_would_close_a_circle_says_so_on_the_page(
    browser: Browser, recorded: Recorded
) -> None:
    _draw(browser, recorded, "study", "paper", first_state="suggested")
    closing = Derivation.objects.latest("pk")

    page = browser.send(f"claims/derivation/{closing.pk}/confirm/")

    closing.refresh_from_db()
    assert "This would close a circle" in page.text
    assert closing.state == DerivationState.SUGGESTED


def test_rejecting_needs_a_reason_and_keeps_it(
    browser: Browser, cora: User, recorded: Recorded, stranger: User
) -> None:
    suggested = _suggested(recorded, stranger)
    browser.send(f"claims/derivation/{suggested.pk}/reject/", why="")
    suggested.refresh_from_db()
    assert suggested.state == DerivationState.SUGGESTED

    browser.send(f"claims/derivation/{suggested.pk}/reject/", why="They were written apart.")

    suggested.refresh_from_db()
    assert (suggested.state, suggested.decided_by, suggested.decided_why) == (
        DerivationState.REJECTED,
        cora,
        "They were written apart.",
    )


def test_wrong_decision_is_laid_back(browser: Browser, recorded: Recorded) -> None:
    [confirmed] = recorded.derivations

    browser.send(f"claims/derivation/{confirmed.pk}/suggest/")

    confirmed.refresh_from_db()
    assert confirmed.state == DerivationState.SUGGESTED


def test_kind_is_corrected_and_the_log_says_by_whom(browser: Browser, cora: User, recorded: Recorded) -> None:
    [drawn] = recorded.derivations

    browser.send(f"claims/derivation/{drawn.pk}/change/", kind="citation", basis="asserted")

    drawn.refresh_from_db()
    assert (drawn.kind, drawn.basis) == (DerivationKind.CITATION, "asserted")
    assert (Change.objects.latest("seq").by, Change.objects.latest("seq").action) == (cora, "updated")


def test_quote_that_was_looked_for_is_changed_and_looked_for_in_what_is_seen_next(
    browser: Browser, cora: User, owner: User
) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    [drawn] = recorded.derivations
    source = recorded.appearances["b"].source
    page = f"claims/derivation/{drawn.pk}/change/"
    browser.send(page, quote="says a wrongly")
    see(source, "So it is, says a.")
    drawn.refresh_from_db()
    assert drawn.newest_anchor
    assert drawn.newest_anchor.state == "missing"

    browser.send(page, quote="says a")

    edited = Derivation.objects.get(pk=drawn.pk)
    assert edited.quote == "says a"
    assert edited.newest_anchor is None
    assert Capture.objects.open().get(source=source).requested_by == cora
    see(source, "So it is, says a.")
    drawn.refresh_from_db()
    assert (drawn.newest_anchor.state, drawn.anchors.count()) == ("anchored", 2)
    change = Change.objects.filter(by=cora, object_type="derivation").latest("seq")
    assert change.before
    assert change.after
    assert (change.before["quote"], change.after["quote"]) == ("says a wrongly", "says a")


def test_inference_without_a_reason_is_refused_where_it_is_confirmed(
    browser: Browser, recorded: Recorded
) -> None:
    [confirmed] = recorded.derivations

    page = browser.send(f"claims/derivation/{confirmed.pk}/change/", basis="inferred")

    confirmed.refresh_from_db()
    assert "say why you conclude it" in page.errors["reason"][0]
    assert confirmed.basis == "read"
