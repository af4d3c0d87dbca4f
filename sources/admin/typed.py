"""What people type into forms: checked, and kept as it was typed."""

from collections.abc import Callable

from django.core.exceptions import ValidationError

from sources.dates import PartialDate
from sources.languages import checked_tag


def stated_date(text: str) -> str:
    """A date as precise as it is known, or nothing. Raises ValidationError with the forms that are accepted."""
    return _checked(text, PartialDate.parse)


def stated_language(text: str) -> str:
    """A language tag by its form, or nothing. Raises ValidationError."""
    return _checked(text, checked_tag)


def stated_words(text: str) -> str:
    """A quote with the line breaks of a text, not those that browsers send."""
    return text.replace("\r\n", "\n")


def _checked(text: str, check: Callable[[str], object]) -> str:
    if text:
        try:
            check(text)
        except ValueError as error:
            raise ValidationError(str(error)) from None
    return text
