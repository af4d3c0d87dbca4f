"""Tables of related rows beside a row: in pages, shown, or corrected and added to. Writing is for the page to do."""

from functools import cached_property
from typing import Any, cast

from django.contrib.admin.utils import flatten
from django.db import models
from django.http import HttpRequest

from sources.admin.forms import RowForm, WritingForm
from sources.admin.unfolded import PaginationInlineFormSet, TabularInline

PER_PAGE = 20


class PagedInline(TabularInline):
    """A table in pages of `rows` rows; nothing is deleted in it. Its pages are links, for keyboards too."""

    extra = 0
    max_num = 0
    rows: int | None = PER_PAGE
    can_delete = False
    hide_title = True
    template_after = "sources/admin/pages.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShownInline(PagedInline):
    """Related rows that are only shown."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """All of them."""
        return tuple(flatten(self.fields or ()))


class StoredRows(PaginationInlineFormSet):
    """The rows of a page of a table, whichever page they stand on by the time that they are sent back."""

    def _existing_object(self, pk: Any) -> Any:
        return self._sent.get(pk)

    @cached_property
    def _sent(self) -> dict[Any, Any]:
        names = (f"{self.prefix}-{place}-id" for place in range(self.total_form_count()))
        ids = [pk for pk in map(self.data.get, names) if pk and pk.isdecimal()]
        rows = cast("models.QuerySet[Any]", self.paginator.object_list)
        return {row.pk: row for row in rows.filter(pk__in=ids)}


class NewRows(PaginationInlineFormSet):
    """Rows to be added: a table of their own, without the stored ones."""

    @classmethod
    def get_default_prefix(cls) -> str:
        """The names of the fields begin otherwise than those of the stored rows."""
        return f"new_{super().get_default_prefix()}"


class WrittenInline(PagedInline):
    """Stored rows of which some fields may be corrected in their place."""

    form = RowForm
    formset: type[PaginationInlineFormSet] = StoredRows

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The rows for this request alone, with what was refused in one of them."""
        formset = super().get_formset(request, obj, **kwargs)
        cast("type[WritingForm]", formset.form).refused = getattr(request, "refused", None)
        return formset


class NewInline(WrittenInline):
    """Rows that may be added, one to begin with."""

    formset: type[PaginationInlineFormSet] = NewRows
    extra = 1
    max_num = 20
    rows = None

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """None of the stored ones."""
        return super().get_queryset(request).none()
