"""Whatever is written in whatever order: the tree of what was known after each write is the tree that was read then."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims import publishing
from claims.derivations import decide, derive, edit
from claims.intake import edit_appearance, edit_claim
from claims.models import Appearance, Change, Claim, Derivation
from claims.permissions import viewer_of
from claims.refusals import Refused
from claims.shown import Tree
from claims.stated import StatedDerivation
from claims.times import Moment
from claims.trees import load_tree
from claims.vocabulary import Basis, Certainty, ChainEnd, DerivationKind, DerivationState, Stance
from sources.dates import PartialDate
from sources.models import Agent
from sources.registry import editing, find_or_add_agent, set_owner
from sources.viewers import ANONYMOUS, CURATOR, Viewer
from tests.factories import chain, paper, repeats, see, stated

pytestmark = pytest.mark.django_db

Question = tuple[Viewer, bool, PartialDate | None]
"""Who asks, whether for suggestions too, and as of when."""

AS_OF = (PartialDate.parse("2021-03-01"), PartialDate.parse("2021-03-02T00:00:00Z"))
DATES = st.sampled_from(["", "2021", "2021-03", "2021-03-01", "2021-03-02", "2021-03-02T05:30:00+05:30"])
PLACE = st.integers(0, 3)

Step = tuple[str, Any]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("extend"), st.tuples(st.booleans(), DATES)),
        st.tuples(st.just("derive"), st.tuples(PLACE, PLACE, st.sampled_from(DerivationState))),
        st.tuples(st.just("decide"), st.tuples(PLACE, st.sampled_from(DerivationState))),
        st.tuples(st.just("reword"), st.sampled_from([0, 0, 0, 1])),
        st.tuples(st.just("see"), st.tuples(PLACE, st.booleans(), st.booleans())),
        st.tuples(st.just("restate"), st.tuples(PLACE, st.sampled_from(Stance), DATES)),
        st.tuples(st.just("speaker"), PLACE),
        st.tuples(st.just("source"), st.tuples(PLACE, DATES)),
        st.tuples(st.just("rename"), st.tuples(PLACE, st.sampled_from("xyz"))),
        st.tuples(st.just("own"), st.tuples(PLACE, PLACE)),
        st.tuples(st.just("withdraw"), PLACE),
        st.tuples(st.just("accept"), PLACE),
        st.tuples(st.just("vouch"), PLACE),
        st.tuples(st.just("toggle"), st.none()),
        st.tuples(st.just("parties"), PLACE),
    ),
    min_size=8,
    max_size=16,
)


@dataclass
class History:
    """A claim that people write on."""

    owner: User
    stranger: User
    curator: User
    claim: Claim
    written: int = 0
    seen: dict[datetime, dict[Question, Tree | None]] = field(default_factory=dict)

    def do(self, step: Step) -> None:
        name, drawn = step
        write: Callable[[Any], None] = getattr(self, name)
        with suppress(Refused, IndexError, ValueError):
            write(drawn)
        self.remember()

    def remember(self) -> None:
        """What everybody reads now, by the instant of the newest write."""
        self.seen[Change.objects.latest("seq").at] = {
            (viewer, suggested, as_of): self.read(viewer, suggested, Moment(as_of))
            for viewer, suggested, as_of in self.questions
        }

    def read(self, viewer: Viewer, suggested: bool, at: Moment) -> Tree | None:
        claim = Claim.objects.visible_to(viewer).filter(pk=self.claim.pk).first()
        return load_tree(claim, viewer=viewer, include_suggested=suggested, at=at) if claim else None

    @property
    def questions(self) -> list[Question]:
        everybody = (ANONYMOUS, CURATOR, viewer_of(self.owner), viewer_of(self.stranger))
        dated: list[Question] = [(CURATOR, True, as_of) for as_of in AS_OF]
        return [*dated, (ANONYMOUS, False, None), *((viewer, True, None) for viewer in everybody)]

    def appearance(self, place: int) -> Appearance:
        return self.claim.appearances.all()[place]

    def derivation(self, place: int) -> Derivation:
        return self.claim.derivations.all()[place]

    def extend(self, drawn: Any) -> None:
        by_owner, date = drawn
        self.written += 1
        chain(
            # The same source every second time, of which something else is then stated.
            stated(
                f"s{self.written}",
                url=f"https://s.example/{self.written // 2}",
                published_at=date,
                chain_end=ChainEnd.ORAL,
                quote="the words",
                said_at=f"2021-03-{self.written:02}",
            ),
            slug=self.claim.slug,
            text="",
            language="",
            by=self.owner if by_owner else self.stranger,
        )

    def derive(self, drawn: Any) -> None:
        derived, origin, state = drawn
        how = StatedDerivation(
            kind=DerivationKind.CITATION, state=state, basis=Basis.READ, quote="the words", reason="So it is."
        )
        derive(self.appearance(derived), self.appearance(origin), how, by=self.owner)

    def decide(self, drawn: Any) -> None:
        decide(self.derivation(drawn[0]), drawn[1], by=self.curator, why="So I think.")

    def reword(self, place: int) -> None:
        derivation = self.derivation(place)
        see(derivation.derived.source, "They wrote the words and other words")
        self.remember()
        other = "other words" if derivation.quote == "the words" else "the words"
        edit(derivation, by=self.curator, quote=other)

    def see(self, drawn: Any) -> None:
        place, first, second = drawn
        page = " and ".join(["They wrote"] + ["the words"] * first + ["other words"] * second)
        see(self.appearance(place).source, page)

    def restate(self, drawn: Any) -> None:
        place, stance, date = drawn
        edit_appearance(
            self.appearance(place), by=self.owner, stance=stance, said_at=date, certainty=Certainty.HEDGED
        )

    def speaker(self, place: int) -> None:
        agent = find_or_add_agent(paper("A Speaker"), by=self.owner)
        edit_appearance(self.appearance(place), by=self.owner, claimant=agent)

    def source(self, drawn: Any) -> None:
        place, date = drawn
        source = self.appearance(place).source
        with editing(source, by=self.curator):
            source.published_at, source.title = date, f"As of {date}"
            source.publisher = find_or_add_agent(paper(f"Publisher {date}"), by=self.curator)

    def rename(self, drawn: Any) -> None:
        place, name = drawn
        agent = Agent.objects.order_by("pk")[place]
        with editing(agent, by=self.curator):
            agent.name = f"{name}{agent.pk}"

    def own(self, drawn: Any) -> None:
        agent, owner = (Agent.objects.order_by("pk")[place] for place in drawn)
        set_owner(agent, owner, by=self.curator)

    def withdraw(self, place: int) -> None:
        publishing.withdraw_appearance(self.appearance(place), by=self.owner, why="Not so.")

    def accept(self, place: int) -> None:
        publishing.accept(self.appearance(place), by=self.owner)

    def vouch(self, place: int) -> None:
        publishing.vouch(self.appearance(place), by=self.owner, why="I saw it.")

    def toggle(self, _: None) -> None:
        if Claim.objects.get(pk=self.claim.pk).status == "published":
            publishing.withdraw_claim(self.claim, by=self.owner, why="Wait.")
        else:
            publishing.publish(self.claim, by=self.curator)

    def parties(self, place: int) -> None:
        edit_claim(self.claim, by=self.owner, parties=[Agent.objects.order_by("pk")[place]])


def shown(tree: Tree | None) -> Any:
    """All that a tree shows, but the count of writes so far; of a hidden claim, nothing."""
    if tree is None:
        return None
    sides = [tree.independence(side) for side in (Stance.SUPPORT, Stance.DENY)]
    lines = [tree.independent_lines(node.id) for node in tree.nodes]
    return (
        tree.nodes, tree.edges, tree.counted, tree.roots, sides, tree.findings, lines,
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, draft=st.booleans())
def test_what_was_known_after_each_write_is_what_was_read_then(
    owner: User, stranger: User, curator: User, steps: list[Step], draft: bool
) -> None:
    with transaction.atomic():
        by = stranger if draft else owner
        leaning = repeats("a", quote="the words")
        claim = chain(stated("a", quote="the words"), stated("b", derived_from=(leaning,)), by=by).claim
        history = History(by, owner if draft else stranger, curator, claim)
        history.remember()
        for step in steps:
            history.do(step)
        for instant, trees in history.seen.items():
            for (viewer, suggested, as_of), then in trees.items():
                now = history.read(viewer, suggested, Moment(as_of, known_at=instant))
                # Who may not see the claim now is told nothing; who could not see it then, nothing of then.
                if now is None:
                    continue
                if then is None:
                    assert (now.nodes, now.edges, now.findings) == ((), (), ())
                else:
                    assert shown(now) == shown(then)
        transaction.set_rollback(True)
