"""Whatever is written in whatever order: the confirmed steps form a DAG, one to a pair, and the log tells every row."""

from contextlib import suppress
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims import changes
from claims.derivations import decide, derive
from claims.graph import Edge, Graph, Node
from claims.models import Appearance, Change, Claim
from claims.publishing import publish, withdraw_appearance, withdraw_claim
from claims.refusals import Refused
from claims.stated import StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState, Stance
from tests.claims.history import folded, stored
from tests.factories import chain, stated

pytestmark = pytest.mark.django_db

REFS = "abcd"


@dataclass(frozen=True)
class Derive:
    derived: str
    origin: str
    stated: StatedDerivation
    curator: bool


@dataclass(frozen=True)
class Decide:
    which: int
    state: DerivationState


@dataclass(frozen=True)
class Withdraw:
    ref: str


@dataclass(frozen=True)
class Toggle:
    """Withdraw the claim, or publish it again."""


STATED = st.builds(
    StatedDerivation,
    kind=st.sampled_from([DerivationKind.REPETITION, DerivationKind.RESPONSE]),
    basis=st.sampled_from([Basis.READ, Basis.INFERRED, None]),
    state=st.sampled_from([DerivationState.SUGGESTED, DerivationState.CONFIRMED, None]),
    reason=st.sampled_from(["", "So I think."]),
)
REF = st.sampled_from(REFS)
DERIVE = st.builds(Derive, derived=REF, origin=REF, stated=STATED, curator=st.booleans())
DECIDE = st.builds(Decide, which=st.integers(0, 9), state=st.sampled_from(DerivationState))
STEPS = st.lists(
    st.one_of(DERIVE, DERIVE, DERIVE, DECIDE, DECIDE, st.builds(Withdraw, ref=REF), st.just(Toggle())),
    min_size=4,
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_writes_in_any_order_keep_the_rules_and_the_history(
    owner: User, curator: User, steps: list[Derive | Decide | Withdraw | Toggle]
) -> None:
    with transaction.atomic():
        claim = chain(*map(stated, REFS), by=owner).claim
        rows = dict(zip(REFS, claim.appearances.order_by("pk"), strict=True))
        states = {}
        for step in steps:
            with suppress(Refused):
                write(step, claim, rows, owner=owner, curator=curator)
            assert_rules(claim)
            states[changes.last_seq()] = stored()

        assert {seq: folded(until=seq) for seq in states} == states
        assert list(Change.objects.values_list("seq", flat=True)) == list(range(1, changes.last_seq() + 1))
        transaction.set_rollback(True)


def write(
    step: Derive | Decide | Withdraw | Toggle,
    claim: Claim,
    rows: dict[str, Appearance],
    *,
    owner: User,
    curator: User,
) -> None:
    match step:
        case Derive(derived, origin, how, by_curator):
            derive(rows[derived], rows[origin], how, by=curator if by_curator else owner)
        case Decide(which, state):
            with suppress(IndexError):
                decide(claim.derivations.all()[which], state, by=curator, why="So I think.")
        case Withdraw(ref):
            withdraw_appearance(rows[ref], by=owner, why="Not so.")
        case Toggle() if Claim.objects.get(pk=claim.pk).status == "published":
            withdraw_claim(claim, by=owner, why="Wait.")
        case Toggle():
            publish(claim, by=owner)


def assert_rules(claim: Claim) -> None:
    confirmed = claim.derivations.filter(state=DerivationState.CONFIRMED)
    pairs = list(confirmed.values_list("derived_id", "origin_id"))
    assert len(pairs) == len(set(pairs))
    nodes = [
        Node(id=pk, source=pk, stance=Stance.SUPPORT) for pk in claim.appearances.values_list("pk", flat=True)
    ]
    edges = [
        Edge(derived, origin, DerivationKind.REPETITION, DerivationState.CONFIRMED)
        for derived, origin in pairs
    ]
    assert len(Graph(nodes, edges).topological_order()) == len(nodes)
    unfounded = confirmed.filter(basis=Basis.INFERRED, reason="", decided_why="")
    assert not unfounded.exists()
