"""A claim's tree over GraphQL answered whole: its rows are written a column at a time, and no executor is asked.

A document is such a question if it asks for one claim, for the first page of its tree as it is now, and of that only
for what stands in columns (`claims.columns`). Everything else, and whatever is out of the ordinary in an answer, is
left to the executor. Answers are the executor's, byte for byte (docs/execution.md). Numbers and findings are counted
as ever, of a graph that is read by columns too (`provenance.numbered`).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    print_ast,
    specified_rules,
    validate,
)

from claims.columns import Unwritable
from claims.models import Claim
from provenance.planner import TYPES, NotWhole, OfClaim, Planner
from provenance.schema import MAX_TOKENS, RULES

logger = logging.getLogger(__name__)

_DOCUMENTS_KEPT = 256


@dataclass(frozen=True, slots=True)
class Whole:
    """A document that is answered so, whichever claim it names."""

    operation: str | None
    key: str
    fields: Mapping[str, OfClaim]

    def data(self, claim: Claim, allowance: int) -> dict[str, Any] | None:
        """What the document asks of this claim, which the asker was found to see; None if the executor is to answer.

        `allowance` is how many appearances the fields of nodes may list in all.
        """
        try:
            return {self.key: {name: show(claim, allowance) for name, show in self.fields.items()}}
        except (NotWhole, Unwritable):
            return None
        except Exception:
            # The executor tells the asker what went wrong, should it go wrong there too.
            logger.exception("A tree could not be written by its columns.")
            return None


def whole(text: str, variables: Mapping[str, Any]) -> Whole | None:
    """What answers this document, if it is such a question. Only by its flags does it differ with the variables."""
    question = _question(text)
    if question is None:
        return None
    flags = {name: variables[name] for name in question.flags if name in variables}
    if any(value is not None and not isinstance(value, bool) for value in flags.values()):
        return None
    return _whole(text, tuple(flags.items()))


@dataclass(frozen=True, slots=True)
class _Question:
    """A valid document whose variables are at most the slug, and flags; these by name."""

    document: DocumentNode
    slugs: Sequence[str]  # one or none
    flags: Sequence[str]


@lru_cache(_DOCUMENTS_KEPT)
def _question(text: str) -> _Question | None:
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
        return None if validate(TYPES, document, [*specified_rules, *RULES]) else _varying(document)
    except (GraphQLError, RecursionError):
        return None


def _varying(document: DocumentNode) -> _Question | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        return None
    slugs, flags = [], []
    for variable in operations[0].variable_definitions or ():
        name, of_type = variable.variable.name.value, print_ast(variable.type)
        if of_type == "String!" and not variable.default_value:
            slugs.append(name)
        elif of_type in ("Boolean", "Boolean!"):
            flags.append(name)
        else:
            return None
    return _Question(document, slugs, flags) if len(slugs) < 2 else None


@lru_cache(_DOCUMENTS_KEPT)
def _whole(text: str, flags: tuple[tuple[str, bool | None], ...]) -> Whole | None:
    question = _question(text)
    if question is None:
        return None
    variables = {**dict(flags), **dict.fromkeys(question.slugs, "")}
    try:
        return Whole(*Planner(question.document, variables).planned())
    except (NotWhole, GraphQLError):
        return None
