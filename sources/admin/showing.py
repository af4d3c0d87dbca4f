"""How rows are shown: strangers wrote their words and addresses, so everything is escaped, and little is a link."""

import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django.db import models
from django.urls import reverse
from django.utils.html import format_html

from sources.vocabulary import CaptureOutcome, CaptureState

_LINKED = frozenset(["http", "https"])
# They turn what follows around, so that a line reads otherwise than it is (Unicode, UAX 9).
_TURNING = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


def outward(url: str | None) -> str:
    """An address as a link to it; any that is not http or https as the text it is."""
    if not url or urlsplit(url).scheme not in _LINKED:
        return url or ""
    return format_html(
        '<a href="{}" class="text-link" rel="noopener noreferrer" target="_blank">{}</a>', url, url
    )


def inward(row: models.Model | None, label: str = "") -> str:
    """A row as a link to its own page in the admin."""
    if row is None:
        return ""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}" class="text-link">{}</a>', address, label or str(row))


def capture_words(
    capture_id: int | None, state: str | None, outcome: str | None, *, read: bool = True
) -> str:
    """How a capture is getting on, in words that a script on the page keeps up to date until it is done and `read`."""
    if not capture_id or not state:
        return ""
    return format_html(
        '<span data-capture="{}" data-asked-at="{}" data-done="{}">{}</span>',
        capture_id,
        reverse("admin:sources_capture_states"),
        "yes" if is_done(state, outcome, read=read) else "no",
        progress(state, outcome, read=read),
    )


def progress(state: str, outcome: str | None, *, read: bool) -> str:
    """The same as text alone."""
    words = CaptureOutcome(outcome).words if outcome else CaptureState(state).words
    return words if is_done(state, outcome, read=read) or not outcome else f"{words}, being read"


def is_done(state: str, outcome: str | None, *, read: bool) -> bool:
    """Whether nothing more comes of a capture: it ended, and what it brought was read."""
    brought = outcome in (CaptureOutcome.CAPTURED, CaptureOutcome.CAPTURED_TRUNCATED)
    return state == CaptureState.DONE and (read or not brought)


def plain(text: str) -> str:
    """A text with the characters that turn its direction around written out."""
    return "".join(
        f"[U+{ord(character):04X}]" if unicodedata.bidirectional(character) in _TURNING else character
        for character in text
    )


def differences(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """What a write changed, a line for each field: `title: old → new`."""
    was, now = before or {}, after or {}
    names = (
        [name for name in now if was.get(name) != now[name]]
        if before
        else [name for name in now if now[name]]
    )
    return plain("\n".join(f"{name}: {_change(was.get(name), now[name])}" for name in names))


def _change(was: Any, now: Any) -> str:
    return f"{_value(was)} → {_value(now)}" if was else _value(now)


def _value(value: Any) -> str:
    return "(nothing)" if value in (None, "", []) else str(value)
