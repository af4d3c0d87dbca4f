"""The GraphQL schema: the queries of both apps, what limits a document, and what an error says.

`./run schema` writes it to schema.graphql; a test fails when that file and this differ.
"""

import logging
from typing import Any

import strawberry
from django.conf import settings
from graphql import GraphQLError
from strawberry import relay
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult

from claims.schema import ClaimsQuery, source_appearances
from provenance.compiled import CompiledExecutor
from sources.graphql import MAX_PAGE, BadInput, TooMuch
from sources.schema import Source, SourcesQuery

logger = logging.getLogger(__name__)

MAX_DEPTH = 15
MAX_ALIASES = 30
MAX_TOKENS = 2_000
_DOCUMENTS_KEPT = 256

# By the setting GRAPHQL_EXECUTION; before the first of them, `columns` has whole trees written without any.
EXECUTORS = {
    "columns": CompiledExecutor,
    "compiled": CompiledExecutor,
    "stock": StrawberryGraphQLCoreExecutionContext,
}


class Schema(strawberry.Schema):
    """A schema whose errors each have a code, and tell nothing that only the log should know."""

    def execute_sync(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """The result, whatever stage its errors come from."""
        result = super().execute_sync(*args, **kwargs)
        if result.errors:
            result.errors = [_told(error) for error in result.errors]
        return result

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing: the client's mistakes are not ours to log, and what is ours `_told` logs."""


def _told(error: GraphQLError) -> GraphQLError:
    cause = error.original_error
    if cause is None:
        return _with_code(error, "BAD_DOCUMENT", error.message)
    for kind, code in _CODES:
        if isinstance(cause, kind):
            return _with_code(error, code, str(cause))
    logger.error("A GraphQL resolver failed at %s.", error.path, exc_info=cause)
    return _with_code(error, "INTERNAL", "Something went wrong on our side.")


_CODES: tuple[tuple[type[Exception], str], ...] = (
    (relay.GlobalIDValueError, "BAD_INPUT"),
    (BadInput, "BAD_INPUT"),
    (TooMuch, "TOO_MUCH"),
    (GraphQLError, "BAD_DOCUMENT"),
)


def _with_code(error: GraphQLError, code: str, message: str) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code},
    )


@strawberry.type(description="Everything that can be asked. Nothing is written over GraphQL.")
class Query(ClaimsQuery, SourcesQuery):
    """Both apps' fields, and Relay's own."""

    node: relay.Node | None = relay.node(
        description="Any object by its id; null if there is none to be seen."
    )


def _source_appearances() -> None:
    """Add the one field of Source that only claims can answer: sources do not know who leans on them."""
    field = source_appearances
    field.python_name = field.name = "appearances"
    Source.__strawberry_definition__.fields.append(field)  # type: ignore[attr-defined]


_source_appearances()

# Once and for all: each limiter makes rules of its own, and a document is found again only by the same rules.
RULES = [
    *QueryDepthLimiter(max_depth=MAX_DEPTH).validation_rules,
    *MaxAliasesLimiter(max_alias_count=MAX_ALIASES).validation_rules,
]

schema = Schema(
    Query,
    execution_context_class=EXECUTORS[settings.GRAPHQL_EXECUTION],
    config=StrawberryConfig(relay_max_results=MAX_PAGE),
    extensions=[
        lambda: AddValidationRules(RULES),
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: ParserCache(maxsize=_DOCUMENTS_KEPT),
        lambda: ValidationCache(maxsize=_DOCUMENTS_KEPT),
    ],
)
