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
from provenance.covered import covered
from provenance.schema import MAX_TOKENS, schema
from sources.rest.conditional import digest, entity_tag
from sources.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Asked:
    """A covered question, with the claim as it stood before any other row of the answer is read.

    In that order an answer is never older than what it is known by: whatever is written in between makes it newer, and
    the next reader asks by another revision.
    """

    viewer: Viewer
    claim: Claim
    question: tuple[str, ...]
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
        state = (claim.pk, claim.revision, claim.registry_epoch)
        return (str(connection.settings_dict["NAME"]), *state, _contract(), *self.question)


def asked(data: GraphQLRequestData, viewer: Viewer) -> Asked | None:
    """The question, if it is one about a claim that this viewer sees and is covered by the claim's state."""
    variables: Mapping[str, Any] = data.variables or {}
    document = covered(_types(), data.query or "", MAX_TOKENS)
    slug = document and document.named(variables)
    if not document or not slug or not slug_re.fullmatch(slug):
        return None
    claim = Claim.objects.visible_to(viewer).with_parties().with_epoch().followed(slug).first()
    if claim is None:
        return None
    question = (data.query or "", json.dumps(variables, sort_keys=True), str(data.operation_name))
    return Asked(viewer, claim, question, document.of_the_past)


@cache
def _contract() -> str:
    return schema.as_str()


@cache
def _types() -> GraphQLSchema:
    return build_schema(_contract())
