"""Writers that meet: threads with connections of their own, on whichever database the suite runs."""

import os
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from claims import anchoring, changes
from claims.derivations import decide, derive
from claims.models import Anchor, Appearance, Change, Derivation
from claims.refusals import Conflict, Refused
from claims.stated import StatedDerivation
from claims.vocabulary import DerivationKind, DerivationState
from sources.models import Agent, Source
from tests.claims.history import folded, stored
from tests.factories import chain, paper, repeats, see, stated
from tests.racing import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)

SUGGESTED = DerivationState.SUGGESTED
CONFIRMED = DerivationState.CONFIRMED
RACES = int(os.environ.get("RACES", "5"))
"""How often two or three writers race to close a circle; more are for who doubts the lock."""
REPETITION = StatedDerivation(kind=DerivationKind.REPETITION)


def confirmed_pairs() -> set[tuple[int, int]]:
    return set(Derivation.objects.filter(state=CONFIRMED).values_list("derived_id", "origin_id"))


# --- the rules of derivations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 3])
def test_of_writers_that_would_close_a_circle_together_one_is_refused_with_its_path(
    owner: User, length: int
) -> None:
    for _ in range(RACES):
        refs = "abc"[:length]
        ring = list(chain(*map(stated, refs), by=owner).appearances.values())
        steps = zip(ring, [*ring[1:], ring[0]], strict=True)
        results = together(*(partial(derive, *ends, REPETITION, by=owner) for ends in steps))

        [refused] = refusals(results)
        assert isinstance(refused, Conflict)
        assert refused.code == "cycle"
        assert refused.detail.count(" rests on ") == length
        assert all(f"appearance {appearance.pk} (" in refused.detail for appearance in ring)
    assert len(confirmed_pairs()) == RACES * (length - 1)


def test_of_suggestions_that_would_close_a_circle_together_one_is_not_confirmed(
    owner: User, curator: User
) -> None:
    suggested = partial(repeats, state=SUGGESTED)
    recorded = chain(
        stated("a", derived_from=(suggested("b"),)), stated("b", derived_from=(suggested("a"),)), by=owner
    )
    one, other = recorded.derivations
    results = together(
        partial(decide, one, CONFIRMED, by=owner), partial(decide, other, CONFIRMED, by=curator)
    )

    assert [refused.code for refused in refusals(results)] == ["cycle"]
    assert len(confirmed_pairs()) == 1


def test_of_two_confirmations_of_one_pair_one_is_refused(owner: User, curator: User) -> None:
    recorded = chain(
        stated("study"), stated("paper", derived_from=(repeats("study", state=SUGGESTED),)), by=owner
    )
    study, article = recorded.appearances["study"], recorded.appearances["paper"]
    again = StatedDerivation(kind=DerivationKind.CITATION, state=SUGGESTED)
    another = derive(article, study, again, by=curator)
    results = together(
        partial(decide, recorded.derivations[0], CONFIRMED, by=owner),
        partial(decide, another, CONFIRMED, by=curator),
    )

    assert [refused.code for refused in refusals(results)] == ["pair_confirmed"]
    assert confirmed_pairs() == {(article.pk, study.pk)}


# --- the same thing twice -------------------------------------------------------------------------------------------


def test_of_two_chains_with_the_same_appearance_one_is_refused_whole(owner: User, curator: User) -> None:
    slug = chain(stated("first"), by=owner).claim.slug
    same = stated("same", url="https://same.example/")
    results = together(
        partial(chain, same, stated("x"), by=owner, slug=slug, text="", language=""),
        partial(chain, same, stated("y"), by=curator, slug=slug, text="", language=""),
    )

    [refused] = refusals(results)
    assert isinstance(refused, Conflict)
    assert (refused.code, refused.path) == ("duplicate", ("appearances", 0))
    assert Appearance.objects.count() == 3
    assert Source.objects.count() == 3


