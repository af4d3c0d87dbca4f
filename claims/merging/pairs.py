"""Which two may be merged, and what a curator is told before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from claims.merging.rows import Kept, Mention
from claims.permissions import is_curator
from claims.refusals import Conflict, Invalid, NotYours, Refused
from sources.models import Agent, Source


@dataclass(frozen=True, slots=True)
class Differing:
    """A field in which the two say different things."""

    field: str
    loser: str
    survivor: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would lead away (words and how many), and what is in its way."""

    moves: Sequence[tuple[str, int]]
    differing: Sequence[Differing]
    refusals: Sequence[Refused]

    def require(self, settled: Collection[str] = ()) -> None:
        """Raise the first refusal; or, of the fields that differ, those that are not settled."""
        if self.refusals:
            raise self.refusals[0]
        known = {each.field for each in self.differing}
        if unknown := set(settled) - known:
            raise Invalid("unknown", f"The two do not differ in {_listed(sorted(unknown))}.", ("settled",))
        if open_still := [each for each in self.differing if each.field not in settled]:
            said = [f"{each.field} ({each.loser} and {each.survivor})" for each in open_still]
            raise Conflict(
                "differs",
                f"The two differ in {_listed(said)}. Correct the one that is wrong first, or name in "
                '"settled" the fields in which the one that stays is right.',
                ("into",),
            )


def require_curator(by: User) -> None:
    """Raise `NotYours` unless this account decides on agents and sources, which all claims share."""
    if not is_curator(by):
        raise NotYours(
            "not_yours", "Agents and sources are shared by all claims. Ask a curator to merge them."
        )


def require_why(why: str, sentence: str) -> str:
    """The reason without blanks around it. Raises `Invalid`."""
    if not why.strip():
        raise Invalid("required", sentence, ("why",))
    return why.strip()


def impossible(loser: Kept, into: Kept) -> list[Refused]:
    """Why these two cannot be merged whatever they say: one with itself, one that was merged before, a circle."""
    kind = loser._meta.model_name
    if loser.pk == into.pk:
        return [Invalid("self", f"That is this {kind} itself. Name another {kind}.", ("into",))]
    if loser.merged_into:
        return [
            Conflict(
                "merged", f"{named(loser)} was merged into {named(loser.merged_into)} already.{_cure(loser)}"
            )
        ]
    if into.merged_into_id == loser.pk:
        return [
            Conflict(
                "circle",
                f"{named(into)} was itself merged into {named(loser)}: that would close a circle.{_cure(into)}",
                ("into",),
            )
        ]
    if into.merged_into:
        detail = f"{named(into)} was itself merged into {named(into.merged_into)}. Name that one."
        return [Conflict("merged", detail, ("into",))]
    return []


def hidden(loser: Agent | Source, into: Agent | Source) -> list[Refused]:
    """Who is public never goes into somebody who is not: that would show what only drafts name."""
    if loser.public_since and not into.public_since:
        detail = (
            f"{named(into)} is named by drafts alone, and {named(loser)} by what is published. Merge them the other "
            "way round, or publish first."
        )
        return [Conflict("hidden", detail, ("into",))]
    return []


def differing(loser: Kept, into: Kept, fields: Iterable[str]) -> list[Differing]:
    """The fields in which the two say different things."""
    pairs = [(name, getattr(loser, name), getattr(into, name)) for name in fields]
    return [Differing(name, _words(one), _words(other)) for name, one, other in pairs if one != other]


def moves(mentions: Iterable[Mention], pk: int) -> list[tuple[str, int]]:
    """What names a row, and how often."""
    return [(mention.words, mention.of(pk).count()) for mention in mentions]


def named(row: Kept) -> str:
    """A row as sentences name it."""
    return f"{str(row._meta.model_name).capitalize()} {row.pk} ({row})"


def _cure(row: Kept) -> str:
    return " Undo that first." if isinstance(row, Agent | Source) else ""


def _words(value: Any) -> str:
    if isinstance(value, Agent):
        return f"{value.pk}: {value}"
    return str(value or "nothing").replace("_", " ")


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words)
