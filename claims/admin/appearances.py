"""Appearances: the claim in one source, added by its address or by a source that is known."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from claims import intake, publishing
from claims.admin.anchors import AnchorsOfAppearance, EvidencedPage
from claims.admin.ends import OF_CLAIM
from claims.admin.quoting import CONTEXT, stated_quote
from claims.admin.writing import ClaimsAdmin, page_to_add
from claims.models import Appearance
from claims.stated import StatedAppearance, StatedChain
from claims.vocabulary import Certainty, ChainEnd, Stance
from sources.admin.forms import Why, WritingForm
from sources.admin.showing import inward
from sources.admin.steps import asked, asked_of_many, step
from sources.admin.typed import stated_date, stated_language
from sources.admin.unfolded import line, row_choice
from sources.models import Agent, Source
from sources.registry import AgentName
from sources.vocabulary import AgentKind

_OWN = ("stance", "certainty", "claimant", "said_at", "language", "chain_end")
_WITHDRAWN = ("withdrawn_by", "withdrawn_at", "withdrawn_why")
_VOUCHED = ("vouched_by", "vouched_at", "vouched_why")


def _stands(appearance: Appearance) -> bool:
    return appearance.withdrawn_at is None


def _waits(appearance: Appearance) -> bool:
    return _stands(appearance) and not appearance.published


_ACCEPTING: Any = {"question": "Let this stand, and count?"}
_WITHDRAWING: Any = {"question": "Take the record of this back? Say why.", "form": Why}


class AppearanceForm(WritingForm):
    """What may be corrected in an appearance: not its quote, which the evidence is about."""

    class Meta:
        model = Appearance
        fields = _OWN

    def clean_said_at(self) -> str:
        return stated_date(self.cleaned_data["said_at"])

    def clean_language(self) -> str:
        return stated_language(self.cleaned_data["language"])


class NewAppearanceForm(AppearanceForm):
    """An appearance as somebody states it: in a page, in a known source, or in an offline work."""

    url = forms.CharField(
        required=False,
        max_length=4000,
        widget=line(),
        label="Address",
        help_text="Of the page, in any spelling; it is fetched at once. Empty for a known or an offline source.",
    )
    title = forms.CharField(
        required=False, max_length=1000, widget=line(), help_text="Of the source. Needed for an offline work."
    )
    publisher = row_choice(
        Agent.objects.all(),
        Source._meta.get_field("publisher"),
        label="Publisher",
        help_text="Who answers for the source. Needed for an offline work.",
    )
    published_at = forms.CharField(
        required=False,
        max_length=40,
        widget=line(),
        help_text="As precise as it is known: 2021, 2021-02, 2021-02-28 or an instant.",
    )

    class Meta:
        model = Appearance
        fields = ("claim", "source", "quote", *CONTEXT, *_OWN)
        widgets = {name: line() for name in CONTEXT}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].required = False
        self.fields["source"].help_text = "One that is known already, instead of the address."

    def clean_quote(self) -> str:
        return stated_quote(self.cleaned_data["quote"])

    def clean_published_at(self) -> str:
        return stated_date(self.cleaned_data["published_at"])

    def stated(self) -> StatedAppearance:
        """What was filled in, as intake takes it."""
        facts = self.cleaned_data
        source, chain_end = facts["source"], facts["chain_end"]
        return StatedAppearance(
            ref="new",
            url=facts["url"] or None,
            source=source and source.pk,
            publisher=named(facts["publisher"]),
            claimant=named(facts["claimant"]),
            stance=Stance(facts["stance"]),
            certainty=Certainty(facts["certainty"]) if facts["certainty"] else None,
            chain_end=ChainEnd(chain_end) if chain_end else None,
            **{name: facts[name] for name in ("title", "published_at", "language", "said_at")},
            **{name: facts[name] for name in ("quote", *CONTEXT)},
        )


class AppearanceAdmin(EvidencedPage, ClaimsAdmin):
    """Appearances."""

    form = AppearanceForm
    add_form = NewAppearanceForm
    blamed: str = "quote"
    fieldsets = (
        (None, {"fields": ("of_claim", "of_source", "words", ("evidence", "proof"), "why", "near")}),
        (None, {"fields": (("stance", "certainty"), ("claimant", "chain_end"), ("said_at", "language"))}),
        ("Record", {"fields": (("published", "author", "created_at"), _VOUCHED, _WITHDRAWN)}),
    )
    add_fieldsets = (
        (None, {"fields": ("claim",)}),
        ("Where", {"fields": ("url", "source", "title", ("publisher", "published_at"))}),
        (
            "What it says there",
            {
                "fields": (
                    "quote",
                    CONTEXT,
                    ("stance", "certainty"),
                    ("claimant", "chain_end"),
                    ("said_at", "language"),
                )
            },
        ),
    )
    readonly_fields = (
        *(
            "of_claim",
            "of_source",
            "words",
            "evidence",
            "proof",
            "why",
            "near",
            "published",
            "author",
            "created_at",
        ),
        *(*_VOUCHED, *_WITHDRAWN),
    )
    autocomplete_fields = ("claim", "source", "claimant")
    list_display = ("id", "headline", "claimant", "claim", "said_at", "evidence", "published", "withdrawn_at")
    list_display_links = ("id", "headline")
    list_filter = (
        "published",
        "stance",
        "certainty",
        ("newest_anchor__state", admin.ChoicesFieldListFilter),
        "chain_end",
        ("withdrawn_at", admin.EmptyFieldListFilter),
    )
    search_fields = (
        *("=id", "quote", "claim__text", "claim__slug"),
        *("source__title", "source__url", "source__publisher__name"),
    )
    search_help_text = "Words of the claim or quote, or of the source's title, address or publisher."
    inlines = (AnchorsOfAppearance,)
    actions_detail = ("add_derivation", "accept", "vouch", "withdraw")
    actions = ("accept_chosen", "withdraw_chosen")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With what a line shows of them, here and where one is chosen."""
        named_by = ("claim", "source__publisher", "claimant", "newest_anchor")
        return super().get_queryset(request).select_related(*named_by)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """What was typed finds; where an end of a derivation is chosen, among the current ones of its claim."""
        of_claim = request.GET.get(OF_CLAIM, "")
        if of_claim.isdecimal():
            queryset = queryset.filter(claim=of_claim, withdrawn_at=None)
        return super().get_search_results(request, queryset, search_term)

    def write(self, row: Appearance, form: Any, *, by: User, change: bool) -> Appearance:
        if not change:
            stated = StatedChain(slug=form.cleaned_data["claim"].slug, appearances=(form.stated(),))
            return intake.record_chain(stated, by=by).appearances["new"]
        intake.edit_appearance(row, by=by, **{name: form.cleaned_data[name] for name in form.changed_data})
        return row

    @admin.display(description="appearance", ordering="source__title")
    def headline(self, appearance: Appearance) -> str:
        publisher = appearance.source.publisher
        return f"{appearance} ({publisher})" if publisher else str(appearance)

    @admin.display(description="claim")
    def of_claim(self, appearance: Appearance) -> str:
        return inward(appearance.claim)

    @admin.display(description="source")
    def of_source(self, appearance: Appearance) -> str:
        return inward(appearance.source)

    @step("Say what it rests on", when=_stands, may=lambda user, _: user.has_perm("claims.add_derivation"))
    def add_derivation(self, request: HttpRequest, appearance: Appearance) -> HttpResponse:
        return HttpResponseRedirect(page_to_add("derivation", derived=appearance.pk))

    accept = asked("Accept", publishing.accept, when=_waits, **_ACCEPTING, done="The appearance is accepted.")
    accept_chosen = asked_of_many("Accept", publishing.accept, **_ACCEPTING, done="Appearances accepted: {}.")
    vouch = asked(
        "Vouch",
        publishing.vouch,
        form=Why,
        question="Answer for this appearance with your name: what did you see, and where?",
        done="You vouch for this appearance.",
        when=_stands,
    )
    withdraw = asked(
        "Withdraw",
        publishing.withdraw_appearance,
        when=_stands,
        **_WITHDRAWING,
        done="The appearance is withdrawn. It is kept, with its history.",
    )
    withdraw_chosen = asked_of_many(
        "Withdraw", publishing.withdraw_appearance, **_WITHDRAWING, done="Appearances withdrawn: {}."
    )


def named(agent: Agent | None) -> AgentName | None:
    """An agent as intake has it named."""
    return AgentName(agent.name, AgentKind(agent.kind)) if agent else None


admin.site.register(Appearance, AppearanceAdmin)
