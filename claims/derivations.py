"""Writing derivations, and deciding on them: the confirmed ones of a claim form a DAG, one to a pair.

Both rules are checked under the lock of the claim's row, so that two writers cannot close a cycle together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from django.contrib.auth.models import User
from django.db.models.functions import Now

from claims import anchoring, changes, tasks
from claims.changes import state_of
from claims.graph import find_path
from claims.models import Appearance, Claim, Derivation
from claims.permissions import is_editor, may_decide, require_decision
from claims.quotes import fold
from claims.refusals import Conflict, Invalid, NotYours
from claims.stated import StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState
from sources.nudges import nudge
from sources.requests import request_capture


@dataclass(slots=True)
class Steps:
    """The confirmed derivations of a locked claim, as (derived, origin) pairs of appearance ids.

    `new` are the appearances that the same request wrote, with the name that it gave each: what goes wrong among them
    alone is its own fault, and is told in its names, since a refused request leaves no ids behind.
    """

    claim: Claim
    confirmed: set[tuple[int, int]]
    new: Mapping[int, str] = field(default_factory=dict)
    _rested_on: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self._rested_on = {origin for _, origin in self.confirmed}

    @classmethod
    def of_locked(cls, claim: Claim) -> "Steps":
        """Lock the claim's row until the transaction ends, read it again, and read its steps."""
        changes.lock(claim)
        confirmed = Derivation.objects.confirmed().filter(claim=claim)
        return cls(claim, set(confirmed.values_list("derived_id", "origin_id")))

    def add(self, derived: Appearance, origin: Appearance) -> None:
        """Take one more step in, or refuse it with what is in its way."""
        pair = (derived.pk, origin.pk)
        if pair in self.confirmed:
            raise Conflict(
                "pair_confirmed",
                f"A confirmed derivation already leads from {self.name(derived)} to {self.name(origin)}. Give this one "
                "as a suggestion; a curator rejects the one before confirming the other.",
            )
        path = self._path_back(derived.pk, origin.pk)
        if path:
            refusal = Invalid if self.new.keys() >= set(path) else Conflict
            raise refusal("cycle", f"This would close a circle: {self._told(derived.pk, path)}.")
        self.confirmed.add(pair)
        self._rested_on.add(origin.pk)

    def _path_back(self, derived: int, origin: int) -> tuple[int, ...] | None:
        # Mostly the derived one is new and nothing rests on it: then no walk is needed to know.
        if derived not in self._rested_on:
            return None
        return find_path(self.confirmed, derived=derived, origin=origin)

    def _told(self, derived: int, path: Iterable[int]) -> str:
        ids = [derived, *path]
        rows = Appearance.objects.select_related("source__publisher").in_bulk(ids)
        return " rests on ".join(self.name(rows[pk]) for pk in ids)

    def name(self, appearance: Appearance) -> str:
        """What to call it before whoever sent the request."""
        return _name(appearance, self.new.get(appearance.pk))


def derive(derived: Appearance, origin: Appearance, stated: StatedDerivation, *, by: User) -> Derivation:
    """Record that one stored appearance rests on, or answers, another. Raises `Refused`.

    Confirmed or suggested as the author's rights and words say.
    """
    with changes.write(by=by):
        anchoring.due([derived.source_id])
        nudge(tasks.anchor, derived.source_id)
        steps = Steps.of_locked(derived.claim)
        for end in (derived, origin):
            end.refresh_from_db(fields=["withdrawn_at"])
        return derive_locked(steps, derived, origin, stated, by=by)


def derive_locked(
    steps: Steps, derived: Appearance, origin: Appearance, stated: StatedDerivation, *, by: User
) -> Derivation:
    """The same for who holds the claim's lock, and has listed the derived source as due before. Raises `Refused`."""
    with changes.write(by=by) as log:
        _check_ends(derived, origin)
        _check_kind(derived, origin, stated.kind)
        if Derivation.objects.filter(derived=derived, origin=origin, author=by).exists():
            refusal = Invalid if derived.pk in steps.new else Conflict
            raise refusal(
                "duplicate",
                f"You have already derived {steps.name(derived)} from {steps.name(origin)}. Leave this one out.",
            )
        state = _first_state(stated, steps.claim, by=by)
        if state == DerivationState.CONFIRMED:
            steps.add(derived, origin)
        derivation = Derivation.objects.create(
            claim=steps.claim,
            derived=derived,
            origin=origin,
            kind=stated.kind,
            basis=stated.basis or "",
            state=state,
            quote=stated.quote,
            quote_prefix=stated.quote_prefix,
            quote_suffix=stated.quote_suffix,
            quote_sha256=sha256(fold(stated.quote).encode()).hexdigest(),
            reason=stated.reason.strip(),
            author=by,
        )
        log.record(derivation, "created")
    return derivation


def decide(derivation: Derivation, state: DerivationState, *, by: User, why: str = "") -> None:
    """Confirm or reject a derivation, or lay it back among the suggestions. Raises `Refused`."""
    why = why.strip()
    with changes.write(by=by) as log:
        steps = Steps.of_locked(derivation.claim)
        require_decision(by, steps.claim)
        derivation.refresh_from_db()
        if derivation.state == state:
            return
        before = state_of(derivation)
        if state == DerivationState.REJECTED and not why:
            raise Invalid("required", "Say why it is rejected.", ("why",))
        if state == DerivationState.CONFIRMED:
            if derivation.basis == Basis.INFERRED and not (derivation.reason or why):
                raise Invalid(
                    "required", "The source does not say so itself: say why you conclude it.", ("why",)
                )
            _check_ends(derivation.derived, derivation.origin)
            steps.add(derivation.derived, derivation.origin)
        derivation.state = state
        derivation.decided_by = by
        derivation.decided_why = why
        derivation.decided_at = Now()
        derivation.save()
        derivation.refresh_from_db()
        log.record(derivation, state, before=before)


