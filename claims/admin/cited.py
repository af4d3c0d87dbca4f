"""Agents and sources as those who curate claims see them: with their history, and with what claims say of them."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from claims.admin.anchors import evidence_of
from claims.admin.changes import StatedOtherwise
from claims.admin.history import LoggedAdmin
from claims.admin.merging import MergingAdmin
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


class CitedSourceAdmin(MergingAdmin, LoggedAdmin, SourceAdmin):
    """Sources, with what was stated otherwise of them and the claims that cite them."""

    fields = (*SourceAdmin.fields, "merged_why")
    readonly_fields = (*SourceAdmin.readonly_fields, "merged_why")
    inlines = (StatedOtherwise, CitedIn, *SourceAdmin.inlines)
    actions_detail = (*SourceAdmin.actions_detail, *MergingAdmin.merging)


class LoggedAgentAdmin(MergingAdmin, LoggedAdmin, AgentAdmin):
    """Agents, with their history."""

    add_fieldsets = AgentAdmin.fieldsets
    fieldsets = (
        *AgentAdmin.fieldsets,
        ("Record", {"fields": (("public_since", "merged_into"), "merged_why")}),
    )
    readonly_fields = ("public_since", "merged_into", "merged_why")
    actions_detail = MergingAdmin.merging


for model, page in ((Source, CitedSourceAdmin), (Agent, LoggedAgentAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, page)
