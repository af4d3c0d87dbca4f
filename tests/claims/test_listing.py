"""What is listed of a tree, page by page, while all of it is counted."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from claims.counted import Counted
from claims.listing import BadListing, Listing, Wanted, cursor_of, list_tree
from claims.shown import Tree
from claims.trees import load_tree
from claims.vocabulary import DerivationKind, DerivationState, Stance
from tests.factories import chain, repeats, stated

pytestmark = pytest.mark.django_db


class Named:
    """A tree whose appearances have names."""

    def __init__(self, by: User) -> None:
        """Study <- times <- (post, mail); mail <- radio; embassy answers times; cell perhaps rests on the study."""
        recorded = chain(
            stated("study"),
            stated("radio"),
            stated("times", "study"),
            stated("post", "times"),
            stated("mail", "times", "radio"),
            stated("embassy", stance=Stance.DENY, derived_from=(repeats("times", DerivationKind.RESPONSE),)),
            stated("cell", derived_from=(repeats("study", state=DerivationState.SUGGESTED),)),
            by=by,
        )
        self.ids = {ref: appearance.pk for ref, appearance in recorded.appearances.items()}
        self.tree: Tree = load_tree(recorded.claim)
        self.tree_with_suggested: Tree = load_tree(recorded.claim, include_suggested=True)

    def listed(self, tree: Tree | None = None, **wanted: Any) -> str:
        """The names listed, those that say so in place of ids being looked up."""
        asked = {name: self.ids.get(value, value) for name, value in wanted.items()}
        return self.names(list_tree(tree or self.tree, Wanted(**asked)))

    def names(self, listing: Listing) -> str:
        """The nodes, in their order."""
        refs = {pk: ref for ref, pk in self.ids.items()}
        return " ".join(refs[node.id] for node in listing.nodes)


@pytest.fixture
def named(owner: User) -> Named:
    return Named(owner)


@pytest.mark.parametrize(
    ("wanted", "listed"),
    [
        ({}, "study radio times post mail embassy cell"),
        ({"upstream_of": "mail"}, "study radio times mail"),
        ({"upstream_of": "mail", "max_depth": 1}, "radio times mail"),
        ({"upstream_of": "mail", "max_depth": 0}, "mail"),
        ({"upstream_of": "embassy"}, "embassy"),
        ({"downstream_of": "study"}, "study times post mail"),
        ({"downstream_of": "study", "max_depth": 1}, "study times"),
        ({"upstream_of": "mail", "downstream_of": "study"}, "study times mail"),
        ({"upstream_of": "post", "downstream_of": "radio"}, ""),
        ({"max_depth": 0}, "study radio embassy cell"),
        ({"max_depth": 1}, "study radio times mail embassy cell"),
        ({"max_depth": 10**9}, "study radio times post mail embassy cell"),
    ],
)
def test_part_that_is_asked_for_is_listed(named: Named, wanted: dict[str, Any], listed: str) -> None:
    assert named.listed(**wanted) == listed


def test_suggested_steps_are_walked_where_they_are_listed(named: Named) -> None:
    assert named.listed(upstream_of="cell") == "cell"
    assert named.listed(named.tree_with_suggested, upstream_of="cell") == "study cell"


def test_only_derivations_between_listed_nodes_are_listed(named: Named) -> None:
    listing = list_tree(named.tree, Wanted(upstream_of=named.ids["post"]))
    assert [(edge.derived_id, edge.origin_id) for edge in listing.edges] == [
        (named.ids["times"], named.ids["study"]),
        (named.ids["post"], named.ids["times"]),
    ]
    assert listing.truncated


def test_whole_tree_is_not_truncated_and_has_no_next_page(named: Named) -> None:
    listing = list_tree(named.tree, Wanted())
    assert (listing.truncated, listing.end_cursor) == (False, None)


def pages(tree: Tree, **wanted: Any) -> Iterator[Listing]:
    after = None
    while True:
        listing = list_tree(tree, Wanted(after=after, **wanted))
        yield listing
        after = listing.end_cursor
        if after is None:
            return


@pytest.mark.parametrize("first", [1, 2, 3, 6, 7])
def test_pages_have_every_node_and_derivation_once_and_none_before_its_ends(named: Named, first: int) -> None:
    tree = named.tree_with_suggested
    seen: set[int] = set()
    nodes: list[int] = []
    edges: list[int] = []
    for page in pages(tree, first=first):
        assert page.truncated is (first < 7)
        nodes += [node.id for node in page.nodes]
        seen.update(nodes)
        assert all({edge.derived_id, edge.origin_id} <= seen for edge in page.edges)
        edges += [edge.id for edge in page.edges]
    assert nodes == [node.id for node in tree.nodes]
    assert sorted(edges) == sorted(edge.id for edge in tree.edges)


def test_pages_of_a_part_go_on_within_it(named: Named) -> None:
    found = [named.names(page) for page in pages(named.tree, first=2, downstream_of=named.ids["study"])]
    assert found == ["study times", "post mail"]


def test_cursor_holds_when_the_tree_has_grown(named: Named, owner: User) -> None:
    first = list_tree(named.tree, Wanted(first=3))
    slug = named.tree.nodes[0].claim_id
    from claims.models import Claim

    claim = Claim.objects.get(pk=slug)
    chain(stated("earlier", published_at="2001"), slug=claim.slug, text="", by=owner)
    second = list_tree(load_tree(claim), Wanted(after=first.end_cursor))
    assert named.names(second) == "post mail embassy cell"


@pytest.mark.parametrize(
    ("wanted", "argument", "code"),
    [
        ({"upstream_of": 0}, "upstream_of", "unknown"),
        ({"downstream_of": 2**63}, "downstream_of", "unknown"),
        ({"max_depth": -1}, "max_depth", "min_value"),
        ({"first": 0}, "first", "page_size"),
        ({"first": 10_001}, "first", "page_size"),
        ({"after": ""}, "after", "cursor"),
        ({"after": "é"}, "after", "cursor"),
        ({"after": "bm9kZTo="}, "after", "cursor"),
        ({"after": "MTIz"}, "after", "cursor"),
        ({"after": cursor_of(2**70)}, "after", "cursor"),
    ],
)
def test_what_cannot_be_listed_is_refused_by_its_name(
    named: Named, wanted: dict[str, Any], argument: str, code: str
) -> None:
    with pytest.raises(BadListing) as refused:
        list_tree(named.tree, Wanted(**wanted))
    assert (refused.value.argument, refused.value.code) == (argument, code)
    assert str(refused.value)


def test_empty_tree_has_an_empty_page() -> None:
    empty = Tree(1, 1, (), (), Counted([], []))
    assert list_tree(empty, Wanted(max_depth=3)) == Listing((), (), truncated=False, end_cursor=None)
