"""The change log: every write in it, with its author and the whole state, numbered in the order of commits."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User

from claims import anchoring, changes, derivations, intake, named, publishing, receivers
from claims.derivations import Steps
from claims.intake import Recorded
from claims.models import Appearance, Change, ChangeHead, Claim
from claims.refusals import Conflict, Refused
from claims.stated import StatedDerivation
from claims.vocabulary import DerivationKind, DerivationState, Stance
from sources import registry
from sources.models import Agent, Source
from tests.claims.history import folded, stored
from tests.factories import chain, paper, repeats, see, stated
from tests.racing import together

pytestmark = pytest.mark.django_db


def logged(*, after: int = 0) -> list[str]:
    """What the log has, as `claim created`."""
    return [f"{change.object_type} {change.action}" for change in Change.objects.filter(seq__gt=after)]


# --- every write, by its author -------------------------------------------------------------------------------------


class Scene:
    """A published claim, and a draft, as every writing function finds them."""

    def __init__(self, owner: User, stranger: User) -> None:
        self.published = chain(
            stated("study"),
            stated("paper", derived_from=(repeats("study", state=DerivationState.SUGGESTED),)),
            by=owner,
        )
        self.draft = chain(stated("draft"), by=stranger)
        slug = self.published.claim.slug
        self.waiting = chain(stated("more"), by=stranger, slug=slug, text="", language="").appearances["more"]
        self.study, self.paper = (self.published.appearances[ref] for ref in ("study", "paper"))
        [self.step] = self.published.derivations
        self.agent = registry.find_or_add_agent(paper("An Agent"), by=owner)

    def derive_locked(self, by: User) -> None:
        with changes.write(by=by):
            steps = Steps.of_locked(self.published.claim)
            derivations.derive_locked(steps, self.study, self.paper, RESPONSE, by=by)

    def edit_source(self, by: User) -> None:
        with registry.editing(self.study.source, by=by):
            self.study.source.title = "Another title"


RESPONSE = StatedDerivation(kind=DerivationKind.RESPONSE)

WRITES: dict[str, tuple[Callable[[Scene, User], object], list[str]]] = {
    "claims.intake.record_chain": (
        lambda scene, by: chain(stated("a"), stated("b", "a", publisher=paper("The A")), by=by),
        [
            "agent created", "source created", "source created", "claim created", "appearance created",
            "appearance created", "derivation created",
        ],
    ),
    "claims.intake.edit_claim": (
        lambda scene, by: intake.edit_claim(scene.published.claim, by=by, parties=[scene.agent]),
        ["claim updated"],
    ),
    "claims.intake.edit_appearance": (
        lambda scene, by: intake.edit_appearance(scene.study, by=by, stance=Stance.DENY),
        ["appearance updated"],
    ),
    "claims.derivations.derive": (
        lambda scene, by: derivations.derive(scene.study, scene.paper, RESPONSE, by=by),
        ["derivation created"],
    ),
    "claims.derivations.derive_locked": (lambda scene, by: scene.derive_locked(by), ["derivation created"]),
    "claims.derivations.decide": (
        lambda scene, by: derivations.decide(scene.step, DerivationState.CONFIRMED, by=by),
        ["derivation confirmed"],
    ),
    "claims.derivations.edit": (
        lambda scene, by: derivations.edit(scene.step, by=by, reason="So it says."),
        ["derivation updated"],
    ),
    "claims.publishing.publish": (
        lambda scene, by: publishing.publish(scene.draft.claim, by=by),
        ["claim published"],
    ),
    "claims.publishing.withdraw_claim": (
        lambda scene, by: publishing.withdraw_claim(scene.published.claim, by=by, why="Not so."),
        ["claim withdrawn"],
    ),
    "claims.publishing.withdraw_appearance": (
        lambda scene, by: publishing.withdraw_appearance(scene.study, by=by, why="Not so."),
        ["appearance withdrawn"],
    ),
    "claims.publishing.accept": (
        lambda scene, by: publishing.accept(scene.waiting, by=by),
        ["appearance accepted"],
    ),
    "claims.publishing.vouch": (
        lambda scene, by: publishing.vouch(scene.study, by=by, why="I saw it."),
        ["appearance vouched"],
    ),
    "sources.registry.editing": (lambda scene, by: scene.edit_source(by), ["source updated"]),
    "sources.registry.find_or_add_agent": (
        lambda scene, by: registry.find_or_add_agent(paper("New"), by=by),
        ["agent created"],
    ),
    "sources.registry.find_or_add_source": (
        lambda scene, by: registry.find_or_add_source("https://new.example/", by=by),
        ["source created"],
    ),
    "sources.registry.add_offline_source": (
        lambda scene, by: registry.add_offline_source(title="A Book", publisher=scene.agent, by=by),
        ["source created"],
    ),
    "sources.registry.edit_agent": (
        lambda scene, by: registry.edit_agent(scene.agent, by=by, name="Another", kind=None, owner=None),
        ["agent updated"],
    ),
    "sources.registry.set_owner": (
        lambda scene, by: registry.set_owner(scene.agent, Agent.objects.get(name="The Study"), by=by),
        ["agent updated"],
    ),
}  # fmt: skip


def writing_functions(module: ModuleType) -> Iterator[str]:
    """Names of the module's public functions that take an author to write as."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        public = function.__module__ == module.__name__ and not name.startswith("_")
        if public and "by" in inspect.signature(function).parameters:
            yield f"{module.__name__}.{name}"


