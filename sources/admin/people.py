"""Accounts, as the pages of the admin name them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.http import HttpRequest


def author(request: HttpRequest) -> User:
    """Who is logged in: the author of what this request writes."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def named_only(model: type[models.Model], name: Any) -> Any:
    """The field, if it is no account; of an account its name alone, for those who may not open its page."""
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return name
    return _name_in(name) if field is not None and field.related_model is User else name


@cache
def _name_in(field: str) -> Callable[[models.Model], str]:
    def named(row: models.Model) -> str:
        account = getattr(row, field)
        return str(account) if account else ""

    named.__name__ = field
    named.short_description = field.replace("_", " ")  # type: ignore[attr-defined]  # Django's own name for a label
    return named
