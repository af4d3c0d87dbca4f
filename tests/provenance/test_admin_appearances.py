"""The admin of appearances: added by an address, corrected, accepted, vouched for, taken back."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from claims import anchoring
from claims.models import Appearance, Change, Claim
from sources.models import Agent, Capture, Source
from tests.factories import chain, paper, see, stated
from tests.provenance.browsing import Browser, Seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(owner: User) -> Claim:
    return chain(stated("first", publisher=paper("The Herald")), by=owner).claim


def _add(browser: Browser, claim: Claim, **filled: Any) -> Seen:
    fields = {"stance": "support", "quote": "so it is", **filled}
    return browser.send(f"claims/appearance/add/?claim={claim.pk}", **fields)


def _newest(claim: Claim) -> Appearance:
    return claim.appearances.latest("pk")


def test_appearance_by_an_address_finds_its_source_in_any_spelling_and_has_it_captured(
    browser: Browser, cora: User, claim: Claim
) -> None:
    _add(browser, claim, url="HTTP://Example.com:80/a/../b?utm_source=x#f", title="A report")

    added = _newest(claim)
    assert (added.source.url, added.source.title) == ("http://example.com/b", "A report")
    assert (added.author, added.published) == (cora, True)
    assert Capture.objects.get(source=added.source).requested_by == cora
    assert Change.objects.get(object_type="appearance", object_id=added.pk).by == cora
    assert Change.objects.get(object_type="source", object_id=added.source_id).by == cora


def test_appearance_in_a_known_source(browser: Browser, claim: Claim) -> None:
    source = Source.objects.get()

    _add(browser, claim, source=source.pk, stance="deny", certainty="hedged", said_at="2021-03")

    added = _newest(claim)
    assert (added.source, added.stance, added.certainty, added.said_at) == (
        source,
        "deny",
        "hedged",
        "2021-03",
    )
    assert Source.objects.count() == 1


def test_words_beside_a_quote_decide_where_it_stands_twice(browser: Browser, claim: Claim) -> None:
    source = Source.objects.get()
    see(source, "They deny it: so it is. We checked; so it is, we find.")

    _add(browser, claim, source=source.pk, quote_prefix="We checked;", quote_suffix=", we find")

    anchoring.anchor_source(source.pk)
    anchor = _newest(claim).newest_anchor
    assert anchor is not None
    assert (anchor.state, anchor.start) == ("anchored", len("They deny it: so it is. We checked; "))


def test_appearance_in_an_offline_work_needs_title_and_publisher(browser: Browser, claim: Claim) -> None:
    refused = _add(browser, claim, title="A letter")
    assert "Give its publisher too." in refused.errors["publisher"][0]

    _add(browser, claim, title="A letter", publisher=Agent.objects.get(name="The Herald").pk)

    assert _newest(claim).source.is_offline
    assert not Capture.objects.filter(source=_newest(claim).source).exists()


def test_line_breaks_of_a_browser_are_not_the_quote_s(browser: Browser, claim: Claim) -> None:
    _add(browser, claim, url="https://a.example/", quote="so\r\nit is")

    assert _newest(claim).quote == "so\nit is"


@pytest.mark.parametrize(
    ("filled", "field", "sentence"),
    [
        ({"url": "javascript:alert(1)"}, "url", "Only http and https can be cited by URL"),
        ({"url": "not a URL"}, "url", "This is not an absolute URL."),
        (
            {"url": "https://a.example/", "published_at": "March 2021"},
            "published_at",
            "is not a date in an accepted form",
        ),
        ({"url": "https://a.example/", "said_at": "2021-02-30"}, "said_at", "is not a date that exists"),
        ({"url": "https://a.example/", "language": "in English"}, "language", "Give a language tag"),
        ({"url": "https://a.example/", "quote": "NUL \0"}, "quote", "Null characters are not allowed."),
        ({"url": "https://a.example/", "stance": "shouting"}, "stance", "Select a valid choice."),
    ],
)
def test_wrong_field_is_said_at_the_field_and_nothing_is_written(
    browser: Browser, claim: Claim, filled: dict[str, str], field: str, sentence: str
) -> None:
    written = Change.objects.count()

    page = _add(browser, claim, **filled)

    assert sentence in page.errors[field][0]
    assert sentence in page.text
    assert page.form().fields.get("url", [""])[0] == filled["url"]  # what was typed is still there
    assert (claim.appearances.count(), Source.objects.count(), Change.objects.count()) == (1, 1, written)


def test_address_and_known_source_together_are_refused_at_the_source(browser: Browser, claim: Claim) -> None:
    page = _add(browser, claim, url="https://a.example/", source=Source.objects.get().pk)

    assert page.errors["source"] == ["Give the address (URL) of a source or one that is known, not both."]


def test_the_same_appearance_twice_is_refused_in_plain_words(browser: Browser, claim: Claim) -> None:
    first = claim.appearances.get()

    page = _add(browser, claim, source=first.source_id, quote=first.quote)

    assert f"Appearance {first.pk} already has this source, quote and date." in page.text
    assert claim.appearances.count() == 1


def test_fields_are_corrected_but_not_the_quote(browser: Browser, cora: User, claim: Claim) -> None:
    first = claim.appearances.get()

    browser.send(
        f"claims/appearance/{first.pk}/change/", stance="deny", chain_end="primary", quote="other words"
    )

    corrected = claim.appearances.get()
    assert (corrected.stance, corrected.chain_end, corrected.quote) == ("deny", "primary", first.quote)
    assert (Change.objects.latest("seq").by, Change.objects.latest("seq").action) == (cora, "updated")


def test_correction_that_makes_two_the_same_is_refused_at_its_field(browser: Browser, claim: Claim) -> None:
    first = claim.appearances.get()
    _add(browser, claim, source=first.source_id, quote=first.quote, said_at="2021")

    page = browser.send(f"claims/appearance/{_newest(claim).pk}/change/", said_at="")

    assert f"Appearance {first.pk} already has this source, quote and date." in page.errors["said_at"][0]
    assert _newest(claim).said_at == "2021"


def test_waiting_one_of_another_is_accepted(
    browser: Browser, cora: User, claim: Claim, stranger: User
) -> None:
    chain(stated("theirs"), by=stranger, slug=claim.slug, text="", language="")
    waiting = _newest(claim)
    assert waiting.source.title in browser.open("claims/appearance/?published__exact=0").text

    browser.send(f"claims/appearance/{waiting.pk}/accept/")

    assert _newest(claim).published
    assert (Change.objects.latest("seq").by, Change.objects.latest("seq").action) == (cora, "accepted")


def test_vouching_and_withdrawing_keep_who_and_why(browser: Browser, cora: User, claim: Claim) -> None:
    first = claim.appearances.get()

    browser.send(f"claims/appearance/{first.pk}/vouch/", why="I saw it in print.")
    browser.send(f"claims/appearance/{first.pk}/withdraw/", why="It was another paper.")

    first.refresh_from_db()
    assert (first.vouched_by, first.vouched_why) == (cora, "I saw it in print.")
    assert (first.withdrawn_by, first.withdrawn_why) == (cora, "It was another paper.")
    assert [*Change.objects.filter(by=cora).values_list("action", flat=True)] == ["vouched", "withdrawn"]
