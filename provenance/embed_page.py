"""`/embed/<slug>/`: one claim as a small card for other sites, and `about/`: how to put it there."""

from html import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from claims.models import Claim
from claims.trees import load_tree
from claims.vocabulary import Stance
from provenance import wording
from provenance.embed_drawing import draw
from provenance.rendering import render_page
from provenance.templatetags.showing import shown
from sources.viewers import ANONYMOUS

CARD_HEIGHT = 470
"""CSS pixels of the frame that the snippet makes: the card of most claims, without a scroll bar."""


@require_safe
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """The card. Any site may frame it; it sets no cookie and runs no script."""
    claim = _published(slug)
    if claim.slug != slug:
        return redirect("embed", claim.slug, permanent=True)
    tree = load_tree(claim, include_suggested=True)
    support = tree.independence()
    context = {
        "canonical": settings.PUBLIC_URL + reverse("claim", args=[slug]),
        "claim": claim,
        "first_seen": wording.first_seen(tree),
        "headline": wording.headline(support),
        "sentences": [
            wording.bottleneck_sentence(tree),
            f"{wording.origin_range(support).capitalize()}, {wording.denials_heading(tree).lower()}.",
        ],
        "drawing": draw(tree) if tree.nodes else None,
        "stances": list(Stance),
    }
    return render_page(request, "provenance/embed.html", context, framed_by="*")


@require_safe
def about(request: HttpRequest, slug: str) -> HttpResponse:
    """The card beside the lines that put it on another site."""
    claim = _published(slug)
    if claim.slug != slug:
        return redirect("embed-about", claim.slug, permanent=True)
    context = {
        "claim": claim,
        "card": reverse("embed", args=[slug]),
        "snippet": snippet(claim),
        "height": CARD_HEIGHT,
    }
    return render_page(request, "provenance/embed_about.html", context, frames="'self'")


def snippet(claim: Claim) -> str:
    """The HTML that shows the card on another site: in a frame that may do nothing but open the claim's page."""
    title = escape(f"Where the claim comes from: {shown(claim.text)}")
    return f"""<iframe src="{settings.PUBLIC_URL}{reverse("embed", args=[claim.slug])}"
  title="{title}"
  width="640" height="{CARD_HEIGHT}" loading="lazy" style="border: 0; max-width: 100%"
  sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>"""


def _published(slug: str) -> Claim:
    """The claim of this slug, a merge followed."""
    claim = Claim.objects.visible_to(ANONYMOUS).with_parties().followed(slug).first()
    if claim is None:
        raise Http404
    return claim
