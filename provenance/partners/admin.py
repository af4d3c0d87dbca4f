"""Partners and their keys: made and revoked by hand, and written into the change log with who did it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from claims import changes
from provenance.partners import keys
from provenance.partners.models import ApiKey, Partner
from sources.admin.forms import WritingForm
from sources.admin.steps import asked
from sources.admin.tables import ShownInline
from sources.admin.unfolded import line, switch
from sources.admin.writing import ShownAdmin, WritingAdmin

SHOWN_ONCE = "The key, shown this once and not kept: {}"
TRUSTED_HELP = "Its claims are published at once; another's wait as drafts."


class PartnerForm(WritingForm):
    """What may be changed of a partner."""

    trusted = forms.BooleanField(required=False, widget=switch(), help_text=TRUSTED_HELP)

    class Meta:
        model = Partner
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["trusted"] = keys.is_trusted(self.instance)


class NewPartnerForm(WritingForm):
    """A new partner."""

    name = forms.CharField(max_length=200, widget=line())
    trusted = forms.BooleanField(required=False, widget=switch(), help_text=TRUSTED_HELP)
    key: str | None = None

    class Meta:
        model = Partner
        fields = ("name",)


def _trust(partner: Partner, *, by: User, trusted: bool) -> Partner:
    with changes.write(by=by) as log:
        if trusted != keys.is_trusted(partner):
            keys.set_trusted(partner, trusted=trusted)
            log.record(partner, "updated", before={"trusted": not trusted}, after={"trusted": trusted})
    return partner


def _add_key(partner: Partner, *, by: User) -> str:
    with changes.write(by=by) as log:
        key = keys.add_key(partner)
        log.record(partner, "key added", after={"prefix": key[: keys.PREFIX]})
    return key


def _revoke(key: ApiKey, *, by: User) -> None:
    with changes.write(by=by) as log:
        keys.revoke(key.prefix)
        log.record(key, "revoked", after={"partner_id": key.partner_id, "prefix": key.prefix})


class KeysOfPartner(ShownInline):
    """A partner's keys."""

    model = ApiKey
    fields = ("prefix", "created_at", "revoked_at")
    verbose_name_plural = "keys"


class PartnerAdmin(WritingAdmin):
    """Partners."""

    form = PartnerForm
    add_form = NewPartnerForm
    fields = ("name", "trusted", ("account", "created_at"))
    add_fieldsets = ((None, {"fields": ("name", "trusted")}),)
    readonly_fields = ("name", "account", "created_at")
    list_display = ("name", "account", "created_at")
    list_select_related = ("account",)
    search_fields = ("name",)
    search_help_text = "A part of the name."
    inlines = (KeysOfPartner,)
    actions_detail = ("add_key",)

    def write(self, row: Partner, form: Any, *, by: User, change: bool) -> Partner:
        """Make the partner with its first key, or trust it, or not."""
        trusted = form.cleaned_data["trusted"]
        if change:
            return _trust(row, by=by, trusted=trusted)
        try:
            with changes.write(by=by) as log:
                form.key = keys.create_partner(form.cleaned_data["name"], trusted=trusted)
                partner = Partner.objects.latest("pk")
                log.record(partner, "created", after={"name": partner.name, "trusted": trusted})
        except keys.PartnerExists as error:
            raise ValidationError({"name": str(error)}) from None
        return partner

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Write it, and show a new partner's key: this once, in a message."""
        super().save_model(request, obj, form, change)
        if not change:
            messages.success(request, SHOWN_ONCE.format(form.key))

    add_key = asked(
        "Give another key",
        _add_key,
        question="Make one more key for this partner? The others stay valid until they are revoked.",
        done=SHOWN_ONCE,
    )


class ApiKeyAdmin(ShownAdmin):
    """Keys: by their first characters, the rest is not kept."""

    list_display = ("prefix", "partner", "created_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("partner",)
    search_fields = ("prefix", "partner__name")
    search_help_text = "The key's first characters, or the partner's name."
    fields = ("partner", "prefix", ("created_at", "revoked_at"))
    actions_detail = ("revoke",)

    def may_step(self, request: HttpRequest, row: Any) -> bool:
        return bool(request.user.has_perm("partners.change_apikey"))

    revoke = asked(
        "Revoke",
        _revoke,
        question="Refuse every request with this key from now on?",
        done="The key is revoked.",
        when=lambda key: key.revoked_at is None,
    )


admin.site.register(Partner, PartnerAdmin)
admin.site.register(ApiKey, ApiKeyAdmin)
