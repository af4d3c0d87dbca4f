"""The REST side of claims: whole chains in, claims, their trees and the feed of changes out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from claims import intake
from claims.chain_serializers import ChainSerializer, RecordedSerializer
from claims.impact import MAX_IMPACTS, PAGE, ImpactPage, impact_page
from claims.intake import UnknownClaim
from claims.leaning import Leaning, leaning_on_agent, leaning_on_source
from claims.listing import MAX_NODES, BadListing, Listing, Wanted, list_tree
from claims.models import Change, Claim
from claims.querysets import ClaimQuerySet
from claims.refusals import Conflict, NotYours, Refused
from claims.serializers import ChangeSerializer, ClaimSerializer
from claims.shown import Tree
from claims.times import Moment, StillToCome, known_at
from claims.tree_serializers import (
    ImpactsSerializer,
    LeaningSerializer,
    TreeSerializer,
    WhatIfSerializer,
    impacts_json,
    leaning_shown,
    tree_json,
    what_if_json,
)
from claims.trees import load_tree, load_trees
from claims.vocabulary import ClaimStatus
from sources.dates import PartialDate
from sources.models import Agent, Source
from sources.rest.conditional import conditional, entity_tag
from sources.rest.fields import MAX_ID, PartialDateField, TextField, WordField
from sources.rest.pagination import CursorPagination, absolute, page, page_schema
from sources.rest.problems import InputError, Problem
from sources.rest.queries import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    FlagParameter,
    IdsParameter,
    NumberParameter,
    PageParameters,
    QueryParameters,
)
from sources.rest.views import StrictView, account_of, read_body

_MAX_SEARCH = 200
_MAX_TREES = 10


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """Turn what the writing modules refuse into the answer with its status and pointer."""
    try:
        yield
    except Refused as refused:
        error = InputError(refused.code, refused.detail, refused.path)
        raise Problem(_status_of(refused), errors=[error]) from None


@contextmanager
def bad_listings_as_problems() -> Iterator[None]:
    """Turn what cannot be listed into the answer that names the parameter."""
    try:
        yield
    except BadListing as error:
        parameter = {"first": "limit", "after": "cursor"}.get(error.argument, error.argument)
        wrong = InputError(error.code, str(error), parameter=parameter)
        raise Problem(HTTPStatus.BAD_REQUEST, errors=[wrong]) from None


def _status_of(refused: Refused) -> HTTPStatus:
    match refused:
        case UnknownClaim():
            return HTTPStatus.NOT_FOUND
        case Conflict():
            return HTTPStatus.CONFLICT
        case NotYours():
            return HTTPStatus.FORBIDDEN
    return HTTPStatus.BAD_REQUEST


class Chains(StrictView):
    """Whole chains: a claim, where it appears, and who rests on whose word."""

    @extend_schema(request=ChainSerializer, responses={201: RecordedSerializer})
    def post(self, request: Request) -> Response:
        """Record a chain, all or nothing, and have its sources captured."""
        chain = read_body(ChainSerializer, request)
        with refusals_as_problems():
            recorded = intake.record_chain(chain, by=account_of(request))
        location = absolute(reverse("api-claim", kwargs={"slug": recorded.claim.slug}))
        return Response(RecordedSerializer(recorded).data, HTTPStatus.CREATED, headers={"Location": location})


class ClaimParameters(PageParameters):
    """Which claims."""

    search = TextField(
        required=False, max_length=_MAX_SEARCH, help_text="Words that the claim's text has, in any order."
    )
    status = WordField(ClaimStatus, required=False)


class ClaimList(StrictView, ListAPIView[Claim]):
    """Published claims, and the key owner's own in any status."""

    serializer_class = ClaimSerializer
    parameters = ClaimParameters

    def get_queryset(self) -> QuerySet[Claim]:
        """All but the merged that have these words and this status."""
        claims = Claim.objects.visible_to(self.viewer).standing().prefetch_related("parties")
        if status := self.query.get("status"):
            claims = claims.filter(status=status)
        return claims.search(self.query.get("search", ""))


class ClaimView(StrictView):
    """What one claim's views have in common."""

    def claim(self, slug: str) -> Claim:
        """The claim of this slug, a merge followed. Raises Http404 for a hidden one."""
        visible = Claim.objects.visible_to(self.viewer).with_parties().with_epoch()
        return get_object_or_404(visible.followed(slug))

    def conditional(self, claim: Claim, answer: Callable[[], Response]) -> HttpResponseBase:
        """The answer about the claim, which was read first; 304 if the client has it."""
        state = (claim.pk, claim.revision, claim.registry_epoch)
        tag = entity_tag(self.viewer, *state, self.request.get_full_path())
        return conditional(self.request, self.viewer, tag, answer)