@pytest.mark.parametrize("same", ["urls", "agents"])
def test_chains_that_name_the_same_new_ones_in_opposite_order_wait_for_each_other(
    owner: User, curator: User, stranger: User, same: str
) -> None:
    def named(number: int) -> dict[str, Any]:
        if same == "urls":
            return {"url": f"https://n{number}.example/", "publisher": None}
        return {"url": None, "title": "An offline work", "publisher": paper(f"N{number}")}

    for number in range(0, 20, 5):
        appearances = [stated(f"n{each}", **named(each)) for each in range(number, number + 5)]
        orders = [appearances, appearances[::-1], appearances[2:] + appearances[:2]]
        writers = zip(orders, [owner, curator, stranger], strict=True)
        assert not refusals(together(*(partial(chain, *order, by=by) for order, by in writers)))

    assert (Source if same == "urls" else Agent).objects.count() == 20


# --- the log --------------------------------------------------------------------------------------------------------


def test_reader_that_polls_meets_every_change_in_order_while_eight_write(owner: User) -> None:
    writers, writes = 8, 4
    claims = [chain(stated("a"), by=owner).claim for _ in range(3)]
    done = Event()
    seen = [0]

    def poll() -> None:
        while True:
            last = done.wait(0.005)
            seen.extend(Change.objects.filter(seq__gt=seen[-1]).order_by("seq").values_list("seq", flat=True))
            if last:
                return

    def keep_writing(writer: int) -> None:
        for number in range(writes):
            slug = claims[(writer + number) % len(claims)].slug
            extend = partial(chain, by=owner, slug=slug, text="", language="")
            extend(stated(f"w{writer}"))
            with pytest.raises(Refused):  # after it has written: what it logged is rolled back
                extend(stated(f"x{writer}", "y"), stated("y", f"x{writer}"))

    def write_all() -> None:
        try:
            assert not refusals(together(*(partial(keep_writing, writer) for writer in range(writers))))
        finally:
            done.set()

    together(write_all, poll)
    assert seen == list(range(changes.last_seq() + 1))
    assert Appearance.objects.count() == len(claims) + writers * writes
    assert folded() == stored()


# --- anchoring ------------------------------------------------------------------------------------------------------


def test_quote_that_comes_while_its_source_is_anchored_is_anchored_too(owner: User) -> None:
    first = chain(stated("a", url="https://a.example/", quote="the first words"), by=owner)
    source = first.appearances["a"].source
    see(source, "Here stand the first words, and here the other words.")
    for number in range(10):
        late = stated("late", url="https://a.example/", quote="the other words", said_at=str(2001 + number))
        together(
            partial(anchoring.anchor_source, source.pk),
            partial(chain, late, by=owner, slug=first.claim.slug, text="", language=""),
            partial(anchoring.anchor_source, source.pk),
        )
        sweep()

    assert not Appearance.objects.filter(proof_anchor=None).exists()
    assert Anchor.objects.count() == Appearance.objects.count() == 11


def test_quote_whose_page_is_read_while_it_comes_is_anchored(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    for number in range(6):
        url = f"https://late.example/{number}"
        first = chain(stated("b", url=url, quote="words of this page"), by=owner)
        source = first.appearances["b"].source
        late = stated("late", url=url, quote="these are words")
        together(
            partial(see, source, "Indeed these are words of this page."),
            partial(chain, late, by=owner, slug=claim.slug, text="", language=""),
        )
        sweep()

    assert Appearance.objects.exclude(source__snapshots=None).filter(proof_anchor=None).count() == 0
    assert Anchor.objects.count() == 12


def sweep() -> None:
    for source_id in anchoring.ready():
        anchoring.anchor_source(source_id)


# --- the tests themselves -------------------------------------------------------------------------------------------


def test_each_thread_of_these_tests_has_a_connection_of_its_own() -> None:
    connections = together(lambda: id(connection.connection), lambda: id(connection.connection))
    assert len({*connections, id(connection.connection)}) == 3
