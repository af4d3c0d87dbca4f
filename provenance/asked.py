"""A GraphQL question as its answer is known again: by the state of the claim that it is about."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from hashlib import sha256
from typing import Any

from django.core.validators import slug_re
from django.db import connection
from graphql import GraphQLSchema, build_schema
from strawberry.http import GraphQLRequestData

from claims.models import Claim
from claims.querysets import ClaimQuerySet
from provenance.covered import covered
from provenance.schema import MAX_TOKENS, schema
from sources.prepared import PreparedObject
from sources.rest.conditional import digest, entity_tag
from sources.viewers import ANONYMOUS, Viewer

_A_SLUG = "/"  # which is none

State = tuple[int, int, int | None]
"""A claim's id and revision, and the registry's epoch: all that an answer is known by."""
_Found = tuple[State, Callable[[], Claim]]


@dataclass(frozen=True)
class Asked:
    """A covered question, with the claim as it stood before any other row of the answer is read.

    In that order an answer is never older than what it is known by: whatever is written in between makes it newer, and
    the next reader asks by another revision.
    """

    viewer: Viewer
    state: State
    read: Callable[[], Claim]
    document: str
    operation: str | None
    variables: Mapping[str, Any]
    of_the_past: bool

    @cached_property
    def claim(self) -> Claim:
        """The row, for who answers: made of what was read, without another statement."""
        return self.read()

    @cached_property
    def tag(self) -> str:
        """For conditional requests."""
        return entity_tag(self.viewer, *self._parts)

    @cached_property
    def key(self) -> str | None:
        """Under which the answer's bytes are kept; None if they are not: who has a key, or asks for the past."""
        return None if self.of_the_past or not self.viewer.is_anonymous else digest("kept", *self._parts)

    @property
    def _parts(self) -> tuple[object, ...]:
        question = (self.document, json.dumps(self.variables, sort_keys=True), str(self.operation))
        return (str(connection.settings_dict["NAME"]), *self.state, _contract(), *question)


def asked(data: GraphQLRequestData, viewer: Viewer) -> Asked | None:
    """The question, if it is one about a claim that this viewer sees and is covered by the claim's state."""
    variables: Mapping[str, Any] = data.variables or {}
    document = covered(_types(), data.query or "", MAX_TOKENS)
    slug = document and document.named(variables)
    if not document or not slug or not slug_re.fullmatch(slug):
        return None
    found = _public_claim(slug) if viewer.is_anonymous else _claim(viewer, slug)
    if found is None:
        return None
    return Asked(viewer, *found, data.query or "", data.operation_name, variables, document.of_the_past)


def _claims(viewer: Viewer, slug: str) -> ClaimQuerySet:
    return Claim.objects.visible_to(viewer).with_parties().with_epoch().followed(slug)


def _claim(viewer: Viewer, slug: str) -> _Found | None:
    claim = _claims(viewer, slug).first()
    if claim is None:
        return None
    return (claim.pk, claim.revision, claim.registry_epoch), lambda: claim


def _public_claim(slug: str) -> _Found | None:
    """As `_claim` for anybody. A kept answer needs no claim: to make one takes longer than to read the row."""
    statement = _statement()
    row = statement.row(slug)
    if row is None:
        return None
    return (row["id"], row["revision"], row["registry_epoch"]), partial(statement.object, row)


@cache
def _statement() -> PreparedObject[Claim]:
    return PreparedObject(lambda slug: _claims(ANONYMOUS, slug).order_by(), _A_SLUG)


@cache
def _contract() -> str:
    return sha256(schema.as_str().encode()).hexdigest()


@cache
def _types() -> GraphQLSchema:
    return build_schema(schema.as_str())
