"""The REST side of curation: who and what is one, who owns whom, parties, and vouching for what was not seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from claims import intake, publishing
from claims import views as claim_views
from claims.merging import agents, claims, sources
from claims.models import Appearance, Claim
from claims.permissions import is_curator
from claims.refusals import Conflict, Invalid, NotYours, Refused
from claims.serializers import ClaimSerializer
from claims.tree_serializers import AppearanceSerializer
from claims.trees import load_appearances
from claims.views import refusals_as_problems
from sources import registry
from sources import views as source_views
from sources.models import Agent, Source
from sources.registry import MAX_NAME
from sources.rest.fields import OPTIONAL, IdField, LanguageField, StrictSerializer, TextField, WordField
from sources.rest.views import StrictView, account_of, read_body
from sources.serializers import AgentDetailSerializer, SourceSerializer
from sources.vocabulary import AgentKind

_MAX_REASON = 1000
_MAX_SLUG = 80
_MAX_PARTIES = 100
_MAX_SETTLED = 10
_SETTLED = "Fields in which the two differ, and in which the one that stays is right: {}."


class _Reason(StrictSerializer):
    """A request that is decided on."""

    reason = TextField(max_length=_MAX_REASON, help_text="Kept in the history.")


class UnmergeSerializer(_Reason):
    """Why two are not one after all."""


class AgentMergeSerializer(_Reason):
    """Into which agent, and why."""

    into = IdField(help_text="The id of the agent that stays.")
    settled = serializers.ListField(
        child=TextField(max_length=40),
        max_length=_MAX_SETTLED,
        required=False,
        help_text=_SETTLED.format(", ".join(agents.SETTLED)),
    )


class SourceMergeSerializer(_Reason):
    """Into which source, and why."""

    into = IdField(help_text="The id of the source that stays.")
    settled = serializers.ListField(
        child=TextField(max_length=40),
        max_length=_MAX_SETTLED,
        required=False,
        help_text=_SETTLED.format(", ".join(sources.SETTLED)),
    )


class ClaimMergeSerializer(_Reason):
    """Into which claim, and why."""

    into = TextField(max_length=_MAX_SLUG, help_text="The slug of the claim that stays.")


@contextmanager
def _refusals() -> Iterator[None]:
    """As `refusals_as_problems`; a reason has its REST name."""
    with refusals_as_problems():
        try:
            yield
        except Refused as refused:
            refused.path = tuple("reason" if part == "why" else part for part in refused.path)
            raise


class _Registered(StrictView):
    """What is done to an agent or a source; the answer is the row as it is then."""

    rows: ClassVar[Callable[[], models.QuerySet[Any]]]
    shown: ClassVar[type[serializers.BaseSerializer[Any]]]

    def row(self, pk: int) -> Any:
        """The one of this id, as the reader sees it."""
        visible: Any = type(self).rows()
        return get_object_or_404(visible.visible_to(self.viewer), pk=pk)

    def other(self, pk: int) -> Any:
        """The one that a body names. Raises `Conflict`."""
        visible: Any = type(self).rows()
        found = visible.visible_to(self.viewer).filter(pk=pk).first()
        if found is None:
            raise Conflict("unknown", f"There is none with the id {pk}. Name another one.", ("into",))
        return found

    def answer(self, row: Any) -> Response:
        """The row, read again."""
        return Response(self.shown(type(self).rows().get(pk=row.pk)).data)


def _agents() -> models.QuerySet[Agent]:
    return Agent.objects.select_related("owner", "merged_into")


def _sources() -> models.QuerySet[Source]:
    return Source.objects.select_related("publisher", "merged_into")


class AgentMerge(_Registered):
    """Two agents that are one."""

    rows = _agents
    shown = AgentDetailSerializer

    @extend_schema(request=AgentMergeSerializer, responses=AgentDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Merge this agent into another. For curators. The answer is this agent, with `merged_into`."""
        agent = self.row(pk)
        asked = read_body(AgentMergeSerializer, request)
        with _refusals():
            agents.merge(
                agent,
                self.other(asked["into"]),
                by=account_of(request),
                why=asked["reason"],
                settled=asked.get("settled", ()),
            )
        return self.answer(agent)


