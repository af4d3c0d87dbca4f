"""Revision and registry epoch: whatever an answer about a claim shows, one of the two grows when it changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from claims import changes
from claims.intake import Recorded
from claims.models import Claim
from sources import registry
from sources.models import Agent
from tests.factories import chain, paper, see, stated

pytestmark = pytest.mark.django_db


def key(claim: Claim) -> tuple[int, int]:
    found = Claim.objects.with_epoch().get(pk=claim.pk)
    return found.revision, found.registry_epoch or 0


def rename(agent: Agent, by: User) -> None:
    with registry.editing(agent, by=by):
        agent.name = "Another Name"


def rename_and_fail(agent: Agent, by: User) -> None:
    with changes.write(by=by):
        rename(agent, by)
        raise ZeroDivisionError


def retitle(recorded: Recorded, by: User) -> None:
    source = recorded.appearances["a"].source
    with registry.editing(source, by=by):
        source.title = "Another title"


def anchor(recorded: Recorded, _by: User) -> None:
    see(recorded.appearances["a"].source, "These are the words of a.")


def extend(recorded: Recorded, by: User) -> None:
    chain(stated("more"), by=by, slug=recorded.claim.slug, text="", language="")


@pytest.mark.parametrize("write", [retitle, anchor, extend])
def test_what_shows_in_one_claim_grows_its_revision_alone(
    owner: User, write: Callable[[Recorded, User], Any]
) -> None:
    recorded = chain(stated("a", quote="the words of a"), by=owner)
    other = chain(stated("b"), by=owner)
    before, untouched = key(recorded.claim), key(other.claim)
    write(recorded, owner)
    assert key(recorded.claim)[0] > before[0]
    assert key(other.claim) == untouched


def test_edit_of_an_agent_grows_the_epoch_of_every_claim_and_no_revision(owner: User) -> None:
    first, second = (chain(stated(ref), by=owner).claim for ref in ("a", "b"))
    agent = registry.find_or_add_agent(paper("An Agent"), by=owner)
    before = [key(first), key(second)]
    rename(agent, owner)
    assert [key(first), key(second)] == [(revision, epoch + 1) for revision, epoch in before]


def test_new_owner_grows_the_epoch_and_no_revision(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    top, middle, low = (
        registry.find_or_add_agent(paper(name), by=owner) for name in ("Top", "Middle", "Low")
    )
    registry.set_owner(low, middle, by=owner)
    before = key(claim)
    registry.set_owner(middle, top, by=owner)
    assert key(claim)[0] == before[0]
    assert key(claim)[1] > before[1]


def test_new_agent_and_edit_that_changes_nothing_grow_nothing(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    before = key(claim)
    agent = registry.find_or_add_agent(paper("New"), by=owner)
    with registry.editing(agent, by=owner):
        agent.name = "New"
    assert key(claim) == before


def test_rolled_back_edit_gives_the_epoch_back(owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    agent = registry.find_or_add_agent(paper("An Agent"), by=owner)
    before = key(claim)
    with pytest.raises(ZeroDivisionError):
        rename_and_fail(agent, owner)
    assert key(claim) == before
