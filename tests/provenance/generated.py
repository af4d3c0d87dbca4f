"""Documents over the project's own schema, drawn by hypothesis: what clients may ask, sensible or not.

They are valid as a rule: what has arguments has an alias of its own, fragments are used, variables are declared.
Arguments are drawn from what the rows of a test have, and from what nothing has.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    TypeNameMetaFieldDef,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

_MOST_FIELDS = 60
_DEEPEST = 9
_VARIABLES = {"yes": "Boolean! = true", "no": "Boolean! = false", "open": "Boolean = true"}
_FAVOURED = ("claim", "provenance", "nodes", "edges", "findings", "roots")
_NUMBERS = (1, 2, 2, 3, 3, 5, 5, 100, 0, -1)


@dataclass(frozen=True)
class Document:
    """What is sent."""

    query: str
    variables: Mapping[str, Any]


@st.composite
def documents(
    draw: Any, schema: GraphQLSchema, values: Mapping[str, Sequence[str]], frame: str = "$Query"
) -> Document:
    """A selection, or what a frame makes of some: `$` and a type's name stand for one on it.

    `values` has texts for arguments by name; `id` for any other.
    """
    writer = _Writer(draw, schema, values)
    selection = re.sub(r"\$(\w+)", lambda match: writer.selection(schema.type_map[match[1]], 0), frame)
    declared = ", ".join(f"${name}: {_VARIABLES[name]}" for name in sorted(writer.used))
    query = f"query Q{f'({declared})' if declared else ''} {selection} {' '.join(writer.bodies)}"
    variables = {}
    if "open" in writer.used and writer.chance(2):
        variables["open"] = writer.one([True, False, None])
    return Document(query, variables)


@dataclass
class _Writer:
    """One document in the making."""

    draw: Any
    schema: GraphQLSchema
    values: Mapping[str, Sequence[str]]
    left: int = _MOST_FIELDS
    aliases: int = 0
    fragments: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def chance(self, one_in: int) -> bool:
        return bool(self.draw(st.integers(1, one_in)) == 1)

    def one(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def selection(self, of_type: Any, depth: int) -> str:
        """Braces, and between them fields, fragments, and fields once more with another selection."""
        parts: list[str] = []
        heads: list[tuple[str, GraphQLField]] = []
        for _ in range(self.draw(st.integers(2, 6))):
            if parts and self.left <= 0:
                break
            if self.chance(6) and depth < _DEEPEST:
                parts.append(self.fragment(of_type, depth))
            elif heads and self.chance(6):
                head, definition = self.one(heads)
                parts.append(head + self.below(definition, depth))
            else:
                head, definition = self.field(of_type, depth)
                heads.append((head, definition))
                parts.append(head + self.directive() + self.below(definition, depth))
        return "{ " + " ".join(parts) + " }"

    def field(self, of_type: Any, depth: int) -> tuple[str, GraphQLField]:
        """Alias, name and arguments of a field, and what it is."""
        fields: Mapping[str, GraphQLField] = of_type.fields
        composite = [name for name in fields if is_composite_type(get_named_type(fields[name].type))]
        leaves = [name for name in fields if name not in composite]
        below = composite if depth < _DEEPEST and self.left > 0 else []
        favoured = [name for name in below if name in _FAVOURED]
        self.left -= 1
        if not (below or leaves) or (depth and self.chance(12)):
            return "__typename", TypeNameMetaFieldDef
        if favoured and not self.chance(3):
            name = self.one(favoured)
        else:
            name = self.one(below if below and (not leaves or self.chance(2)) else leaves)
        return self.head(name, fields[name]), fields[name]

    def head(self, name: str, definition: GraphQLField) -> str:
        given = [
            f"{argument}: {self.literal(argument, each.type)}"
            for argument, each in definition.args.items()
            if is_required_argument(each) or self.chance(16)
        ]
        if not given and not self.chance(8):
            return name
        self.aliases += 1
        return f"a{self.aliases}: {name}" + (f"({', '.join(given)})" if given else "")

    def below(self, definition: GraphQLField, depth: int) -> str:
        named = get_named_type(definition.type)
        return " " + self.selection(named, depth + 1) if is_composite_type(named) else ""

    def fragment(self, of_type: Any, depth: int) -> str:
        """Inline or named; of the type, of an interface of it, or of a type that an interface may turn out to be."""
        known = [name for name, condition in self.fragments if condition == of_type.name]
        if known and self.chance(3):
            return f"...{self.one(known)}{self.directive()}"
        if isinstance(of_type, GraphQLInterfaceType):
            condition = self.one([each.name for each in self.schema.get_possible_types(of_type)])
        else:
            condition = self.one([of_type.name, of_type.name, *(each.name for each in of_type.interfaces)])
        selection = self.selection(self.schema.type_map[condition], depth + 1)
        if self.chance(2):
            bare = condition == of_type.name and self.chance(2)
            return f"...{'' if bare else f' on {condition}'}{self.directive()} {selection}"
        name = f"F{len(self.fragments)}"
        self.fragments.append((name, condition))
        self.bodies.append(f"fragment {name} on {condition} {selection}")
        return f"...{name}{self.directive()}"

    def directive(self) -> str:
        if not self.chance(8):
            return ""
        value = self.one(["true", "false", *(f"${name}" for name in _VARIABLES)])
        self.used |= {value[1:]} & _VARIABLES.keys()
        return f" @{self.one(['skip', 'include', 'include'])}(if: {value})"

    def literal(self, name: str, of_type: Any) -> str:
        if isinstance(of_type, GraphQLNonNull):
            return self.literal(name, of_type.of_type)
        if isinstance(of_type, GraphQLList):
            items = [self.literal(name, of_type.of_type) for _ in range(self.draw(st.integers(0, 3)))]
            return f"[{', '.join(items)}]"
        if isinstance(of_type, GraphQLEnumType):
            return str(self.one(list(of_type.values)))
        if of_type.name == "Boolean":
            return str(self.one(["true", "false"]))
        if of_type.name == "Int":
            return str(self.one(_NUMBERS))
        text: str = self.one(self.values.get(name) or self.values["id"])
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
