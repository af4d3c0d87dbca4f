"""Something that is not as it was kept: what, where, what was expected and what was found."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What differs."""

    ROW_UNREADABLE = "row-unreadable"
    FILE_MISSING = "file-missing"
    FILE_UNREADABLE = "file-unreadable"
    FILE_NAME = "file-name"
    FILE_SIZE = "file-size"
    FILE_DIGEST = "file-digest"
    RECORD_UNREADABLE = "record-unreadable"
    RECORD_MISSING = "record-missing"
    RECORD_FACT = "record-fact"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    PAYLOAD_SIZE = "payload-size"
    REVISIT = "revisit"
    TEXT_DIGEST = "text-digest"
    LEDGER_MISSING = "ledger-missing"
    LEDGER_GAP = "ledger-gap"
    LEDGER_DIGEST = "ledger-digest"
    LEDGER_HEAD = "ledger-head"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a report: `kind where: expected ..., found ...`."""

    kind: Kind
    where: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: expected {_shown(self.expected)}, found {_shown(self.found)}"


def compare(kind: Kind, where: str, *, expected: object, found: object) -> list[Difference]:
    """The difference between the two, if there is one."""
    return [] if expected == found else [Difference(kind, where, expected, found)]


def _shown(value: object) -> str:
    """On one line, whatever a page or a tampered row has put there."""
    text = "nothing" if value is None or value == "" else str(value)
    return text if text.isprintable() else ascii(text)
