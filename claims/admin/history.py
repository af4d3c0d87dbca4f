"""The history of a row: its part of the change log, with what each write changed, field by field."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from claims.models import Change
from claims.permissions import viewer_of
from sources.admin.people import author
from sources.admin.showing import plain
from sources.admin.writing import ShownAdmin

PER_PAGE = 25

APPS = {"agent": "sources", "source": "sources", "partner": "partners", "apikey": "partners"}
"""The app of an object type of the log; `claims` of those that are not named here."""

_Named = Mapping[tuple[type[models.Model], int], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a write made of one field, in words; nothing is empty."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One write of one row, with what it changed."""

    change: Change
    differences: tuple[Difference, ...]

    @property
    def author(self) -> str:
        """Who wrote it."""
        return str(self.change.by) if self.change.by else "the service"


class LoggedAdmin(ShownAdmin):
    """Rows whose history is the change log."""

    history_template = "claims/admin/history.html"

    def logged(self, row: models.Model) -> models.QuerySet[Change]:
        """The part of the log that is about a row."""
        return Change.objects.filter(object_type=self.opts.model_name, object_id=row.pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What was written to the row, latest first."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        changes = self.logged(row).visible_to(viewer_of(author(request)))  # type: ignore[attr-defined]
        page = Paginator(changes.select_related("by").order_by("-seq"), PER_PAGE).get_page(
            request.GET.get("p")
        )
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {row}",
            "opts": self.opts,
            "page": page,
            "entries": list(entries(page.object_list)),
            "back": self.page_of(row),
        }
        return TemplateResponse(request, self.history_template, context)


def entries(changes: Iterable[Change]) -> Iterator[Entry]:
    """The changes with their differences; rows that they name are looked up together, one statement a model."""
    changes = list(changes)
    differing = [(change, _model(change.object_type), *_differing(change)) for change in changes]
    names = _names(
        (model, name, value)
        for _, model, was, now in differing
        for state in (was, now)
        for name, value in state.items()
    )
    for change, model, was, now in differing:
        yield Entry(
            change,
            tuple(
                Difference(
                    _label(model, name),
                    *(_words(model, name, state.get(name), names) for state in (was, now)),
                )
                for name in now
            ),
        )


def _differing(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields whose values differ, before and after; of a new row those that it has."""
    was, now = change.before or {}, change.after or {}
    names = [name for name, value in now.items() if value != was.get(name) and (change.before or value)]
    names = [name for name in names if name != "id"]
    return {name: was.get(name) for name in names}, {name: now[name] for name in names}


def _model(object_type: str) -> type[models.Model]:
    return apps.get_model(APPS.get(object_type, "claims"), object_type)


def _field(model: type[models.Model], name: str) -> Any:
    fields = {getattr(field, "attname", field.name): field for field in model._meta.get_fields()}
    return fields.get(name)


def _label(model: type[models.Model], name: str) -> str:
    field = _field(model, name)
    return str(getattr(field, "verbose_name", name)).replace("_", " ")


def _ids(model: type[models.Model], name: str, value: Any) -> tuple[type[models.Model], list[int]] | None:
    """The model and ids of the rows that a field's value names, if it names any."""
    related = getattr(_field(model, name), "related_model", None)
    if related is None or value is None:
        return None
    return related, value if isinstance(value, list) else [value]


def _names(values: Iterable[tuple[type[models.Model], str, Any]]) -> _Named:
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for model, name, value in values:
        if found := _ids(model, name, value):
            wanted[found[0]].update(found[1])
    return {
        (model, pk): str(row) if model is User else f"{model._meta.verbose_name} {row}"
        for model, pks in wanted.items()
        for pk, row in _with_names(model).in_bulk(pks).items()
    }


def _with_names(model: type[models.Model]) -> models.QuerySet[Any]:
    """The rows, with whatever their names are made of."""
    rows = model._default_manager.all()
    return rows.select_related("source") if model._meta.model_name == "appearance" else rows


def _words(model: type[models.Model], name: str, value: Any, names: _Named) -> str:
    if value in (None, "", []):
        return ""
    if found := _ids(model, name, value):
        return plain(", ".join(names.get((found[0], pk), str(pk)) for pk in found[1]))
    choices = dict(getattr(_field(model, name), "flatchoices", None) or ())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(str(choices.get(value, value)))
