"""`/`: what the service is, search by words or by a page's address, the newest claims and those to look at first."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from claims.models import Appearance, Claim
from claims.querysets import ClaimQuerySet
from provenance.paging import first_page, page_number, page_of
from provenance.rendering import render_page
from provenance.summaries import Summary, summarise
from sources.canonical import InvalidURL, canonical_url
from sources.models import Source
from sources.viewers import ANONYMOUS

LOOKED_AT = 50
"""How many of the newest claims are looked at for those with most findings."""
_LISTED = 20
_MOST = 5
_MAX_SEARCH = 2000


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start page; with `search`, what was found for it; with `page`, older claims."""
    asked = request.GET.get("search", "").replace("\0", "").strip()[:_MAX_SEARCH]
    if asked:
        return _found(request, asked)
    return _listed(request)


def _listed(request: HttpRequest) -> HttpResponse:
    if page_number(request) > 1:
        page = page_of(_published(), request, size=_LISTED)
        return render_page(request, "provenance/home.html", {"page": page, "newest": summarise(page.rows)})
    looked_at = summarise(_published()[:LOOKED_AT])
    newest = first_page(looked_at, size=_LISTED)
    most = _most_findings(looked_at)
    context = {"page": newest, "newest": newest.rows, "most": most, "looked_at": LOOKED_AT}
    return render_page(request, "provenance/home.html", context)


def _most_findings(summaries: list[Summary]) -> list[Summary]:
    ranked = sorted(summaries, key=lambda summary: -summary.finding_count)
    return [summary for summary in ranked if summary.finding_count][:_MOST]


@dataclass(frozen=True, slots=True)
class _Search:
    """What was asked for: claims with all of some words, or those that appear in the page of an address."""

    claims: ClaimQuerySet
    url: str = ""
    refusal: str = ""


def _found(request: HttpRequest, asked: str) -> HttpResponse:
    search = _search(asked)
    page = page_of(search.claims, request, size=_LISTED)
    context = {"search": asked, "asked": search, "page": page, "found": summarise(page.rows)}
    return render_page(request, "provenance/home.html", context)


def _search(asked: str) -> _Search:
    if not asked.lower().startswith(("http://", "https://")):
        return _Search(_published().search(asked))
    try:
        url = canonical_url(asked)
    except InvalidURL as error:
        return _Search(Claim.objects.none(), refusal=str(error))
    named = Source.objects.followed(url=url).order_by().values("pk")
    cited = Appearance.objects.counted().filter(claim=OuterRef("pk"), source__in=named)
    return _Search(_published().filter(Exists(cited)), url=url)


def _published() -> ClaimQuerySet:
    return Claim.objects.visible_to(ANONYMOUS).standing().with_parties().order_by("-id")
