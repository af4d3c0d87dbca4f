"""Memento's spellings: links, dates and addresses. Pure.

Links as in RFC 8288 and RFC 6690, dates as in RFC 9110 5.6.7 (the one form that Memento allows), and the fourteen
digits of an address: year to second, in UTC.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

LINK_FORMAT = "application/link-format"

_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
_SCHEME = re.compile(r"\A(https?):/+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A target with its relation types (`rel`, several in one string), and for some what lies between which dates."""

    target: str
    rel: str
    type: str = ""
    at: datetime | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        dates = {"from": self.from_, "until": self.until, "datetime": self.at}
        attributes = {"rel": self.rel, "type": self.type}
        attributes |= {name: http_date(value) for name, value in dates.items() if value}
        # What could end the target early has no place in a URL, and is never left as it is.
        target = self.target.replace("<", "%3C").replace(">", "%3E")
        return f"<{target}>" + "".join(f'; {name}="{value}"' for name, value in attributes.items() if value)


def link_header(links: Iterable[Link]) -> str:
    """The value of a Link header."""
    return ", ".join(map(str, links))


def link_format(links: Iterable[Link]) -> Iterator[str]:
    """The links as a document of `application/link-format`, line by line."""
    separator = ""
    for link in links:
        yield f"{separator}{link}"
        separator = ",\n"
    yield "\n"


def http_date(instant: datetime) -> str:
    """The instant as `Thu, 31 May 2007 20:35:00 GMT`; what is finer than a second is cut."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def read_http_date(text: str) -> datetime | None:
    """The instant that such a date names; None if it is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        # The day's name has to be that of the date: RFC 7089 has no other way to tell a slip.
        instant = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return instant if http_date(instant) == text else None


def digits(instant: datetime) -> str:
    """The instant as fourteen digits, in UTC."""
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def read_digits(text: str) -> datetime | None:
    """The second that fourteen digits name; None if there is none such."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if len(text) == 14 else None
    except ValueError:
        return None


def out_of_path(path: str, query: str) -> str:
    """A page's URL from the end of our own address: its path as decoded by the server, the query as it was sent.

    A slash that a proxy folded comes back.
    """
    url = _SCHEME.sub(r"\1://", path)
    return f"{url}?{query}" if query else url
