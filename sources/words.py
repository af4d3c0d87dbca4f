"""Closed word lists as Django sees them: choices for people, a check for the database."""

from enum import Enum, StrEnum

from django.db.models import Q


def choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    """The field choices of a word list, the word itself with spaces as its label."""
    return [(word.value, word.value.replace("_", " ")) for word in words]


def is_one_of(field: str, words: type[Enum], *, or_empty: bool = False) -> Q:
    """The check that a column holds a word of the list (or, where allowed, nothing)."""
    values = [word.value for word in words]
    return Q(**{f"{field}__in": [*values, ""] if or_empty else values})
