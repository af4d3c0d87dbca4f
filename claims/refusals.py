"""Why a write was refused: the field, a stable code, and a sentence with the cure. Nothing was written then."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where in the input: field names and list positions, outermost first."""


@dataclass
class Refused(Exception):
    """A write that breaks a rule. `path` leads to the field in the input; empty means the whole of it."""

    code: str
    detail: str
    path: Path = ()

    def __str__(self) -> str:
        return self.detail

    def under(self, *parents: str | int) -> "Refused":
        """The same refusal, seen from further out in the input."""
        self.path = (*parents, *self.path)
        return self


class Invalid(Refused):
    """The input breaks a rule whatever is stored."""


class Conflict(Refused):
    """The input would be fine, but not beside what is stored."""


class NotYours(Refused):
    """The claim belongs to somebody else, and this account is no curator."""


@contextmanager
def refusals_under(*parents: str | int) -> Iterator[None]:
    """Let refusals of a part of the input out as seen from further out in it."""
    try:
        yield
    except Refused as refused:
        raise refused.under(*parents) from None
