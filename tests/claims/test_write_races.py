"""Writers that meet: threads with connections of their own, on whichever database the suite runs."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from random import Random
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q, QuerySet

from claims import anchoring, changes, intake, publishing
from claims.derivations import decide, derive
from claims.intake import Recorded
from claims.models import Anchor, Appearance, Change, Claim, Derivation
from claims.refusals import Conflict, Refused
from claims.stated import StatedDerivation
from claims.vocabulary import ClaimStatus, DerivationKind, DerivationState
from sources import capturing, extracting, registry
from sources.models import Agent, Source
from sources.requests import request_capture
from tests.claims.history import folded, stored
from tests.factories import chain, fetched, newsroom, paper, repeats, see, stated
from tests.racing import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)

SUGGESTED = DerivationState.SUGGESTED
CONFIRMED = DerivationState.CONFIRMED
REPETITION = StatedDerivation(kind=DerivationKind.REPETITION)


def confirmed_pairs() -> set[tuple[int, int]]:
    return set(Derivation.objects.filter(state=CONFIRMED).values_list("derived_id", "origin_id"))


# --- the rules of derivations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 3])
def test_of_writers_that_would_close_a_circle_together_one_is_refused_with_its_path(
    owner: User, length: int
) -> None:
    for _ in range(5):
        refs = "abc"[:length]
        ring = list(chain(*map(stated, refs), by=owner).appearances.values())
        steps = zip(ring, [*ring[1:], ring[0]], strict=True)
        results = together(*(partial(derive, *ends, REPETITION, by=owner) for ends in steps))

        [refused] = refusals(results)
        assert isinstance(refused, Conflict)
        assert refused.code == "cycle"
        assert refused.detail.count(" rests on ") == length
        assert all(f"appearance {appearance.pk} (" in refused.detail for appearance in ring)
    assert len(confirmed_pairs()) == 5 * (length - 1)


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


# --- writers that take the same locks -------------------------------------------------------------------------------


class Meeting:
    """A draft whose pages were read and can be read again, and what may be done to it at the same moment."""

    def __init__(self, curator: User, drafter: User) -> None:
        self.curator = curator
        self.draft = chain(stated("a"), stated("b", "a"), stated("c", "b"), by=drafter)
        self.appearances = list(self.draft.appearances.values())
        for appearance in self.appearances:
            read(appearance.source, f"Here it stands: {appearance.quote}", by=drafter)

    def publish(self) -> None:
        publishing.publish(Claim.objects.get(pk=self.draft.claim.pk), by=self.curator)

    def publish_another_of_its_sources(self) -> None:
        sources = [appearance.source.url for appearance in self.appearances]
        chain(
            *(stated(f"o{number}", url=url) for number, url in enumerate(reversed(sources))), by=self.curator
        )

    def anchor(self) -> None:
        for appearance in self.appearances:
            anchoring.anchor_source(appearance.source_id)

    def read(self) -> None:
        for appearance in self.appearances:
            read(appearance.source, "The page has changed.", by=self.curator)

    def edit_sources(self) -> None:
        for appearance in self.appearances:
            source = Source.objects.get(pk=appearance.source_id)
            with registry.editing(source, by=self.curator):
                source.title = "Another title"

    def withdraw(self) -> None:
        for appearance in self.appearances:
            row = Appearance.objects.get(pk=appearance.pk)
            publishing.withdraw_appearance(row, by=self.curator, why="Not so.")

    def reject(self) -> None:
        for derivation in Derivation.objects.filter(claim=self.draft.claim):
            decide(derivation, DerivationState.REJECTED, by=self.curator, why="Not so.")

    def extend(self) -> None:
        urls = [appearance.source.url for appearance in self.appearances]
        more = [stated(f"m{number}", url=url) for number, url in enumerate(urls)]
        chain(*more, by=self.curator, slug=self.draft.claim.slug, text="", language="")

    def extend_by_others(self) -> None:
        chain(
            stated("x"), stated("y", "x"), by=self.curator, slug=self.draft.claim.slug, text="", language=""
        )

    def own(self) -> None:
        publishers = Agent.objects.filter(published__appearances__in=self.appearances).order_by("-pk")
        for agent in publishers[1:]:
            registry.set_owner(agent, publishers[0], by=self.curator)


@pytest.mark.parametrize("one", [Meeting.publish, Meeting.anchor, Meeting.extend])
def test_writers_that_need_the_same_rows_wait_for_each_other(
    curator: User, one: Callable[[Meeting], None]
) -> None:
    drafter = newsroom("A Drafter")
    others = [
        Meeting.publish_another_of_its_sources, Meeting.read, Meeting.edit_sources, Meeting.withdraw, Meeting.reject,
        Meeting.own, Meeting.extend_by_others,
    ]  # fmt: skip
    for other in others:
        meeting = Meeting(curator, drafter)
        assert not refusals(together(partial(one, meeting), partial(other, meeting)))
        assert not hidden().exists()
    assert folded() == stored()


def read(source: Source, page: str, *, by: User) -> None:
    """What a worker does: lease, fetch, finish, read the text."""
    held = capturing.lease(request_capture(source, by=by).pk)
    snapshot_id = held and capturing.finish(held, fetched(source.url or "", page))
    if snapshot_id:
        extracting.extract(snapshot_id)


# --- everything at once ---------------------------------------------------------------------------------------------


class Storm:
    """Writes of every kind on the same few claims and sources, drawn by chance."""

    def __init__(self, owner: User, curator: User) -> None:
        self.owner, self.curator = owner, curator
        self.drafter = newsroom("A Drafter")
        self.years = count(1001)
        self.urls = [f"https://storm.example/{number}" for number in range(4)]
        self.claims = [self.new_chain(self.drafter).claim for _ in range(3)]
        for source in Source.objects.all():
            see(source, "In the storm stand the words of a.")

    def new_chain(self, by: User, **facts: Any) -> Recorded:
        said_at = str(next(self.years))
        appearances = [
            stated(ref, *origins, url=url, quote="the words of a", said_at=said_at, publisher=paper(url))
            for ref, origins, url in zip("abcd", ([], ["a"], ["a", "b"], ["c"]), self.urls, strict=True)
        ]
        return chain(*appearances, by=by, **facts)

    def run(self, seed: int) -> None:
        random = Random(seed)  # noqa: S311 - chance to repeat, not to hide
        kinds = [
            self.publish, self.extend, self.withdraw, self.edit, self.edit_source, self.anchor, self.see, self.decide,
            self.vouch, self.move_owner,
        ]  # fmt: skip
        for _ in range(12):
            with suppress(Conflict):  # with what another did meanwhile
                random.choice(kinds)(random)

    def publish(self, random: Random) -> None:
        publishing.publish(Claim.objects.get(pk=random.choice(self.claims).pk), by=self.curator)

    def extend(self, random: Random) -> None:
        self.new_chain(self.curator, slug=random.choice(self.claims).slug, text="", language="")

    def withdraw(self, random: Random) -> None:
        publishing.withdraw_appearance(self.appearance(random), by=self.curator, why="Not so.")

    def vouch(self, random: Random) -> None:
        publishing.vouch(self.appearance(random), by=self.curator, why="I saw it.")

    def edit(self, random: Random) -> None:
        certainty = random.choice(["hedged", "asserted"])
        intake.edit_appearance(self.appearance(random), by=self.curator, certainty=certainty)

    def decide(self, random: Random) -> None:
        derivation = random.choice(list(Derivation.objects.all()))
        decide(derivation, random.choice(list(DerivationState)), by=self.curator, why="So I think.")

    def edit_source(self, random: Random) -> None:
        source = self.source(random)
        with registry.editing(source, by=self.curator):
            source.title = f"Title {random.random()}"

    def move_owner(self, random: Random) -> None:
        agent, owner = random.sample(list(Agent.objects.all()), 2)
        with suppress(registry.OwnershipCycle):
            registry.set_owner(agent, random.choice([owner, None]), by=self.curator)

    def anchor(self, random: Random) -> None:
        anchoring.anchor_source(self.source(random).pk)

    def see(self, random: Random) -> None:
        page = random.choice(["Here are the words of a.", "Here is nothing.", "Here are others."])
        read(self.source(random), page, by=self.curator)

    def source(self, random: Random) -> Source:
        return random.choice(list(Source.objects.all()))

    def appearance(self, random: Random) -> Appearance:
        return random.choice(list(Appearance.objects.all()))


def test_writers_of_every_kind_never_stop_each_other_for_good(owner: User, curator: User) -> None:
    storm = Storm(owner, curator)
    writers: list[Callable[[], None]] = [partial(storm.run, seed) for seed in range(6)]
    together(*writers)
    sweep()

    assert folded() == stored()
    assert list(Change.objects.values_list("seq", flat=True)) == list(range(1, changes.last_seq() + 1))
    derivations = Derivation.objects.filter(state=CONFIRMED)
    for claim in storm.claims:
        steps = set(derivations.filter(claim=claim).values_list("derived_id", "origin_id"))
        assert is_acyclic(steps)
    newest = Appearance.objects.filter(withdrawn_at=None, newest_anchor=None)
    assert not newest.filter(source__snapshots__isnull=False).exists()
    assert not hidden().exists()


def hidden() -> QuerySet[Appearance]:
    """What is shown although its source, or who answers for that, is not."""
    shown = Appearance.objects.filter(claim__status=ClaimStatus.PUBLISHED, published=True, withdrawn_at=None)
    return shown.filter(Q(source__public_since=None) | Q(source__publisher__public_since=None))


def is_acyclic(steps: set[tuple[int, int]]) -> bool:
    """Whether taking away what rests on nothing, again and again, takes all."""
    while steps:
        resting = {derived for derived, _ in steps}
        free = {(derived, origin) for derived, origin in steps if origin not in resting}
        if not free:
            return False
        steps = steps - free
    return True


def test_each_thread_of_these_tests_has_a_connection_of_its_own() -> None:
    connections = together(lambda: id(connection.connection), lambda: id(connection.connection))
    assert len({*connections, id(connection.connection)}) == 3