def test_list_of_writing_functions_is_complete() -> None:
    found = {
        name for module in (intake, derivations, publishing, registry) for name in writing_functions(module)
    }
    assert found - {"claims.publishing.lock_current"} == set(WRITES)


@pytest.mark.parametrize("name", WRITES)
def test_every_write_is_logged_whole_and_by_its_author(
    owner: User, stranger: User, curator: User, name: str
) -> None:
    scene = Scene(owner, stranger)
    before, write = changes.last_seq(), WRITES[name][0]
    write(scene, curator)

    assert sorted(logged(after=before)) == sorted(WRITES[name][1])
    assert {change.by for change in Change.objects.filter(seq__gt=before)} == {curator}
    assert folded() == stored()


@pytest.mark.parametrize("name", [name for name in WRITES if name.startswith("claims.")])
def test_every_write_to_a_claim_makes_it_another_revision(
    owner: User, stranger: User, curator: User, name: str
) -> None:
    scene = Scene(owner, stranger)
    before = dict(Claim.objects.values_list("pk", "revision"))
    WRITES[name][0](scene, curator)
    after = dict(Claim.objects.values_list("pk", "revision"))
    assert [pk for pk in after if after[pk] != before.get(pk)] == [
        Change.objects.exclude(claim=None).order_by("-seq")[0].claim_id
    ]


def test_what_the_service_does_by_itself_has_no_author(owner: User) -> None:
    recorded = chain(stated("a", title=""), by=owner)
    before = changes.last_seq()
    see(recorded.appearances["a"].source, "<title>Its title</title><p>These are the words of a.")
    assert logged(after=before) == ["source updated", "anchor anchored"]
    assert {change.by for change in Change.objects.filter(seq__gt=before)} == {None}
    assert folded() == stored()


def test_edited_source_makes_the_claims_that_show_it_another_revision(owner: User, curator: User) -> None:
    one, other = (chain(stated("a", url="https://a.example/"), by=owner).claim for _ in range(2))
    unrelated = chain(stated("b"), by=owner).claim
    before = dict(Claim.objects.values_list("pk", "revision"))
    with registry.editing(Source.objects.get(url="https://a.example/"), by=curator):
        Source.objects.get(url="https://a.example/")
    assert dict(Claim.objects.values_list("pk", "revision")) == before

    source = Source.objects.get(url="https://a.example/")
    with registry.editing(source, by=curator):
        source.title = "Another title"
    grown = {pk for pk, revision in Claim.objects.values_list("pk", "revision") if revision > before[pk]}
    assert grown == {one.pk, other.pk}
    assert unrelated.pk not in grown


# --- what an entry holds --------------------------------------------------------------------------------------------


def test_entry_has_the_whole_state_before_and_after(owner: User) -> None:
    claim = chain(stated("a"), by=owner, parties=(paper("P"),)).claim
    before = stored()["claim", claim.pk]
    publishing.withdraw_claim(claim, by=owner, why="Not so.")
    change = Change.objects.get(action="withdrawn")
    assert (change.before, change.after) == (before, stored()["claim", claim.pk])
    assert change.after
    assert change.after["parties"] == list(claim.parties.values_list("pk", flat=True))


