"""The tree is what the rows say, in a fixed number of statements."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim
from claims.trees import load_tree
from claims.vocabulary import DerivationState, EvidenceState, FindingKind, Stance
from sources.viewers import Viewer
from tests.factories import chain, repeats, see, stated

pytestmark = pytest.mark.django_db


def test_repeated_report_has_one_origin_and_its_chain(owner: User) -> None:
    recorded = chain(stated("study"), stated("times", "study"), stated("post", "times"), by=owner)
    tree = load_tree(recorded.claim)

    ids = {ref: appearance.pk for ref, appearance in recorded.appearances.items()}
    assert [node.id for node in tree.nodes] == [ids["study"], ids["times"], ids["post"]]
    assert [node.id for node in tree.origin_chain(ids["post"])] == [ids["study"], ids["times"], ids["post"]]
    assert [node.id for node in tree.parents(ids["post"])] == [ids["times"]]
    assert [node.id for node in tree.children(ids["study"])] == [ids["times"]]
    assert [root.id for root in tree.roots] == [ids["study"]]
    assert tree.independent_lines(ids["post"]) == 1
    assert FindingKind.SINGLE_ORIGIN in {finding.kind for finding in tree.findings}


def test_root_is_established_once_its_words_are_seen(owner: User) -> None:
    recorded = chain(stated("study", quote="it is so"), by=owner)
    assert load_tree(recorded.claim).independence().established_origin_count == 0

    see(recorded.appearances["study"].source, "We find that it is so, mostly.")

    tree = load_tree(recorded.claim)
    assert tree.independence().established_origin_count == 1
    (node,) = tree.nodes
    assert node.evidence.state is EvidenceState.ANCHORED
    assert node.evidence.quote
    assert (node.evidence.quote.exact, node.evidence.quote.prefix) == ("it is so", "We find that ")


def test_copies_of_one_text_are_one_origin_though_nobody_says_so(owner: User) -> None:
    story = "The plant stood still for two hours on Monday, and nobody could say why it did. " * 5
    recorded = chain(stated("one", quote="two hours"), stated("two", quote="two hours"), by=owner)
    for ref in ("one", "two"):
        page = f"<!doctype html><title>{ref}</title><h1>{ref} says</h1><article><p>{story}</p></article>"
        see(recorded.appearances[ref].source, page)

    numbers = load_tree(recorded.claim).independence()
    assert (numbers.origin_count, numbers.independent_origin_count) == (2, 1)


def test_same_owner_makes_two_origins_one(owner: User) -> None:
    from sources.models import Agent
    from sources.registry import find_or_add_agent, set_owner
    from tests.factories import paper

    recorded = chain(stated("one"), stated("two"), by=owner)
    group = find_or_add_agent(paper("The Group"), by=owner)
    for agent in Agent.objects.filter(name__in=["The One", "The Two"]):
        set_owner(agent, group, by=owner)
    assert load_tree(recorded.claim).independence().independent_origin_count == 1


def test_suggestion_is_listed_on_request_and_never_counts(owner: User) -> None:
    leaning = repeats("study", state=DerivationState.SUGGESTED)
    recorded = chain(stated("study"), stated("cell", derived_from=(leaning,)), by=owner)

    assert load_tree(recorded.claim).edges == ()
    tree = load_tree(recorded.claim, include_suggested=True)
    assert [edge.state for edge in tree.edges] == [DerivationState.SUGGESTED]
    assert tree.independence() == load_tree(recorded.claim).independence()
    assert tree.independence().origin_count == 2


def test_what_a_stranger_added_is_listed_to_those_concerned_and_counts_for_nobody(
    owner: User, stranger: User
) -> None:
    claim = chain(stated("a"), by=owner).claim
    chain(stated("b"), slug=claim.slug, text="", by=stranger)
    nobody, other = Viewer(), Viewer(frozenset({10**9}))

    for viewer, listed in (
        (Viewer(frozenset({owner.pk})), 2),
        (Viewer(frozenset({stranger.pk})), 2),
        (Viewer(is_curator=True), 2),
        (other, 1),
        (nobody, 1),
    ):
        tree = load_tree(claim, viewer=viewer, include_suggested=True)
        assert len(tree.nodes) == listed
        assert tree.independence().appearance_count == 1
    assert len(load_tree(claim, viewer=Viewer(frozenset({owner.pk}))).nodes) == 1


def test_withdrawn_appearance_leaves_the_tree_with_its_derivations(owner: User) -> None:
    from claims.publishing import withdraw_appearance

    recorded = chain(stated("study"), stated("times", "study"), by=owner)
    withdraw_appearance(recorded.appearances["study"], by=owner, why="Entered twice.")
    tree = load_tree(recorded.claim)
    assert [node.id for node in tree.nodes] == [recorded.appearances["times"].pk]
    assert tree.edges == ()


def test_date_of_the_source_stands_in_for_the_date_of_the_words(owner: User) -> None:
    recorded = chain(
        stated("a", published_at="2021-02"),
        stated("b", published_at="2021-02", said_at="2021-02-28"),
        stated("c"),
        by=owner,
    )
    said = {node.id: node.said_at for node in load_tree(recorded.claim).nodes}
    assert [said[recorded.appearances[ref].pk] for ref in "abc"] == ["2021-02", "2021-02-28", ""]


def test_neither_side_has_numbers_for_a_stance_that_is_none(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    with pytest.raises(ValueError, match="two sides"):
        load_tree(claim).independence(Stance.QUERY)


@pytest.mark.parametrize("length", [5, 500])
def test_tree_of_any_depth_costs_two_statements(owner: User, length: int) -> None:
    appearances = [stated("n0")]
    appearances += [stated(f"n{number}", f"n{number - 1}") for number in range(1, length)]
    stored = Claim.objects.with_parties().get(pk=chain(*appearances, by=owner).claim.pk)
    with CaptureQueriesContext(connection) as queries:
        tree = load_tree(stored)
        assert tree.independence().appearance_count == length
        assert len(tree.origin_chain(tree.nodes[-1].id)) == length
        assert tree.findings
    assert len(queries) == 2


@pytest.mark.parametrize("with_parties", [True, False])
def test_parties_and_whoever_owns_or_is_owned_by_them_are_known(owner: User, *, with_parties: bool) -> None:
    from sources.models import Agent
    from sources.registry import find_or_add_agent, set_owner
    from tests.factories import paper

    recorded = chain(
        stated("embassy", stance=Stance.DENY), stated("paper"), parties=(paper("Ministry"),), by=owner
    )
    ministry = find_or_add_agent(paper("Ministry"), by=owner)
    state = find_or_add_agent(paper("State"), by=owner)
    set_owner(Agent.objects.get(name="The Embassy"), ministry, by=owner)
    set_owner(ministry, state, by=owner)
    claims = Claim.objects.with_parties() if with_parties else Claim.objects.all()

    tree = load_tree(claims.get(pk=recorded.claim.pk))
    assert tree.counted.parties == {ministry.pk}
    (found,) = (each for each in tree.findings if each.kind is FindingKind.INTERESTED_PARTY)
    assert found.appearances == (recorded.appearances["embassy"].pk,)
    assert found.stance is Stance.DENY
    assert load_tree(chain(stated("a"), by=owner).claim).counted.parties == frozenset()


def test_what_if_is_asked_of_the_tree(owner: User) -> None:
    recorded = chain(stated("study"), stated("times", "study"), stated("post"), by=owner)
    ids = {ref: appearance.pk for ref, appearance in recorded.appearances.items()}
    found = load_tree(recorded.claim).what_if([ids["study"]])
    assert (found.removed, found.left_without_origin) == ((ids["study"],), (ids["times"],))
    assert (found.before.appearance_count, found.after.appearance_count) == (3, 1)
