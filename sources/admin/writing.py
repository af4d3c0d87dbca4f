"""The base of every admin page: rows are written by the writing modules, evidence is only shown, nothing is deleted.

A page of a row can have steps: things that may be done to it, each asked for on a page of its own, so that a link
never changes anything and a reason can be given.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import flatten, quote, unquote
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from sources.admin.unfolded import ModelAdmin, ModelForm, TabularInline, page_action, text
from sources.viewers import Viewer

Page = Callable[[Any, HttpRequest, Any], HttpResponse]


def author(request: HttpRequest) -> User:
    """Who is logged in: the author of what this request writes."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class Why(forms.Form):
    """Asks for the reason that a step needs."""

    why = forms.CharField(max_length=1000, widget=text(), label="Why", help_text="Kept in the history.")


class WritingForm(ModelForm):
    """A form of an admin page; shown again, it says what the writing module refused."""

    refused: ClassVar[ValidationError | None] = None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refused:
            tell(self, self.refused)
        return cleaned


@dataclass(frozen=True, slots=True)
class Question:
    """A step that is asked for: `do(row, by=..., **fields of the form)`; `done` may show what it returns, as `{}`."""

    label: str
    text: str
    do: Callable[..., object]
    done: str
    form: type[forms.Form]


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
        """Who is looking: whoever may edit sources sees all of them, others what is public and their own."""
        user = author(request)
        return Viewer(frozenset({user.pk}), is_curator=user.has_perm("sources.change_source"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The tables beside a row; a new one has nothing to show in them yet."""
        return super().get_inlines(request, obj) if obj else ()

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
        if row is None or not self.may_step(request, row):
            return []
        actions = super().get_actions_detail(request, object_id)
        return [action for action in actions if action.method.when(row)]

    def ask(self, request: HttpRequest, row: models.Model, question: "Question") -> HttpResponse:
        """Show the question with its form; once that is sent, do it and go back to the row."""
        form = question.form(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                with self.attempt():
                    result = question.do(row, by=author(request), **form.cleaned_data)
            except ValidationError as refused:
                tell(form, refused)
            else:
                messages.success(request, question.done.format(result))
                return HttpResponseRedirect(self.page_of(row))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": question.text,
            "subtitle": str(row),
            "label": question.label,
            "form": form,
            "row": row,
            "back": self.page_of(row),
        }
        return TemplateResponse(request, "sources/admin/ask.html", context)

    def page_of(self, row: models.Model) -> str:
        """The row's own page."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(row.pk)])


class WritingAdmin(ShownAdmin):
    """Rows that people write, through the function that the writing modules have for it."""

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
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

    # The tables beside a row are only shown, and relations are written with their row: neither is saved here.

    def save_related(self, *args: Any) -> None:
        """Nothing."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, *args: Any) -> Any:
        """Django's own note of the change, of the form alone."""
        return super().construct_change_message(request, form, [], *args)


class ShownInline(TabularInline):
    """A table of related rows: shown, in pages, not written."""

    extra = 0
    max_num = 0
    per_page = 20
    can_delete = False
    hide_title = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """All of them."""
        return tuple(flatten(self.fields or ()))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def step(label: str, *, when: Callable[[Any], bool] = lambda row: True) -> Callable[[Page], Any]:
    """Make a method `(self, request, row)` a step of the row's page, offered to those who may, `when` it makes sense.

    Name it in `actions_detail`. It is a link, so the method writes nothing: a step that does is `asked`.
    """

    def decorate(method: Page) -> Any:
        @wraps(method)
        def page(self: ShownAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
            row = self.get_object(request, unquote(object_id))
            if row is None:
                raise Http404
            if not self.may_step(request, row):
                raise PermissionDenied
            if not when(row):
                messages.warning(request, f"“{label}” is not open any more.")
                return HttpResponseRedirect(self.page_of(row))
            return method(self, request, row)

        return page_action(page, label=label, when=when)

    return decorate


def asked(
    label: str,
    do: Callable[..., object],
    *,
    question: str,
    done: str,
    form: type[forms.Form] = forms.Form,
    when: Callable[[Any], bool] = lambda row: True,
) -> Any:
    """A step that writes, once its question was answered: see `Question`."""
    asking = Question(label, question, do, done, form)

    @step(label, when=when)
    def ask(self: ShownAdmin, request: HttpRequest, row: models.Model) -> HttpResponse:
        return self.ask(request, row, asking)

    return ask


def tell(form: forms.BaseForm, refused: ValidationError) -> None:
    """Put the sentences of a refusal at the form's fields; those about none of them stand above it."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for name, errors in refused.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)


class _Refused(HttpRequest):
    """A request whose first try was refused."""

    refused: ValidationError
