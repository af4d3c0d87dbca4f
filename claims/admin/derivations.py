"""Derivations: on whose word; drawn between two appearances of a claim, confirmed or rejected."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Case, Value, When
from django.http import HttpRequest

from claims import derivations
from claims.admin.anchors import AnchorsOfDerivation, EvidencedPage
from claims.admin.writing import ClaimsAdmin
from claims.models import Derivation
from claims.stated import StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState
from sources.admin.showing import inward
from sources.admin.typed import stated_words
from sources.admin.unfolded import select, text
from sources.admin.writing import ShownInline, Why, WritingForm, asked

_DECIDED = ("decided_by", "decided_at", "decided_why")
# What waits for somebody comes first: the list is the one to work through.
_WAITING_FIRST = Case(When(state=DerivationState.SUGGESTED, then=Value(0)), default=Value(1))


class DerivationForm(WritingForm):
    """What may be corrected in a derivation: not its ends."""

    class Meta:
        model = Derivation
        fields = ("kind", "basis", "reason", "quote")

    def clean_quote(self) -> str:
        return stated_words(self.cleaned_data["quote"])


class NewDerivationForm(WritingForm):
    """A derivation as somebody states it."""

    first_state = forms.ChoiceField(
        required=False,
        label="State",
        widget=select(),
        choices=[
            ("", "confirmed, unless it is inferred"),
            (DerivationState.CONFIRMED.value, "confirmed"),
            (DerivationState.SUGGESTED.value, "suggested, for a curator to decide"),
        ],
    )

    class Meta:
        model = Derivation
        fields = ("derived", "origin", "kind", "basis", "quote", "reason")

    def clean_quote(self) -> str:
        return stated_words(self.cleaned_data["quote"])

    def stated(self) -> StatedDerivation:
        """What was filled in, as intake takes it."""
        facts = self.cleaned_data
        return StatedDerivation(
            appearance=facts["origin"].pk,
            kind=DerivationKind(facts["kind"]),
            basis=Basis(facts["basis"]) if facts["basis"] else None,
            state=DerivationState(facts["first_state"]) if facts["first_state"] else None,
            quote=facts["quote"],
            reason=facts["reason"],
        )


class MaybeWhy(forms.Form):
    """Asks for a reason that is needed where the source does not say so itself."""

    why = forms.CharField(
        required=False,
        max_length=1000,
        widget=text(),
        label="Why",
        help_text="Needed for an inferred one that has no reason yet. Kept in the history.",
    )


class DerivationAdmin(EvidencedPage, ClaimsAdmin):
    """Derivations."""

    form = DerivationForm
    add_form = NewDerivationForm
    fieldsets = (
        (None, {"fields": ("of_claim", "of_derived", "of_origin", "state", ("evidence", "proof"))}),
        (None, {"fields": (("kind", "basis"), "reason", "quote")}),
        ("Record", {"fields": (("author", "created_at"), _DECIDED)}),
    )
    add_fieldsets = (
        (None, {"fields": ("derived", "origin", ("kind", "basis"), "first_state")}),
        ("On what grounds", {"fields": ("quote", "reason")}),
    )
    readonly_fields = (
        *("of_claim", "of_derived", "of_origin", "state", "evidence", "proof", "author", "created_at"),
        *_DECIDED,
    )
    autocomplete_fields = ("derived", "origin")
    list_display = (
        "id",
        "state",
        "of_derived",
        "kind",
        "of_origin",
        "basis",
        "claim",
        "author",
        "created_at",
    )
    list_display_links = ("id", "state")
    list_filter = ("state", "kind", "basis", ("author", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("derived__source", "origin__source", "claim", "author")
    ordering = (_WAITING_FIRST, "-id")
    search_fields = (
        "=id",
        "quote",
        "claim__text",
        "claim__slug",
        "derived__source__title",
        "origin__source__title",
    )
    search_help_text = "Words of the claim or quote, or of the title of a source."
    inlines = (AnchorsOfDerivation,)
    actions_detail = ("confirm", "reject", "suggest")

    def write(self, row: Derivation, form: Any, *, by: User, change: bool) -> Derivation:
        facts = form.cleaned_data
        if not change:
            return derivations.derive(facts["derived"], facts["origin"], form.stated(), by=by)
        derivations.edit(row, by=by, **{name: facts[name] for name in form.changed_data})
        return row

    @admin.display(description="claim")
    def of_claim(self, derivation: Derivation) -> str:
        return inward(derivation.claim)

    @admin.display(description="derived", ordering="derived")
    def of_derived(self, derivation: Derivation) -> str:
        return inward(derivation.derived)

    @admin.display(description="rests on, or answers", ordering="origin")
    def of_origin(self, derivation: Derivation) -> str:
        return inward(derivation.origin)

    confirm = asked(
        "Confirm",
        partial(derivations.decide, state=DerivationState.CONFIRMED),
        form=MaybeWhy,
        question="Does the one rest on, or answer, the other?",
        done="The derivation is confirmed, and counts.",
        when=lambda derivation: derivation.state != DerivationState.CONFIRMED,
    )
    reject = asked(
        "Reject",
        partial(derivations.decide, state=DerivationState.REJECTED),
        form=Why,
        question="Say that the one does not rest on, or answer, the other?",
        done="The derivation is rejected. It is kept, with its history.",
        when=lambda derivation: derivation.state != DerivationState.REJECTED,
    )
    suggest = asked(
        "Lay back",
        partial(derivations.decide, state=DerivationState.SUGGESTED),
        form=MaybeWhy,
        question="Lay this derivation back among the suggestions?",
        done="The derivation waits for a decision again.",
        when=lambda derivation: derivation.state != DerivationState.SUGGESTED,
    )


class DerivationsOfClaim(ShownInline):
    """A claim's derivations."""

    model = Derivation
    fields = ("headline", "of_derived", "of_origin", "basis", "state")
    ordering = (_WAITING_FIRST, "id")
    verbose_name_plural = "derivations"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("derived__source", "origin__source", "claim")

    @admin.display(description="derivation")
    def headline(self, derivation: Derivation) -> str:
        return inward(derivation, label=derivation.kind)

    @admin.display(description="derived")
    def of_derived(self, derivation: Derivation) -> str:
        return inward(derivation.derived)

    @admin.display(description="rests on, or answers")
    def of_origin(self, derivation: Derivation) -> str:
        return inward(derivation.origin)


admin.site.register(Derivation, DerivationAdmin)