def edit(
    derivation: Derivation,
    *,
    by: User,
    kind: DerivationKind | None = None,
    basis: Basis | Literal[""] | None = None,
    reason: str | None = None,
    quote: str | None = None,
) -> None:
    """Change a derivation's own fields; None leaves one as it is. Raises `Refused`.

    For who decides on it; while it waits for a decision also for its author, and for editors. Words that were looked
    for already leave their anchors behind, as the history does: the new ones are looked for in a snapshot of their own.
    """
    with changes.write(by=by) as log:
        anchoring.due([derivation.derived.source_id])
        nudge(tasks.anchor, derivation.derived.source_id)
        changes.lock(derivation.claim)
        derivation.refresh_from_db()
        _require_edit(derivation, by=by)
        before = state_of(derivation)
        if quote not in (None, derivation.quote) and derivation.anchors.exists():
            _look_again(derivation, by=by)
        given = {"kind": kind, "basis": basis, "reason": reason, "quote": quote}
        for name, value in given.items():
            if value is not None:
                setattr(derivation, name, value)
        derivation.reason = derivation.reason.strip()
        derivation.quote_sha256 = sha256(fold(derivation.quote).encode()).hexdigest()
        _check_kind(derivation.derived, derivation.origin, DerivationKind(derivation.kind))
        _check_grounds(derivation)
        if state_of(derivation) != before:
            derivation.save()
            log.record(derivation, "updated", before=before)


def _require_edit(derivation: Derivation, *, by: User) -> None:
    if may_decide(by, derivation.claim):
        return
    if derivation.state != DerivationState.SUGGESTED:
        raise NotYours(
            "decided", "This derivation was decided on. The claim's owner or a curator may change it still."
        )
    if derivation.author_id != by.pk and not is_editor(by):
        raise NotYours("not_yours", "This derivation is somebody else's suggestion. Suggest another one.")


def _look_again(derivation: Derivation, *, by: User) -> None:
    """Leave the evidence of the old words behind, and have the source seen again for the new ones.

    A snapshot has one anchor of a derivation, and keeps it: what it shows of other words is for the next snapshot.
    """
    derivation.newest_anchor = derivation.proof_anchor = None
    source = derivation.derived.source
    if not source.is_offline:
        request_capture(source, by=by)


def _check_grounds(derivation: Derivation) -> None:
    inferred = derivation.state == DerivationState.CONFIRMED and derivation.basis == Basis.INFERRED
    if inferred and not (derivation.reason or derivation.decided_why):
        raise Invalid("required", "The source does not say so itself: say why you conclude it.", ("reason",))


def _first_state(stated: StatedDerivation, claim: Claim, *, by: User) -> DerivationState:
    if stated.state == DerivationState.REJECTED:
        raise Invalid("invalid", 'A new derivation is "confirmed" or "suggested".', ("state",))
    if not may_decide(by, claim):
        return DerivationState.SUGGESTED
    if (
        stated.state == DerivationState.CONFIRMED
        and stated.basis == Basis.INFERRED
        and not stated.reason.strip()
    ):
        raise Invalid("required", "The source does not say so itself: say why you conclude it.", ("reason",))
    if stated.state:
        return stated.state
    return DerivationState.SUGGESTED if stated.basis == Basis.INFERRED else DerivationState.CONFIRMED


def _check_ends(derived: Appearance, origin: Appearance) -> None:
    if derived.pk == origin.pk:
        raise Invalid("self", "An appearance cannot rest on itself. Name the one it really rests on.")
    if derived.claim_id != origin.claim_id:
        raise Invalid("other_claim", "Both ends of a derivation are appearances of one claim.")
    for end in (derived, origin):
        if end.withdrawn_at:
            raise Conflict(
                "withdrawn", f"The record of {_name(end)} was taken back: nothing can rest on it any more."
            )


def _check_kind(derived: Appearance, origin: Appearance, kind: DerivationKind) -> None:
    if kind == DerivationKind.REVISION and derived.source_id != origin.source_id:
        raise Invalid(
            "kind", 'A "revision" is a later version in the same source. Of another source it is e.g. a repetition.',
            ("kind",),
        )  # fmt: skip
    if kind == DerivationKind.CORRECTION and not _speakers(derived) & _speakers(origin):
        raise Invalid(
            "kind", 'A "correction" comes from the agent that said it first. When another answers, it is a "response".',
            ("kind",),
        )  # fmt: skip
    if kind == DerivationKind.TRANSLATION and derived.spoken_language == origin.spoken_language != "":
        raise Invalid(
            "kind",
            f'A "translation" changes the language, but both are {origin.spoken_language!r}.',
            ("kind",),
        )


def _speakers(appearance: Appearance) -> set[int]:
    return {agent for agent in (appearance.claimant_id, appearance.source.publisher_id) if agent}


def _name(appearance: Appearance, ref: str | None = None) -> str:
    publisher = appearance.source.publisher
    withdrawn = ", withdrawn" if appearance.withdrawn_at else ""
    called = appearance.pk if ref is None else repr(ref)
    return f"appearance {called} ({publisher or appearance.source}{withdrawn})"
