"""Merging claims: what appeared as the one appears as the other, with its derivations and parties. Not undone.

No circle can come of it: no derivation leads from one claim into another, so that two graphs without circles stay so
side by side.
"""

from django.contrib.auth.models import User

from claims import changes
from claims.changes import state_of
from claims.merging import pairs
from claims.merging.pairs import Preview
from claims.merging.rows import Mention, repoint, require_unnamed, sign
from claims.merging.sources import twins
from claims.models import Appearance, Claim, Derivation
from claims.permissions import may_publish, require_decision
from claims.publishing import show_what_is_cited
from claims.refusals import Conflict, NotYours, Refused
from claims.vocabulary import ClaimStatus

# Appearances first: on SQLite a derivation is looked at as it is written, and its ends have to be there by then.
MENTIONS = (
    Mention(Appearance, ("claim",), "appearances"),
    Mention(Derivation, ("claim",), "derivations"),
    Mention(Claim, ("merged_into",), "claims that were merged into it"),
)


def preview(loser: Claim, into: Claim) -> Preview:
    """What merging the one into the other would do, and what is in its way."""
    refusals = pairs.impossible(loser, into) or [
        *_not_beside(loser, into),
        *twins(Appearance.objects.filter(claim=loser), claim=into.pk),
    ]
    return Preview(pairs.moves(MENTIONS, loser.pk), (), refusals)


def merge(loser: Claim, into: Claim, *, by: User, why: str) -> None:
    """Let the one be the other from now on, its slug an address of the other. Raises `Refused`.

    For curators, and for whoever decides on both. The parties of both are parties then.
    """

    def write() -> None:
        with changes.write(by=by) as log:
            reason = pairs.require_why(why, "Say why the two are one.")
            changes.lock_all([loser.pk, into.pk])
            for row in (loser, into):
                row.refresh_from_db()
                require_decision(by, row)
            preview(loser, into).require()
            if into.status == ClaimStatus.PUBLISHED != loser.status and not may_publish(by):
                raise NotYours("not_yours", "Merging a draft into a published claim shows it. Ask a curator.")
            # First: only of a claim that is merged may appearances go on to the one that stays (see `guards`).
            sign(log, loser, into=into, why=reason)
            for mention in MENTIONS:
                repoint(log, mention, loser, into)
            before = state_of(into)
            into.parties.add(*loser.parties.all())
            if state_of(into) != before:
                log.record(into, "updated", before=before)
            log.touch({loser.pk, into.pk})
            show_what_is_cited(into)
            log.check_last(lambda: require_unnamed(MENTIONS, loser))

    changes.again(write)


def _not_beside(loser: Claim, into: Claim) -> list[Refused]:
    if ClaimStatus.WITHDRAWN in (loser.status, into.status):
        taken_back = loser if loser.status == ClaimStatus.WITHDRAWN else into
        detail = f"The record of {pairs.named(taken_back)} was taken back. Publish it again first."
        return [Conflict("withdrawn", detail, ("into",))]
    if loser.status == ClaimStatus.PUBLISHED != into.status:
        detail = (
            f"{pairs.named(into)} is a draft: merged, what is published would be hidden. Merge them the other way "
            "round, or publish it first."
        )
        return [Conflict("hidden", detail, ("into",))]
    return []
