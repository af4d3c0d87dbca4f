"""Numbers and findings in a tree that is written whole: the fields of the values that the pure core counts.

The same as `claims.tree_schema` shows of them; a test holds both against each other for every field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

from graphql import EnumValueNode, FieldNode

from claims.vocabulary import Stance

Read = Callable[[Any], Any]
"""Of a value, what it has of something."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Shown as it is read."""

    read: Read


@dataclass(frozen=True, slots=True)
class Appearances:
    """Appearances of the tree, by the ids that are read; one, or a list of them."""

    read: Read
    are_many: bool = False


@dataclass(frozen=True, slots=True)
class Inner:
    """A list of other values, of this type."""

    of_type: str
    read: Read


def _name(attribute: str) -> Plain:
    """An enum's name, or null."""
    read = attrgetter(attribute)

    def name(value: Any) -> str | None:
        word = read(value)
        return word and str(word.name)

    return Plain(name)


def _as_it_is(attribute: str) -> Plain:
    return Plain(attrgetter(attribute))


FIELDS: Mapping[str, Mapping[str, Plain | Appearances | Inner]] = {
    "Independence": {
        "stance": _name("stance"),
        "appearanceCount": _as_it_is("appearance_count"),
        "sourceCount": _as_it_is("source_count"),
        "originCount": _as_it_is("origin_count"),
        "independentOriginCount": _as_it_is("independent_origin_count"),
        "establishedOriginCount": _as_it_is("established_origin_count"),
        "unresolvedCount": _as_it_is("unresolved_count"),
        "bottlenecks": Inner("Bottleneck", attrgetter("bottlenecks")),
        "unresolved": Inner("UnresolvedOrigin", attrgetter("unresolved")),
    },
    "Bottleneck": {
        "appearance": Appearances(attrgetter("appearance")),
        "dependentCount": _as_it_is("dependent_count"),
        "share": _as_it_is("share"),
    },
    "UnresolvedOrigin": {"appearance": Appearances(itemgetter(0)), "reason": _name("reason")},
    "Finding": {
        "kind": _name("kind"),
        "message": _as_it_is("message"),
        "stance": _name("stance"),
        "appearances": Appearances(attrgetter("appearances"), are_many=True),
    },
}
"""By type and field name; `__typename` is had of every type."""


def side(field: FieldNode) -> Stance | None:
    """Which side's numbers a field asks for; None where only an executor can tell, or refuse it."""
    match [argument.value for argument in field.arguments or ()]:
        case []:
            return Stance.SUPPORT
        case [EnumValueNode(value=word)] if word in (Stance.SUPPORT.name, Stance.DENY.name):
            return Stance[word]
    return None
