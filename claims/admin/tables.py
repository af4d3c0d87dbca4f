"""The tables on a claim's page: its appearances and derivations, corrected in their place, and rows to add more.

Evidence is shown beside them. The whole page is one write: see `saving`.
"""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest

from claims.admin.anchors import evidence_of
from claims.admin.derivations import WAITING_FIRST, ask_for_kind, first_state, stated_derivation
from claims.admin.ends import limit_ends
from claims.admin.quoting import stated_quote
from claims.models import Appearance, Claim, Derivation
from claims.permissions import may_correct
from claims.stated import StatedAppearance, StatedDerivation
from claims.vocabulary import Certainty, ClaimStatus, Stance
from sources.admin.forms import RowForm
from sources.admin.people import author
from sources.admin.showing import capture_words, inward
from sources.admin.tables import NewInline, WrittenInline
from sources.admin.typed import stated_date
from sources.admin.unfolded import line, text
from sources.models import Capture, Extraction


class AppearanceRow(RowForm):
    """What is corrected in an appearance without a look at its own page."""

    class Meta:
        model = Appearance
        fields = ("stance", "certainty", "said_at", "chain_end")

    def clean_said_at(self) -> str:
        return stated_date(self.cleaned_data["said_at"])


class NewAppearanceRow(RowForm):
    """An appearance in a page that is not known yet, or is: pasting its address is enough."""

    url = forms.CharField(required=False, max_length=4000, widget=line(), label="Address of the page")

    class Meta:
        model = Appearance
        fields = ("quote", "stance", "certainty")
        widgets = {"quote": text(rows=2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("stance", Stance.SUPPORT)

    def clean_url(self) -> str:
        if not self.cleaned_data["url"]:
            raise forms.ValidationError(
                "Paste the address of the page. Offline works have a page of their own."
            )
        return str(self.cleaned_data["url"])

    def clean_quote(self) -> str:
        return stated_quote(self.cleaned_data["quote"])

    def stated(self) -> StatedAppearance:
        """What was filled in, as intake takes it; its own prefix tells it from the others of the page."""
        facts = self.cleaned_data
        return StatedAppearance(
            ref=self.prefix or "",
            url=facts["url"],
            stance=Stance(facts["stance"]),
            certainty=Certainty(facts["certainty"]) if facts["certainty"] else None,
            quote=facts["quote"],
        )


class DerivationRow(RowForm):
    """What is corrected in a derivation without a look at its own page."""

    class Meta:
        model = Derivation
        fields = ("kind", "basis", "reason")
        widgets = {"reason": line()}


class NewDerivationRow(RowForm):
    """A derivation between two appearances of the claim."""

    first_state = first_state()

    class Meta:
        model = Derivation
        fields = ("derived", "origin", "kind", "basis", "quote", "reason")
        widgets = {"quote": text(rows=2), "reason": line()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_kind(self)

    def clean_quote(self) -> str:
        return stated_quote(self.cleaned_data["quote"])

    def stated(self) -> StatedDerivation:
        """What was filled in, as intake takes it."""
        return stated_derivation(self.cleaned_data)


class _Stored(WrittenInline):
    """Rows of a claim, for those who may correct it."""

    def has_change_permission(self, request: HttpRequest, obj: Claim | None = None) -> bool:
        right = f"claims.change_{self.opts.model_name}"
        return bool(obj and request.user.has_perm(right) and may_correct(author(request), obj))


class _New(NewInline):
    """Rows to add to a claim that was not taken back."""

    def has_view_permission(self, request: HttpRequest, obj: Claim | None = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Claim | None = None) -> bool:
        right = f"claims.add_{self.opts.model_name}"
        return bool(obj and obj.status != ClaimStatus.WITHDRAWN and request.user.has_perm(right))


class AppearancesOfClaim(_Stored):
    """A claim's appearances."""

    model = Appearance
    form = AppearanceRow
    fields = ("headline", "stance", "certainty", "said_at", "chain_end", "capture", "evidence", "standing")
    readonly_fields = ("headline", "capture", "evidence", "standing")
    verbose_name_plural = "appearances"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With the newest capture of each source."""
        newest = Capture.objects.filter(source=OuterRef("source")).order_by("-id")
        read = Extraction.objects.filter(snapshot__capture=OuterRef("capture_id"))
        rows = super().get_queryset(request).select_related("source__publisher", "newest_anchor", "claim")
        with_capture = rows.annotate(
            capture_id=Subquery(newest.values("pk")[:1]),
            capture_state=Subquery(newest.values("state")[:1]),
            capture_outcome=Subquery(newest.values("outcome")[:1]),
        ).annotate(capture_read=Exists(read))
        return cast("models.QuerySet[Any]", with_capture)

    @admin.display(description="appearance")
    def headline(self, appearance: Appearance) -> str:
        publisher = appearance.source.publisher
        name = f"{appearance.pk}: {appearance.source}"
        return inward(appearance, label=f"{name} ({publisher})" if publisher else name)

    @admin.display(description="capture")
    def capture(self, appearance: Any) -> str:
        return capture_words(
            appearance.capture_id,
            appearance.capture_state,
            appearance.capture_outcome,
            read=appearance.capture_read,
        )

    @admin.display(description="evidence")
    def evidence(self, appearance: Appearance) -> str:
        return evidence_of(appearance)

    @admin.display(description="record")
    def standing(self, appearance: Appearance) -> str:
        if appearance.withdrawn_at:
            return "withdrawn"
        return "stands" if appearance.published else "waits"


class NewAppearances(_New):
    """Appearances to be added."""

    model = Appearance
    form = NewAppearanceRow
    fields = ("url", "quote", "stance", "certainty")
    verbose_name = "appearance"
    verbose_name_plural = "add an appearance"


class DerivationsOfClaim(_Stored):
    """A claim's derivations, those that wait for a decision first."""

    model = Derivation
    form = DerivationRow
    fields = ("headline", "of_derived", "of_origin", "kind", "basis", "reason", "evidence")
    readonly_fields = ("headline", "of_derived", "of_origin", "evidence")
    ordering = (WAITING_FIRST, "id")
    verbose_name_plural = "derivations"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("derived__source", "origin__source", "claim", "newest_anchor")

    @admin.display(description="derivation")
    def headline(self, derivation: Derivation) -> str:
        return inward(derivation, label=f"{derivation.pk}: {derivation.state}")

    @admin.display(description="derived")
    def of_derived(self, derivation: Derivation) -> str:
        return inward(derivation.derived)

    @admin.display(description="rests on, or answers")
    def of_origin(self, derivation: Derivation) -> str:
        return inward(derivation.origin)

    @admin.display(description="evidence")
    def evidence(self, derivation: Derivation) -> str:
        return evidence_of(derivation)


class NewDerivations(_New):
    """Derivations to be drawn."""

    model = Derivation
    fk_name = "claim"
    form = NewDerivationRow
    fields = ("derived", "origin", "kind", "basis", "first_state", "quote", "reason")
    autocomplete_fields = ("derived", "origin")
    verbose_name = "derivation"
    verbose_name_plural = "say what rests on what"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The rows, with both ends among the claim's own appearances."""
        formset = super().get_formset(request, obj, **kwargs)
        limit_ends(formset.form.base_fields, claim_id=obj.pk)
        return formset
