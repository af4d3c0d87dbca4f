"""Who may do what to claims: the rules that every door (REST, admin, commands) asks."""

from django.contrib.auth.models import User

from claims.models import Claim
from claims.refusals import NotYours
from sources.viewers import Viewer


def is_curator(user: User) -> bool:
    """Whether this account may decide on any claim."""
    return user.has_perm("claims.curate_claim")


def may_publish(user: User) -> bool:
    """Whether claims of this account are published at once, without waiting as drafts."""
    return user.has_perm("claims.publish_claim") or is_curator(user)


def may_decide(user: User, claim: Claim) -> bool:
    """Whether what this account writes on the claim stands at once: its owner's and a curator's does."""
    return claim.owner_id == user.pk or is_curator(user)


def require_decision(user: User, claim: Claim) -> None:
    """Raise `NotYours` unless this account may decide on the claim."""
    if not may_decide(user, claim):
        raise NotYours("not_yours", "This claim belongs to somebody else. Ask its owner or a curator.")


def viewer_of(user: User) -> Viewer:
    """What this account sees."""
    return Viewer(account_ids=frozenset({user.pk}), is_curator=is_curator(user))
