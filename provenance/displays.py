"""Rows out of columns: a dictionary of these keys for each.

Up to eight keys it is written down how: that takes half as long as `dict` and `zip` do, which a long tree notices.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any

Row = dict[str, Any]


def rows(keys: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[Row]:
    """The rows of these columns, of equal length; of each key there is one, and at least one in all."""
    if display := _DISPLAYS.get(len(keys)):
        return display(*keys, *columns)
    return list(map(dict, map(zip, repeat(keys), zip(*columns, strict=True))))


def _zip(columns: Sequence[Sequence[Any]]) -> "zip[tuple[Any, ...]]":
    return zip(*columns, strict=True)


# A letter is a key, and doubled its value.
_DISPLAYS: Mapping[int, Callable[..., list[Row]]] = {
    1: lambda a, column: [{a: aa} for aa in column],
    2: lambda a, b, *of: [{a: aa, b: bb} for aa, bb in _zip(of)],
    3: lambda a, b, c, *of: [{a: aa, b: bb, c: cc} for aa, bb, cc in _zip(of)],
    4: lambda a, b, c, d, *of: [{a: aa, b: bb, c: cc, d: dd} for aa, bb, cc, dd in _zip(of)],
    5: lambda a, b, c, d, e, *of: [{a: aa, b: bb, c: cc, d: dd, e: ee} for aa, bb, cc, dd, ee in _zip(of)],
    6: lambda a, b, c, d, e, f, *of: [
        {a: aa, b: bb, c: cc, d: dd, e: ee, f: ff} for aa, bb, cc, dd, ee, ff in _zip(of)
    ],
    7: lambda a, b, c, d, e, f, g, *of: [
        {a: aa, b: bb, c: cc, d: dd, e: ee, f: ff, g: gg} for aa, bb, cc, dd, ee, ff, gg in _zip(of)
    ],
    8: lambda a, b, c, d, e, f, g, h, *of: [
        {a: aa, b: bb, c: cc, d: dd, e: ee, f: ff, g: gg, h: hh}
        for aa, bb, cc, dd, ee, ff, gg, hh in _zip(of)
    ],
}
