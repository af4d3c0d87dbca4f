"""The pieces of unfold that the admin is built of, with types: unfold itself has none.

At run time they are unfold's own classes; the type checker sees them as what they extend, with the few names we use.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import unfold.decorators
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.paginator import Paginator
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

if TYPE_CHECKING:

    class ModelAdmin(admin.ModelAdmin[Any]):
        """unfold's ModelAdmin."""

        actions_detail: Sequence[str]

        def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]: ...

    class TabularInline(admin.TabularInline[Any, Any]):
        """unfold's table of related rows."""

    class PaginationInlineFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
        """unfold's rows in pages."""

        paginator: Paginator[Any]

    ModelForm = forms.ModelForm[Any]
    RowChoiceField = forms.ModelChoiceField[Any]
else:
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.forms import PaginationInlineFormSet

    ModelForm = forms.ModelForm
    RowChoiceField = forms.ModelChoiceField

__all__ = [
    "ModelAdmin",
    "ModelForm",
    "PaginationInlineFormSet",
    "RowChoiceField",
    "TabularInline",
    "line",
    "page_action",
    "row_choice",
    "select",
    "switch",
    "text",
]


def page_action(method: Callable[..., Any], *, label: str, is_open: Callable[..., bool]) -> Any:
    """Make a method one that `actions_detail` can name: a link at the top of a row's page.

    Kept with it: `is_open(page, request, row)`, whether it is offered.
    """
    action = unfold.decorators.action(method, description=label)
    action.is_open = is_open
    return action


def line() -> forms.Widget:
    """A field of one line, as unfold draws it."""
    return cast("forms.Widget", UnfoldAdminTextInputWidget())


def text(*, rows: int = 3) -> forms.Widget:
    """A field of several lines, as unfold draws it."""
    return cast("forms.Widget", UnfoldAdminTextareaWidget(attrs={"rows": rows}))


def select() -> forms.Widget:
    """A drop-down list, as unfold draws it."""
    return cast("forms.Widget", UnfoldAdminSelectWidget())


def switch() -> forms.Widget:
    """A yes or no, as unfold draws it."""
    return cast("forms.Widget", UnfoldBooleanSwitchWidget())


def row_choice(
    rows: QuerySet[Any], field: "ForeignKey[Any, Any]", *, label: str, help_text: str = ""
) -> RowChoiceField:
    """A choice of one of these rows, found by typing as for this foreign key, with a button that adds one."""
    found = AutocompleteSelect(field, admin.site)
    widget = RelatedFieldWidgetWrapper(found, field.remote_field, admin.site, can_add_related=True)
    widget.template_name = "unfold/widgets/related_widget_wrapper.html"
    return RowChoiceField(rows, widget=widget, required=False, label=label, help_text=help_text)
