"""How the value of a GraphQL field is had without strawberry's machinery, where that comes to the same.

Whatever has more to it than an attribute or one call (arguments, permissions and other extensions, handlers of
exceptions, coroutines, another resolver than the one strawberry made) has no reading here, and is the stock executor's.
"""

import dis
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, TypeNameMetaFieldDef
from strawberry.relay import Node
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every value."""

    value: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the value."""

    name: str


@dataclass(frozen=True, slots=True)
class NodeId:
    """The Relay id that is made of this attribute, if it is a number and the value no instance of the type itself."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call with the value, and with strawberry's info under this name if the resolver asks for it."""

    function: Callable[..., Any]
    info: str | None
    field: StrawberryField


Reading = Constant | Attribute | NodeId | Call


def reading(parent_type: GraphQLObjectType, field_def: GraphQLField) -> Reading | None:
    """How this field of a type is read; None if only the stock executor knows."""
    if field_def is TypeNameMetaFieldDef:
        return Constant(parent_type.name)
    field = field_def.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field_def.args or not isinstance(field, StrawberryField) or not _is_plain(field):
        return None
    if field.base_resolver is None:
        made, default = _made_by_strawberry(field_def, "_get_basic_result"), field.default_resolver
        return Attribute(field.python_name) if made and default is getattr else None
    if not _made_by_strawberry(field_def, "_resolver"):
        return None
    if getattr(field.base_resolver.wrapped_func, "__func__", None) is _NODE_ID:
        return _node_id(parent_type)
    return _call(field)


def is_async(field_def: GraphQLField) -> bool:
    """Whether its value is known to come as something to await."""
    field = field_def.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return isinstance(field, StrawberryField) and field.is_async


def ignores(function: Callable[..., Any], place: int) -> bool:
    """Whether a function does nothing with its argument at this place: its code never names it."""
    plain = getattr(function, "__func__", function)
    if not isinstance(plain, FunctionType):
        return False
    code = plain.__code__
    place += plain is not function  # a bound method: its first argument is given already
    return place < code.co_argcount and code.co_varnames[place] not in _names_used(code)


@cache
def _names_used(code: Any) -> frozenset[Any]:
    names = {instruction.argval for instruction in dis.get_instructions(code)}
    # What a function inside of it uses, it takes from a cell.
    return frozenset(names | set(code.co_cellvars))


def _is_plain(field: StrawberryField) -> bool:
    """No more than strawberry's own field: not one of a package that reads values its own way."""
    own = type(field).get_result is StrawberryField.get_result
    return own and not (field.extensions or field.arguments or field.is_async or field.is_subscription)


def _made_by_strawberry(field_def: GraphQLField, name: str) -> bool:
    made = field_def.resolve
    # By its code: a wrapper can bear another function's name.
    return (
        isinstance(made, FunctionType)
        and made.__globals__.get("__name__") == GraphQLCoreConverter.__module__
        and made.__code__.co_name == name
    )


_NODE_ID: Any = getattr(Node, "_id").__func__  # noqa: B009 - strawberry's types call it a field


def _node_id(parent_type: GraphQLObjectType) -> NodeId | None:
    definition = parent_type.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    origin: Any = definition.origin
    for name in ("resolve_id", "resolve_typename"):
        if getattr(origin, name).__func__ is not getattr(Node, name).__func__:
            return None
    return NodeId(origin.resolve_id_attr())


def _call(field: StrawberryField) -> Call | None:
    resolver: Any = field.base_resolver
    other = resolver.root_parameter or resolver.parent_parameter
    if not isinstance(resolver.wrapped_func, FunctionType) or other or not resolver.self_parameter:
        return None
    info = resolver.info_parameter
    return Call(resolver.wrapped_func, info.name if info else None, field)
