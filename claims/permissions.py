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


def is_editor(user: User) -> bool:
    """Whether this account corrects any claim; unless it is a curator, what it adds waits for one, also on its own."""
    return user.has_perm("claims.change_claim")


def sees_all(user: User) -> bool:
    """Whether this account sees the drafts of others, and what waits on them or was taken back."""
    return is_curator(user) or user.has_perm("sources.see_unpublished")


def may_decide(user: User, claim: Claim) -> bool:
    """Whether what this account writes on the claim stands at once: its owner's and a curator's does."""
    return is_curator(user) or (claim.owner_id == user.pk and not is_editor(user))


def may_correct(user: User, claim: Claim) -> bool:
    """Whether this account may change the claim's own fields, and those of its appearances."""
    return is_editor(user) or may_decide(user, claim)


def require_decision(user: User, claim: Claim) -> None:
    """Raise `NotYours` unless this account may decide on the claim."""
    if not may_decide(user, claim):
        raise NotYours(
            "not_yours", "Only the owner of this claim and curators decide on it. Ask one of them."
        )


def require_correction(user: User, claim: Claim) -> None:
    """Raise `NotYours` unless this account may correct the claim."""
    if not may_correct(user, claim):
        raise NotYours("not_yours", "This claim belongs to somebody else. Ask its owner or a curator.")


def viewer_of(user: User) -> Viewer:
    """What this account sees."""
    return Viewer(account_ids=frozenset({user.pk}), is_curator=sees_all(user))
