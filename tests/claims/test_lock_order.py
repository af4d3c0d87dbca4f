"""Writers of every kind that need the same rows wait for each other, and none for good."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from claims import anchoring, changes, intake, publishing
from claims.derivations import decide
from claims.intake import Recorded
from claims.models import Appearance, Change, Claim, Derivation
from claims.refusals import Conflict
from claims.vocabulary import ClaimStatus, DerivationState
from sources import capturing, extracting, leases, registry
from sources.models import Agent, Source
from sources.requests import request_capture
from tests.claims.history import folded, stored
from tests.factories import chain, fetched, newsroom, paper, see, stated
from tests.racing import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRMED = DerivationState.CONFIRMED


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
    held = leases.take(request_capture(source, by=by).pk)
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
        random = Random(seed)
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
    for source_id in anchoring.ready():
        anchoring.anchor_source(source_id)

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