class ClaimDetail(ClaimView):
    """One claim."""

    @extend_schema(responses=ClaimSerializer)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """The claim itself, without where it appears."""
        claim = self.claim(slug)
        return self.conditional(claim, lambda: Response(ClaimSerializer(claim).data))


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(TextField):
    """An instant of the record, with its offset (see `claims.times`)."""

    def to_internal_value(self, data: Any) -> Any:
        """The instant in UTC."""
        try:
            return known_at(super().to_internal_value(data))
        except StillToCome as error:
            raise ValidationError(str(error), code="future") from None
        except ValueError as error:
            raise ValidationError(str(error), code="instant") from None


class TreeParameters(QueryParameters):
    """Which state of a tree, and what is listed of it; the listing changes no number and no finding."""

    as_of = PartialDateField(
        required=False,
        help_text="Only what can have been said by then: 2021, 2021-02, 2021-02-28 or an instant. A date without a "
        "zone is meant on the calendar of whoever spoke.",
    )
    known_at = InstantField(
        required=False,
        help_text="As this service knew the claim at that instant; empty before its first record, and while the "
        "claim was not shown to you. Write the + of an offset as %2B.",
    )
    include_suggested = FlagParameter(
        default=False, help_text="List what is only suggested, too; no number changes by it."
    )
    upstream_of = NumberParameter(
        required=False, help_text="List this appearance (an id) and all that it rests on."
    )
    downstream_of = NumberParameter(
        required=False, help_text="List this appearance (an id) and all that rests on it."
    )
    max_depth = NumberParameter(
        required=False, help_text="At most so many steps from there, else from what rests on nothing."
    )
    limit = NumberParameter(
        min_value=1, max_value=MAX_NODES, default=MAX_NODES, help_text="How many nodes a page lists."
    )
    cursor = TextField(required=False, help_text="Where the page begins: out of `next`.")


class ClaimTree(ClaimView):
    """The origin chain of a claim."""

    parameters = TreeParameters

    @extend_schema(responses=TreeSerializer)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Who says it on whose word, how many origins are behind it, and the evidence of every step."""
        claim = self.claim(slug)
        return self.conditional(claim, lambda: self._answer(request, claim))

    def _answer(self, request: Request, claim: Claim) -> Response:
        as_of = self.query.get("as_of")
        tree = load_tree(
            claim,
            viewer=self.viewer,
            include_suggested=self.query["include_suggested"],
            at=Moment(as_of and PartialDate.parse(as_of), self.query.get("known_at")),
        )
        listing = self._listing(tree)
        return Response(tree_json(claim, tree, listing, next_url=_next_url(request, listing)))

    def _listing(self, tree: Tree) -> Listing:
        asked = {name: self.query.get(name) for name in ("upstream_of", "downstream_of", "max_depth")}
        with bad_listings_as_problems():
            return list_tree(tree, Wanted(first=self.query["limit"], after=self.query.get("cursor"), **asked))


def _next_url(request: Request, listing: Listing | ImpactPage) -> str | None:
    if listing.end_cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = listing.end_cursor
    return absolute(f"{request.path}?{query.urlencode()}")


class WhatIfParameters(QueryParameters):
    """Which appearances to take out."""

    remove = IdsParameter(help_text="Ids of appearances of the claim, with commas between them.")


class ClaimWhatIf(ClaimView):
    """A claim without some of its appearances, in thought."""

    parameters = WhatIfParameters

    @extend_schema(responses=WhatIfSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Who would be left without an origin, and what the numbers would be."""
        claim = self.claim(slug)
        tree = load_tree(claim, viewer=self.viewer)
        remove: list[int] = self.query["remove"]
        if unknown := [pk for pk in remove if pk not in tree.by_id]:
            detail = f"There is no appearance {unknown[0]} in this claim's tree. Name nodes of it."
            error = InputError("unknown", detail, parameter="remove")
            raise Problem(HTTPStatus.BAD_REQUEST, errors=[error])
        return Response(what_if_json(claim, tree, remove))


class ImpactParameters(QueryParameters):
    """Which part of the list; a page is short, for each quote is followed through the whole graph."""

    limit = NumberParameter(
        min_value=1, max_value=MAX_IMPACTS, default=PAGE, help_text="How many quotes a page lists."
    )
    cursor = TextField(required=False, help_text="Where the page begins: out of `next`.")


