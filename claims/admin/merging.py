"""Merging in the admin: choose the one that stays, see what that leads to it and what is in the way, and confirm."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from claims.admin.writing import as_errors, error_of
from claims.merging import agents, claims, sources
from claims.merging.pairs import Preview
from claims.models import Claim
from claims.permissions import is_curator, may_decide
from sources.admin.forms import Why, tell
from sources.admin.people import author
from sources.admin.steps import asked, step
from sources.admin.unfolded import row_choice
from sources.admin.writing import WritingAdmin
from sources.models import Agent, Source

_PREVIEW: dict[type[Any], Callable[[Any, Any], Preview]] = {
    Agent: agents.preview,
    Source: sources.preview,
    Claim: claims.preview,
}
_MERGE: dict[type[Any], Callable[..., None]] = {
    Agent: agents.merge,
    Source: sources.merge,
    Claim: claims.merge,
}
_UNDO: dict[type[Any], Callable[..., None]] = {Agent: agents.undo, Source: sources.undo}


class MergeForm(Why):
    """Into which row, why, and what is settled by that."""

    settled = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="The one that stays is right in",
        help_text="Correct the one that goes first where the other is wrong.",
    )
    # The row whose preview was shown: another choice is shown before it is done.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ("into", "why", "settled", "shown")

    def __init__(self, page: WritingAdmin, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        rows: Any = page.get_queryset(request)
        self.fields["into"] = row_choice(
            rows.filter(merged_into=None), page.model._meta.get_field("merged_into"), label="Into"
        )
        self.fields["into"].required = True
        self.order_fields(self.field_order)
        self.settle(())

    def settle(self, differing: Any) -> None:
        """Let these fields be settled; without any, nothing is asked."""
        field: Any = self.fields["settled"]
        field.choices = [
            (each.field, f"{each.field.replace('_', ' ')}: {each.survivor}, not {each.loser}")
            for each in differing
        ]
        field.widget = forms.CheckboxSelectMultiple() if field.choices else forms.MultipleHiddenInput()
        field.widget.choices = field.choices


def may_merge(user: User, row: Any) -> bool:
    """Whether this account may merge a row: agents and sources are shared, a claim has an owner."""
    return may_decide(user, row) if isinstance(row, Claim) else is_curator(user)


class MergingAdmin(WritingAdmin):
    """Rows that may be found to be the same. A merged one is only shown."""

    merging: ClassVar[tuple[str, ...]] = ("merge", "unmerge")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.merged_into_id)

    def may_step(self, request: HttpRequest, row: Any) -> bool:
        return super().may_step(request, row) and not (row and row.merged_into_id)

    def attempt(self) -> Any:
        return as_errors()

    @step("Merge into …", when=lambda row: not row.merged_into_id, may=may_merge)
    def merge(self, request: HttpRequest, row: Any) -> HttpResponse:
        form = MergeForm(self, request)
        preview = None
        if into := _chosen(form):
            preview = _PREVIEW[type(row)](row, into)
            form.settle(preview.differing)
            form.full_clean()
            for refused in preview.refusals:
                tell(form, error_of(refused))
            if (
                form.is_valid()
                and form.cleaned_data["shown"] == str(into.pk)
                and self._merge(request, row, form)
            ):
                messages.success(request, f"Merged into “{into}”. What named this one names that one now.")
                return HttpResponseRedirect(self.page_of(into))
        form.data = {**form.data.dict(), "shown": str(into.pk)} if into else form.data  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Merge {self.opts.verbose_name} {row.pk} into another",
            "row": row,
            "form": form,
            "preview": preview,
            "into": into,
            "back": self.page_of(row),
            "is_undone": type(row) in _UNDO,
        }
        return TemplateResponse(request, "claims/admin/merge.html", context)

    def _merge(self, request: HttpRequest, row: Any, form: MergeForm) -> bool:
        settled = {"settled": form.cleaned_data["settled"]} if type(row) in _UNDO else {}
        try:
            with self.attempt():
                _MERGE[type(row)](
                    row,
                    form.cleaned_data["into"],
                    by=author(request),
                    why=form.cleaned_data["why"],
                    **settled,
                )
        except ValidationError as refused:
            tell(form, refused)
            return False
        return True

    unmerge = asked(
        "Undo the merge",
        lambda row, **said: _UNDO[type(row)](row, **said),
        form=Why,
        question="Let this be one of its own again? Say why. What was written since about the other one stays with it.",
        done="The merge is undone.",
        when=lambda row: bool(row.merged_into_id) and type(row) in _UNDO,
        may=may_merge,
    )


def _chosen(form: MergeForm) -> Any:
    """The row that was chosen, whatever else is wrong in the form."""
    form.full_clean()
    return form.cleaned_data.get("into") if form.is_bound else None
