"""Whom a row named before merges led elsewhere, out of its history. Values in, values out; no Django.

A row names somebody (or, as a claim its parties, several). Each name it has stands for a *trail*: first its home, the
one that a writer named, then each one that the home was merged into since, in turn. The last is whom the row names now.
Whoever edits the row gives it a new home.
"""

from collections.abc import Iterable
from dataclasses import dataclass

REPOINTED = "repointed"
RESTORED = "restored"
"""Actions of the change log: a merge led the row elsewhere, the undo of one led it back."""

Trail = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What one write did to the names of a row. `survivor` is of a merge: into whom."""

    action: str
    before: frozenset[int]
    after: frozenset[int]
    survivor: int | None = None


def trails(history: Iterable[Named]) -> list[Trail]:
    """The trails of a row's names, after its history from the first write on."""
    found: list[Trail] = []
    for write in history:
        if write.action == REPOINTED:
            found = [_led_on(trail, write) for trail in found]
        elif write.action == RESTORED:
            found = [_led_back(trail, write) for trail in found]
        else:
            found = [trail for trail in found if trail[-1] in write.after]
            kept = {trail[-1] for trail in found}
            found += [(pk,) for pk in sorted(write.after - kept)]
    return found


def _led_on(trail: Trail, merge: Named) -> Trail:
    gone = trail[-1] in merge.before - merge.after
    return (*trail, merge.survivor) if gone and merge.survivor is not None else trail


def _led_back(trail: Trail, undo: Named) -> Trail:
    for back in undo.after - undo.before:
        if back in trail:
            return trail[: trail.index(back) + 1]
    return trail
