"""A chain goes in: all of it or nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from claims.intake import Recorded, UnknownClaim
from claims.models import Appearance, Change, Claim, Derivation, DueAnchoring
from claims.publishing import withdraw_appearance, withdraw_claim
from claims.refusals import Conflict, Invalid, Refused
from claims.stated import StatedAppearance, StatedChain, StatedDerivation
from claims.vocabulary import Basis, ChainEnd, ClaimStatus, DerivationKind, DerivationState
from sources import registry
from sources.models import Agent, Capture, Source
from sources.vocabulary import AgentKind
from tests.factories import chain, newsroom, paper, repeats, stated

pytestmark = pytest.mark.django_db


def extend(recorded: Recorded, *appearances: StatedAppearance, by: User, **facts: Any) -> Recorded:
    return chain(*appearances, by=by, **{"slug": recorded.claim.slug, "text": "", "language": "", **facts})


def refused(*appearances: StatedAppearance, by: User, **facts: Any) -> Refused:
    """How this chain is refused; and nothing of it may be left."""
    models: list[Any] = [Agent, Source, Capture, Claim, Appearance, Derivation, DueAnchoring, Change]
    before = [model.objects.count() for model in models]
    with pytest.raises(Refused) as raised:
        chain(*appearances, by=by, **facts)
    assert [model.objects.count() for model in models] == before
    return raised.value


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


# --- extending a claim ----------------------------------------------------------------------------------------------


def test_claim_is_extended_by_its_slug_from_what_is_stored(owner: User) -> None:
    recorded = chain(stated("study"), by=owner)
    rests_on = StatedDerivation(appearance=recorded.appearances["study"].pk, kind=DerivationKind.CITATION)
    more = extend(recorded, stated("paper", derived_from=(rests_on,)), by=owner)

    assert more.claim == recorded.claim
    assert more.derivations[0].origin == recorded.appearances["study"]
    assert Claim.objects.count() == 1


def test_chain_never_changes_the_claim_it_extends(owner: User) -> None:
    recorded = chain(stated("a"), by=owner, text="It is so.", language="en", parties=(paper("P"),))
    same = {"text": "It  is so.", "language": "en", "parties": (paper("p"),)}
    assert extend(recorded, stated("b"), by=owner, **same)

    for facts in ({"text": "It is not so."}, {"language": "hi"}, {"parties": (paper("Q"),)}):
        found = refused(
            stated("c"), by=owner, **{"slug": recorded.claim.slug, "text": "", "language": "", **facts}
        )
        assert isinstance(found, Conflict)
        assert (found.code, found.path) == ("differs", ("claim", *facts))


def test_merged_claim_is_followed_and_still_known_by_its_own_text(owner: User) -> None:
    old, middle, new = (chain(stated("a"), by=owner) for _ in range(3))
    Claim.objects.filter(pk=old.claim.pk).update(merged_into=middle.claim)
    Claim.objects.filter(pk=middle.claim.pk).update(merged_into=new.claim)
    assert extend(old, stated("b"), by=owner, text=old.claim.text).claim == new.claim


def test_claim_that_is_not_shown_to_the_writer_cannot_be_extended(owner: User, stranger: User) -> None:
    draft = chain(stated("a"), by=stranger)
    for slug in (draft.claim.slug, "no-such-claim"):
        found = refused(stated("b"), by=owner, slug=slug, text="")
        assert isinstance(found, UnknownClaim)
        assert found.path == ("claim", "slug")


def test_withdrawn_claim_cannot_be_extended(owner: User) -> None:
    recorded = chain(stated("a"), by=owner)
    withdraw_claim(recorded.claim, by=owner, why="Not one claim but two.")
    found = refused(stated("b"), by=owner, slug=recorded.claim.slug, text="")
    assert isinstance(found, Conflict)
    assert found.code == "withdrawn"


def test_origin_must_be_of_the_claim_and_neither_withdrawn_nor_hidden(owner: User, stranger: User) -> None:
    recorded = chain(stated("a"), stated("b"), by=owner)
    withdraw_appearance(recorded.appearances["b"], by=owner, why="Not so.")
    waiting = extend(recorded, stated("c"), by=stranger).appearances["c"]
    other = chain(stated("d"), by=owner).appearances["d"]
    another = newsroom("Another Stranger")
    for origin in (recorded.appearances["b"], waiting, other):
        rests_on = StatedDerivation(appearance=origin.pk, kind=DerivationKind.REPETITION)
        chained = stated("e", derived_from=(rests_on,))
        assert refused(chained, by=another, slug=recorded.claim.slug, text="", language="").code == "unknown"


# --- whose claim ----------------------------------------------------------------------------------------------------


def test_claim_of_a_trusted_newsroom_is_published_with_what_it_cites(owner: User) -> None:
    speaks = StatedAppearance(
        ref="a", url="https://a.example/", stance=stated("a").stance, publisher=paper("P"), claimant=paper("C"),
        chain_end=ChainEnd.PRIMARY,
    )  # fmt: skip
    recorded = chain(speaks, by=owner, parties=(paper("Party"),))
    assert recorded.claim.status == ClaimStatus.PUBLISHED
    assert not Source.objects.filter(public_since=None).exists()
    assert not Agent.objects.filter(public_since=None).exists()


def test_claim_of_another_newsroom_waits_as_a_draft_with_all_it_cites(stranger: User) -> None:
    recorded = chain(stated("a"), by=stranger, parties=(paper("Party"),))
    assert recorded.claim.status == ClaimStatus.DRAFT
    assert recorded.appearances["a"].published  # once the claim is
    assert not Source.objects.exclude(public_since=None).exists()
    assert not Agent.objects.exclude(public_since=None).exists()


def test_what_a_stranger_adds_to_a_published_claim_waits(owner: User, stranger: User) -> None:
    recorded = chain(stated("a"), by=owner)
    origin = recorded.appearances["a"].pk
    sure = StatedDerivation(
        appearance=origin, kind=DerivationKind.REPETITION, state=DerivationState.CONFIRMED
    )
    more = extend(recorded, stated("b", derived_from=(sure,)), by=stranger)

    assert not more.appearances["b"].published
    assert [step.state for step in more.derivations] == [DerivationState.SUGGESTED]
    assert more.appearances["b"].source.public_since is None
    assert Agent.objects.get(name="The B").public_since is None


def test_what_a_curator_adds_to_anothers_claim_stands(owner: User, curator: User) -> None:
    recorded = chain(stated("a"), by=owner)
    rests_on = StatedDerivation(appearance=recorded.appearances["a"].pk, kind=DerivationKind.REPETITION)
    more = extend(recorded, stated("b", derived_from=(rests_on,)), by=curator)

    assert more.appearances["b"].published
    assert [step.state for step in more.derivations] == [DerivationState.CONFIRMED]
    assert Source.objects.get(pk=more.appearances["b"].source_id).public_since


def test_inferred_step_is_suggested_unless_its_reason_is_given_and_it_is_sent_as_confirmed(
    owner: User,
) -> None:
    guess = repeats("a", basis=Basis.INFERRED, reason="The same typing error.")
    sure = repeats("a", basis=Basis.INFERRED, reason="The same error.", state=DerivationState.CONFIRMED)
    recorded = chain(
        stated("a"), stated("b", derived_from=(guess,)), stated("c", derived_from=(sure,)), by=owner
    )
    assert [step.state for step in recorded.derivations] == ["suggested", "confirmed"]


def test_long_chain_goes_in_whichever_end_comes_first(owner: User) -> None:
    links = [stated(f"n{number}", f"n{number + 1}", publisher=paper("P")) for number in range(60)]
    end = stated("n60", publisher=paper("P"))
    assert len(chain(*links, end, by=owner).derivations) == 60
    assert len(chain(end, *links[::-1], by=owner).derivations) == 60


def test_empty_chain_makes_a_claim_without_appearances(owner: User) -> None:
    recorded = chain(by=owner)
    assert recorded.claim.appearances.count() == 0
    assert StatedChain().appearances == ()
