"""Accounts and groups of people, as unfold shows them. An account is never deleted: what it wrote stays its own."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import admin as accounts
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from provenance.roles import Role
from sources.admin.unfolded import ModelAdmin

if TYPE_CHECKING:
    _UserAdmin = accounts.UserAdmin[User]
else:
    _UserAdmin = accounts.UserAdmin


class UserAdmin(_UserAdmin, ModelAdmin):
    """People who log in, and the service accounts of partners."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: take away `active` instead."""
        return False


class GroupAdmin(accounts.GroupAdmin, ModelAdmin):
    """Groups: rights that several accounts have. The rights of the roles are the code's (see `roles`)."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not of a role: put accounts in, or make another group."""
        return _is_free(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not a role: the accounts in it would lose what they may do."""
        return _is_free(obj) and super().has_delete_permission(request, obj)


def _is_free(group: Group | None) -> bool:
    return group is None or group.name not in set(Role)


admin.site.unregister(User)
admin.site.register(User, UserAdmin)
admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
