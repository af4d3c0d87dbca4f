"""The base of every admin page: rows are written by the writing modules, evidence is only shown, nothing is deleted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.admin.utils import quote, unquote
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.widgets import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from sources.admin.forms import WritingForm
from sources.admin.people import author, named_only
from sources.admin.unfolded import ModelAdmin, ModelForm
from sources.viewers import Viewer

NAMING = Script("sources/admin/labels.js", type="module")
"""The script that names the fields which are found by typing."""


class ShownAdmin(ModelAdmin):
    """Rows that are looked at: filtered by who is looking, never added, changed or deleted by hand."""

    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Those that the account may see, with the rows that a line of the list names."""
        rows = super().get_queryset(request)
        visible_to = getattr(rows, "visible_to", None)
        shown = visible_to(self.viewer(request)) if visible_to else rows
        return cast("models.QuerySet[Any]", shown)

    def viewer(self, request: HttpRequest) -> Viewer:
        """Who is looking: those whose role has the right see all, others what is public and their own."""
        user = author(request)
        return Viewer(frozenset({user.pk}), is_curator=user.has_perm("sources.see_unpublished"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The tables beside a row; a new one has nothing to show in them yet."""
        return super().get_inlines(request, obj) if obj else ()

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Django's, with the length of a page of the table."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if rows := getattr(inline, "rows", None):
            kwargs |= {"request": request, "per_page": rows}
        return kwargs

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields, accounts among them as links for those who may open those."""
        return _mapped(super().get_fieldsets(request, obj), self._as_shown_to(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """The same for those that are only shown."""
        return tuple(map(self._as_shown_to(request), super().get_readonly_fields(request, obj)))

    def _as_shown_to(self, request: HttpRequest) -> Callable[[Any], Any]:
        if request.user.has_perm("auth.view_user"):
            return lambda name: name
        return lambda name: named_only(self.model, name)

    # --- steps ------------------------------------------------------------------------------------------------------

    def may_step(self, request: HttpRequest, row: Any) -> bool:
        """Whether this account may do the row's steps."""
        return self.has_change_permission(request, row)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around every write: turns a refusal into a ValidationError, by the names of the fields where it can."""
        yield

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """The steps that are open to this row now, as unfold's links."""
        row = self.get_object(request, unquote(object_id))
        actions = super().get_actions_detail(request, object_id) if row else []
        return [action for action in actions if action.method.is_open(self, request, row)]

    def has_step_permission(self, request: HttpRequest) -> bool:
        """Asked by the actions of the list, which do the steps to several rows."""
        return self.may_step(request, None)

    def back_from(self, request: HttpRequest) -> str:
        """Where a question leads back to, if it was asked from elsewhere than the row's own page."""
        back = request.GET.get("back") or request.POST.get("back") or ""
        return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""

    def page_of(self, row: models.Model) -> str:
        """The row's own page."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(row.pk)])


class WritingAdmin(ShownAdmin):
    """Rows that people write, through the function that the writing modules have for it."""

    class Media:
        js = (NAMING,)

    form = WritingForm
    # A new row may be asked for with other fields; unfold shows them by `add_fieldsets`.
    add_form: type[WritingForm] | None = None

    def write(self, row: Any, form: Any, *, by: User, change: bool) -> models.Model:
        """Write what was filled in, and return the row as it is now. Raises ValidationError."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(ModelAdmin.has_add_permission(self, request))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(ModelAdmin.has_change_permission(self, request, obj))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the form, or take it. What the writing module refuses stands at its field, with nothing written."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as refused:
            # The transaction is rolled back by now; the same form is taken once more, to be shown with the refusal.
            cast("_Refused", request).refused = refused
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[ModelForm]:
        """Django's form for this request alone, with what was refused in it."""
        if self.add_form and not kwargs.get("change"):
            kwargs["form"] = self.add_form
        form = super().get_form(request, *args, **kwargs)
        cast("type[WritingForm]", form).refused = getattr(request, "refused", None)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """What a row has of its own; a new one has nothing yet."""
        return tuple(super().get_readonly_fields(request, obj)) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice among the rows that this account sees."""
        kwargs["queryset"] = self._choices(db_field, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The same for several."""
        kwargs["queryset"] = self._choices(db_field, request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choices(self, db_field: Any, request: HttpRequest) -> Any:
        return db_field.related_model.objects.visible_to(self.viewer(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Have the row written; `obj` stands for it from then on."""
        stored = self.get_queryset(request).get(pk=obj.pk) if change else obj
        with self.attempt():
            written = self.write(stored, form, by=author(request), change=change)
        obj.pk = written.pk
        obj.refresh_from_db()

    # Relations are written with their row, and tables that are more than shown by the page that has them.

    def save_related(self, *args: Any) -> None:
        """Nothing."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, *args: Any) -> Any:
        """Django's own note of the change, of the form alone."""
        return super().construct_change_message(request, form, [], *args)


class _Refused(HttpRequest):
    """A request whose first try was refused."""

    refused: ValidationError


def _mapped(fieldsets: Any, change: Callable[[Any], Any]) -> list[Any]:
    """The same sets of fields with each name changed, those side by side in one line too."""
    return [
        (title, {**options, "fields": [_each(field, change) for field in options["fields"]]})
        for title, options in fieldsets
    ]


def _each(field: Any, change: Callable[[Any], Any]) -> Any:
    return tuple(change(name) for name in field) if isinstance(field, (list, tuple)) else change(field)
