"""The REST side of what trees are made of: appearances and derivations one by one, whatever claim they are of."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from claims.models import Appearance, Claim, Derivation
from claims.querysets import standing_for
from claims.shown import AppearanceView, DerivationView
from claims.tree_serializers import AppearanceSerializer, DerivationSerializer
from claims.trees import load_appearances, load_derivations
from claims.vocabulary import DerivationState, Stance
from sources.models import Agent, Source
from sources.rest.fields import MAX_ID, TextField, WordField
from sources.rest.queries import NumberParameter, PageParameters
from sources.rest.views import StrictView

_MAX_SLUG = 80


class _Parts(StrictView, ListAPIView[Any]):
    """A list whose rows are read once more as a tree reads them: with source, agents and evidence, in one statement."""

    def load(self, rows: QuerySet[Any]) -> list[Any]:
        """The rows as values."""
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """A page, as values."""
        ids = [row.pk for row in super().paginate_queryset(queryset.only("pk")) or ()]
        shown = {view.id: view for view in self.load(queryset.model.objects.filter(pk__in=ids))}
        return [shown[pk] for pk in ids]


class AppearanceParameters(PageParameters):
    """Which appearances."""

    claim = TextField(required=False, max_length=_MAX_SLUG, help_text="The slug of their claim.")
    source = NumberParameter(required=False, min_value=1, max_value=MAX_ID, help_text="Where they are.")  # type: ignore[assignment]  # hides Field.source
    agent = NumberParameter(
        required=False, min_value=1, max_value=MAX_ID, help_text="Who says it there, or publishes it."
    )
    stance = WordField(Stance, required=False)


class AppearanceList(_Parts):
    """Where claims appear, newest record first; those that were withdrawn are left out."""

    serializer_class = AppearanceSerializer
    parameters = AppearanceParameters

    def load(self, rows: QuerySet[Appearance]) -> list[AppearanceView]:
        """As trees show them."""
        return load_appearances(rows)

    def get_queryset(self) -> QuerySet[Appearance]:
        """Those that the reader sees and asks for."""
        rows = Appearance.objects.current().visible_to(self.viewer)
        rows = rows.filter(**_given(self.query, {"stance": "stance"}), **_of_claim(self.query))
        if source := self.query.get("source"):
            rows = rows.filter(source__in=standing_for(Source, source))
        if agent := self.query.get("agent"):
            agents = standing_for(Agent, agent)
            rows = rows.filter(Q(claimant__in=agents) | Q(source__publisher__in=agents))
        return rows


class AppearanceDetail(StrictView):
    """One appearance."""

    serializer_class = AppearanceSerializer

    def get(self, request: Request, pk: int) -> Response:
        """With its source, its agents and its evidence."""
        found = load_appearances(Appearance.objects.current().visible_to(self.viewer).filter(pk=pk))
        return Response(AppearanceSerializer(_only(found)).data)


class DerivationParameters(PageParameters):
    """Which derivations."""

    claim = TextField(required=False, max_length=_MAX_SLUG, help_text="The slug of their claim.")
    derived = NumberParameter(
        required=False, min_value=1, max_value=MAX_ID, help_text="The appearance that rests on another."
    )
    origin = NumberParameter(
        required=False, min_value=1, max_value=MAX_ID, help_text="The appearance that is rested on."
    )
    state = WordField(DerivationState, required=False)


class DerivationList(_Parts):
    """What rests on what, newest record first; those that were rejected are left out."""

    serializer_class = DerivationSerializer
    parameters = DerivationParameters

    def load(self, rows: QuerySet[Derivation]) -> list[DerivationView]:
        """As trees show them."""
        return load_derivations(rows)

    def get_queryset(self) -> QuerySet[Derivation]:
        """Those that the reader sees and asks for."""
        asked = _given(self.query, {"derived": "derived", "origin": "origin", "state": "state"})
        rows = Derivation.objects.current().visible_to(self.viewer)
        return rows.filter(**asked, **_of_claim(self.query))


class DerivationDetail(StrictView):
    """One derivation."""

    serializer_class = DerivationSerializer

    def get(self, request: Request, pk: int) -> Response:
        """With its evidence."""
        found = load_derivations(Derivation.objects.current().visible_to(self.viewer).filter(pk=pk))
        return Response(DerivationSerializer(_only(found)).data)


def _given(query: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that were given, by the names of what they are compared with."""
    return {column: query[name] for name, column in names.items() if query.get(name)}


def _of_claim(query: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the claim that was asked for, a merge followed."""
    slug = query.get("claim")
    return {"claim__in": Claim.objects.followed(slug).order_by().values("pk")} if slug else {}


def _only(found: list[Any]) -> Any:
    if not found:
        raise Http404
    return found[0]
