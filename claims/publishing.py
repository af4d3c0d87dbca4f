"""Who sees a claim: publishing it, taking the record back, accepting what others wrote on it.

Nothing that a claim rests on is deleted. Withdrawing is a write like any other, with who, when and why.
"""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db.models.functions import Now

from claims import changes
from claims.changes import state_of
from claims.models import Appearance, Claim
from claims.permissions import may_publish, require_decision
from claims.refusals import Conflict, Invalid, NotYours
from claims.vocabulary import ClaimStatus
from sources import registry


def publish(claim: Claim, *, by: User) -> None:
    """Show a draft, and what it cites, to everybody; also a claim whose record had been taken back.

    For curators, and for owners whom we trust: the drafts of others wait for a curator. Raises `Refused`.
    """
    with changes.write(by=by) as log:
        _lock(claim, by=by)
        if not may_publish(by):
            raise NotYours("not_yours", "What this account writes is published by a curator. Ask one.")
        if claim.status == ClaimStatus.PUBLISHED:
            return
        before = state_of(claim)
        claim.status = ClaimStatus.PUBLISHED
        claim.withdrawn_by, claim.withdrawn_at, claim.withdrawn_why = None, None, ""
        claim.save()
        log.record(claim, "published", before=before)
        show_what_is_cited(claim)


def withdraw_claim(claim: Claim, *, by: User, why: str) -> None:
    """Take the record of a claim back: it is kept, and shown to curators and its owner alone. Raises `Refused`."""
    with changes.write(by=by) as log:
        _lock(claim, by=by)
        if claim.status == ClaimStatus.WITHDRAWN:
            raise Conflict("withdrawn", "This claim was withdrawn already.")
        before = state_of(claim)
        claim.status = ClaimStatus.WITHDRAWN
        _sign(claim, by=by, why=why)
        log.record(claim, "withdrawn", before=before)


def withdraw_appearance(appearance: Appearance, *, by: User, why: str) -> None:
    """Take the record of one appearance back: it leaves the tree and the counts, and stays in the history.

    Raises `Refused`.
    """
    with changes.write(by=by) as log:
        lock_current(appearance, by=by)
        before = state_of(appearance)
        _sign(appearance, by=by, why=why)
        log.record(appearance, "withdrawn", before=before)


def accept(appearance: Appearance, *, by: User) -> None:
    """Let an appearance that another wrote on this claim stand. Raises `Refused`."""
    with changes.write(by=by) as log:
        lock_current(appearance, by=by)
        if appearance.published:
            return
        before = state_of(appearance)
        appearance.published = True
        appearance.save()
        log.record(appearance, "accepted", before=before)
        show_what_is_cited(appearance.claim)


def vouch(appearance: Appearance, *, by: User, why: str) -> None:
    """Answer with one's name for an appearance that no snapshot shows, and say what one saw. Raises `Refused`."""
    with changes.write(by=by) as log:
        lock_current(appearance, by=by)
        if not why.strip():
            raise Invalid("required", "Say what you saw, and where.", ("why",))
        before = state_of(appearance)
        appearance.vouched_by, appearance.vouched_at, appearance.vouched_why = by, Now(), why.strip()
        appearance.save()
        appearance.refresh_from_db()
        log.record(appearance, "vouched", before=before)


def show_what_is_cited(claim: Claim) -> None:
    """Make public what a published claim leans on; nothing while it is a draft."""
    if claim.status != ClaimStatus.PUBLISHED:
        return
    shown = claim.appearances.counted()
    # Only what is hidden still: of a claim's thousands of sources all but the new ones are public already.
    sources = shown.filter(source__public_since=None).values_list("source", flat=True)
    publishers = shown.filter(source__publisher__public_since=None).values_list(
        "source__publisher", flat=True
    )
    claimants = shown.filter(claimant__public_since=None).values_list("claimant", flat=True)
    parties = claim.parties.filter(public_since=None).values_list("pk", flat=True)
    agents = {*publishers, *claimants, *parties} - {None}
    registry.make_public(sources=set(sources), agents=agents)


def lock_current(
    appearance: Appearance, *, by: User, require: Callable[[User, Claim], None] = require_decision
) -> None:
    """Lock the appearance's claim, and read the appearance again, for who may write it. Raises `Refused`."""
    changes.lock(appearance.claim)
    require(by, appearance.claim)
    appearance.refresh_from_db()
    if appearance.withdrawn_at:
        raise Conflict("withdrawn", "This appearance was withdrawn already.")


def _lock(claim: Claim, *, by: User) -> None:
    changes.lock(claim)
    require_decision(by, claim)


def _sign(row: Claim | Appearance, *, by: User, why: str) -> None:
    if not why.strip():
        raise Invalid("required", "Say why it is withdrawn.", ("why",))
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_why = by, Now(), why.strip()
    row.save()
    row.refresh_from_db()
