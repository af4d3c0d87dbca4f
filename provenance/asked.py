"""A GraphQL question as its answer is known again: by the state of the claim that it is about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.validators import slug_re
from django.db import connection
from graphql import GraphQLSchema, build_schema
from strawberry.http import GraphQLRequestData

from claims.models import Claim
from claims.querysets import ClaimQuerySet
from provenance.covered import covered
from provenance.schema import MAX_TOKENS, schema
from sources.rest.conditional import digest, entity_tag
from sources.viewers import ANONYMOUS, Viewer

_A_SLUG = "/"  # which is none


@dataclass(frozen=True, slots=True)
class Asked:
    """A covered question, with the claim as it stood before any other row of the answer is read.

    In that order an answer is never older than what it is known by: whatever is written in between makes it newer, and
    the next reader asks by another revision.
    """

    viewer: Viewer
    claim: Claim
    document: str
    operation: str | None
    variables: Mapping[str, Any]
    of_the_past: bool

    @property
    def tag(self) -> str:
        """For conditional requests."""
        return entity_tag(self.viewer, *self._parts)

    @property
    def key(self) -> str | None:
        """Under which the answer's bytes are kept; None if they are not: who has a key, or asks for the past."""
        return None if self.of_the_past or not self.viewer.is_anonymous else digest("kept", *self._parts)

    @property
    def _parts(self) -> tuple[object, ...]:
        claim = self.claim
        question = (self.document, json.dumps(self.variables, sort_keys=True), str(self.operation))
        state = (claim.pk, claim.revision, claim.registry_epoch)
        return (str(connection.settings_dict["NAME"]), *state, _contract(), *question)


def asked(data: GraphQLRequestData, viewer: Viewer) -> Asked | None:
    """The question, if it is one about a claim that this viewer sees and is covered by the claim's state."""
    variables: Mapping[str, Any] = data.variables or {}
    document = covered(_types(), data.query or "", MAX_TOKENS)
    slug = document and document.named(variables)
    if not document or not slug or not slug_re.fullmatch(slug):
        return None
    claim = _public_claim(slug) if viewer.is_anonymous else _claims(viewer, slug).first()
    if claim is None:
        return None
    return Asked(viewer, claim, data.query or "", data.operation_name, variables, document.of_the_past)


def _claims(viewer: Viewer, slug: str) -> ClaimQuerySet:
    return Claim.objects.visible_to(viewer).with_parties().with_epoch().followed(slug)


def _public_claim(slug: str) -> Claim | None:
    """As `_claims` for anybody. Putting the statement together takes longer than all else of an answer that is kept."""
    statement, parameters = _statement()
    given = [slug if parameter == _A_SLUG else parameter for parameter in parameters]
    found: list[Any] = list(Claim.objects.raw(statement, given))
    for claim in found:
        # What is no field of the model is not converted.
        claim.party_owners = json.loads(claim.party_owners or "null")
    return next(iter(found), None)


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """For anybody, with `_A_SLUG` for the slug."""
    return _claims(ANONYMOUS, _A_SLUG).order_by("pk").query.sql_with_params()


@cache
def _contract() -> str:
    return schema.as_str()


@cache
def _types() -> GraphQLSchema:
    return build_schema(_contract())
