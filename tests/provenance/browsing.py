"""A curator at a browser without scripts: opens pages, fills in forms, presses the button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

_VOID = frozenset(["input", "link", "img", "br", "meta", "hr", "source"])


@dataclass
class Form:
    """What a browser would send of a form if nothing was touched."""

    id: str
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Seen:
    """A page as it was answered."""

    response: Any

    @property
    def html(self) -> str:
        """The page's source."""
        content: str = self.response.content.decode()
        return content

    @property
    def status(self) -> int:
        """Its status code."""
        code: int = self.response.status_code
        return code

    @property
    def text(self) -> str:
        """What a reader sees of it, in single spaces."""
        return " ".join(" ".join(_parsed(self.html).texts).split())

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return _parsed(self.html).links

    @property
    def loaded(self) -> list[str]:
        """The addresses that a browser fetches by itself to show it."""
        return _parsed(self.html).loaded

    @property
    def errors(self) -> dict[str, list[str]]:
        """What the page's form says at its fields."""
        errors: dict[str, list[str]] = self.response.context["adminform"].form.errors
        return errors

    def form(self) -> Form:
        """The one form of the page's own: the largest that is sent with POST."""
        return max(_parsed(self.html).forms, key=lambda form: len(form.fields))


class Browser:
    """One account's session."""

    def __init__(self, user: User) -> None:
        self.client = Client(raise_request_exception=True)
        self.client.force_login(user)

    def open(self, path: str) -> Seen:
        """The page under /admin/."""
        return Seen(self.client.get(f"/admin/{path}", follow=True))

    def send(self, path: str, **filled: Any) -> Seen:
        """Open the page, fill these fields in, and press its button."""
        fields = {**self.open(path).form().fields, **filled}
        return Seen(self.client.post(f"/admin/{path}", fields, follow=True))

    def act(self, path: str, action: str, *rows: int) -> Seen:
        """Choose rows of a list, and an action on them."""
        return Seen(
            self.client.post(f"/admin/{path}", {"action": action, "_selected_action": rows}, follow=True)
        )

    def post(self, path: str, **fields: Any) -> Seen:
        """Send a form that no page offered."""
        return Seen(self.client.post(f"/admin/{path}", fields))


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self._stack: list[str] = []
        self._form: Form | None = None
        self._select = self._textarea = ""
        self._several = False
        self._unchosen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._stack.append(tag)
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag in ("script", "img", "iframe", "source"):
            self.loaded.append(given.get("src", ""))
        if tag == "link":
            self.loaded.append(given.get("href", ""))
        if tag == "form":
            self._form = Form(given.get("id", ""))
            if given.get("method", "").lower() == "post":
                self.forms.append(self._form)
        if self._form is not None:
            self._handle_field(tag, given)

    def _handle_field(self, tag: str, given: dict[str, str]) -> None:
        name, fields = given.get("name", ""), self._form.fields if self._form else {}
        if tag == "select":
            self._select, self._several = name, "multiple" in given
        elif tag == "option" and self._select:
            self._handle_option(given, fields)
        elif tag == "textarea":
            self._textarea = name
            fields[name] = [""]
        elif tag == "input" and name and given.get("type") not in ("submit", "checkbox", "radio"):
            fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "input" and name and "checked" in given:
            fields.setdefault(name, []).append(given.get("value", "on"))

    def _handle_option(self, given: dict[str, str], fields: dict[str, list[str]]) -> None:
        """Of a list in which nothing is chosen a browser sends the first; of one for several, nothing."""
        value = given.get("value", "")
        if "selected" in given:
            chosen = fields.setdefault(self._select, [])
            if not self._several:
                chosen.clear()
            self._unchosen.discard(self._select)
            chosen.append(value)
        elif not self._several and self._select not in fields:
            fields[self._select] = [value]
            self._unchosen.add(self._select)

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass
        if tag == "form":
            self._form = None
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            # The first line break after the tag belongs to the markup.
            self._form.fields[self._textarea] = [data.removeprefix("\r\n").removeprefix("\n")]
        if not {"script", "style"} & set(self._stack):
            self.texts.append(data)


def _parsed(html: str) -> _Parser:
    parser = _Parser()
    parser.feed(html)
    return parser
