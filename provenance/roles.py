"""Who may do what in the admin, as sets of rights."""

from django.contrib.auth.models import Permission, User
from django.db.models import Q

# What a curator writes, through the admin's pages.
_WRITES = {
    "sources": ("add_agent", "change_agent", "change_source", "add_capture"),
    "claims": (
        *("add_claim", "change_claim", "add_appearance", "change_appearance"),
        *("add_derivation", "change_derivation", "publish_claim", "curate_claim"),
    ),
}


def grant_curation(user: User) -> None:
    """Make this account a curator: it logs in to the admin, sees all claims and sources, and decides on them."""
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.user_permissions.add(*_rights())


def _rights() -> list[Permission]:
    rights = Q()
    for app, codenames in _WRITES.items():
        of_app = Q(content_type__app_label=app)
        rights |= of_app & (Q(codename__startswith="view_") | Q(codename__in=codenames))
    return list(Permission.objects.filter(rights))
