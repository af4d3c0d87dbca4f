"""The log folded into rows, and the rows themselves, to compare the one with the other."""

from typing import Any

from django.db import models

from claims import changes
from claims.models import Anchor, Appearance, Change, Claim, Derivation
from sources.models import Agent, Source

State = dict[str, Any]
Key = tuple[str, int]

LOGGED: tuple[type[models.Model], ...] = (Agent, Source, Claim, Appearance, Derivation, Anchor)
"""The models whose history is the change log."""


def folded(*, until: int | None = None) -> dict[Key, State]:
    """The state of every row as the log tells it, after the change of that number."""
    told: dict[Key, State] = {}
    told_so_far = Change.objects.exclude(action="stated").order_by("seq")
    for change in told_so_far if until is None else told_so_far.filter(seq__lte=until):
        assert change.after is not None
        told[change.object_type, change.object_id] = change.after
    return told


def stored() -> dict[Key, State]:
    """The state of every row as it stands in its table, in the words of the log."""
    return {
        (model._meta.model_name or "", row.pk): changes.said(changes.state_of(row))
        for model in LOGGED
        for row in model._default_manager.all()
    }
