"""Sources that were found to be one work: what appeared in the one appears in the other, on the evidence of both."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import anchoring
from claims.derivations import derive
from claims.intake import Recorded
from claims.merging import sources
from claims.models import Anchor, Appearance, Change, Claim, DueAnchoring
from claims.refusals import Conflict, Refused
from claims.stated import StatedDerivation
from claims.times import Moment
from claims.trees import load_tree
from claims.vocabulary import DerivationKind
from sources.models import Source
from sources.registry import editing, find_source
from sources.viewers import Viewer
from tests.claims.history import folded, stored
from tests.claims.test_merging_agents import tree
from tests.factories import chain, paper, repeats, see, stated
from tests.racing import refusals, together

pytestmark = pytest.mark.django_db

merge = partial(sources.merge, why="The same page under two addresses.")
undo = partial(sources.undo, why="They are two after all.")
ONE, TWO = "https://a.example/amp", "https://a.example/story"
PAPER = paper("The Paper")


def source(url: str) -> Source:
    return Source.objects.get(url=url)


@pytest.fixture
def recorded(owner: User) -> Recorded:
    """Of one page under two addresses, each cited for other words."""
    return chain(
        stated("one", url=ONE, publisher=PAPER, quote="the first words"),
        stated("two", "one", url=TWO, publisher=PAPER, quote="the other words"),
        by=owner,
    )


def states() -> dict[str, str]:
    rows = Appearance.objects.select_related("newest_anchor").exclude(newest_anchor=None)
    return {row.quote: row.newest_anchor.state for row in rows if row.newest_anchor}


def test_what_appeared_in_the_one_appears_in_the_other(recorded: Recorded, curator: User) -> None:
    one, two = source(ONE), source(TWO)
    revision = Claim.objects.get().revision
    merge(one, two, by=curator)

    assert {row.source for row in Appearance.objects.all()} == {two}
    assert find_source(ONE) == two
    assert load_tree(recorded.claim).independence().source_count == 1
    assert Claim.objects.get().revision > revision
    assert folded() == stored()


def test_snapshots_of_both_are_evidence(recorded: Recorded, curator: User) -> None:
    see(source(ONE), "Here stand the first words.")
    see(source(TWO), "Here stand the other words alone.")
    merge(source(ONE), source(TWO), by=curator)
    assert states() == {"the first words": "anchored", "the other words": "anchored"}
    anchoring.anchor_source(source(TWO).pk)
    # The newest snapshot of the work, under whatever address, has other words.
    assert states() == {"the first words": "changed", "the other words": "anchored"}
    see(source(ONE), "Here stand the first words and the other words.")
    assert states() == {"the first words": "anchored", "the other words": "anchored"}
    assert not DueAnchoring.objects.exists()
    assert folded() == stored()


def test_undo_gives_tree_and_evidence_of_before(recorded: Recorded, curator: User) -> None:
    see(source(ONE), "Here stand the first words.")
    see(source(TWO), "Here stand the other words alone.")
    before, known = tree(recorded.claim), Change.objects.latest("seq").at
    merge(source(ONE), source(TWO), by=curator)
    anchoring.anchor_source(source(TWO).pk)
    merged, then = tree(recorded.claim), Change.objects.latest("seq").at
    undo(source(ONE), by=curator)
    assert tree(recorded.claim) == before != merged
    again = Change.objects.latest("seq").at
    assert tree(recorded.claim, Moment(known_at=again)) == before
    assert tree(recorded.claim, Moment(known_at=known)) == before
    assert tree(recorded.claim, Moment(known_at=then)) == merged
    merge(source(ONE), source(TWO), by=curator)
    assert tree(recorded.claim) == merged
    assert tree(recorded.claim, Moment(known_at=Change.objects.latest("seq").at)) == merged
    assert folded() == stored()


def test_page_that_is_read_after_the_merge_is_searched_for_all_quotes(
    recorded: Recorded, curator: User
) -> None:
    merge(source(ONE), source(TWO), by=curator)
    see(source(ONE), "Here stand the first words and the other words.")
    assert set(states().values()) == {"anchored"}
    assert anchoring.with_quotes([source(ONE).pk, source(TWO).pk]) == [source(TWO).pk]


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ({"published_at": "2021"}, "published_at (2021 and nothing)"),
        ({"language": "hi"}, "language (hi and nothing)"),
        ({"publisher": None}, "publisher (nothing and"),
    ],
)
def test_sources_that_say_different_things_are_two_until_it_is_settled(
    recorded: Recorded, curator: User, edited: dict[str, Any], words: str
) -> None:
    one = source(ONE)
    with editing(one, by=curator):
        for name, value in edited.items():
            setattr(one, name, value)
    with pytest.raises(Conflict) as refused:
        merge(one, source(TWO), by=curator)
    assert (refused.value.code, words in refused.value.detail) == ("differs", True)
    merge(one, source(TWO), by=curator, settled=[*edited])
    assert Appearance.objects.filter(source=source(TWO)).count() == 2


def test_equal_appearances_in_both_are_named(recorded: Recorded, owner: User, curator: User) -> None:
    extend = partial(chain, by=owner, slug=recorded.claim.slug, text="", language="")
    twin = extend(stated("twin", url=TWO, publisher=PAPER, quote="the first words")).appearances["twin"]
    with pytest.raises(Conflict, match=f"{recorded.appearances['one'].pk} and {twin.pk}"):
        merge(source(ONE), source(TWO), by=curator)


def test_what_would_end_captures_or_show_drafts_is_refused(
    recorded: Recorded, owner: User, stranger: User, curator: User
) -> None:
    chain(stated("book", url=None, title="A book", publisher=PAPER), by=owner)
    with pytest.raises(Conflict, match="no address"):
        merge(source(ONE), Source.objects.get(url=None), by=curator)
    chain(stated("draft", url="https://draft.example/", publisher=PAPER), by=stranger)
    with pytest.raises(Conflict, match="drafts alone"):
        merge(source(ONE), source("https://draft.example/"), by=curator)


def test_who_submitted_the_one_sees_the_other_until_the_undo(
    owner: User, stranger: User, curator: User
) -> None:
    chain(stated("one", url=ONE, publisher=PAPER), by=stranger)
    other = User.objects.create_user("another-newsroom")
    chain(stated("two", url=TWO, publisher=PAPER), by=other)

    def seen() -> set[str | None]:
        visible = Source.objects.visible_to(Viewer(frozenset({stranger.pk})))
        return set(visible.values_list("url", flat=True))

    assert seen() == {ONE}
    merge(source(ONE), source(TWO), by=curator)
    assert seen() == {ONE, TWO}
    undo(source(ONE), by=curator)
    assert seen() == {ONE}


def test_undo_that_would_part_a_revision_names_it(recorded: Recorded, owner: User, curator: User) -> None:
    extend = partial(chain, by=owner, slug=recorded.claim.slug, text="", language="")
    merge(source(ONE), source(TWO), by=curator)
    late = extend(stated("late", url=TWO, publisher=PAPER, quote="the newest words")).appearances["late"]
    first = Appearance.objects.get(quote="the first words")
    revision = derive(late, first, StatedDerivation(kind=DerivationKind.REVISION), by=owner)
    with pytest.raises(Conflict, match=f"Derivation {revision.pk} says"):
        undo(source(ONE), by=curator)
    assert source(ONE).merged_into == source(TWO)


def test_statements_stay_as_rows_grow(owner: User, curator: User) -> None:
    def statements(rows: int) -> tuple[int, int]:
        urls = [f"https://a.example/{rows}/{each}" for each in "ab"]
        quotes = [f"word {number}" for number in range(rows)]
        said = [
            stated(f"{url[-1]}{quote}", url=url, publisher=PAPER, quote=f"{url[-1]} {quote}")
            for url in urls
            for quote in quotes
        ]
        chain(
            *said,
            stated("q", url=urls[0], publisher=PAPER, derived_from=(repeats(said[0].ref, quote="a word"),)),
            by=owner,
        )
        for url in urls:
            see(source(url), ", ".join(f"{url[-1]} {quote}" for quote in quotes))
        with CaptureQueriesContext(connection) as merging:
            merge(source(urls[0]), source(urls[1]), by=curator)
        anchoring.anchor_source(source(urls[1]).pk)
        with CaptureQueriesContext(connection) as undoing:
            undo(source(urls[0]), by=curator)
        return len(merging), len(undoing)

    assert statements(2) == statements(6)


@pytest.mark.django_db(transaction=True)
def test_writers_and_readers_of_pages_that_meet_a_merge_lose_nothing(owner: User, curator: User) -> None:
    for number in range(6):
        urls = [f"https://n{number}.example/{each}" for each in "ab"]
        first = chain(
            *(stated(url[-1], url=url, publisher=PAPER, quote="the first words") for url in urls[:1]),
            stated("b", url=urls[1], publisher=PAPER, quote="the other words"),
            by=owner,
        )
        one, two = (source(url) for url in urls)
        late = stated("late", url=urls[0], publisher=PAPER, quote="the late words")
        results = together(
            partial(merge, one, two, by=curator),
            partial(chain, late, by=owner, slug=first.claim.slug, text="", language=""),
            partial(see, source(urls[0]), "the first words, the other words and the late words"),
            partial(anchoring.anchor_source, two.pk),
        )
        assert not refusals([each for each in results if isinstance(each, Refused)])
        assert {row.source for row in first.claim.appearances.all()} == {two}
        for source_id in anchoring.ready():
            anchoring.anchor_source(source_id)
        rows = first.claim.appearances.select_related("newest_anchor")
        assert [row.newest_anchor.state for row in rows if row.newest_anchor] == ["anchored"] * 3
    assert Anchor.objects.count() >= 18
    assert folded() == stored()
