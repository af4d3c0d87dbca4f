"""The side of the admin: its lists, in the order in which curators work, each for those who may see it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

_GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Curation": {
        "Review": ("claims_review", "claims.view_derivation"),
        "Changed sources": ("claims_changed", "claims.view_anchor"),
        "Claims": ("claims_claim_changelist", "claims.view_claim"),
        "Appearances": ("claims_appearance_changelist", "claims.view_appearance"),
        "Derivations": ("claims_derivation_changelist", "claims.view_derivation"),
    },
    "What was cited": {
        "Sources": ("sources_source_changelist", "sources.view_source"),
        "Captures": ("sources_capture_changelist", "sources.view_capture"),
        "Snapshots": ("sources_snapshot_changelist", "sources.view_snapshot"),
        "Agents": ("sources_agent_changelist", "sources.view_agent"),
    },
    "Record": {
        "Changes": ("claims_change_changelist", "claims.view_change"),
        "Anchors": ("claims_anchor_changelist", "claims.view_anchor"),
    },
    "People": {
        "Users": ("auth_user_changelist", "auth.view_user"),
        "Groups": ("auth_group_changelist", "auth.view_group"),
        "Partners": ("partners_partner_changelist", "partners.view_partner"),
        "Keys": ("partners_apikey_changelist", "partners.view_apikey"),
    },
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What unfold's setting `SIDEBAR.navigation` takes."""
    groups = {title: _items(request, pages) for title, pages in _GROUPS.items()}
    links = [
        item["link"] for items in groups.values() for item in items if request.path.startswith(item["link"])
    ]
    here = max(links, key=len, default="")
    return [
        {"title": title, "items": [{**item, "active": item["link"] == here} for item in items]}
        for title, items in groups.items()
        if items
    ]


def _items(request: HttpRequest, pages: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "link": reverse(f"admin:{name}")}
        for title, (name, right) in pages.items()
        if request.user.has_perm(right)
    ]
