"""Derivations: on whose word; drawn between two appearances of a claim, confirmed or rejected."""

from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Case, Value, When
from django.http import HttpRequest

from claims import derivations
from claims.admin.anchors import AnchorsOfDerivation, EvidencedPage
from claims.admin.ends import limit_ends
from claims.admin.quoting import CONTEXT, stated_quote
from claims.admin.review import review
from claims.admin.writing import ClaimsAdmin
from claims.models import Appearance, Derivation
from claims.permissions import may_decide
from claims.stated import StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState
from sources.admin.forms import Why, WritingForm
from sources.admin.people import author
from sources.admin.showing import inward
from sources.admin.steps import asked, asked_of_many
from sources.admin.unfolded import line, select, text
from sources.words import choices

_DECIDED = ("decided_by", "decided_at", "decided_why")
# What waits for somebody comes first: the list is the one to work through.
WAITING_FIRST = Case(When(state=DerivationState.SUGGESTED, then=Value(0)), default=Value(1))


def first_state() -> forms.ChoiceField:
    """The field that asks in which state a new derivation begins."""
    return forms.ChoiceField(
        required=False,
        label="State",
        widget=select(),
        choices=[
            ("", "confirmed, unless it is inferred"),
            (DerivationState.CONFIRMED.value, "confirmed"),
            (DerivationState.SUGGESTED.value, "suggested, for a curator to decide"),
        ],
    )


def ask_for_kind(form: forms.BaseForm) -> None:
    """Have the kind chosen: a browser would send the first of the list for who passed it over."""
    kind = cast("forms.ChoiceField", form.fields["kind"])
    kind.choices = [("", "Select value"), *choices(DerivationKind)]


def stated_derivation(facts: dict[str, Any]) -> StatedDerivation:
    """What was filled into a form for a new derivation, as intake takes it."""
    return StatedDerivation(
        appearance=facts["origin"].pk,
        kind=DerivationKind(facts["kind"]),
        basis=Basis(facts["basis"]) if facts["basis"] else None,
        state=DerivationState(facts["first_state"]) if facts["first_state"] else None,
        quote=facts["quote"],
        **{name: facts[name] for name in CONTEXT if name in facts},
        reason=facts["reason"],
    )


class DerivationForm(WritingForm):
    """What may be corrected in a derivation: not its ends."""

    class Meta:
        model = Derivation
        fields = ("kind", "basis", "reason", "quote")

    def clean_quote(self) -> str:
        return stated_quote(self.cleaned_data["quote"])


class NewDerivationForm(WritingForm):
    """A derivation as somebody states it."""

    first_state = first_state()

    class Meta:
        model = Derivation
        fields = ("derived", "origin", "kind", "basis", "quote", *CONTEXT, "reason")
        widgets = {name: line() for name in CONTEXT}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_kind(self)

    def clean_quote(self) -> str:
        return stated_quote(self.cleaned_data["quote"])

    def stated(self) -> StatedDerivation:
        """What was filled in, as intake takes it."""
        return stated_derivation(self.cleaned_data)


class MaybeWhy(forms.Form):
    """Asks for a reason that is needed where the source does not say so itself."""

    why = forms.CharField(
        required=False,
        max_length=1000,
        widget=text(),
        label="Why",
        help_text="Needed for an inferred one that has no reason yet. Kept in the history.",
    )


_confirm = partial(derivations.decide, state=DerivationState.CONFIRMED)
_reject = partial(derivations.decide, state=DerivationState.REJECTED)
_CONFIRMING: Any = {"question": "Does the one rest on, or answer, the other?", "form": MaybeWhy}
_REJECTING: Any = {
    "question": "Say that the one does not rest on, or answer, the other? Say why.",
    "form": Why,
}


class DerivationAdmin(EvidencedPage, ClaimsAdmin):
    """Derivations."""

    form = DerivationForm
    add_form = NewDerivationForm
    blamed: str = "origin"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "of_claim",
                    "of_derived",
                    "of_origin",
                    "state",
                    ("evidence", "proof"),
                    "why",
                    "near",
                )
            },
        ),
        (None, {"fields": (("kind", "basis"), "reason", "quote")}),
        ("Record", {"fields": (("author", "created_at"), _DECIDED)}),
    )
    add_fieldsets = (
        (None, {"fields": ("derived", "origin", ("kind", "basis"), "first_state")}),
        ("On what grounds", {"fields": ("quote", CONTEXT, "reason")}),
    )
    readonly_fields = (
        *(
            "of_claim",
            "of_derived",
            "of_origin",
            "state",
            "evidence",
            "proof",
            "why",
            "near",
            "author",
            "created_at",
        ),
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
    ordering = (WAITING_FIRST, "-id")
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
    actions = ("confirm_chosen", "reject_chosen")

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("review/", "claims_review", lambda request, **_: review(request)),)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The form; where the one end is known, the other is of its claim."""
        form = super().get_form(request, *args, **kwargs)
        derived = request.GET.get("derived", "")
        end = Appearance.objects.filter(pk=derived).first() if derived.isdecimal() else None
        if end:
            limit_ends(form.base_fields, claim_id=end.claim_id)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was decided on is changed by who decides; a suggestion by editors too."""
        allowed = super().has_change_permission(request, obj)
        waits = obj is None or obj.state == DerivationState.SUGGESTED
        return allowed and (waits or may_decide(author(request), obj.claim))

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
        _confirm,
        when=lambda derivation: derivation.state != DerivationState.CONFIRMED,
        **_CONFIRMING,
        done="The derivation is confirmed, and counts.",
    )
    confirm_chosen = asked_of_many("Confirm", _confirm, **_CONFIRMING, done="Derivations confirmed: {}.")
    reject = asked(
        "Reject",
        _reject,
        when=lambda derivation: derivation.state != DerivationState.REJECTED,
        **_REJECTING,
        done="The derivation is rejected. It is kept, with its history.",
    )
    reject_chosen = asked_of_many("Reject", _reject, **_REJECTING, done="Derivations rejected: {}.")
    suggest = asked(
        "Lay back",
        partial(derivations.decide, state=DerivationState.SUGGESTED),
        form=MaybeWhy,
        question="Lay this derivation back among the suggestions?",
        done="The derivation waits for a decision again.",
        when=lambda derivation: derivation.state != DerivationState.SUGGESTED,
    )


admin.site.register(Derivation, DerivationAdmin)
