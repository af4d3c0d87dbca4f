"""A chain goes in: all of it or nothing."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from claims.models import Change
from claims.publishing import withdraw_appearance
from claims.refusals import Conflict, Invalid
from claims.stated import StatedChain, StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState
from sources import registry
from sources.models import Agent, Source
from sources.vocabulary import AgentKind
from tests.claims.refusing import extend, refused
from tests.factories import chain, paper, repeats, stated

pytestmark = pytest.mark.django_db


# --- what goes in ---------------------------------------------------------------------------------------------------


def test_chain_is_recorded_with_its_derivations_and_captures(owner: User) -> None:
    recorded = chain(stated("study"), stated("paper", "study"), by=owner)

    [step] = recorded.derivations
    assert (step.derived, step.origin) == (recorded.appearances["paper"], recorded.appearances["study"])
    assert step.state == DerivationState.CONFIRMED
    assert [capture.source for capture in recorded.captures] == [
        appearance.source for appearance in recorded.appearances.values()
    ]


def test_refs_may_be_used_before_they_are_given(owner: User) -> None:
    recorded = chain(stated("paper", "study"), stated("study"), by=owner)
    assert recorded.derivations[0].origin == recorded.appearances["study"]


def test_spellings_of_one_url_are_one_source_captured_once(owner: User) -> None:
    recorded = chain(
        stated("one", url="HTTP://Example.com:80/a/../b?utm_source=x#f"),
        stated("other", url="http://example.com/b"),
        by=owner,
    )
    assert Source.objects.get().url == "http://example.com/b"
    assert len(recorded.captures) == 1


def test_spellings_of_one_name_are_one_agent_of_each_kind(owner: User) -> None:
    chain(
        stated("a", publisher=paper("The  Daily")),
        stated("b", publisher=paper("THE DAILY")),
        stated("c", publisher=paper("The Daily", AgentKind.BROADCASTER)),
        by=owner,
    )
    assert list(Agent.objects.order_by("pk").values_list("name_key", "kind")) == [
        ("the daily", "broadcaster"), ("the daily", "newspaper"),
    ]  # fmt: skip


def test_offline_work_needs_title_and_publisher_and_is_not_captured(owner: User) -> None:
    book = {"url": None, "title": "A Book"}
    assert refused(stated("a", url=None), by=owner).path == ("appearances", 0, "title")
    assert refused(stated("a", **book, publisher=None), by=owner).path == ("appearances", 0, "publisher")

    recorded = chain(stated("a", **book), stated("b", **book), by=owner)
    assert recorded.captures == []
    assert Source.objects.count() == 2  # whether two works without a URL are one is for a curator to say


def test_language_is_kept_on_the_appearance_only_where_it_is_not_the_sources(owner: User) -> None:
    url = "https://a.example/"
    recorded = chain(
        stated("a", url=url, language="hi"),
        stated("b", url=url, language="en"),
        stated("c", language="hi"),
        by=owner,
    )
    kept = {ref: appearance.language for ref, appearance in recorded.appearances.items()}
    assert kept == {"a": "", "b": "en", "c": ""}
    assert [each.spoken_language for each in recorded.appearances.values()] == ["hi", "en", "hi"]


# --- what is refused, with nothing written --------------------------------------------------------------------------


def test_circle_is_refused_with_its_path(owner: User) -> None:
    found = refused(stated("a", "c"), stated("b", "a"), stated("c", "b"), by=owner)

    assert isinstance(found, Invalid)
    assert found.code == "cycle"
    assert found.path == ("appearances", 2, "derived_from", 0)
    assert found.detail.count(" rests on ") == 3
    # Nothing was kept that an id could stand for: the sender knows its own names alone.
    assert "appearance 'c' (" in found.detail
    assert not re.search(r"appearance \d", found.detail)


@pytest.mark.parametrize(
    ("step", "code", "path"),
    [
        (repeats("nowhere"), "unknown", ("ref",)),
        (StatedDerivation(appearance=999, kind=DerivationKind.CITATION), "unknown", ("appearance",)),
        (StatedDerivation(kind=DerivationKind.CITATION), "invalid", ()),
        (StatedDerivation(ref="b", appearance=1, kind=DerivationKind.CITATION), "invalid", ()),
        (repeats("a"), "self", ()),
        (repeats("b", DerivationKind.REVISION), "kind", ("kind",)),
        (repeats("b", DerivationKind.CORRECTION), "kind", ("kind",)),
        (repeats("b", state=DerivationState.REJECTED), "invalid", ("state",)),
        (
            repeats("b", basis=Basis.INFERRED, state=DerivationState.CONFIRMED, reason=" "),
            "required",
            ("reason",),
        ),
    ],
)
def test_derivation_that_cannot_be_is_refused_at_its_place(
    owner: User, step: StatedDerivation, code: str, path: tuple[str, ...]
) -> None:
    found = refused(stated("a", derived_from=(repeats("c"), step)), stated("b"), stated("c"), by=owner)
    assert isinstance(found, Invalid)
    assert (found.code, found.path) == (code, ("appearances", 0, "derived_from", 1, *path))


def test_translation_within_one_language_is_refused(owner: User) -> None:
    into = repeats("a", DerivationKind.TRANSLATION)
    found = refused(stated("a", language="en"), stated("b", language="en", derived_from=(into,)), by=owner)
    assert (found.code, found.path[-1]) == ("kind", "kind")
    assert chain(stated("a", language="en"), stated("b", language="hi", derived_from=(into,)), by=owner)


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        ({"url": "javascript:alert(1)"}, "invalid", "url"),
        ({"url": "https://a.example/", "source": 1}, "invalid", "source"),
        ({"source": 999}, "unknown", "source"),
        ({"said_at": "yesterday"}, "invalid", "said_at"),
        ({"said_at": "2021-02-30"}, "invalid", "said_at"),
        ({"published_at": "1 March 2021"}, "invalid", "published_at"),
        ({"publisher": paper(" ")}, "invalid", "publisher"),
        ({"claimant": paper("\ufdfa" * 20)}, "invalid", "claimant"),  # 20 characters that fold to 360
    ],
)
def test_appearance_that_cannot_be_is_refused_at_its_field(
    owner: User, facts: dict[str, Any], code: str, path: str
) -> None:
    found = refused(stated("first"), stated("second", **facts), by=owner)
    assert isinstance(found, Invalid)
    assert (found.code, found.path[:3]) == (code, ("appearances", 1, path))


def test_ref_given_twice_is_refused(owner: User) -> None:
    found = refused(stated("a"), stated("a"), by=owner)
    assert (found.code, found.path) == ("duplicate", ("appearances", 1, "ref"))


def test_claim_without_words_or_with_a_nameless_party_is_refused(owner: User) -> None:
    assert refused(stated("a"), by=owner, text=" \n").path == ("claim", "text")
    assert refused(stated("a"), by=owner, parties=(paper("X"), paper(""))).path == (
        "claim",
        "parties",
        1,
        "name",
    )


# --- the same twice -------------------------------------------------------------------------------------------------


def test_same_source_quote_and_date_is_refused_in_one_chain_and_beside_what_is_stored(owner: User) -> None:
    same = stated("same")
    found = refused(same, stated("again", url=same.url, quote=same.quote), by=owner)
    assert isinstance(found, Invalid)
    assert (found.code, found.path) == ("duplicate", ("appearances", 1))

    recorded = chain(same, by=owner)
    found = refused(same, by=owner, slug=recorded.claim.slug, text="", language="")
    assert isinstance(found, Conflict)
    assert found.code == "duplicate"
    assert str(recorded.appearances["same"].pk) in found.detail


def test_white_space_makes_no_other_quote_but_a_date_does(owner: User) -> None:
    recorded = chain(stated("a", url="https://a.example/", quote="so it is"), by=owner)
    spaced = stated("a", url="https://a.example/", quote="so  it\nis")
    found = refused(spaced, by=owner, slug=recorded.claim.slug, text="", language="")
    assert found.code == "duplicate"

    later = stated("a", url="https://a.example/", quote="so it is", said_at="2021")
    assert extend(recorded, later, by=owner)


def test_withdrawn_appearance_leaves_its_place_to_another(owner: User) -> None:
    same = stated("same")
    recorded = chain(same, by=owner)
    withdraw_appearance(recorded.appearances["same"], by=owner, why="Entered by mistake.")
    assert extend(recorded, same, by=owner)


def test_same_source_can_be_in_two_claims(owner: User) -> None:
    same = stated("same")
    assert (
        chain(same, by=owner).appearances["same"].source == chain(same, by=owner).appearances["same"].source
    )


def test_same_step_twice_in_one_chain_is_the_requests_own_fault(owner: User) -> None:
    twice = (repeats("study"), repeats("study", DerivationKind.CITATION, state=DerivationState.SUGGESTED))
    found = refused(stated("study"), stated("paper", derived_from=twice), by=owner)
    assert isinstance(found, Invalid)
    assert (found.code, found.path) == ("duplicate", ("appearances", 1, "derived_from", 1))


# --- what is there already ------------------------------------------------------------------------------------------


def test_naming_a_source_keeps_what_is_said_otherwise_and_changes_nothing(
    owner: User, stranger: User
) -> None:
    url = "https://a.example/"
    chain(stated("a", url=url, title="Its title", published_at="2021"), by=owner)
    source = Source.objects.get()
    chain(stated("b", url=url, title="Another", published_at="2021", publisher=paper("Another")), by=stranger)

    unchanged = Source.objects.get()
    assert (unchanged.title, unchanged.publisher) == (source.title, source.publisher)
    kept = Change.objects.get(action="stated")
    assert (kept.by, kept.source) == (stranger, source)
    assert kept.before == {"title": "Its title", "publisher_id": source.publisher_id}
    assert kept.after == {"title": "Another", "publisher_id": Agent.objects.get(name="Another").pk}


def test_merged_agents_and_sources_are_followed_to_the_end(owner: User) -> None:
    chain(stated("a", url="https://a.example/", publisher=paper("A")), by=owner)
    chain(stated("b", url="https://b.example/", publisher=paper("B")), by=owner)
    chain(stated("c", url="https://c.example/", publisher=paper("C")), by=owner)
    for model in (Agent, Source):
        a, b, c = model.objects.order_by("pk")
        for one, into in ((a, b), (b, c)):
            with registry.editing(one, by=owner):
                one.merged_into = into
    into = Source.objects.get(url="https://c.example/")

    recorded = chain(
        stated("by url", url="https://a.example/", publisher=paper("A")),
        stated("by id", source=Source.objects.get(url="https://b.example/").pk, publisher=paper("C")),
        by=owner,
    )
    assert {appearance.source for appearance in recorded.appearances.values()} == {into}
    assert not Change.objects.filter(action="stated").exists()  # A is C by now


def test_source_that_is_not_shown_to_the_writer_is_unknown_by_its_id(owner: User, stranger: User) -> None:
    draft = chain(stated("a"), by=stranger)
    hidden = draft.appearances["a"].source
    assert refused(stated("b", source=hidden.pk), by=owner).code == "unknown"
    assert chain(stated("b", url=hidden.url), by=owner).appearances["b"].source == hidden


def test_long_chain_goes_in_whichever_end_comes_first(owner: User) -> None:
    links = [stated(f"n{number}", f"n{number + 1}", publisher=paper("P")) for number in range(60)]
    end = stated("n60", publisher=paper("P"))
    assert len(chain(*links, end, by=owner).derivations) == 60
    assert len(chain(end, *links[::-1], by=owner).derivations) == 60


def test_empty_chain_makes_a_claim_without_appearances(owner: User) -> None:
    recorded = chain(by=owner)
    assert recorded.claim.appearances.count() == 0
    assert StatedChain().appearances == ()
