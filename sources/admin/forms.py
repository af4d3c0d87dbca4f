"""Forms of the admin: what the writing modules refuse stands at the field it is about, in the row it is about."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from sources.admin.unfolded import ModelForm, text


class Why(forms.Form):
    """Asks for the reason that a step needs."""

    why = forms.CharField(max_length=1000, widget=text(), label="Why", help_text="Kept in the history.")


class RowRefused(ValidationError):
    """A refusal of what was filled into one row of a table; `prefix` is what the names of its fields begin with."""

    def __init__(self, refused: ValidationError, *, prefix: str | None) -> None:
        super().__init__(refused)
        self.prefix = prefix


class WritingForm(ModelForm):
    """A form of an admin page, or of a row in one; shown again, it says what the writing module refused of it."""

    refused: ClassVar[ValidationError | None] = None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refused and getattr(self.refused, "prefix", None) == self.prefix:
            tell(self, self.refused)
        return cleaned


class RowForm(WritingForm):
    """A row of a table: its fields have no labels but their columns', so each names itself to who cannot see those."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label or "").capitalize())


def tell(form: forms.BaseForm, refused: ValidationError) -> None:
    """Put the sentences of a refusal at the form's fields; those about none of them stand above it."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for name, errors in refused.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)
