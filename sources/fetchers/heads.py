"""The heads of requests and answers: what we ask, and the plain form that most answers begin with. Pure.

The form is narrower than what h11 takes, and read as h11 reads it; whoever writes otherwise is left to h11. In it there
are no interim answers, no folded or bare lines, no tabs, nothing but visible ASCII, no transfer coding, and one length.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sources.fetchers.policy import FetchPolicy, Target

Fields = Sequence[tuple[str, str]]
"""Header fields: names and values."""

_PLAIN = re.compile(
    rb"HTTP/1\.[01] ([2-5][0-9]{2})(?: [ -~]*)?\r\n((?:[A-Za-z0-9-]+:[ -~]*\r\n)+)\r\n",
)
# A folded line without a visible character: the end of the headers to some readers of the record, and not to
# others, who would then disagree about where the page begins.
_BLANK_LOOKING_FOLD = re.compile(rb"^[ \t][^!-~\n]*$", re.MULTILINE)
_LENGTH = re.compile(r"[0-9]{1,20}")
_SOUND_LINE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


class Head(NamedTuple):
    """The head of an answer: its bytes, up to the blank line; its fields with lower-case names, as ISO 8859-1."""

    raw: bytes
    status: int
    fields: tuple[tuple[str, str], ...]


def plain_head(raw: bytes) -> Head | None:
    """The head that these bytes are, if it is of the plain form and tells the length of its body."""
    match = _PLAIN.fullmatch(raw)
    if not match:
        return None
    lines = [line.partition(":") for line in match[2].decode("ascii").split("\r\n")[:-1]]
    fields = tuple([(name.lower(), value.strip(" ")) for name, _, value in lines])
    lengths = [value for name, value in fields if name == "content-length"]
    codings = [value for name, value in fields if name == "transfer-encoding"]
    if codings or len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
        return None
    return Head(raw, int(match[1]), fields)


def doubt_about(raw: bytes, fields: Fields) -> str:
    """Why readers of such a head, with lower-case names, may disagree about its page; nothing of one that is sound."""
    names = {name for name, _ in fields}
    if {"content-length", "transfer-encoding"} <= names:
        # RFC 9112 6.3: a sign of smuggling, and an error. Readers differ in which one they believe.
        return "two ways to tell where the page ends"
    if _BLANK_LOOKING_FOLD.search(raw.replace(b"\r\n", b"\n")):
        return "headers whose end is in doubt"
    return ""


def request_head(method: str, target: Target, policy: FetchPolicy, fields: Fields) -> bytes:
    """What we ask a server for, with these fields besides those that all our requests have.

    Raises ValueError where one of them could be read as more than a field.
    """
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"User-Agent: {policy.user_agent}",
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding: identity",
        "Connection: close",
        *[f"{name}: {value}" for name, value in fields],
    ]
    if " " in target.path or not all(map(_SOUND_LINE.fullmatch, lines)):
        raise ValueError(f"{lines!r} is no request of ours")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
