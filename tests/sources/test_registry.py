"""Agents and sources are found by what identifies them, added when new, and never changed by being named."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Change
from sources.canonical import InvalidURL
from sources.models import Agent, Source
from sources.registry import (
    AgentName,
    InvalidName,
    OwnershipCycle,
    add_offline_source,
    editing,
    find_or_add_agent,
    find_or_add_source,
    find_source,
    known_agents,
    make_public,
    set_owner,
)
from sources.viewers import ANONYMOUS
from sources.vocabulary import AgentKind
from tests.factories import paper
from tests.racing import together

pytestmark = pytest.mark.django_db

AddAgent = Callable[[str], Agent]


@pytest.fixture
def add(owner: User) -> AddAgent:
    """Adds (or finds) a newspaper of this name."""
    return lambda name: find_or_add_agent(paper(name), by=owner)


class TestAgents:
    def test_spellings_of_a_name_find_one_agent_that_keeps_its_first(self, add: AddAgent) -> None:
        first = add("The New  York Times")

        assert add("the new york\u00a0TIMES") == first
        assert Agent.objects.get().name == "The New York Times"

    def test_the_same_name_of_another_kind_is_another_agent(self, add: AddAgent, owner: User) -> None:
        assert add("Mint") != find_or_add_agent(AgentName("Mint", AgentKind.COMPANY), by=owner)

    def test_an_old_name_leads_to_whom_it_was_merged_into_in_the_end(self, add: AddAgent) -> None:
        first, second, third = add("First"), add("Second"), add("Third")
        Agent.objects.filter(pk=first.pk).update(merged_into=second)
        Agent.objects.filter(pk=second.pk).update(merged_into=third)

        assert add("first") == third

    @pytest.mark.parametrize("name", ["", " \u3000", "a" * 301, "ﷺ" * 100])
    def test_what_cannot_be_a_name_is_refused(self, name: str, add: AddAgent) -> None:
        with pytest.raises(InvalidName):
            add(name)

        assert not Agent.objects.exists()

    def test_the_longest_name_is_kept(self, add: AddAgent) -> None:
        assert add("ü" * 300).name == "ü" * 300

    @pytest.mark.django_db(transaction=True)
    def test_writers_that_name_it_at_once_get_one_agent_and_one_row_of_history(self, add: AddAgent) -> None:
        found = together(*[lambda: add("Mint")] * 6)

        assert found == [Agent.objects.get()] * 6
        assert Change.objects.filter(object_type="agent", action="created").count() == 1


class TestSources:
    def test_spellings_of_a_url_find_one_source(self, owner: User, stranger: User) -> None:
        source = find_or_add_source("HTTP://Example.com:80/a/../b?utm_source=x#f", by=owner)

        assert find_or_add_source("http://example.com/b", by=stranger) == source
        assert find_source("http://EXAMPLE.com./b") == source
        assert set(source.submitters.all()) == {owner, stranger}

    def test_naming_a_source_again_changes_none_of_its_facts(self, owner: User, stranger: User) -> None:
        source = find_or_add_source("https://a.example/", by=owner, title="A title", language="en")
        find_or_add_source("https://a.example/", by=stranger, title="Another", language="hi")
        source.refresh_from_db()

        assert (source.title, source.language, source.created_by) == ("A title", "en", owner)

    def test_an_old_url_leads_to_the_source_it_was_merged_into_in_the_end(self, owner: User) -> None:
        one, two, three = (find_or_add_source(f"https://a.example/{n}", by=owner) for n in (1, 2, 3))
        Source.objects.filter(pk=one.pk).update(merged_into=two)
        Source.objects.filter(pk=two.pk).update(merged_into=three)

        assert find_or_add_source("https://a.example/1", by=owner) == three
        assert find_source("https://a.example/1") == three

    def test_an_unknown_url_finds_nothing_and_adds_nothing(self) -> None:
        assert find_source("https://a.example/") is None
        assert not Source.objects.exists()

    def test_what_is_no_url_is_refused(self, owner: User) -> None:
        with pytest.raises(InvalidURL):
            find_or_add_source("javascript:alert(1)", by=owner)

    def test_two_offline_works_are_two(self, add: AddAgent, owner: User) -> None:
        books = [add_offline_source(title="A book", publisher=add("Press"), by=owner) for _ in range(2)]

        assert books[0] != books[1]
        assert all(book.is_offline for book in books)

    @pytest.mark.django_db(transaction=True)
    def test_writers_that_name_it_at_once_get_one_source_and_one_row_of_history(
        self, owner: User, stranger: User
    ) -> None:
        by = [owner, stranger] * 3
        found = together(*[lambda who=who: find_or_add_source("https://a.example/", by=who) for who in by])

        assert found == [Source.objects.get()] * 6
        assert Source.objects.get().submitters.count() == 2
        assert Change.objects.filter(object_type="source", action="created").count() == 1


class TestKnownAgents:
    def test_of_each_name_the_one_agent_is_found(self, add: AddAgent) -> None:
        mint, times = add("Mint"), add("The Times")
        Agent.objects.filter(pk=times.pk).update(merged_into=mint)

        assert known_agents(["MINT", "The  Times", "Nobody"]) == {"MINT": mint, "The  Times": mint}

    def test_a_name_of_several_names_none(self, add: AddAgent, owner: User) -> None:
        add("Mint")
        find_or_add_agent(AgentName("Mint", AgentKind.COMPANY), by=owner)

        assert known_agents(["Mint"]) == {}

    def test_no_name_asks_nothing(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert known_agents([]) == {}


class TestEditing:
    def test_what_differs_is_saved_and_logged_with_its_author(self, add: AddAgent, curator: User) -> None:
        agent = add("Mint")
        with editing(agent, by=curator):
            agent.name = "The Mint"
        change = Change.objects.get(object_type="agent", action="updated")

        assert Agent.objects.get().name_key == "the mint"
        assert change.by == curator
        assert (change.before or {})["name"] == "Mint"
        assert (change.after or {})["name"] == "The Mint"

    def test_several_are_logged_each_and_cost_as_many_statements_as_two(
        self, owner: User, curator: User
    ) -> None:
        counts = []
        for number, count in enumerate((2, 10)):
            sources = [find_or_add_source(f"https://{number}-{n}.example/", by=owner) for n in range(count)]
            with CaptureQueriesContext(connection) as asked, editing(*sources, by=curator):
                for source in sources:
                    source.title = f"Title {source.pk}"
                sources[0].language = "hi"
            counts.append(len(asked))
        changes = Change.objects.filter(object_type="source", action="updated", by=curator)

        assert counts[0] == counts[1]
        assert {change.source_id: (change.after or {})["title"] for change in changes} == {
            source.pk: f"Title {source.pk}" for source in Source.objects.all()
        }
        assert Source.objects.filter(language="hi").count() == 2
        assert set(Source.objects.values_list("title", flat=True)) == {
            f"Title {source.pk}" for source in Source.objects.all()
        }

    def test_agents_and_sources_in_one_block_are_all_saved(
        self, add: AddAgent, owner: User, curator: User
    ) -> None:
        agent = add("Mint")
        sources = [find_or_add_source(f"https://{name}.example/", by=owner) for name in "ab"]
        with editing(*sources, agent, by=curator):
            agent.name = "The Mint"
            for source in sources:
                source.publisher = agent

        assert Agent.objects.get().name_key == "the mint"
        assert set(Source.objects.values_list("publisher", flat=True)) == {agent.pk}
        assert Change.objects.filter(action="updated", by=curator).count() == 3

    def test_what_somebody_else_stored_meanwhile_is_seen_in_the_block(
        self, owner: User, curator: User
    ) -> None:
        sources = [find_or_add_source(f"https://{name}.example/", by=owner) for name in "ab"]
        Source.objects.update(title="Stored meanwhile")
        with editing(*sources, by=curator):
            assert [source.title for source in sources] == ["Stored meanwhile"] * 2
            sources[0].language = "hi"

        assert Change.objects.filter(action="updated").count() == 1

    def test_whom_a_row_names_is_seen_as_stored(self, add: AddAgent, owner: User, curator: User) -> None:
        before, now = add("Mint"), add("Basil")
        source = find_or_add_source("https://a.example/", by=owner, publisher=before)
        assert source.publisher == before
        Source.objects.update(publisher=now)
        with editing(source, by=curator):
            assert source.publisher == now
            source.language = "hi"
        change = Change.objects.get(action="updated")

        assert (change.before or {})["publisher_id"] == (change.after or {})["publisher_id"] == now.pk

    def test_columns_that_were_not_read_are_read(self, owner: User, curator: User) -> None:
        find_or_add_source("https://a.example/", by=owner, title="A page")
        source = Source.objects.only("url").get()
        with editing(source, by=curator):
            source.language = "hi"
        source.refresh_from_db()

        assert (source.title, source.language) == ("A page", "hi")

    def test_row_that_is_gone_is_told(self, owner: User, curator: User) -> None:
        source = find_or_add_source("https://a.example/", by=owner)
        with (
            pytest.raises(Source.DoesNotExist, match="There is no source 0"),
            editing(source, Source(pk=0), by=curator),
        ):
            source.language = "hi"

        assert not Source.objects.filter(language="hi").exists()

    def test_what_does_not_differ_leaves_no_trace(self, add: AddAgent, curator: User) -> None:
        agent = add("Mint")
        with editing(agent, by=curator):
            agent.name = "Mint"

        assert not Change.objects.filter(action="updated").exists()

    @pytest.mark.django_db(transaction=True)
    def test_edits_at_the_same_moment_lose_nothing_of_each_other(self, owner: User, curator: User) -> None:
        pk = find_or_add_source("https://a.example/", by=owner).pk

        def set_field(name: str, value: str) -> None:
            source = Source.objects.get(pk=pk)
            with editing(source, by=curator):
                setattr(source, name, value)

        together(lambda: set_field("title", "A title"), lambda: set_field("language", "hi"))
        source = Source.objects.get()

        assert (source.title, source.language) == ("A title", "hi")


class TestOwners:
    def test_everybody_below_learns_who_owns_them_in_the_end(self, add: AddAgent, curator: User) -> None:
        local, group, holding = add("Local"), add("Group"), add("Holding")
        set_owner(local, group, by=curator)
        set_owner(group, holding, by=curator)
        local.refresh_from_db()
        assert (local.owner, local.ultimate_owner) == (group, holding)

        set_owner(group, None, by=curator)
        local.refresh_from_db()
        group.refresh_from_db()
        assert (local.ultimate_owner, group.owner, group.ultimate_owner) == (group, None, None)

    def test_a_circle_is_refused_with_its_chain(self, add: AddAgent, curator: User) -> None:
        local, group, holding = add("Local"), add("Group"), add("Holding")
        set_owner(local, group, by=curator)
        set_owner(group, holding, by=curator)
        with pytest.raises(
            OwnershipCycle, match="Holding is owned by Local is owned by Group is owned by Holding"
        ):
            set_owner(holding, local, by=curator)

        assert Agent.objects.get(pk=holding.pk).owner is None

    def test_nobody_owns_itself(self, add: AddAgent, curator: User) -> None:
        agent = add("Mint")
        with pytest.raises(OwnershipCycle):
            set_owner(agent, agent, by=curator)

    @pytest.mark.django_db(transaction=True)
    def test_two_that_are_set_at_once_close_no_circle(self, add: AddAgent, curator: User) -> None:
        agents = [add(name) for name in ("A", "B", "C", "D")]

        def own(agent: Agent, owner: Agent) -> bool:
            try:
                set_owner(Agent.objects.get(pk=agent.pk), Agent.objects.get(pk=owner.pk), by=curator)
            except OwnershipCycle:
                return False
            return True

        pairs = zip(agents, [*agents[1:], agents[0]], strict=True)
        done = together(*[lambda pair=pair: own(*pair) for pair in pairs])

        assert done.count(False) == 1
        assert Agent.objects.filter(owner=None).count() == 1


class TestPublicity:
    def test_a_source_is_shown_with_its_publisher_from_the_first_time_on(
        self, add: AddAgent, owner: User
    ) -> None:
        publisher = add("Mint")
        source = find_or_add_source("https://a.example/", by=owner, publisher=publisher)
        assert not Source.objects.visible_to(ANONYMOUS).exists()

        make_public(sources=[source.pk])
        since = Source.objects.visible_to(ANONYMOUS).get().public_since
        assert Agent.objects.visible_to(ANONYMOUS).get() == publisher

        make_public(sources=[source.pk])
        assert Source.objects.get().public_since == since
