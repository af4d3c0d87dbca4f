"""Agents that were found to be one: what names the one then names the other, and an undo leads it back."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.intake import edit_appearance, edit_claim
from claims.merging import agents
from claims.models import Appearance, Change, ChangeHead, Claim
from claims.refusals import Conflict, Invalid, NotYours, Refused
from claims.times import Moment
from claims.trees import load_tree
from sources.models import Agent, Source
from sources.registry import AgentName, find_or_add_agent, set_owner
from sources.vocabulary import AgentKind
from tests.claims.history import folded, stored
from tests.factories import chain, paper, stated
from tests.racing import refusals, together

pytestmark = pytest.mark.django_db

merge = partial(agents.merge, why="Two spellings of one name.")
undo = partial(agents.undo, why="They are two after all.")


def agent(name: str, kind: AgentKind = AgentKind.NEWSPAPER) -> Agent:
    return Agent.objects.get(name=name, kind=kind)


def tree(claim: Claim, at: Moment | None = None) -> Any:
    """All that a tree shows, but the number of writes so far."""
    found = load_tree(Claim.objects.get(pk=claim.pk), at=at or Moment())
    return (found.nodes, found.edges, found.counted, found.roots, found.findings)


@pytest.fixture
def claim(owner: User) -> Claim:
    """Two papers, A and B: A publishes, speaks, is a party, and owns C."""
    recorded = chain(
        stated("a", publisher=paper("A")),
        stated("b", publisher=paper("B")),
        stated("c", publisher=paper("C"), claimant=paper("A")),
        parties=(paper("A"),),
        by=owner,
    )
    set_owner(agent("C"), agent("A"), by=owner)
    return recorded.claim


def test_what_names_the_one_names_the_other_then(claim: Claim, curator: User) -> None:
    a, b = agent("A"), agent("B")
    merge(a, b, by=curator)

    assert {source.publisher for source in Source.objects.all()} == {b, agent("C")}
    assert Appearance.objects.exclude(claimant=None).get().claimant == b
    assert [*claim.parties.all()] == [b]
    c = agent("C")
    assert (c.owner, c.ultimate_owner) == (b, b)
    assert agent("A").merged_into == b
    assert find_or_add_agent(AgentName("a", AgentKind.NEWSPAPER), by=curator) == b
    assert folded() == stored()


def test_counts_and_what_answers_are_known_by_follow(claim: Claim, curator: User) -> None:
    before = Claim.objects.get(pk=claim.pk).revision
    epoch = ChangeHead.objects.get().registry_epoch
    assert load_tree(claim).independence().independent_origin_count == 2  # A owns C
    merge(agent("A"), agent("B"), by=curator)
    merged = Claim.objects.get(pk=claim.pk).revision
    assert load_tree(claim).independence().independent_origin_count == 1
    assert merged > before
    assert ChangeHead.objects.get().registry_epoch > epoch
    undo(agent("A"), by=curator)
    assert Claim.objects.get(pk=claim.pk).revision > merged


def test_undo_gives_the_tree_of_before_and_the_past_stays(claim: Claim, curator: User) -> None:
    before, known = tree(claim), Change.objects.latest("seq").at
    merge(agent("A"), agent("B"), by=curator)
    merged, then = tree(claim), Change.objects.latest("seq").at
    undo(agent("A"), by=curator)

    assert merged != before
    assert tree(claim) == before
    assert tree(claim, Moment(known_at=known)) == before
    assert tree(claim, Moment(known_at=then)) == merged
    assert folded() == stored()


def test_party_that_both_were_is_one_and_becomes_two_again(claim: Claim, curator: User) -> None:
    edit_claim(claim, by=curator, parties=[agent("A"), agent("B"), agent("C")])
    merge(agent("A"), agent("B"), by=curator)
    assert {*claim.parties.all()} == {agent("B"), agent("C")}
    undo(agent("A"), by=curator)
    assert {*claim.parties.all()} == {agent("A"), agent("B"), agent("C")}
    assert folded() == stored()


def test_what_was_written_since_stays_where_it_was_written(claim: Claim, owner: User, curator: User) -> None:
    said = Appearance.objects.get(claimant=agent("A"))
    merge(agent("A"), agent("B"), by=curator)
    edit_appearance(said, by=owner, claimant=agent("C"))
    edit_appearance(said, by=owner, claimant=agent("B"))
    late = chain(stated("late", publisher=paper("A")), by=owner).appearances["late"].source
    undo(agent("A"), by=curator)

    said.refresh_from_db()
    assert (said.claimant, late.publisher) == (agent("B"), agent("B"))
    assert Source.objects.filter(publisher=agent("A")).count() == 1


def test_merges_of_the_merged_lead_straight_to_the_last(claim: Claim, curator: User) -> None:
    a, b, c = agent("A"), agent("B"), agent("C")
    set_owner(c, None, by=curator)
    before = tree(claim)
    merge(a, b, by=curator)
    merge(b, c, by=curator)
    assert agent("A").merged_into == c
    assert {source.publisher for source in Source.objects.all()} == {c}
    undo(agent("A"), by=curator)
    assert Source.objects.filter(publisher=agent("A")).count() == 1
    assert agent("B").merged_into == c
    undo(agent("B"), by=curator)
    assert tree(claim) == before


@pytest.mark.parametrize(
    ("loser", "into", "code", "words"),
    [
        ("A", "A", "self", "Name another"),
        ("M", "B", "merged", "was merged into Agent"),
        ("B", "M", "merged", "Name that one"),
        ("S", "M", "circle", "would close a circle"),
        ("A", "X", "differs", "kind (newspaper and company)"),
        ("A", "D", "differs", "owner (nothing and"),
        ("A", "O", "circle", "would own itself"),
    ],
)
def test_what_cannot_be_merged_is_refused_with_the_cure(
    claim: Claim, owner: User, curator: User, loser: str, into: str, code: str, words: str
) -> None:
    chain(
        *(stated(name.lower(), publisher=paper(name)) for name in "MSDO"),
        stated("x", publisher=paper("X", AgentKind.COMPANY)),
        by=owner,
    )
    merge(agent("M"), agent("S"), by=curator)
    set_owner(agent("D"), agent("B"), by=curator)
    set_owner(agent("O"), agent("C"), by=curator)
    named = {each.name: each for each in Agent.objects.all()}
    last = Change.objects.latest("seq").seq
    with pytest.raises(Refused) as refused:
        merge(named[loser], named[into], by=curator)
    assert (refused.value.code, words in refused.value.detail) == (code, True), refused.value.detail
    assert Change.objects.latest("seq").seq == last


def test_fields_that_differ_may_be_settled_for_the_one_that_stays(claim: Claim, curator: User) -> None:
    other = find_or_add_agent(AgentName("A", AgentKind.MAGAZINE), by=curator)
    Agent.objects.filter(pk=other.pk).update(public_since=agent("A").public_since)
    with pytest.raises(Conflict, match="kind"):
        merge(agent("A"), other, by=curator)
    with pytest.raises(Invalid, match="do not differ in owner"):
        merge(agent("A"), other, by=curator, settled=["kind", "owner"])
    merge(agent("A"), other, by=curator, settled=["kind"])
    assert agent("A").merged_into == other


def test_only_curators_merge_and_they_say_why(claim: Claim, owner: User, curator: User) -> None:
    for by, why, kind in ((owner, "So.", NotYours), (curator, " ", Invalid)):
        with pytest.raises(kind):
            agents.merge(agent("A"), agent("B"), by=by, why=why)
    merge(agent("A"), agent("B"), by=curator)
    assert agent("A").merged_why == "Two spellings of one name."
    for by, why, kind in ((owner, "So.", NotYours), (curator, " ", Invalid)):
        with pytest.raises(kind):
            agents.undo(agent("A"), by=by, why=why)
    with pytest.raises(Conflict, match="is not merged"):
        undo(agent("B"), by=curator)


def test_who_is_public_never_goes_into_somebody_hidden(claim: Claim, stranger: User, curator: User) -> None:
    chain(stated("h", publisher=paper("Hidden")), by=stranger)
    with pytest.raises(Conflict, match="other way round"):
        merge(agent("A"), agent("Hidden"), by=curator)
    merge(agent("Hidden"), agent("A"), by=curator)
    undo(agent("Hidden"), by=curator)
    assert agent("Hidden").public_since is None


def test_undo_that_owners_of_since_would_make_a_circle_is_refused(claim: Claim, curator: User) -> None:
    a, b, c = agent("A"), agent("B"), agent("C")  # A owns C
    p = find_or_add_agent(paper("P"), by=curator)
    for each in (a, b):
        set_owner(each, p, by=curator)
    merge(a, b, by=curator)
    set_owner(b, None, by=curator)
    set_owner(p, c, by=curator)  # B owns C, C owns P
    with pytest.raises(Conflict, match="A is owned by P is owned by C is owned by A"):
        undo(agent("A"), by=curator)
    assert agent("A").merged_into == b


def test_statements_of_a_merge_stay_as_its_rows_grow(owner: User, curator: User) -> None:
    def statements(rows: int) -> tuple[int, int]:
        one, two = paper(f"One {rows}"), paper(f"Two {rows}")
        for number in range(rows):
            said = [stated(f"a{each}", publisher=one, claimant=one) for each in range(rows)]
            chain(*said, stated("b", publisher=two), parties=(one, two)[: number + 1], by=owner)
        with CaptureQueriesContext(connection) as merging:
            merge(agent(one.name), agent(two.name), by=curator)
        with CaptureQueriesContext(connection) as undoing:
            undo(agent(one.name), by=curator)
        return len(merging), len(undoing)

    assert statements(2) == statements(5)


@pytest.mark.django_db(transaction=True)
def test_writer_that_names_an_agent_while_it_is_merged_names_the_survivor(owner: User, curator: User) -> None:
    for number in range(8):
        one, two = paper(f"One {number}"), paper(f"Two {number}")
        recorded = chain(stated("a", publisher=one), stated("b", publisher=two, claimant=one), by=owner)
        slug, said = recorded.claim.slug, recorded.appearances["a"]
        extend = partial(chain, by=owner, slug=slug, text="", language="")
        loser, survivor = agent(one.name), agent(two.name)
        results = together(
            partial(merge, agent(one.name), agent(two.name), by=curator),
            partial(extend, stated("c", publisher=one, claimant=one)),
            partial(edit_appearance, said, by=curator, claimant=loser),
        )
        for refused in refusals(results):
            assert refused.code == "merged"
            assert f"agent {survivor.pk}" in refused.detail
        assert not isinstance(results[0], Refused)
        assert not isinstance(results[1], Refused)
        assert not Appearance.objects.filter(claimant=loser).exists()
        assert not Source.objects.filter(publisher=loser).exists()
    assert folded() == stored()


def merge_stored(loser: int, into: int, *, by: User) -> None:
    merge(Agent.objects.get(pk=loser), Agent.objects.get(pk=into), by=by)


@pytest.mark.django_db(transaction=True)
def test_merges_into_each_other_at_once_never_close_a_circle(owner: User, curator: User) -> None:
    for number in range(6):
        names = [f"{letter} {number}" for letter in "ABC"]
        chain(*(stated(name[0].lower(), publisher=paper(name)) for name in names), by=owner)
        a, b, c = (agent(name) for name in names)
        three = {a.pk, b.pk, c.pk}
        pairs = [(a, b), (b, c), (c, a)]
        together(*(partial(merge_stored, one.pk, other.pk, by=curator) for one, other in pairs))
        rows = Agent.objects.filter(pk__in=three).select_related("merged_into")
        standing = {row.pk for row in rows if not row.merged_into}
        assert standing
        assert {row.merged_into_id for row in rows if row.merged_into} <= standing
        assert {source.publisher_id for source in Source.objects.filter(publisher__in=three)} <= standing
    assert folded() == stored()
