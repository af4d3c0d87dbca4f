"""Claims: written, published, taken back; with what they appear in, and on whose word."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from claims import intake, publishing
from claims.admin.merging import MergingAdmin
from claims.admin.saving import save_page
from claims.admin.tables import AppearancesOfClaim, DerivationsOfClaim, NewAppearances, NewDerivations
from claims.admin.writing import ClaimsAdmin, page_to_add
from claims.models import Appearance, Change, Claim, Derivation
from claims.stated import StatedChain
from claims.vocabulary import ClaimStatus, DerivationState
from sources.admin.captures import WATCHING
from sources.admin.forms import Why, WritingForm
from sources.admin.people import author
from sources.admin.steps import asked, step
from sources.admin.typed import stated_language
from sources.registry import AgentName
from sources.vocabulary import AgentKind


class ClaimForm(WritingForm):
    """A claim's own fields."""

    class Meta:
        model = Claim
        fields = ("text", "language", "parties")

    def clean_language(self) -> str:
        return stated_language(self.cleaned_data["language"])


class ClaimAdmin(MergingAdmin, ClaimsAdmin):
    """Claims."""

    form = ClaimForm
    fieldsets = (
        (None, {"fields": ("text", "language", "parties")}),
        (
            "Record",
            {
                "fields": (
                    ("status", "owner"),
                    ("slug", "revision"),
                    ("created_at", "merged_into"),
                    "merged_why",
                )
            },
        ),
        (
            "Taken back",
            {"fields": (("withdrawn_by", "withdrawn_at"), "withdrawn_why"), "classes": ("collapse",)},
        ),
    )
    add_fieldsets = ((None, {"fields": ("text", "language", "parties")}),)
    readonly_fields = (
        "status",
        "owner",
        "slug",
        "revision",
        "created_at",
        "merged_into",
        "merged_why",
        "withdrawn_by",
        "withdrawn_at",
        "withdrawn_why",
    )
    autocomplete_fields = ("parties",)
    list_display = (
        "text",
        "status",
        "appearance_count",
        "waiting_count",
        "suggested_count",
        "owner",
        "created_at",
    )
    list_filter = ("status", "language", ("owner", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("text", "slug")
    search_help_text = "Words of the claim, or its address."
    inlines = (NewAppearances, AppearancesOfClaim, NewDerivations, DerivationsOfClaim)
    actions_detail = ("add_appearance", "publish", "withdraw", "merge")

    def claim_of(self, row: Any) -> Claim:
        return cast("Claim", row)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        current = Appearance.objects.current()
        suggested = Derivation.objects.filter(state=DerivationState.SUGGESTED)
        counted = (
            super()
            .get_queryset(request)
            .annotate(
                appearance_count=_number(current),
                waiting_count=_number(current.filter(published=False)),
                suggested_count=_number(suggested),
            )
        )
        return cast("models.QuerySet[Any]", counted)

    def view_on_site(self, obj: Claim) -> str | None:
        """Its public page, where it has one."""
        return f"/claims/{obj.slug}/" if obj.status == ClaimStatus.PUBLISHED else None

    class Media:
        js = (WATCHING,)

    def write(self, row: Claim, form: Any, *, by: User, change: bool) -> Claim:
        return _added(form.cleaned_data, by=by)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Write a new claim; one that is there is written with its tables."""
        if not change:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Write all of the page at once."""
        if change:
            stored = self.get_queryset(request).get(pk=form.instance.pk)
            save_page(stored, form, formsets, by=author(request))
            form.instance.refresh_from_db()

    def response_post_save_add(self, request: HttpRequest, obj: Claim) -> HttpResponseRedirect:
        """On to the claim's own page, where its appearances are added."""
        return HttpResponseRedirect(self.page_of(obj))

    def response_post_save_change(self, request: HttpRequest, obj: Claim) -> HttpResponseRedirect:
        """Back to the page: there is more to add."""
        return HttpResponseRedirect(self.page_of(obj))

    def logged(self, row: Any) -> models.QuerySet[Change]:
        """All that was written to the claim and what belongs to it."""
        return Change.objects.filter(claim=row)

    @admin.display(description="appearances", ordering="appearance_count")
    def appearance_count(self, claim: Any) -> int:
        return cast("int", claim.appearance_count)

    @admin.display(description="waiting", ordering="waiting_count")
    def waiting_count(self, claim: Any) -> int:
        return cast("int", claim.waiting_count)

    @admin.display(description="suggested", ordering="suggested_count")
    def suggested_count(self, claim: Any) -> int:
        return cast("int", claim.suggested_count)

    @step(
        "Add an appearance",
        when=lambda claim: claim.status != ClaimStatus.WITHDRAWN and not claim.merged_into_id,
        may=lambda user, _: user.has_perm("claims.add_appearance"),
    )
    def add_appearance(self, request: HttpRequest, claim: Claim) -> HttpResponse:
        return HttpResponseRedirect(page_to_add("appearance", claim=claim.pk))

    publish = asked(
        "Publish",
        publishing.publish,
        question="Show this claim, and what it cites, to everybody?",
        done="The claim is published.",
        when=lambda claim: claim.status != ClaimStatus.PUBLISHED,
    )
    withdraw = asked(
        "Withdraw",
        publishing.withdraw_claim,
        form=Why,
        question="Take the record of this claim back?",
        done="The claim is withdrawn. It is kept, with its history.",
        when=lambda claim: claim.status != ClaimStatus.WITHDRAWN,
    )


def _number(of_claim: models.QuerySet[Any]) -> Coalesce:
    """How many of these rows each claim has: counted one by one, since joined they would multiply."""
    numbers = of_claim.filter(claim=OuterRef("pk")).order_by().values("claim").annotate(number=Count("pk"))
    return Coalesce(Subquery(numbers.values("number")), 0)


def _added(facts: dict[str, Any], *, by: User) -> Claim:
    parties = tuple(AgentName(party.name, AgentKind(party.kind)) for party in facts["parties"])
    stated = StatedChain(text=facts["text"], language=facts["language"], parties=parties)
    return intake.record_chain(stated, by=by).claim


admin.site.register(Claim, ClaimAdmin)
