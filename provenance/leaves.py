"""How leaf values of GraphQL are written, for the Python types that they have as a rule.

`written` says what is exact for them; any other value is left to graphql-core, which coerces it or complains.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from strawberry.schema.schema_converter import CustomGraphQLEnumType


@dataclass(frozen=True, slots=True)
class Leaf:
    """Values of exactly the type `of` are written as `names` has them, else as they are, if `fits` agrees."""

    of: type | None = None
    names: Mapping[Any, str] | None = field(default=None, hash=False)
    fits: Callable[[Any], bool] | None = None


@cache
def leaf(leaf_type: GraphQLLeafType) -> Leaf:
    """How values of this type are written; without `of`, graphql-core must be asked for each."""
    if leaf_type is GraphQLString or leaf_type is GraphQLID:
        return Leaf(str)
    if leaf_type is GraphQLBoolean:
        return Leaf(bool)
    if leaf_type is GraphQLInt:
        return Leaf(int, fits=lambda number: GRAPHQL_MIN_INT <= number <= GRAPHQL_MAX_INT)
    if leaf_type is GraphQLFloat:
        return Leaf(float, fits=isfinite)
    if isinstance(leaf_type, CustomGraphQLEnumType):
        return _enum(leaf_type, leaf_type.wrapped_cls)
    return Leaf()


def _enum(leaf_type: GraphQLEnumType, words: Any) -> Leaf:
    return Leaf(words, names={word: leaf_type.coerce_output_value(word) for word in words})
