"""Conditional requests (RFC 9110 13): the validators of an earlier snapshot, and which of them may be sent. Pure.

They were chosen by the server that is asked, and kept since: what is not exactly of their form is left out, for it
could add a field to the request or make it too long to be read.
"""

import re
from dataclasses import dataclass

MAX_VALIDATOR = 1024  # characters
_ENTITY_TAG = re.compile(r'(?:W/)?"[!#-~]*"')  # RFC 9110 8.8.3, but for bytes beyond ASCII
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


@dataclass(frozen=True, slots=True)
class Validators:
    """What a page's server named its state by, as sent then; empty where it said nothing.

    Of a whole snapshot whose URL is the one to be asked: a validator means nothing at any other, and the server means
    the whole page by it.
    """

    etag: str = ""
    last_modified: str = ""

    def sendable(self) -> "Validators":
        """Those of the two that may be sent, the others empty."""
        if not (self.etag or self.last_modified):
            return self  # as of most pages
        return Validators(
            self.etag if _may_be_sent(self.etag, _ENTITY_TAG) else "",
            self.last_modified if _may_be_sent(self.last_modified, _HTTP_DATE) else "",
        )

    def fields(self) -> list[tuple[str, str]]:
        """The request's header fields; none where nothing that may be sent is known."""
        if not (self.etag or self.last_modified):
            return []
        sent = self.sendable()
        fields = [("If-None-Match", sent.etag), ("If-Modified-Since", sent.last_modified)]
        return [(name, value) for name, value in fields if value]


UNCONDITIONAL = Validators()


def _may_be_sent(validator: str, form: re.Pattern[str]) -> bool:
    return len(validator) <= MAX_VALIDATOR and form.fullmatch(validator) is not None
