"""Whatever is merged, parted and edited in whatever order: each row names whom a simple model says, and the log knows.

The model: every name has a home, which only writers move; whoever is merged has a parent; a row names the root above
the home.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from claims.intake import edit_appearance, edit_claim
from claims.merging import agents, sources
from claims.merging.homes import REPOINTED, RESTORED, Named, trails
from claims.models import Appearance, Change, Claim
from claims.refusals import Refused
from claims.times import Moment
from sources.models import Agent, Source
from sources.registry import RefusedEdit, editing, set_owner
from tests.claims.history import folded, stored
from tests.claims.test_merging_agents import tree
from tests.factories import chain, paper, see, stated

pytestmark = pytest.mark.django_db

NAMES = "ABC"
PLACE = st.integers(0, len(NAMES) - 1)
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [*["merge"] * 5, *["part"] * 5, "speak", "publish", "party", *["join"] * 3, *["split"] * 3, "see"]
        ),
        PLACE,
        PLACE,
    ),
    min_size=6,
    max_size=18,
)


@dataclass
class Model:
    """Homes of names, by the row that has them, and who was merged into whom."""

    homes: dict[Any, int] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)

    def root(self, pk: int) -> int:
        while pk in self.parents:
            pk = self.parents[pk]
        return pk

    def named(self, row: Any) -> int:
        return self.root(self.homes[row])


class World:
    """A claim in a source of each of four publishers, who speak there too; and the model of it."""

    def __init__(self, owner: User, curator: User) -> None:
        self.curator = curator
        recorded = chain(
            *(
                stated(
                    name,
                    url=f"https://{name}.example/",
                    publisher=paper(name),
                    claimant=paper(name),
                    quote=f"of {name}",
                )
                for name in NAMES
            ),
            parties=tuple(paper(name) for name in NAMES[:2]),
            by=owner,
        )
        self.claim = recorded.claim
        self.agents = [Agent.objects.get(name=name).pk for name in NAMES]
        self.sources = [recorded.appearances[name].source_id for name in NAMES]
        self.said = [recorded.appearances[name].pk for name in NAMES]
        self.of_agents, self.of_sources = Model(), Model()
        for place, agent in enumerate(self.agents):
            self.of_agents.homes["publisher", place] = self.of_agents.homes["claimant", place] = agent
            self.of_sources.homes[place] = self.sources[place]
        for agent in self.agents[:2]:
            self.of_agents.homes["party", agent] = agent

    def do(self, step: Step) -> None:
        name, one, other = step
        if one == other:
            other = (one + 1) % len(NAMES)
        write: Callable[[int, int], None] = getattr(self, name)
        with suppress(Refused, RefusedEdit), transaction.atomic():
            write(one, other)

    def merge(self, one: int, other: int) -> None:
        loser, into = self.agents[one], self.agents[other]
        agents.merge(
            Agent.objects.get(pk=loser), Agent.objects.get(pk=into), by=self.curator, why="One.",
            settled=[each.field for each in agents.preview(*map(self._agent, (loser, into))).differing],
        )  # fmt: skip
        self.of_agents.parents[loser] = into

    def part(self, one: int, _: int) -> None:
        agents.undo(Agent.objects.get(pk=self.agents[one]), by=self.curator, why="Two.")
        del self.of_agents.parents[self.agents[one]]

    def join(self, one: int, other: int) -> None:
        loser, into = self.sources[one], self.sources[other]
        pair = Source.objects.get(pk=loser), Source.objects.get(pk=into)
        settled = [each.field for each in sources.preview(*pair).differing]
        sources.merge(*pair, by=self.curator, why="One.", settled=settled)
        self.of_sources.parents[loser] = into

    def split(self, one: int, _: int) -> None:
        sources.undo(Source.objects.get(pk=self.sources[one]), by=self.curator, why="Two.")
        del self.of_sources.parents[self.sources[one]]

    def speak(self, place: int, other: int) -> None:
        agent = self._agent(self.of_agents.root(self.agents[other]))
        if self.of_agents.named(("claimant", place)) != agent.pk:
            edit_appearance(Appearance.objects.get(pk=self.said[place]), by=self.curator, claimant=agent)
            self.of_agents.homes["claimant", place] = agent.pk

    def publish(self, place: int, other: int) -> None:
        agent = self._agent(self.of_agents.root(self.agents[other]))
        source = Source.objects.get(pk=self.sources[place])
        with editing(source, by=self.curator):
            source.publisher = agent
        if self.of_agents.named(("publisher", place)) != agent.pk:
            self.of_agents.homes["publisher", place] = agent.pk

    def party(self, one: int, other: int) -> None:
        """Whoever is named still keeps its home, or homes."""
        named = {self.of_agents.root(self.agents[place]) for place in (one, other)}
        edit_claim(
            Claim.objects.get(pk=self.claim.pk), by=self.curator, parties=Agent.objects.filter(pk__in=named)
        )
        homes = self.of_agents.homes
        for row in [
            row for row in homes if row[0] == "party" and self.of_agents.root(homes[row]) not in named
        ]:
            del homes[row]
        for agent in named - {self.of_agents.root(home) for row, home in homes.items() if row[0] == "party"}:
            homes["party", agent] = agent

    def see(self, place: int, other: int) -> None:
        see(
            Source.objects.get(pk=self.sources[place]),
            f"Here stand words of {NAMES[place]} and of {NAMES[other]}.",
        )

    def _agent(self, pk: int) -> Agent:
        return Agent.objects.get(pk=pk)

    def check(self) -> None:
        of_agents, of_sources = self.of_agents, self.of_sources
        for place, (source, said) in enumerate(zip(self.sources, self.said, strict=True)):
            appearance = Appearance.objects.get(pk=said)
            assert Source.objects.get(pk=source).publisher_id == of_agents.named(("publisher", place))
            assert appearance.claimant_id == of_agents.named(("claimant", place))
            assert appearance.source_id == of_sources.named(place)
        parties = {of_agents.root(home) for row, home in of_agents.homes.items() if row[0] == "party"}
        assert set(self.claim.parties.values_list("pk", flat=True)) == parties
        for model, rows in ((of_agents, Agent.objects.all()), (of_sources, Source.objects.all())):
            expected = {pk: model.root(pk) for pk in model.parents}
            assert {row.pk: row.merged_into_id for row in rows if row.merged_into_id} == expected
        for owner in Appearance.objects.exclude(newest_anchor=None).select_related("newest_anchor__snapshot"):
            assert owner.newest_anchor
            assert of_sources.root(owner.newest_anchor.snapshot.source_id) == owner.source_id


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[("merge", 0, 1), ("merge", 1, 2), ("part", 0, 0), ("part", 1, 1)])
@example(
    steps=[("merge", 0, 1), ("merge", 1, 2), ("part", 0, 0), ("merge", 0, 2), ("part", 1, 1), ("part", 0, 0)]
)
@example(steps=[("merge", 0, 1), ("speak", 0, 2), ("speak", 0, 1), ("publish", 0, 2), ("part", 0, 0)])
@example(steps=[("merge", 0, 1), ("party", 1, 2), ("merge", 1, 2), ("part", 0, 0), ("part", 1, 1)])
@example(steps=[("see", 0, 1), ("join", 0, 1), ("see", 1, 2), ("split", 0, 0), ("join", 0, 1), ("see", 0, 1)])
@given(steps=STEPS)
def test_rows_name_whom_the_model_says_and_the_past_is_what_was_read(
    owner: User, curator: User, steps: list[Step]
) -> None:
    with transaction.atomic():
        world = World(owner, curator)
        seen = {}
        for step in steps:
            world.do(step)
            world.check()
            seen[Change.objects.latest("seq").at] = tree(world.claim)
        for instant, then in seen.items():
            assert tree(world.claim, Moment(known_at=instant)) == then
        assert folded() == stored()
        transaction.set_rollback(True)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=5),
    owned=st.lists(st.tuples(PLACE, PLACE), max_size=3),
)
def test_undone_in_the_opposite_order_all_is_as_it_was(
    owner: User, curator: User, pairs: list[tuple[int, int]], owned: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        world = World(owner, curator)
        for agent, its_owner in owned:
            try:
                set_owner(
                    *(Agent.objects.get(pk=world.agents[place]) for place in (agent, its_owner)), by=curator
                )
            except RefusedEdit:
                continue
        before = (
            tree(world.claim),
            {row.pk: (row.owner_id, row.ultimate_owner_id) for row in Agent.objects.all()},
        )
        done = []
        for one, other in pairs:
            for write, undo in ((world.merge, world.part), (world.join, world.split)):
                try:
                    write(one, other)
                except Refused:
                    continue
                done.append((undo, one))
        for undo, one in reversed(done):
            undo(one, 0)
        after = (
            tree(world.claim),
            {row.pk: (row.owner_id, row.ultimate_owner_id) for row in Agent.objects.all()},
        )
        assert after == before
        assert folded() == stored()
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([("created", "", "a")], ["a"]),
        ([("created", "", "a"), (REPOINTED, "a", "b"), (REPOINTED, "b", "c")], ["abc"]),
        ([("created", "", "a"), (REPOINTED, "a", "b"), ("updated", "b", "d"), ("updated", "d", "b")], ["b"]),
        ([("created", "", "a"), (REPOINTED, "a", "b"), ("updated", "b", "b")], ["ab"]),
        ([("created", "", "a"), (REPOINTED, "a", "b"), (RESTORED, "b", "a"), (REPOINTED, "a", "d")], ["ad"]),
        ([("created", "", "ab"), (REPOINTED, "ab", "b"), ("updated", "b", "bc")], ["ab", "b", "c"]),
    ],
)
def test_trails_of_names(history: list[tuple[str, str, str]], expected: list[str]) -> None:
    def named(action: str, was: str, now: str) -> Named:
        before, after = frozenset(map(ord, was)), frozenset(map(ord, now))
        survivor = next(iter(after - before or after), None) if action == REPOINTED else None
        return Named(action, before, after, survivor)

    found = trails(named(*write) for write in history)
    assert ["".join(map(chr, trail)) for trail in found] == expected
