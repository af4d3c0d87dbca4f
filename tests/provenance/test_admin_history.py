"""The history of a row: who wrote what, and each field as it was and as it became."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import intake
from claims.admin.history import PER_PAGE, entries
from claims.models import Change
from sources.models import Agent
from tests.factories import chain, paper, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db


def _differences(change: Change) -> dict[str, tuple[str, str]]:
    [entry] = entries([change])
    return {difference.field: (difference.before, difference.after) for difference in entry.differences}


def test_fields_are_shown_as_they_were_and_as_they_became(browser: Browser, cora: User, owner: User) -> None:
    first = chain(stated("a", claimant=paper("The Herald")), by=owner).appearances["a"]
    browser.send(f"claims/appearance/{first.pk}/change/", stance="deny", claimant="", chain_end="primary")

    assert _differences(Change.objects.latest("seq")) == {
        "stance": ("support", "deny"),
        "claimant": ("agent The Herald", ""),
        "chain end": ("", "primary"),
    }
    page = browser.open(f"claims/appearance/{first.pk}/history/")
    assert f"Appearance {first.pk} updated by {cora}" in page.text
    assert "stance support deny" in page.text
    assert "claimant agent The Herald (nothing)" in page.text
    assert "2 changes" in page.text


def test_parties_are_named(browser: Browser, owner: User) -> None:
    claim = chain(stated("a", publisher=paper("The Herald")), by=owner).claim
    browser.send(f"claims/claim/{claim.pk}/change/", parties=[Agent.objects.get().pk])

    assert _differences(Change.objects.latest("seq")) == {"parties": ("", "agent The Herald")}


def test_new_row_shows_what_it_has_and_leaves_out_what_it_has_not(owner: User) -> None:
    appearance = chain(stated("a", quote="so it is"), by=owner).appearances["a"]

    said = _differences(Change.objects.get(object_type="appearance", object_id=appearance.pk))

    assert (said["quote"], said["author"], said["published"]) == (
        ("", "so it is"),
        ("", "the-owner"),
        ("", "yes"),
    )
    assert not {"said at", "chain end", "withdrawn by", "ID"} & said.keys()


def test_claim_has_the_history_of_all_that_belongs_to_it(browser: Browser, owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    see(recorded.appearances["a"].source, recorded.appearances["a"].quote)

    text = browser.open(f"claims/claim/{recorded.claim.pk}/history/").text

    assert f"Derivation {recorded.derivations[0].pk} created by the-owner" in text
    assert "anchored by the service" in text


def test_words_of_strangers_are_shown_as_the_text_they_are(browser: Browser, owner: User) -> None:
    hostile = "<script>alert(1)</script> \N{RIGHT-TO-LEFT OVERRIDE}001"
    claim = chain(stated("a", quote=hostile), by=owner).claim

    page = browser.open(f"claims/claim/{claim.pk}/history/")

    assert "<script>alert(1)" not in page.html
    assert "<script>alert(1)</script> [U+202E]001" in page.text


def test_history_comes_in_pages_that_cost_the_same(browser: Browser, owner: User, cora: User) -> None:
    claim = chain(stated("a"), stated("b", "a"), by=owner).claim
    path = f"claims/claim/{claim.pk}/history/"
    counted = []
    for size in (3, 100):
        for number in range(size):
            intake.edit_claim(claim, by=cora, text=f"Version {number} of {size}.")
        browser.open(path)
        with CaptureQueriesContext(connection) as queries:
            page = browser.open(f"{path}?p=1")
        counted.append(len(queries))

    assert counted[0] >= counted[1]  # the later page names fewer kinds of rows
    assert page.html.count("<section") == PER_PAGE
    assert "?p=2" in page.links


def test_history_of_what_one_does_not_see_is_not_there(stranger: User) -> None:
    from django.contrib.auth.models import Permission

    draft = chain(stated("a"), by=stranger).claim
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_claim"))

    assert Browser(clerk).open(f"claims/claim/{draft.pk}/history/").status == 404
