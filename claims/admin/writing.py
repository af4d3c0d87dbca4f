"""The base of the pages that write to claims: who may, what a refusal looks like, and where the history is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from claims.models import Claim
from claims.permissions import may_decide, viewer_of
from claims.refusals import Refused
from sources.admin.writing import ShownAdmin, WritingAdmin, author
from sources.viewers import Viewer


class LoggedAdmin(ShownAdmin):
    """Rows whose history is the change log."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The row's part of the log, latest first."""
        return HttpResponseRedirect(
            changes_of(object_type=self.opts.model_name, object_id=unquote(object_id))
        )


class ClaimsAdmin(LoggedAdmin, WritingAdmin):
    """Rows of a claim, written by whoever decides on it: its owner and curators."""

    def viewer(self, request: HttpRequest) -> Viewer:
        return viewer_of(author(request))

    def claim_of(self, row: Any) -> Claim:
        """The claim that a row belongs to."""
        claim: Claim = row.claim
        return claim

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_decide(author(request), self.claim_of(obj)))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What intake refuses becomes an error of the field that its path ends at."""
        try:
            yield
        except Refused as refused:
            names = [part for part in refused.path if isinstance(part, str)]
            raise ValidationError({names[-1] if names else NON_FIELD_ERRORS: refused.detail}) from None


def changes_of(**of: Any) -> str:
    """The address of the log's page with the entries of one row, or of one claim."""
    return f"{reverse(f'{admin.site.name}:claims_change_changelist')}?{urlencode(of)}"


def page_to_add(model_name: str, **filled_in: Any) -> str:
    """The address of the page that adds a row, with some of its fields filled in."""
    return f"{reverse(f'{admin.site.name}:claims_{model_name}_add')}?{urlencode(filled_in)}"
