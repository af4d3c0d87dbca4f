"""A claim's page in the admin: appearances and derivations are added and corrected in it, all as one write."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.intake import Recorded
from claims.models import Appearance, Change, Derivation
from claims.vocabulary import DerivationKind, DerivationState
from sources.models import Capture, Source
from tests.factories import chain, paper, see, stated
from tests.provenance.browsing import Browser, Seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(owner: User) -> Recorded:
    """A study, a paper that repeats it, and a blog."""
    return chain(
        stated("study"), stated("paper", "study", publisher=paper("The Herald")), stated("blog"), by=owner
    )


def _page(recorded: Recorded) -> str:
    return f"claims/claim/{recorded.claim.pk}/change/"


def _save(browser: Browser, recorded: Recorded, **filled: Any) -> Seen:
    """Fill in the fields; `new_appearances__0__url` stands for a name with dashes."""
    return browser.send(_page(recorded), **{name.replace("__", "-"): value for name, value in filled.items()})


def _draw(browser: Browser, recorded: Recorded, derived: str, origin: str, **filled: Any) -> Seen:
    ends = {"derived": recorded.appearances[derived].pk, "origin": recorded.appearances[origin].pk}
    row = {"kind": "repetition", "basis": "read", **ends, **filled}
    return _save(browser, recorded, **{f"new_derivations__0__{name}": value for name, value in row.items()})


def _errors(page: Seen, prefix: str) -> dict[str, list[str]]:
    """What a row says at its fields."""
    formsets = page.response.context["inline_admin_formsets"]
    rows = {form.prefix: form for table in formsets for form in table.formset.forms}
    errors: dict[str, list[str]] = rows[prefix].errors
    return errors


def _place(page: Seen, table: str, row: Appearance | Derivation) -> int:
    """Where in its table a row stands."""
    fields = page.form().fields
    return next(place for place in range(20) if fields[f"{table}-{place}-id"] == [str(row.pk)])


# --- appearances ----------------------------------------------------------------------------------------------------


def test_pasting_an_address_is_enough_and_has_the_page_captured_at_once(
    browser: Browser, cora: User, recorded: Recorded
) -> None:
    page = _save(browser, recorded, new_appearances__0__url="HTTPS://News.example/a?utm_source=x")

    added = recorded.claim.appearances.latest("pk")
    assert (added.source.url, added.stance, added.author, added.published) == (
        "https://news.example/a",
        "support",
        cora,
        True,
    )
    capture = Capture.objects.get(source=added.source)
    assert (capture.requested_by, capture.state) == (cora, "queued")
    assert "waiting to be fetched" in page.text
    assert f'data-capture="{capture.pk}"' in page.html


def test_title_publisher_date_and_language_come_with_the_capture(
    browser: Browser, recorded: Recorded
) -> None:
    _save(browser, recorded, new_appearances__0__url="https://news.example/a")
    source = Source.objects.get(url="https://news.example/a")

    see(
        source,
        '<!doctype html><html lang="en-IN"><title>A report</title><meta property="og:site_name" content="the herald">'
        '<meta property="article:published_time" content="2021-03-01T08:00:00+05:30"><p>So it is.',
    )

    source.refresh_from_db()
    assert (source.title, source.publisher, source.published_at, source.language) == (
        "A report",
        recorded.appearances["paper"].source.publisher,
        "2021-03-01T08:00:00+05:30",
        "en-IN",
    )
    assert "A report (The Herald)" in browser.open(_page(recorded)).text
    assert Change.objects.filter(
        object_type="source", object_id=source.pk, by=None, action="updated"
    ).exists()


def test_several_are_added_at_once_and_a_refusal_stands_in_its_own_row(
    browser: Browser, recorded: Recorded
) -> None:
    rows = {
        "new_appearances-TOTAL_FORMS": "2",
        "new_appearances-0-url": "https://a.example/",
        "new_appearances-0-stance": "deny",
        "new_appearances-1-url": "javascript:alert(1)",
        "new_appearances-1-stance": "support",
    }
    written = Change.objects.count()

    page = browser.send(_page(recorded), **rows)

    assert "Only http and https can be cited by URL" in _errors(page, "new_appearances-1")["url"][0]
    assert not _errors(page, "new_appearances-0")
    assert (recorded.claim.appearances.count(), Change.objects.count()) == (3, written)
    browser.send(_page(recorded), **{**rows, "new_appearances-1-url": "https://b.example/"})
    assert recorded.claim.appearances.count() == 5


def test_the_same_page_twice_is_refused_at_its_address(browser: Browser, recorded: Recorded) -> None:
    blog = recorded.appearances["blog"]

    page = _save(
        browser, recorded, new_appearances__0__url=blog.source.url, new_appearances__0__quote=blog.quote
    )

    assert f"Appearance {blog.pk} already has this source" in _errors(page, "new_appearances-0")["url"][0]


def test_row_without_an_address_says_what_is_missing(browser: Browser, recorded: Recorded) -> None:
    page = _save(browser, recorded, new_appearances__0__quote="so it is")

    assert "Paste the address of the page." in _errors(page, "new_appearances-0")["url"][0]


def test_stance_and_date_are_corrected_in_their_place(
    browser: Browser, cora: User, recorded: Recorded
) -> None:
    blog = recorded.appearances["blog"]
    place = _place(browser.open(_page(recorded)), "appearances", blog)

    browser.send(
        _page(recorded), **{f"appearances-{place}-stance": "deny", f"appearances-{place}-said_at": "2021-03"}
    )

    blog.refresh_from_db()
    change = Change.objects.latest("seq")
    assert (blog.stance, blog.said_at) == ("deny", "2021-03")
    assert (change.by, change.action, change.object_type) == (cora, "updated", "appearance")


def test_quote_and_evidence_are_no_fields_of_the_page(browser: Browser, recorded: Recorded) -> None:
    blog = recorded.appearances["blog"]
    see(blog.source, blog.quote)
    page = browser.open(_page(recorded))
    place = _place(page, "appearances", blog)

    browser.send(
        _page(recorded), **{f"appearances-{place}-quote": "other", f"appearances-{place}-evidence": "missing"}
    )

    before = blog.quote
    blog.refresh_from_db()
    assert (blog.quote, blog.newest_anchor and blog.newest_anchor.state) == (before, "anchored")


def test_row_that_moved_to_another_page_meanwhile_is_still_the_one_that_is_written(
    browser: Browser, recorded: Recorded, owner: User
) -> None:
    [drawn] = recorded.derivations
    fields = browser.open(_page(recorded)).form().fields
    place = _place(browser.open(_page(recorded)), "derivations", drawn)
    more = [stated(f"n{number}", derived_from=()) for number in range(25)]
    extended = chain(*more, by=owner, slug=recorded.claim.slug, text="", language="")
    for new in extended.appearances.values():  # suggestions stand before what is confirmed
        _draw_row(new, recorded.appearances["blog"], by=owner)

    browser.post(_page(recorded), **{**fields, f"derivations-{place}-kind": "citation"})

    drawn.refresh_from_db()
    assert drawn.kind == DerivationKind.CITATION


def _draw_row(derived: Appearance, origin: Appearance, *, by: User) -> None:
    from claims import derivations
    from claims.stated import StatedDerivation

    suggested = StatedDerivation(kind=DerivationKind.REPETITION, state=DerivationState.SUGGESTED)
    derivations.derive(derived, origin, suggested, by=by)


# --- derivations ----------------------------------------------------------------------------------------------------


def test_derivation_is_drawn_between_two_of_the_claim(
    browser: Browser, cora: User, recorded: Recorded
) -> None:
    _draw(browser, recorded, "blog", "paper", quote="as the Herald says")

    drawn = Derivation.objects.get(author=cora)
    assert (drawn.derived, drawn.origin) == (recorded.appearances["blog"], recorded.appearances["paper"])
    assert (drawn.state, drawn.quote) == (DerivationState.CONFIRMED, "as the Herald says")


def test_circle_is_said_at_the_origin_of_its_row_and_nothing_of_the_page_is_written(
    browser: Browser, recorded: Recorded
) -> None:
    written = Change.objects.count()

    page = _draw(browser, recorded, "study", "paper", reason="A stray.")

    [sentence] = _errors(page, "new_derivations-0")["origin"]
    assert "This would close a circle: appearance" in sentence
    assert sentence in page.text
    assert page.form().fields["new_derivations-0-reason"] == ["A stray."]  # what was typed is still there
    assert Change.objects.count() == written


def test_refusal_in_a_table_leaves_the_claim_itself_as_it_was(browser: Browser, recorded: Recorded) -> None:
    text = recorded.claim.text
    ends = {"derived": recorded.appearances["study"].pk, "origin": recorded.appearances["paper"].pk}

    page = _save(
        browser,
        recorded,
        text="Changed.",
        new_appearances__0__url="https://a.example/",
        **{f"new_derivations__0__{name}": value for name, value in {"kind": "repetition", **ends}.items()},
    )

    recorded.claim.refresh_from_db()
    assert "This would close a circle" in page.text
    assert (recorded.claim.text, recorded.claim.appearances.count()) == (text, 3)
    assert not Source.objects.filter(url="https://a.example/").exists()


def test_second_of_a_pair_is_refused_in_words_for_people(browser: Browser, recorded: Recorded) -> None:
    page = _draw(browser, recorded, "paper", "study")

    [sentence] = _errors(page, "new_derivations-0")["origin"]
    assert "A confirmed derivation already leads from" in sentence
    assert "Give this one as a suggestion" in sentence
    assert '"state"' not in sentence


def test_kind_that_does_not_fit_is_said_at_the_kind_of_its_row(browser: Browser, recorded: Recorded) -> None:
    page = _draw(browser, recorded, "blog", "paper", kind="revision")

    assert "later version in the same source" in _errors(page, "new_derivations-0")["kind"][0]


def test_end_of_another_claim_cannot_be_chosen(browser: Browser, recorded: Recorded, owner: User) -> None:
    recorded.appearances["other"] = chain(stated("other"), by=owner).appearances["other"]

    page = _draw(browser, recorded, "blog", "other")

    assert _errors(page, "new_derivations-0")["origin"] == ["This is no current appearance of this claim."]


def test_both_ends_are_found_by_typing_among_the_appearances_of_the_claim(
    browser: Browser, recorded: Recorded, owner: User
) -> None:
    chain(stated("elsewhere", publisher=paper("The Herald Elsewhere")), by=owner)
    search = "autocomplete/?app_label=claims&model_name=derivation&field_name=origin&term=herald"

    everywhere, here = (browser.open(f"{search}{of}") for of in ("", f"&of_claim={recorded.claim.pk}"))

    assert len(json.loads(everywhere.html)["results"]) == 2
    assert [row["id"] for row in json.loads(here.html)["results"]] == [str(recorded.appearances["paper"].pk)]
    page = browser.open(_page(recorded))
    assert page.html.count(f"of_claim={recorded.claim.pk}") >= 2


def test_kind_and_reason_are_corrected_in_their_place(browser: Browser, recorded: Recorded) -> None:
    [drawn] = recorded.derivations
    place = _place(browser.open(_page(recorded)), "derivations", drawn)

    browser.send(
        _page(recorded), **{f"derivations-{place}-kind": "citation", f"derivations-{place}-reason": "Named."}
    )

    drawn.refresh_from_db()
    assert (drawn.kind, drawn.reason) == ("citation", "Named.")


def test_inference_without_a_reason_is_said_at_the_reason_of_its_row(
    browser: Browser, recorded: Recorded
) -> None:
    [drawn] = recorded.derivations
    place = _place(browser.open(_page(recorded)), "derivations", drawn)

    page = browser.send(_page(recorded), **{f"derivations-{place}-basis": "inferred"})

    assert "say why you conclude it" in _errors(page, f"derivations-{place}")["reason"][0]


# --- the page -------------------------------------------------------------------------------------------------------


def test_page_is_one_write(browser: Browser, recorded: Recorded) -> None:
    before = Change.objects.latest("seq").seq

    _save(
        browser,
        recorded,
        text="It was so.",
        new_appearances__0__url="https://a.example/",
        appearances__0__certainty="hedged",
    )

    changes = Change.objects.filter(seq__gt=before)
    assert {change.object_type for change in changes} == {"source", "appearance", "claim"}
    assert len({change.at for change in changes}) == 1


def test_page_costs_the_same_for_ten_and_for_a_thousand_appearances(browser: Browser, owner: User) -> None:
    ten, thousand = (
        chain(stated("r"), *(stated(f"n{number}", "r") for number in range(size - 1)), by=owner)
        for size in (10, 1000)
    )
    counted = []
    browser.open(_page(ten))
    for recorded in (ten, thousand):
        with CaptureQueriesContext(connection) as queries:
            page = browser.open(_page(recorded))
        assert page.status == 200
        counted.append(len(queries))

    assert counted[0] == counted[1]
    assert "1000 appearances" in page.text
    assert page.form().fields["appearances-TOTAL_FORMS"] == ["20"]
    second = browser.open(f"{_page(thousand)}?appearances-page=2")
    assert second.form().fields["appearances-0-id"] != page.form().fields["appearances-0-id"]


def test_rows_of_a_later_page_are_corrected_too(browser: Browser, owner: User) -> None:
    recorded = chain(*(stated(f"n{number}") for number in range(45)), by=owner)
    page = f"{_page(recorded)}?appearances-page=3"
    last = recorded.appearances["n44"]
    place = _place(browser.open(page), "appearances", last)

    browser.send(page, **{f"appearances-{place}-stance": "query"})

    last.refresh_from_db()
    assert last.stance == "query"
