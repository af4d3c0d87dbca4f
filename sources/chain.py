"""A chain of digests: each covers the one before it and all that one row says. Pure.

Who changes, removes or adds a row would have to change every digest after it. The form of a row is meant to last: what
is empty is left out, so that a column that is added later changes no digest of the rows before.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

START = ""
"""What stands in the place of the digest before the first."""


def link(before: str, seq: int, row: Mapping[str, object]) -> str:
    """The digest (hexadecimal) of entry number `seq`, after one with the digest `before`."""
    return sha256(f"{before}\n{seq}\n".encode() + form(row)).hexdigest()


def form(row: Mapping[str, object]) -> bytes:
    """What a row says, always in the same bytes: JSON with sorted names, instants in UTC to the microsecond."""
    said = {name: _plain(value) for name, value in row.items() if not _is_empty(value)}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _is_empty(value: object) -> bool:
    """Nothing, or no: not zero, which is a size."""
    return value is None or value is False or value == ""


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value
