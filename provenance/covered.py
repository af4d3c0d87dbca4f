"""Which GraphQL documents a claim's revision and the registry epoch cover: all that can change in the answer bumps one.

Covered is one operation with the one root field `claim`, as long as it asks of sources only what stands in the tree.
Whatever else sources show (snapshots, captures and texts arrive without a write to a claim) is not covered, and neither
is a field that nobody has named here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from graphql.utilities import value_from_ast_untyped

_LONGEST = 16_384
_DOCUMENTS_KEPT = 256

_IN_A_TREE = {
    "Agent": {"id", "databaseId", "name", "kind", "owner"},
    "Source": {"id", "databaseId", "url", "title", "publishedAt", "language", "publisher"},
    "Snapshot": {
        "id",
        "databaseId",
        "url",
        "capturedAt",
        "sha256",
        "size",
        "mediaType",
        "statusCode",
        "truncated",
        "warcSha256",
        "warcUrl",
    },
}


@dataclass(frozen=True, slots=True)
class Covered:
    """A covered document: which claim it names, and whether it asks for the past, whose instants have no end."""

    slug: ValueNode
    of_the_past: bool

    def named(self, variables: Mapping[str, Any]) -> str | None:
        """The slug, as these variables have it; None if they do not."""
        slug = value_from_ast_untyped(self.slug, dict(variables))
        return slug if isinstance(slug, str) else None


@lru_cache(_DOCUMENTS_KEPT)
def covered(schema: GraphQLSchema, text: str, max_tokens: int) -> Covered | None:
    """What a document asks, if it is covered; None if it is not, or is no document."""
    if len(text) > _LONGEST:
        return None
    try:
        document = parse(text, max_tokens=max_tokens)
        return _read(schema, document)
    except (GraphQLError, RecursionError):
        return None


def _read(schema: GraphQLSchema, document: DocumentNode) -> Covered | None:
    slug = _slug_of_one_claim(document)
    if slug is None:
        return None
    types = TypeInfo(schema)
    fields = _Fields(types)
    visit(document, TypeInfoVisitor(types, fields))
    return Covered(slug, fields.of_the_past) if fields.all_covered else None


def _slug_of_one_claim(document: DocumentNode) -> ValueNode | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        return None
    match operations[0].selection_set.selections:
        case [FieldNode() as field] if field.name.value == "claim":
            slugs = [argument.value for argument in field.arguments or () if argument.name.value == "slug"]
            return slugs[0] if slugs else None
    return None


class _Fields(Visitor):
    """Looks at every field of a document, in fragments too."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.all_covered = True
        self.of_the_past = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.all_covered = self.all_covered and self._is_covered(node.name.value)
        self.of_the_past |= any(argument.name.value == "knownAt" for argument in node.arguments or ())

    def _is_covered(self, name: str) -> bool:
        parent, shown = self._types.get_parent_type(), self._types.get_type()
        if parent is None or shown is None or get_named_type(shown).name.endswith("Connection"):
            return False
        return name == "__typename" or name in _IN_A_TREE.get(parent.name, {name})
