"""Agents: who publishes or speaks, and who owns whom."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from sources import registry
from sources.admin.forms import WritingForm
from sources.admin.writing import WritingAdmin
from sources.canonical import name_key
from sources.models import Agent
from sources.registry import AgentName
from sources.vocabulary import AgentKind

_OWN = ("name", "kind", "owner")


class AgentForm(WritingForm):
    """An agent's name, kind and owner."""

    class Meta:
        model = Agent
        fields = _OWN

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if len(name_key(name)) > registry.MAX_NAME:
            raise ValidationError("This name is too long. Give a shorter form of it.")
        return name


class AgentAdmin(WritingAdmin):
    """Agents."""

    form = AgentForm
    fieldsets: ClassVar[Any] = ((None, {"fields": _OWN}),)
    autocomplete_fields = ("owner",)
    list_display = ("name", "kind", "owner", "merged_into", "public_since")
    list_filter = ("kind", ("public_since", admin.EmptyFieldListFilter))
    list_select_related = ("owner", "merged_into")
    search_fields = ("name",)
    search_help_text = "A part of the name."

    def write(self, row: Agent, form: Any, *, by: User, change: bool) -> Agent:
        """Through the register: one agent a name and kind, and no circle of owners."""
        name, kind = form.cleaned_data["name"], AgentKind(form.cleaned_data["kind"])
        agent = row if change else _added(name, kind, by=by)
        said = {"name": name, "kind": kind} if change else {"name": None, "kind": None}
        try:
            registry.edit_agent(agent, by=by, owner=form.cleaned_data["owner"], **said)
        except registry.RefusedEdit as error:
            raise _error(error) from None
        return agent


def _added(name: str, kind: AgentKind, *, by: User) -> Agent:
    if Agent.objects.filter(name_key=name_key(name), kind=kind).exists():
        raise _error(registry.name_taken(name, kind))
    return registry.find_or_add_agent(AgentName(name, kind), by=by)


def _error(refused: registry.RefusedEdit) -> ValidationError:
    return ValidationError({refused.field or NON_FIELD_ERRORS: str(refused)})


admin.site.register(Agent, AgentAdmin)
