"""Merging in the admin, with a browser alone: chosen, shown, confirmed, and undone."""

import pytest
from django.contrib.auth.models import User

from claims.models import Appearance, Claim
from sources.models import Agent, Source
from sources.registry import find_or_add_agent, set_owner
from tests.factories import chain, newsroom, paper, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

WHY = "They are one."


@pytest.fixture
def pair(owner: User) -> tuple[Agent, Agent]:
    chain(stated("a", publisher=paper("The Post")), stated("b", publisher=paper("Post, The")), by=owner)
    one, two = Agent.objects.order_by("pk")
    return one, two


def test_agent_is_merged_once_its_preview_was_seen(browser: Browser, pair: tuple[Agent, Agent]) -> None:
    one, two = sorted(pair, key=lambda agent: agent.name)
    page = browser.open(f"sources/agent/{one.pk}/change/")
    [path] = {link.removeprefix("/admin/") for link in page.links if link.endswith("/merge/")}

    shown = browser.send(path, into=two.pk, why=WHY)
    assert "Sources that it published: 1" in shown.text
    assert "admin/js/autocomplete.js" in shown.html
    assert "/admin/autocomplete/" in shown.html
    assert not Agent.objects.exclude(merged_into=None).exists()
    # Whoever chooses another one then sees that first.
    fields = {**shown.form().fields, "why": WHY}
    other = find_or_add_agent(paper("Another"), by=User.objects.get(username="cora"))
    Agent.objects.filter(pk=other.pk).update(public_since=two.public_since)
    browser.client.post(f"/admin/{path}", {**fields, "into": other.pk})
    assert not Agent.objects.exclude(merged_into=None).exists()

    done = browser.client.post(f"/admin/{path}", {**fields, "into": two.pk}, follow=True)
    assert "Merged into" in done.content.decode()
    one.refresh_from_db()
    assert (one.merged_into, one.merged_why) == (two, WHY)
    assert {source.publisher for source in Source.objects.all()} == {two}


def test_merged_agent_is_only_shown_until_the_merge_is_undone(
    browser: Browser, pair: tuple[Agent, Agent]
) -> None:
    one, two = pair
    path = f"sources/agent/{one.pk}/merge/"
    browser.client.post(f"/admin/{path}", {"into": two.pk, "why": WHY, "shown": two.pk})
    page = browser.open(f"sources/agent/{one.pk}/change/")
    assert WHY in page.text
    assert 'name="name"' not in page.html
    assert not [link for link in page.links if link.endswith("/merge/")]

    browser.send(f"sources/agent/{one.pk}/unmerge/", why="They are two.")
    one.refresh_from_db()
    assert (one.merged_into, one.merged_why) == (None, "They are two.")
    assert {source.publisher for source in Source.objects.all()} == {one, two}
    history = browser.open(f"sources/agent/{one.pk}/history/").text
    assert "They are two." in history


def test_what_differs_is_settled_or_corrected_first(
    browser: Browser, cora: User, pair: tuple[Agent, Agent]
) -> None:
    one, two = pair
    group = find_or_add_agent(paper("The Group"), by=cora)
    set_owner(one, group, by=cora)
    path = f"sources/agent/{one.pk}/merge/"
    shown = browser.send(path, into=two.pk, why=WHY)
    assert "They differ in owner" in shown.text
    refused = browser.client.post(f"/admin/{path}", {"into": two.pk, "why": WHY, "shown": two.pk})
    assert "Correct the one that is wrong first" in refused.content.decode()
    browser.client.post(f"/admin/{path}", {"into": two.pk, "why": WHY, "shown": two.pk, "settled": ["owner"]})
    one.refresh_from_db()
    assert one.merged_into == two


def test_sources_are_merged_and_what_is_in_the_way_is_said(browser: Browser, owner: User) -> None:
    facts = {"publisher": paper("The Post"), "quote": "the words"}
    recorded = chain(
        *(stated(ref, url=f"https://a.example/{ref}", **facts) for ref in "ab"),
        by=owner,
    )
    one, two = Source.objects.order_by("pk")
    see(one, "Here stand the words.")
    shown = browser.send(f"sources/source/{one.pk}/merge/", into=two.pk, why=WHY)
    pks = [appearance.pk for appearance in recorded.appearances.values()]
    assert f"{pks[0]} and {pks[1]}" in shown.text
    appearance = Appearance.objects.get(pk=pks[1])
    browser.send(f"claims/appearance/{appearance.pk}/withdraw/", why="Twice.")
    browser.client.post(
        f"/admin/sources/source/{one.pk}/merge/", {"into": two.pk, "why": WHY, "shown": two.pk}
    )
    one.refresh_from_db()
    assert one.merged_into == two
    assert browser.open(f"sources/source/{one.pk}/change/").status == 200
    browser.send(f"sources/source/{one.pk}/unmerge/", why="They are two.")
    one.refresh_from_db()
    assert one.merged_into is None


def test_claims_are_merged_for_good(browser: Browser, owner: User) -> None:
    one, two = (chain(stated(ref), by=owner).claim for ref in "ab")
    shown = browser.send(f"claims/claim/{one.pk}/merge/", into=two.pk, why=WHY)
    assert "This cannot be undone." in shown.text
    assert "Appearances: 1" in shown.text
    browser.client.post(f"/admin/claims/claim/{one.pk}/merge/", {"into": two.pk, "why": WHY, "shown": two.pk})
    assert Claim.objects.get(pk=one.pk).merged_into == two
    page = browser.open(f"claims/claim/{one.pk}/change/")
    steps = {link.rstrip("/").rpartition("/")[2] for link in page.links}
    assert not steps & {"merge", "publish", "withdraw", "unmerge"}


def test_only_who_decides_is_offered_a_merge(pair: tuple[Agent, Agent]) -> None:
    account = newsroom("An Editor")
    account.groups.add(account.groups.model.objects.get(name="editor"))
    account.is_staff = True
    account.save()
    editor = Browser(User.objects.get(pk=account.pk))
    page = editor.open(f"sources/agent/{pair[0].pk}/change/")
    assert not [link for link in page.links if link.endswith("/merge/")]
    assert editor.client.get(f"/admin/sources/agent/{pair[0].pk}/merge/").status_code == 403
