"""Who sees what, in every queryset: the owner, a stranger who added to the claim, a curator, and everybody."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models

from claims.intake import Recorded
from claims.models import Anchor, Appearance, Change, Claim, Derivation
from claims.permissions import viewer_of
from claims.publishing import accept, publish, withdraw_appearance, withdraw_claim
from claims.stated import StatedDerivation
from claims.vocabulary import DerivationKind
from sources.models import Agent, Capture, Snapshot, Source
from sources.viewers import ANONYMOUS, Viewer
from tests.factories import chain, newsroom, paper, see, stated

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """One claim of each status, with what belongs to it, by name."""

    owner: User
    stranger: User
    curator: User
    rows: dict[models.Model, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.public = self.add("public", chain(stated("public"), stated("gone"), by=self.owner))
        withdraw_appearance(self.public.appearances["gone"], by=self.owner, why="Not so.")
        origin = self.public.appearances["public"].pk
        rests_on = StatedDerivation(appearance=origin, kind=DerivationKind.CITATION, quote="words")
        slug = self.public.claim.slug
        waiting = stated("waiting", derived_from=(rests_on,))
        self.waiting = self.add("waiting", chain(waiting, by=self.stranger, slug=slug, text="", language=""))
        self.draft = self.add("draft", chain(stated("draft"), by=self.owner))
        withdraw_claim(
            self.draft.claim, by=self.owner, why="Not to be seen."
        )  # the owner's drafts are public at once
        self.foreign = self.add("foreign", chain(stated("foreign"), by=newsroom("A Third")))
        self.mine = self.add("mine", chain(stated("mine"), by=self.stranger))

    def add(self, name: str, recorded: Recorded) -> Recorded:
        for ref, appearance in recorded.appearances.items():
            snapshot = see(appearance.source, f"Here are words. {appearance.quote}")
            rows = [appearance, appearance.source, snapshot, snapshot.capture]
            self.rows |= {row: ref for row in rows if row}
        self.rows |= dict.fromkeys(recorded.derivations, f"{name} step")
        self.rows.setdefault(recorded.claim, name)
        return recorded

    def viewer(self, name: str) -> Viewer:
        return ANONYMOUS if name == "anonymous" else viewer_of(getattr(self, name))

    def seen(self, name: str, model: Any) -> set[str]:
        return {self.rows[row] for row in model.objects.visible_to(self.viewer(name))}


@pytest.fixture
def scene(owner: User, stranger: User, curator: User) -> Scene:
    return Scene(owner, stranger, curator)


ALL = {"public", "gone", "waiting", "draft", "foreign", "mine"}
# Once public, a source stays so: what was cited by a claim that was withdrawn later was seen by everybody.
PUBLIC_SOURCES = {"public", "gone", "draft"}

SEEN: dict[str, dict[Any, set[str]]] = {
    "anonymous": {
        Claim: {"public"},
        Appearance: {"public", "gone"},
        Derivation: set(),
        Source: PUBLIC_SOURCES,
    },
    "stranger": {
        Claim: {"public", "mine"},
        Appearance: {"public", "gone", "waiting", "mine"},
        Derivation: {"waiting step"},
        Source: PUBLIC_SOURCES | {"waiting", "mine"},
    },
    "owner": {
        Claim: {"public", "draft"},
        Appearance: {"public", "gone", "waiting", "draft"},
        Derivation: {"waiting step"},
        Source: PUBLIC_SOURCES,
    },
    "curator": {
        Claim: {"public", "draft", "foreign", "mine"},
        Appearance: ALL,
        Derivation: {"waiting step"},
        Source: ALL,
    },
}


@pytest.mark.parametrize("name", SEEN)
def test_each_sees_what_is_public_and_what_is_theirs(scene: Scene, name: str) -> None:
    assert {model: scene.seen(name, model) for model in SEEN[name]} == SEEN[name]
    for model in (Snapshot, Capture):
        assert scene.seen(name, model) == SEEN[name][Source]


@pytest.mark.parametrize("name", ["anonymous", "stranger", "owner", "curator"])
def test_feed_tells_nobody_of_rows_that_they_do_not_see(scene: Scene, name: str) -> None:
    viewer = scene.viewer(name)
    told: dict[str, set[int]] = {}
    for change in Change.objects.visible_to(viewer):
        told.setdefault(change.object_type, set()).add(change.object_id)

    models: list[Any] = [Claim, Appearance, Derivation, Source]
    for model in models:
        seen = set(model.objects.visible_to(viewer).values_list("pk", flat=True))
        assert told.get(model._meta.model_name, set()) == seen
    seen_appearances = Appearance.objects.visible_to(viewer)
    seen_steps = Derivation.objects.visible_to(viewer)
    anchors = Anchor.objects.filter(appearance__in=seen_appearances) | Anchor.objects.filter(
        derivation__in=seen_steps
    )
    assert told.get("anchor", set()) == set(anchors.values_list("pk", flat=True))
    assert bool(told.get("agent")) == (name == "curator")


def test_feed_of_a_claim_includes_what_its_pages_show(scene: Scene) -> None:
    """Without it nobody would hear that words were found, changed or dropped."""
    actions = (
        Change.objects.visible_to(ANONYMOUS)
        .filter(claim=scene.public.claim)
        .values_list("object_type", "action")
    )
    assert ("anchor", "anchored") in set(actions)
    assert ("appearance", "withdrawn") in set(actions)


def test_what_is_stated_otherwise_of_a_public_source_is_between_its_author_and_curators(
    scene: Scene, stranger: User
) -> None:
    url = scene.public.appearances["public"].source.url
    chain(stated("secret", url=url, title="What my draft says"), by=stranger)
    for name, told in (("anonymous", 0), ("owner", 0), ("stranger", 1), ("curator", 1)):
        assert Change.objects.visible_to(scene.viewer(name)).filter(action="stated").count() == told


def test_accepted_appearance_is_seen_by_all_with_its_history(scene: Scene, owner: User) -> None:
    accept(scene.waiting.appearances["waiting"], by=owner)
    assert scene.seen("anonymous", Appearance) == {"public", "gone", "waiting"}
    assert scene.seen("anonymous", Derivation) == {"waiting step"}
    assert "waiting" in scene.seen("anonymous", Snapshot)
    entries = Change.objects.visible_to(ANONYMOUS).filter(object_id=scene.waiting.appearances["waiting"].pk)
    assert set(entries.filter(object_type="appearance").values_list("action", flat=True)) == {
        "created",
        "accepted",
    }


def test_published_draft_is_seen_by_all(scene: Scene, curator: User) -> None:
    publish(scene.foreign.claim, by=curator)
    for model in (Claim, Appearance, Source, Snapshot, Capture):
        assert "foreign" in scene.seen("anonymous", model)


def test_claim_that_was_taken_back_is_left_to_its_owner_and_curators(scene: Scene, curator: User) -> None:
    withdraw_claim(scene.public.claim, by=curator, why="Two claims in one.")
    assert scene.seen("anonymous", Claim) == set()
    assert scene.seen("anonymous", Appearance) == set()
    assert scene.seen("stranger", Appearance) == {"mine"}  # its own waiting one too is out of sight
    assert "public" in scene.seen("owner", Claim)
    assert not Change.objects.visible_to(ANONYMOUS).filter(claim=scene.public.claim).exists()


def test_agents_are_public_with_what_names_them(scene: Scene, owner: User, stranger: User) -> None:
    names = {"The Public", "The Gone", "The Draft"}
    assert set(Agent.objects.visible_to(ANONYMOUS).values_list("name", flat=True)) == names
    of_stranger = Agent.objects.visible_to(viewer_of(stranger))
    assert set(of_stranger.values_list("name", flat=True)) == names | {"The Waiting", "The Mine"}
    chain(stated("x", publisher=paper("The Mine")), by=owner)
    assert Agent.objects.visible_to(ANONYMOUS).filter(name="The Mine").exists()
