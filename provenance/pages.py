"""The pages for people, in their plainest form: what there is, and one claim's tree as a table."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from claims.models import Claim
from claims.trees import load_tree
from claims.vocabulary import Stance
from sources.viewers import ANONYMOUS

_PER_PAGE = 50
# No script at all, and nothing from elsewhere.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"


def home(request: HttpRequest) -> HttpResponse:
    """Search, and the published claims, the newest first."""
    search = request.GET.get("search", "").replace("\0", "")[:200]
    found = Claim.objects.visible_to(ANONYMOUS).search(search).order_by("-id")
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "provenance/home.html", {"page": page, "search": search})


def claim(request: HttpRequest, slug: str) -> HttpResponse:
    """One published claim: the range of its origins, its findings, and every appearance with its evidence."""
    row = Claim.objects.visible_to(ANONYMOUS).filter(slug=slug).first()
    if row is None:
        raise Http404
    tree = load_tree(row, include_suggested=True)
    appearances = [(node, tree.parents(node.id)) for node in tree.nodes]
    support, deny = tree.independence(Stance.SUPPORT), tree.independence(Stance.DENY)
    shown = {"claim": row, "tree": tree, "appearances": appearances, "support": support, "deny": deny}
    return _page(request, "provenance/claim.html", shown)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context)
    response["Content-Security-Policy"] = _POLICY
    return response
