"""Quotes in forms, and what a snapshot has in their place: escaped first, marked second."""

from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join

from claims import near, quotes
from claims.models import Anchor
from sources.admin.showing import plain
from sources.admin.typed import stated_words

CONTEXT = ("quote_prefix", "quote_suffix")
"""The fields that decide between several places of a quote."""


def stated_quote(text: str) -> str:
    """A quote with the line breaks of a text. Raises ValidationError for words that no page can show."""
    words = stated_words(text)
    if problem := quotes.problem(words):
        raise ValidationError(problem)
    return words


def near_words(anchor: Anchor | None) -> str:
    """What is most like the quote where it was not found, with what differs struck out and underlined."""
    if anchor is None or not anchor.near_text:
        return ""
    owner = anchor.appearance or anchor.derivation
    pieces = near.differences(owner.quote if owner else "", anchor.near_text)
    return format_html(
        "{} ({} per cent alike, characters {} to {} of the text)",
        format_html_join("", "{}", ((_marked(piece),) for piece in pieces)),
        anchor.near_score,
        anchor.near_start,
        anchor.near_end,
    )


def _marked(piece: near.Difference) -> str:
    if piece.is_equal:
        return plain(piece.after)
    struck = format_html('<del class="line-through">{}</del>', plain(piece.before)) if piece.before else ""
    added = (
        format_html('<ins class="font-semibold underline">{}</ins>', plain(piece.after))
        if piece.after
        else ""
    )
    return format_html("{}{}", struck, added)
