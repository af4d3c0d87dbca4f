"""Where the time gate, the time map and the mementos of a source are found: absolute addresses of this service."""

from datetime import datetime

from django.urls import reverse

from sources.memento.links import digits
from sources.models import Source
from sources.rest.pagination import absolute


def timegate(source: Source) -> str:
    """What leads to the page as it was at a time."""
    return _address("timegate", source)


def timemap(source: Source) -> str:
    """What lists all that was seen of it."""
    return _address("timemap", source)


def memento(source: Source, moment: datetime) -> str:
    """The page as it was seen in this second."""
    return _address("memento", source, moment=digits(moment))


def page_url(source: Source) -> str:
    """The page's own address; only what has one was ever seen."""
    assert source.url is not None  # noqa: S101
    return source.url


def _address(name: str, source: Source, **parts: str) -> str:
    # `reverse` writes a percent sign of the page's path as %25; its query goes on as ours, which nobody decodes.
    path, question_mark, query = page_url(source).partition("?")
    return absolute(reverse(name, kwargs={**parts, "url": path}) + question_mark + query)