class AgentUnmerge(_Registered):
    """Two agents after all."""

    rows = _agents
    shown = AgentDetailSerializer

    @extend_schema(request=UnmergeSerializer, responses=AgentDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Undo the merge of this agent. For curators. What was written since about the other one stays with it."""
        agent = self.row(pk)
        asked = read_body(UnmergeSerializer, request)
        with _refusals():
            agents.undo(agent, by=account_of(request), why=asked["reason"])
        return self.answer(agent)


class SourceMerge(_Registered):
    """Two sources that are one work."""

    rows = _sources
    shown = SourceSerializer

    @extend_schema(request=SourceMergeSerializer, responses=SourceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Merge this source into another. For curators. The answer is this source, with `merged_into`."""
        source = self.row(pk)
        asked = read_body(SourceMergeSerializer, request)
        with _refusals():
            sources.merge(
                source,
                self.other(asked["into"]),
                by=account_of(request),
                why=asked["reason"],
                settled=asked.get("settled", ()),
            )
        return self.answer(source)


class SourceUnmerge(_Registered):
    """Two sources after all."""

    rows = _sources
    shown = SourceSerializer

    @extend_schema(request=UnmergeSerializer, responses=SourceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Undo the merge of this source. For curators. Each quote rests on snapshots of its own source again."""
        source = self.row(pk)
        asked = read_body(UnmergeSerializer, request)
        with _refusals():
            sources.undo(source, by=account_of(request), why=asked["reason"])
        return self.answer(source)


class ClaimMerge(StrictView):
    """Two claims that are one proposition."""

    @extend_schema(request=ClaimMergeSerializer, responses=ClaimSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Merge this claim into another, for good. For curators and the owner of both. The answer is the other."""
        visible = Claim.objects.visible_to(self.viewer)
        claim = get_object_or_404(visible, slug=slug)
        asked = read_body(ClaimMergeSerializer, request)
        with _refusals():
            into = visible.filter(slug=asked["into"]).first()
            if into is None:
                raise Conflict("unknown", f"There is no claim {asked['into']!r}.", ("into",))
            claims.merge(claim, into, by=account_of(request), why=asked["reason"])
        return Response(ClaimSerializer(Claim.objects.get(pk=into.pk)).data)


class ClaimEditSerializer(StrictSerializer):
    """What is corrected in a claim; what is left out stays."""

    text = TextField(required=False, max_length=Claim._meta.get_field("text").max_length)
    language = LanguageField(required=False, allow_blank=True)
    parties = serializers.ListField(
        child=IdField(), max_length=_MAX_PARTIES, required=False, help_text="The ids of all of them."
    )


class ClaimDetail(claim_views.ClaimDetail):
    """One claim."""

    http_method_names = ["get", "head", "patch"]

    @extend_schema(request=ClaimEditSerializer, responses=ClaimSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Correct its text or language, or say who its parties are. For its owner, editors and curators."""
        claim = self.claim(slug)
        asked = read_body(ClaimEditSerializer, request)
        with refusals_as_problems():
            if "parties" in asked:
                asked["parties"] = self._parties(asked["parties"])
            intake.edit_claim(claim, by=account_of(request), **asked)
        return Response(ClaimSerializer(Claim.objects.get(pk=claim.pk)).data)

    def _parties(self, ids: list[int]) -> list[Agent]:
        found = Agent.objects.visible_to(self.viewer).select_related("merged_into").in_bulk(ids)
        for place, pk in enumerate(ids):
            agent = found.get(pk)
            if agent is None:
                raise Conflict("unknown", f"There is no agent {pk}. Name another one.", ("parties", place))
            if agent.merged_into:
                detail = f"Agent {pk} was merged into agent {agent.merged_into_id}. Name that one."
                raise Conflict("merged", detail, ("parties", place))
        return list(found.values())


class VouchSerializer(StrictSerializer):
    """What somebody answers for."""

    reason = TextField(max_length=_MAX_REASON, help_text="What you saw, and where; shown to everybody.")


class AppearanceVouch(StrictView):
    """An appearance of which no snapshot shows the words, and for which somebody answers."""

    @extend_schema(request=VouchSerializer, responses=AppearanceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Vouch for it: an origin that is only `unread` counts as established then. For its owner and curators."""
        visible = Appearance.objects.current().visible_to(self.viewer)
        appearance = get_object_or_404(visible.select_related("claim"), pk=pk)
        asked = read_body(VouchSerializer, request)
        with _refusals():
            publishing.vouch(appearance, by=account_of(request), why=asked["reason"])
        [shown] = load_appearances(Appearance.objects.filter(pk=pk))
        return Response(AppearanceSerializer(shown).data)


class AgentEditSerializer(StrictSerializer):
    """What is corrected in an agent; what is left out stays."""

    name = TextField(required=False, max_length=MAX_NAME)
    kind = WordField(AgentKind, required=False)
    owner = IdField(**OPTIONAL, help_text="The id of the agent that owns or governs it; null for none.")


class AgentDetail(source_views.AgentDetail):
    """One agent."""

    http_method_names = ["get", "head", "patch"]

    @extend_schema(request=AgentEditSerializer, responses=AgentDetailSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Correct its name, its kind, or who owns it. For editors and curators."""
        agent = self.get_object()
        asked = read_body(AgentEditSerializer, request)
        account = account_of(request)
        with refusals_as_problems():
            if not (account.has_perm("sources.change_agent") or is_curator(account)):
                raise NotYours(
                    "not_yours", "Agents are shared by all claims. Ask a curator to correct this one."
                )
            owner = self._owner(asked["owner"]) if "owner" in asked else agent.owner
            try:
                registry.edit_agent(
                    agent, by=account, name=asked.get("name"), kind=asked.get("kind"), owner=owner
                )
            except registry.RefusedEdit as error:
                refusal = Invalid if isinstance(error, registry.UnusableName) else Conflict
                raise refusal(error.code, str(error), (error.field,) if error.field else ()) from None
        return Response(AgentDetailSerializer(self.get_queryset().get(pk=pk)).data, HTTPStatus.OK)

    def _owner(self, pk: int | None) -> Agent | None:
        if pk is None:
            return None
        owner = Agent.objects.visible_to(self.viewer).filter(pk=pk).first()
        if owner is None:
            raise Conflict("unknown", f"There is no agent {pk}. Name another one.", ("owner",))
        return owner
