"""Serializer fields that take what is stated as it is, or refuse it: nothing is coerced, trimmed or ignored."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import islice
from typing import Any, ClassVar, cast

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from sources.canonical import InvalidURL, canonical_url
from sources.dates import PartialDate
from sources.languages import checked_tag
from sources.rest.problems import MAX_ERRORS

MAX_ID = 2**63 - 1

_SHOWN_NAME = 60

OPTIONAL: Mapping[str, Any] = {"required": False, "allow_null": True}
"""Of a field that may be left out; null says the same."""

OPTIONAL_TEXT: Mapping[str, Any] = {**OPTIONAL, "allow_blank": True}
"""The same of a text, where empty says it too."""


class StrictSerializer(serializers.Serializer[Any]):
    """Reads an object; a member that it does not know, or does not let be written, is an error of that name."""

    default_error_messages: ClassVar = {"invalid": "Give an object here."}

    unknown_name: ClassVar[str] = "There is no field {name} here."

    def to_internal_value(self, data: Any) -> Any:
        """The object's values. Raises ValidationError for all that is wrong at once."""
        errors = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**cast("dict[str, Any]", error.detail), **errors}) from None
        if errors:
            raise ValidationError(errors)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, ErrorDetail]:
        writable = [name for name, field in self.fields.items() if not field.read_only]
        known = f"There are: {', '.join(writable)}." if writable else "It has none."
        errors = {}
        for name in islice((name for name in data if name not in writable), MAX_ERRORS):
            if name in self.fields:
                errors[name] = ErrorDetail("This is ours to set. Leave it out.", "read_only")
            else:
                sentence = self.unknown_name.format(name=repr(name[:_SHOWN_NAME]))
                errors[name] = ErrorDetail(f"{sentence} {known}", "unknown")
        return errors


class TextField(serializers.CharField):
    """A string, kept as given; white space alone is none."""

    default_error_messages: ClassVar = {
        "invalid": "Give a string here.",
        "blank": "Give some text here, or leave the field out.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        """The string itself."""
        if not isinstance(data, str):
            self.fail("invalid")
        if not data.strip():
            self.fail("blank")
        return data


class WordField(serializers.ChoiceField):
    """A word of a closed list, as the enum's member; where it may be empty, empty reads and shows as null."""

    default_error_messages: ClassVar = {"invalid_choice": "Give one of: {words}."}

    def __init__(self, words: type[StrEnum], **options: Any) -> None:
        self.words = words
        # With the members' names as labels: by value and label the API's description finds the list's own name.
        super().__init__(choices=[(word.value, word.name) for word in words], **options)

    def to_internal_value(self, data: Any) -> Any:
        """The enum's member, None for an empty string."""
        if data == "" and self.allow_blank:
            return None
        if not isinstance(data, str) or data not in list(self.words):
            self.fail("invalid_choice", words=", ".join(self.words))
        return self.words(data)

    def to_representation(self, value: Any) -> Any:
        """The word, null for an empty one."""
        return str(value) or None


class PartialDateField(TextField):
    """A date as precise as it is known, kept as it was given (see `sources.dates`)."""

    def to_internal_value(self, data: Any) -> str:
        """The date's own text."""
        text = super().to_internal_value(data)
        try:
            return PartialDate.parse(text).text
        except ValueError as error:
            raise ValidationError(str(error), code="date") from None

    def to_representation(self, value: Any) -> Any:
        """The text, null for an unknown date."""
        return value or None


class PageURLField(TextField):
    """The URL of a page that can be cited, in any spelling (see `sources.canonical`)."""

    def to_internal_value(self, data: Any) -> str:
        """The URL as it was given."""
        text = super().to_internal_value(data)
        try:
            canonical_url(text)
        except InvalidURL as error:
            raise ValidationError(str(error), code="url") from None
        return text


class LanguageField(TextField):
    """A language tag (BCP 47), by its form."""

    def to_internal_value(self, data: Any) -> str:
        """The tag as it was given."""
        text = super().to_internal_value(data)
        try:
            return checked_tag(text)
        except ValueError as error:
            raise ValidationError(str(error), code="language") from None


class IdField(serializers.IntegerField):
    """A row's id, as a JSON number."""

    default_error_messages: ClassVar = {"invalid": "Give a positive integer here."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_ID, **options})

    def to_internal_value(self, data: Any) -> int:
        """The number itself; true is none."""
        if type(data) is not int:
            self.fail("invalid")
        return data