def test_instants_are_kept_to_the_microsecond(owner: User) -> None:
    agent = registry.find_or_add_agent(paper("A"), by=owner)
    exact = datetime(2021, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    with changes.write(by=owner) as log:
        agent.created_at = exact
        log.record(agent, "updated")
    after = Change.objects.latest("seq").after
    assert after
    assert datetime.fromisoformat(after["created_at"]) == exact


def test_all_of_one_write_has_one_time(owner: User) -> None:
    chain(*(stated(f"n{number}") for number in range(80)), by=owner)
    assert Change.objects.values("at").distinct().count() == 1
    chain(stated("later"), by=owner)
    times = list(Change.objects.values_list("at", flat=True))
    assert times == sorted(times)


# --- numbers, and writes in writes ----------------------------------------------------------------------------------


def test_refused_write_leaves_no_entry_and_gives_its_numbers_back(owner: User) -> None:
    chain(stated("a"), by=owner)
    last = changes.last_seq()
    with pytest.raises(Refused):
        chain(stated("a", "b"), stated("b", "a"), by=owner)
    assert changes.last_seq() == ChangeHead.objects.get().seq == last
    chain(stated("a"), by=owner)
    assert list(Change.objects.values_list("seq", flat=True)) == list(range(1, changes.last_seq() + 1))


def test_write_that_changes_nothing_takes_no_number(owner: User) -> None:
    with changes.write(by=owner):
        pass
    assert not ChangeHead.objects.exists()


def test_writes_in_a_write_are_numbered_together_in_their_order(owner: User) -> None:
    with changes.write(by=owner):
        one = chain(stated("a"), by=owner)
        assert changes.last_seq() == 0
        publishing.withdraw_claim(one.claim, by=owner, why="Not so.")
    assert logged() == [
        "agent created",
        "source created",
        "claim created",
        "appearance created",
        "claim withdrawn",
    ]
    assert ChangeHead.objects.get().seq == 5


def test_each_part_of_a_write_keeps_its_own_author(owner: User, curator: User) -> None:
    recorded = chain(stated("a"), by=owner)
    before = changes.last_seq()
    with changes.write(by=None):
        see(recorded.appearances["a"].source, "These are the words of a.")
        publishing.vouch(recorded.appearances["a"], by=curator, why="I saw it.")
        intake.edit_claim(recorded.claim, by=owner, language="hi")
    authors = [change.by for change in Change.objects.filter(seq__gt=before)]
    assert authors == [None, None, curator, owner]


def test_refused_part_leaves_neither_row_nor_entry_and_the_rest_stands(owner: User) -> None:
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    ends = recorded.appearances["b"], recorded.appearances["a"]
    before = changes.last_seq()
    with changes.write(by=owner):
        publishing.vouch(ends[0], by=owner, why="I saw it.")
        with pytest.raises(Conflict):
            derivations.derive(*ends, RESPONSE, by=owner)
        with pytest.raises(Refused):
            chain(stated("x"), stated("y", "nowhere"), by=owner)
        publishing.vouch(ends[1], by=owner, why="I saw it.")
    assert logged(after=before) == ["appearance vouched", "appearance vouched"]
    assert Claim.objects.count() == 1
    assert folded() == stored()


def test_part_that_is_undone_leaves_no_entry_of_what_succeeded_in_it(owner: User) -> None:
    recorded = chain(stated("a"), by=owner)
    before, revision = changes.last_seq(), Claim.objects.get().revision

    def vouch_and_fail() -> None:
        with changes.write(by=owner):
            publishing.vouch(recorded.appearances["a"], by=owner, why="I saw it.")
            raise ZeroDivisionError

    with changes.write(by=owner), pytest.raises(ZeroDivisionError):
        vouch_and_fail()
    assert changes.last_seq() == before
    assert Claim.objects.get().revision == revision
    assert Appearance.objects.get().vouched_by is None


def test_write_after_a_failed_one_begins_anew(owner: User) -> None:
    with pytest.raises(ZeroDivisionError), changes.write(by=owner):
        raise ZeroDivisionError
    chain(stated("a"), by=owner)
    assert changes.last_seq() == 4


@pytest.mark.django_db(transaction=True)
def test_open_write_of_one_thread_is_not_anothers(owner: User) -> None:
    with changes.write(by=owner) as log:
        assert changes._open.get() is log
        assert together(changes._open.get) == [None]


def test_nothing_of_claims_opens_a_transaction_of_its_own() -> None:
    """An entry of what a bare savepoint undoes would stay: only `changes.write` knows to drop it."""
    for module in (intake, derivations, publishing, anchoring, named, receivers):
        assert "atomic(" not in inspect.getsource(module)
    assert inspect.getsource(changes).count("with transaction.atomic():") == 1


def test_recorded_rows_are_all_of_one_claim(owner: User) -> None:
    recorded: Recorded = chain(stated("a"), stated("b", "a"), by=owner)
    kinds: Any = Change.objects.filter(claim=recorded.claim).values_list("object_type", flat=True)
    assert sorted(kinds) == ["appearance", "appearance", "claim", "derivation"]
