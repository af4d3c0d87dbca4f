"""Who may do what in the admin: four roles, as groups of people. Their rights are these, after every migrate.

A role has the rights of the one before it, and its own. Partners have none: their accounts never log in, and decide on
their own claims (see `claims.permissions`).
"""

from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import connections
from django.db.models import Q


class Role(StrEnum):
    """The groups, by their names."""

    VIEWER = "viewer"  # sees everything, drafts included, and writes nothing
    EDITOR = "editor"  # adds and corrects; what an editor adds waits for a curator
    CURATOR = "curator"  # decides, publishes, takes back, vouches
    ADMIN = "admin"  # everything, accounts and partners included


_OURS = Q(content_type__app_label__in=["sources", "claims"])
_ADDED = {
    Role.VIEWER: _OURS & Q(codename__startswith="view_") | Q(codename="see_unpublished"),
    Role.EDITOR: _OURS
    & Q(
        codename__in=[
            *("add_agent", "change_agent", "change_source", "add_capture", "add_claim", "change_claim"),
            *("add_appearance", "change_appearance", "add_derivation", "change_derivation"),
        ]
    ),
    Role.CURATOR: _OURS & Q(codename__in=["publish_claim", "curate_claim", "ignore_robots"]),
    Role.ADMIN: _OURS | Q(content_type__app_label__in=["auth", "admin", "partners"]),
}


def rights_of(role: Role) -> set[Permission]:
    """The rights of a role, with those of the roles before it."""
    steps = list(_ADDED)
    rights = Q()
    for step in steps[: steps.index(role) + 1]:
        rights |= _ADDED[step]
    return set(Permission.objects.filter(rights))


def grant(user: User, role: Role) -> None:
    """Let this account log in to the admin, in this role."""
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get(name=role))


def grant_curation(user: User) -> None:
    """Make this account a curator."""
    grant(user, Role.CURATOR)


def install_after_migrate(using: str, **_: Any) -> None:
    """Receiver of `post_migrate`: make the groups, with exactly their rights.

    No data migration: the rights that it would hand out are themselves only made after a migrate.
    """
    if not set(connections[using].introspection.table_names()) >= _TABLES:
        return  # a partial migrate: the last one installs
    for role in Role:
        group, _created = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set(rights_of(role))


_TABLES = {"auth_group", "auth_permission", "auth_group_permissions", "django_content_type"}