class ClaimImpact(ClaimView):
    """What leans on words that their sources changed or dropped."""

    parameters = ImpactParameters

    @extend_schema(responses=ImpactsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Each such quote with the appearances downstream of it, and the claim's numbers with and without it."""
        claim = self.claim(slug)
        tree = load_tree(claim, viewer=self.viewer)
        with bad_listings_as_problems():
            page = impact_page(tree, first=self.query["limit"], after=self.query.get("cursor"))
        return Response(impacts_json(claim, tree, page, next_url=_next_url(request, page)))


class LeaningParameters(PageParameters):
    """Which part of the list; a page is short, for each claim's tree is read whole."""

    limit = NumberParameter(
        min_value=1, max_value=_MAX_TREES, default=_MAX_TREES, help_text="How many results a page has."
    )


class LeaningPagination(CursorPagination):
    """By the claims' ids, newest first."""

    page_size = max_page_size = _MAX_TREES


class LeaningClaims(StrictView, ListAPIView[Claim]):
    """Claims, each with how much of it leans on the same."""

    serializer_class = LeaningSerializer
    pagination_class = LeaningPagination
    parameters = LeaningParameters

    def leaning(self, tree: Tree) -> Leaning:
        """How much of this one does."""
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """A page of the claims; their trees are read together."""
        claims: list[Claim] = list(super().paginate_queryset(queryset) or ())
        trees = load_trees(claims, viewer=self.viewer)
        return [leaning_shown(claim, self.leaning(trees[claim.pk])) for claim in claims]

    def claims(self) -> ClaimQuerySet:
        """All that the reader sees, but the merged."""
        return Claim.objects.visible_to(self.viewer).standing().with_parties()

    def standing(self, rows: "QuerySet[Agent] | QuerySet[Source]") -> int:
        """The id of the one that the address names, a merge followed. Raises Http404 for a hidden one."""
        row: Any = get_object_or_404(rows, pk=self.kwargs["pk"])
        pk: int = row.merged_into_id or row.pk
        return pk


class SourceClaims(LeaningClaims):
    """The claims that lean on a source."""

    def get_queryset(self) -> QuerySet[Claim]:
        """Those that appear in it."""
        self._source = self.standing(Source.objects.visible_to(self.viewer))
        return self.claims().leaning_on(source=self._source)

    def leaning(self, tree: Tree) -> Leaning:
        """What leans on the appearances in it."""
        return leaning_on_source(tree, self._source)


class AgentClaims(LeaningClaims):
    """The claims that lean on an agent."""

    def get_queryset(self) -> QuerySet[Claim]:
        """Those that appear in something that it published, or in which it speaks."""
        self._agent = self.standing(Agent.objects.visible_to(self.viewer))
        return self.claims().leaning_on(agent=self._agent)

    def leaning(self, tree: Tree) -> Leaning:
        """What leans on the appearances that it published, or in which it speaks."""
        return leaning_on_agent(tree, self._agent)


class FeedParameters(QueryParameters):
    """From where, and how many."""

    after = NumberParameter(
        min_value=0, max_value=MAX_ID, default=0, help_text="The last seq already seen; 0 for all."
    )
    limit = NumberParameter(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)


class FeedPagination(BasePagination):
    """Forward by number, without an end: `next` is always an address to ask again, also when nothing is new."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The next changes."""
        assert isinstance(view, ChangeFeed)  # noqa: S101
        after, limit = view.query["after"], view.query["limit"]
        changes = list(queryset.filter(seq__gt=after).order_by("seq")[:limit])
        last = changes[-1].seq if changes else after
        self._next = absolute(f"{request.path}?after={last}&limit={limit}")
        return changes

    def get_paginated_response(self, data: Any) -> Response:
        """The envelope of every list; the feed is only read forward."""
        return page(data, next_url=self._next, previous_url=None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The same, for the API's description."""
        return page_schema(schema)


class ChangeFeed(StrictView, ListAPIView[Change]):
    """Every change, in the order in which they were committed: who reads on from the last number misses nothing."""

    serializer_class = ChangeSerializer
    pagination_class = FeedPagination
    parameters = FeedParameters

    def get_queryset(self) -> QuerySet[Change]:
        """Those to what the reader sees."""
        return Change.objects.visible_to(self.viewer).select_related("claim")

    def get_serializer_context(self) -> dict[str, Any]:
        """With the reader."""
        return {**super().get_serializer_context(), "viewer": self.viewer}
