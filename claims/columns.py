"""What fields of a tree's parts show, by the columns of the rows that they are read from.

The same as `part_schema` and `sources.schema` show of values, for answers that are written a column at a time; a field
that is not here is no plain column's. A test holds both ways against each other, for every field of these tables.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
)
from sources.vocabulary import AgentKind

MAX_INT = 2**31 - 1
"""The largest number that GraphQL's Int has."""


class Unwritable(ValueError):
    """A column holds something that its field cannot show."""


Values: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A leaf: what `write` makes of these columns (paths as for `values_list`). It raises `Unwritable`."""

    paths: tuple[str, ...]
    write: Callable[..., Values]


@dataclass(frozen=True, slots=True)
class Part:
    """An object of this type, whose columns lie below `prefix`; null where one of the columns `present` is."""

    of_type: str
    prefix: str
    present: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Appearances of the tree: the `parents` or `children` of one, the `derived` or the `origin` of a derivation."""

    which: str


def _as_is(values: Values) -> Values:
    return values


def _or_other(values: Values, others: Values) -> Values:
    return [value or other for value, other in zip(values, others, strict=True)]


def _text(values: Values) -> Values:
    """Text that is not there as empty."""
    return [value or "" for value in values]


def _number(values: Values) -> Values:
    if values and max(values) > MAX_INT:
        raise Unwritable("An id is larger than GraphQL's Int.")
    return values


def _instant(values: Values) -> Values:
    return [value.isoformat() for value in values]


def _earliest(created: Values, captured: Values) -> Values:
    """Of when it was recorded, and when its evidence was captured, if there is any."""

    def first(recorded: datetime, seen: datetime | None) -> str:
        return min(recorded, seen or recorded).isoformat()

    return list(map(first, created, captured))


def _names(words: Iterable[StrEnum], *, missing: str | None = None) -> Callable[[Values], Values]:
    """An enum by the names that GraphQL has for it; null as `missing`, if that is given."""
    return _named({word.value: word.name for word in words} | ({None: missing} if missing else {}))


def _names_or_null(words: Iterable[StrEnum]) -> Callable[[Values], Values]:
    return _named({word.value: word.name for word in words} | {"": None})


def _named(names: Mapping[Any, str | None]) -> Callable[[Values], Values]:
    def write(values: Values) -> Values:
        try:
            return [names[value] for value in values]
        except KeyError as error:
            raise Unwritable(f"{error} is no value of the enum.") from error

    return write


def _relay_id(type_name: str) -> Callable[[Values], Values]:
    def write(values: Values) -> Values:
        # As strawberry.relay.utils.to_base64, which takes three times as long.
        form = f"{type_name}:%d".encode()
        return [b64encode(form % value).decode() for value in values]

    return write


def _node(type_name: str, path: str = "pk") -> dict[str, Column]:
    return {"id": Column((path,), _relay_id(type_name)), "databaseId": Column((path,), _number)}


_QUOTED = ("newest_anchor__state", "proof_anchor__snapshot")

FIELDS: Mapping[str, Mapping[str, Column | Part | Beside]] = {
    "Appearance": {
        **_node("Appearance"),
        "source": Part("Source", "source__"),
        "claimant": Part("Agent", "claimant__", ("claimant__pk",)),
        "stance": Column(("stance",), _names(Stance)),
        "certainty": Column(("certainty",), _names_or_null(Certainty)),
        "quote": Column(("quote",), _as_is),
        "saidAt": Column(("said_at", "source__published_at"), _or_other),
        "noLaterThan": Column(("created_at", "proof_anchor__snapshot__captured_at"), _earliest),
        "language": Column(("language", "source__language"), _or_other),
        "chainEnd": Column(("chain_end",), _names_or_null(ChainEnd)),
        "published": Column(("published",), _as_is),
        "vouchedWhy": Column(("vouched_why",), _as_is),
        "evidence": Part("Evidence", ""),
        "parents": Beside("parents"),
        "children": Beside("children"),
    },
    "Derivation": {
        **_node("Derivation"),
        "kind": Column(("kind",), _names(DerivationKind)),
        "basis": Column(("basis",), _names_or_null(Basis)),
        "state": Column(("state",), _names(DerivationState)),
        "quote": Column(("quote",), _as_is),
        "reason": Column(("reason",), _as_is),
        "evidence": Part("Evidence", ""),
        "derived": Beside("derived"),
        "origin": Beside("origin"),
    },
    "Source": {
        **_node("Source"),
        "url": Column(("url",), _as_is),
        "title": Column(("title",), _as_is),
        "publishedAt": Column(("published_at",), _as_is),
        "language": Column(("language",), _as_is),
        "publisher": Part("Agent", "publisher__", ("publisher__pk",)),
    },
    "Agent": {
        **_node("Agent"),
        "name": Column(("name",), _as_is),
        "kind": Column(("kind",), _names(AgentKind)),
    },
    "Evidence": {
        "state": Column(
            ("newest_anchor__state",), _names(EvidenceState, missing=EvidenceState.UNANCHORED.name)
        ),
        "reason": Column(("newest_anchor__reason",), _text),
        "quote": Part("Quote", "proof_anchor__", _QUOTED),
        "snapshot": Part("Snapshot", "proof_anchor__snapshot__", _QUOTED),
    },
    "Quote": {name: Column((name,), _as_is) for name in ("exact", "prefix", "suffix", "start", "end")},
    "Snapshot": {
        **_node("Snapshot"),
        "url": Column(("url",), _as_is),
        "capturedAt": Column(("captured_at",), _instant),
        "sha256": Column(("sha256",), _as_is),
    },
}
"""By type and field name; `__typename` is had of every type."""
