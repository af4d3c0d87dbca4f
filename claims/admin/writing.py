"""The base of the pages that write to claims: who may, what a refusal looks like, and where the history is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from claims.admin.history import LoggedAdmin
from claims.models import Claim
from claims.permissions import is_curator, may_correct, may_decide, viewer_of
from claims.refusals import Refused
from sources.admin.people import author
from sources.admin.writing import WritingAdmin
from sources.viewers import Viewer


class ClaimsAdmin(LoggedAdmin, WritingAdmin):
    """Rows of a claim: corrected by editors, decided on by its owner and curators."""

    # The field at which a refusal stands that is about a row as a whole.
    blamed: str = NON_FIELD_ERRORS

    def viewer(self, request: HttpRequest) -> Viewer:
        return viewer_of(author(request))

    def claim_of(self, row: Any) -> Claim:
        """The claim that a row belongs to."""
        claim: Claim = row.claim
        return claim

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_correct(author(request), self.claim_of(obj)))

    def may_step(self, request: HttpRequest, row: Any) -> bool:
        """Steps are decisions; of the actions of a list, only curators know all rows theirs."""
        user = author(request)
        return is_curator(user) if row is None else may_decide(user, self.claim_of(row))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        with as_errors(blamed=self.blamed):
            yield


@contextmanager
def as_errors(*, blamed: str = NON_FIELD_ERRORS) -> Iterator[None]:
    """What intake refuses becomes an error of the field that its path ends at, else of the `blamed` one."""
    try:
        yield
    except Refused as refused:
        raise error_of(refused, blamed=blamed) from None


def error_of(refused: Refused, *, blamed: str = NON_FIELD_ERRORS) -> ValidationError:
    """A refusal as an error of the field that its path ends at, else of the `blamed` one."""
    names = [part for part in refused.path if isinstance(part, str)]
    return ValidationError({names[-1] if names else blamed: refused.detail})


def page_to_add(model_name: str, **filled_in: Any) -> str:
    """The address of the page that adds a row, with some of its fields filled in."""
    return f"{reverse(f'{admin.site.name}:claims_{model_name}_add')}?{urlencode(filled_in)}"
