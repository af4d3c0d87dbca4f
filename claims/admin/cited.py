"""Agents and sources as those who curate claims see them: with their history, and with what claims say of them."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from claims.admin.anchors import evidence_of
from claims.admin.changes import StatedOtherwise
from claims.admin.history import LoggedAdmin
from claims.models import Appearance
from claims.permissions import viewer_of
from sources.admin.agents import AgentAdmin
from sources.admin.people import author
from sources.admin.showing import inward
from sources.admin.sources import SourceAdmin
from sources.admin.tables import ShownInline
from sources.models import Agent, Source


class CitedIn(ShownInline):
    """The appearances in a source."""

    model = Appearance
    fields = ("of_claim", "appearance", "evidence", "published", "withdrawn_at")
    verbose_name_plural = "claims that cite it"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = Appearance.objects.visible_to(viewer_of(author(request)))
        return rows.select_related("claim", "source", "newest_anchor")

    @admin.display(description="claim")
    def of_claim(self, appearance: Appearance) -> str:
        return inward(appearance.claim)

    @admin.display(description="appearance")
    def appearance(self, appearance: Appearance) -> str:
        return inward(appearance)

    @admin.display(description="evidence")
    def evidence(self, appearance: Appearance) -> str:
        return evidence_of(appearance)


class CitedSourceAdmin(LoggedAdmin, SourceAdmin):
    """Sources, with what was stated otherwise of them and the claims that cite them."""

    inlines = (StatedOtherwise, CitedIn, *SourceAdmin.inlines)


class LoggedAgentAdmin(LoggedAdmin, AgentAdmin):
    """Agents, with their history."""


for model, page in ((Source, CitedSourceAdmin), (Agent, LoggedAgentAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, page)
