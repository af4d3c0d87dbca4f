"""Steps: things that may be done to a row, or to several, each asked for on a page of its own.

A link so never changes anything, and a reason can be given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from sources.admin.forms import tell
from sources.admin.people import author
from sources.admin.unfolded import page_action

if TYPE_CHECKING:
    from sources.admin.writing import ShownAdmin

Page = Callable[[Any, HttpRequest, Any], HttpResponse]
May = Callable[[User, Any], bool]

MAX_AT_ONCE = 200
"""Rows that one answer decides on: each is a write of its own, and somebody waits for all of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A step that is asked for: `do(row, by=..., **fields of the form)`; `done` may show what it returns, as `{}`."""

    label: str
    text: str
    do: Callable[..., object]
    done: str
    form: type[forms.Form]


def step(
    label: str, *, when: Callable[[Any], bool] = lambda row: True, may: May | None = None
) -> Callable[[Page], Any]:
    """Make a method `(self, request, row)` a step of the row's page, offered to those who may, `when` it makes sense.

    Who may is the page's to say (`may_step`), unless `may(user, row)` does. Name it in `actions_detail`. It is a link,
    so the method writes nothing: a step that does is `asked`.
    """

    def decorate(method: Page) -> Any:
        def is_open(self: "ShownAdmin", request: HttpRequest, row: Any) -> bool:
            return may(author(request), row) if may else self.may_step(request, row)

        @wraps(method)
        def page(self: "ShownAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
            row = self.get_object(request, unquote(object_id))
            if row is None:
                raise Http404
            if not is_open(self, request, row):
                raise PermissionDenied
            if not when(row):
                messages.warning(request, f"“{label}” is not open any more.")
                return HttpResponseRedirect(self.page_of(row))
            return method(self, request, row)

        return page_action(page, label=label, is_open=lambda *asked: is_open(*asked) and when(asked[-1]))

    return decorate


def asked(
    label: str,
    do: Callable[..., object],
    *,
    question: str,
    done: str,
    form: type[forms.Form] = forms.Form,
    when: Callable[[Any], bool] = lambda row: True,
    may: May | None = None,
) -> Any:
    """A step that writes, once its question was answered: see `Question`."""
    asking = Question(label, question, do, done, form)

    @step(label, when=when, may=may)
    def ask(self: "ShownAdmin", request: HttpRequest, row: models.Model) -> HttpResponse:
        form = asking.form(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                with self.attempt():
                    result = asking.do(row, by=author(request), **form.cleaned_data)
            except ValidationError as refused:
                tell(form, refused)
            else:
                messages.success(request, asking.done.format(result))
                return HttpResponseRedirect(self.back_from(request) or self.page_of(row))
        return _page(self, request, asking, form, [row], back=self.back_from(request) or self.page_of(row))

    return ask


def asked_of_many(
    label: str,
    do: Callable[..., object],
    *,
    question: str,
    done: str,
    form: type[forms.Form] = forms.Form,
) -> Any:
    """An action of a list: one question for all chosen rows, then each is a write of its own.

    A refusal of one leaves the others as they are, and is said with its name. `done` shows how many went through.
    """
    asking = Question(label, question, do, done, form)

    @admin.action(description=label, permissions=["step"])
    def act(self: "ShownAdmin", request: HttpRequest, chosen: models.QuerySet[Any]) -> HttpResponse:
        back = self.back_from(request) or request.get_full_path()
        if chosen.count() > MAX_AT_ONCE:
            messages.error(request, f"Choose at most {MAX_AT_ONCE} at once.")
            return HttpResponseRedirect(back)
        rows = list(chosen)
        form = asking.form(request.POST if "answered" in request.POST else None)
        if form.is_valid():
            _do_all(self, request, asking, rows, form.cleaned_data)
            return HttpResponseRedirect(back)
        again = {"action": request.POST["action"], "chosen": ACTION_CHECKBOX_NAME}
        return _page(self, request, asking, form, rows, back=back, **again)

    return act


def _do_all(
    self: "ShownAdmin", request: HttpRequest, asking: Question, rows: list[Any], facts: dict[str, Any]
) -> None:
    count = 0
    for row in rows:
        try:
            with self.attempt():
                asking.do(row, by=author(request), **facts)
        except ValidationError as refused:
            messages.error(request, f"{row}: {' '.join(refused.messages)}")
        else:
            count += 1
    if count:
        messages.success(request, asking.done.format(count))


def _page(
    self: "ShownAdmin",
    request: HttpRequest,
    asking: Question,
    form: forms.Form,
    rows: list[Any],
    *,
    back: str,
    **more: Any,
) -> HttpResponse:
    context = {
        **self.admin_site.each_context(request),
        "opts": self.opts,
        "title": asking.text,
        "label": asking.label,
        "form": form,
        "rows": rows,
        "back": back,
        **more,
    }
    return TemplateResponse(request, "sources/admin/ask.html", context)
