"""The tree as it was known at an instant: what was there, who could see it, and what it costs."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims import changes, publishing
from claims.derivations import edit
from claims.intake import edit_appearance
from claims.models import Change, Claim
from claims.permissions import viewer_of
from claims.shown import Tree
from claims.times import Moment
from claims.trees import load_tree, load_trees
from claims.vocabulary import EvidenceState, Stance
from sources.dates import PartialDate
from sources.models import Agent
from sources.prepared import PreparedList
from sources.registry import editing, find_or_add_agent, set_owner
from sources.viewers import ANONYMOUS, CURATOR, Viewer
from tests.factories import chain, paper, repeats, see, stated
from tests.racing import together

pytestmark = pytest.mark.django_db


def instant() -> datetime:
    """When the newest write was."""
    return Change.objects.latest("seq").at


def then(
    claim: Claim, at: datetime, *, viewer: Viewer = ANONYMOUS, suggested: bool = False, as_of: str = ""
) -> Tree:
    moment = Moment(PartialDate.parse(as_of) if as_of else None, at)
    return load_tree(Claim.objects.get(pk=claim.pk), viewer=viewer, include_suggested=suggested, at=moment)


# --- what was known -------------------------------------------------------------------------------------------------


def test_nothing_was_known_before_the_first_record(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    tree = then(claim, instant() - timedelta(microseconds=1))
    assert (tree.nodes, tree.edges, tree.findings, tree.roots) == ((), (), (), [])
    assert tree.independence().appearance_count == 0


def test_each_part_is_as_it_was_and_not_as_it_became(owner: User, curator: User) -> None:
    recorded = chain(stated("study", title="A Study"), stated("times", "study"), by=owner)
    see(recorded.appearances["study"].source, "These are the words of study.")
    before = instant()
    study, times = (recorded.appearances[ref] for ref in ("study", "times"))
    with editing(study.source, by=curator):
        study.source.title, study.source.publisher = "Another", find_or_add_agent(paper("B"), by=curator)
    with editing(agent := Agent.objects.get(name="The Times"), by=curator):
        agent.name = "The Daily Times"
    see(study.source, "Nothing of it is left.")
    edit_appearance(times, by=owner, stance=Stance.DENY)
    publishing.withdraw_appearance(study, by=owner, why="Entered twice.")

    old, new = then(recorded.claim, before), then(recorded.claim, instant())
    assert [node.source.title for node in old.nodes] == ["A Study", ""]
    assert [node.label for node in old.nodes] == ["The Study", "The Times"]
    assert [node.stance for node in old.nodes] == [Stance.SUPPORT, Stance.SUPPORT]
    assert old.nodes[0].evidence.state is EvidenceState.ANCHORED
    assert (len(old.edges), old.independence().established_origin_count) == (1, 1)
    assert [(node.label, node.stance) for node in new.nodes] == [("The Daily Times", Stance.DENY)]


def test_words_that_are_gone_were_there(owner: User) -> None:
    recorded = chain(stated("a"), by=owner)
    instants = [instant()]
    for page in ("These are the words of a.", "Nothing.", "Again: These are the words of a."):
        see(recorded.appearances["a"].source, page)
        instants.append(instant())
    evidence = [then(recorded.claim, at).nodes[0].evidence for at in instants]
    assert [each.state for each in evidence] == ["unanchored", "anchored", "missing", "anchored"]
    snapshots = [each.snapshot and each.snapshot.id for each in evidence]
    assert snapshots[0] is None
    assert snapshots[1] == snapshots[2] != snapshots[3]


def test_words_of_a_derivation_that_were_replaced_leave_their_evidence_in_the_past(owner: User) -> None:
    leaning = repeats("a", quote="as a says")
    recorded = chain(stated("a"), stated("b", derived_from=(leaning,)), by=owner)
    see(recorded.appearances["b"].source, "These are the words of b, as a says, in full.")
    anchored = instant()
    edit(recorded.derivations[0], by=owner, quote="in full")
    assert then(recorded.claim, anchored).edges[0].evidence.state is EvidenceState.ANCHORED
    assert then(recorded.claim, instant()).edges[0].evidence.state is EvidenceState.UNANCHORED


def test_owners_count_from_when_they_were_known(owner: User, curator: User) -> None:
    claim = chain(stated("one"), stated("two"), by=owner).claim
    group = find_or_add_agent(paper("The Group"), by=curator)
    instants = [instant()]
    for agent in Agent.objects.filter(name__in=["The One", "The Two"]):
        set_owner(agent, group, by=curator)
        instants.append(instant())
    counts = [then(claim, at).independence().independent_origin_count for at in instants]
    assert counts == [2, 2, 1]


def test_what_somebody_stated_otherwise_is_no_state(owner: User, stranger: User) -> None:
    claim = chain(stated("a", url="https://a.example/", title="Its title"), by=owner).claim
    chain(stated("a", url="https://a.example/", title="Not its title"), by=stranger)
    assert Change.objects.filter(action="stated").exists()
    assert then(claim, instant()).nodes[0].source.title == "Its title"


def test_both_times_together_are_what_was_known_then_of_what_had_been_said_by_then(owner: User) -> None:
    recorded = chain(
        stated("a", published_at="2021-03-01"), stated("b", "a", published_at="2021-03-02"), by=owner
    )
    first = instant()
    later = stated("c", published_at="2021-02-28")
    chain(later, slug=recorded.claim.slug, text="", language="", by=owner)
    sizes = {
        (as_of, at): len(then(recorded.claim, at, as_of=as_of).nodes)
        for as_of in ("", "2021-03-01", "2021-02-28")
        for at in (first, instant())
    }
    assert list(sizes.values()) == [2, 3, 1, 2, 0, 1]


def test_several_claims_are_read_together(owner: User) -> None:
    claims = [chain(stated("a"), stated("b", "a"), by=owner).claim for _ in range(3)]
    at = Moment(known_at=instant())
    with CaptureQueriesContext(connection) as queries:
        trees = load_trees(claims, at=at)
    assert [len(trees[claim.pk].nodes) for claim in claims] == [2, 2, 2]
    assert len(queries) == 4


# --- who saw it -----------------------------------------------------------------------------------------------------


def test_of_a_claim_that_was_a_draft_its_owner_and_curators_see_what_was_known(
    stranger: User, curator: User
) -> None:
    recorded = chain(stated("a"), stated("b"), by=stranger)
    draft = instant()
    publishing.withdraw_appearance(recorded.appearances["b"], by=stranger, why="Not for others.")
    publishing.publish(recorded.claim, by=curator)
    for viewer, seen in (
        (ANONYMOUS, 0),
        (Viewer(frozenset({10**9})), 0),
        (viewer_of(stranger), 2),
        (CURATOR, 2),
    ):
        tree = then(recorded.claim, draft, viewer=viewer, suggested=True)
        assert len(tree.nodes) == tree.independence().appearance_count == seen
    assert len(then(recorded.claim, instant()).nodes) == 1


def test_while_a_claim_was_withdrawn_there_was_nothing_to_see(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    publishing.withdraw_claim(claim, by=owner, why="Wait.")
    withdrawn = instant()
    publishing.publish(claim, by=owner)
    assert then(claim, withdrawn).nodes == ()
    assert len(then(claim, withdrawn, viewer=viewer_of(owner)).nodes) == 1
    assert len(then(claim, instant()).nodes) == 1


def test_what_waited_then_is_listed_for_those_concerned_and_counts_for_nobody(
    owner: User, stranger: User
) -> None:
    claim = chain(stated("a"), by=owner).claim
    added = chain(stated("b"), slug=claim.slug, text="", language="", by=stranger)
    waiting = instant()
    publishing.accept(added.appearances["b"], by=owner)
    for viewer, listed in ((viewer_of(owner), 2), (viewer_of(stranger), 2), (CURATOR, 2), (ANONYMOUS, 1)):
        tree = then(claim, waiting, viewer=viewer, suggested=True)
        assert (len(tree.nodes), tree.independence().appearance_count) == (listed, 1)
    assert len(then(claim, instant()).nodes) == 2


# --- what it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [5, 300])
def test_past_tree_of_any_size_and_history_costs_four_statements(owner: User, length: int) -> None:
    appearances = [stated("n0"), *(stated(f"n{number}", f"n{number - 1}") for number in range(1, length))]
    claim = Claim.objects.get(pk=chain(*appearances, by=owner).claim.pk)
    for each in claim.appearances.all()[:3]:
        see(each.source, "These are the words of n0, n1 and n2.")
    at = Moment(PartialDate.parse("2999"), instant())
    with CaptureQueriesContext(connection) as queries:
        tree = load_tree(claim, at=at)
        assert tree.independence().appearance_count == length
        assert tree.findings
    assert len(queries) == 4


# --- the clock ------------------------------------------------------------------------------------------------------


def test_later_writes_have_later_times_also_within_one_tick_of_the_clock(owner: User) -> None:
    agent = find_or_add_agent(paper("A"), by=owner)
    for number in range(50):
        with changes.write(by=owner) as log:
            agent.name = f"A {number}"
            log.record(agent, "updated")
    times = list(Change.objects.order_by("seq").values_list("at", flat=True))
    assert times == sorted(set(times))


def test_clock_that_is_set_back_does_not_take_the_log_with_it(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = find_or_add_agent(paper("A"), by=owner)
    last = instant()
    earlier = datetime(2001, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(Now, "as_sql", _stopped_at(earlier))
    monkeypatch.setattr(Now, "as_postgresql", _stopped_at(earlier))
    monkeypatch.setattr(Now, "as_sqlite", _stopped_at(earlier))
    monkeypatch.setattr(changes, "_HEAD", PreparedList(changes._heads))  # put together with that clock
    with changes.write(by=owner) as log:
        log.record(agent, "updated")
    assert instant() == last + timedelta(microseconds=1)


def _stopped_at(at: datetime) -> object:
    def as_sql(*_: object, **__: object) -> tuple[str, list[object]]:
        text = at.strftime("%Y-%m-%d %H:%M:%S+00")
        return ("CAST(%s AS timestamptz)" if connection.vendor == "postgresql" else "%s"), [
            text.removesuffix("+00")
        ]

    return as_sql


@pytest.mark.django_db(transaction=True)
def test_order_of_times_is_the_order_of_commits_also_when_writers_race(owner: User) -> None:
    agents = [find_or_add_agent(paper(f"Agent {number}"), by=owner) for number in range(4)]

    def rename(agent: Agent) -> bool:
        """Write several times; whether the newest time in the log only grew meanwhile."""
        seen = []
        for number in range(6):
            with changes.write(by=owner) as log:
                agent.name = f"{agent.pk} {number}"
                log.record(agent, "updated")
            seen.append(instant())
        return seen == sorted(seen)

    assert together(*(partial(rename, agent) for agent in agents)) == [True] * 4
    times = list(Change.objects.order_by("seq").values_list("at", flat=True))
    assert len(times) == 4 + 24
    assert times == sorted(set(times))
