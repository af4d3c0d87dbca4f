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
    # Nothing and no are left out; zero is not, which is a size.
    said = {
        name: value if type(value) in _AS_THEY_ARE else _plain(value)
        for name, value in row.items()
        if value is not None and value is not False and value != ""
    }
    return _JSON.encode(said).encode()


_AS_THEY_ARE = frozenset({str, int})
_FOUR_DIGITS = 1000
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None)
        if instant.year >= _FOUR_DIGITS:
            return f"{instant.isoformat(timespec='microseconds')}Z"
        return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")  # which fills up no year, and takes longer
    return value
