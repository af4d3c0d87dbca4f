"""SNAPSHOT_STORAGE_URL, understood: which folder, or which bucket of which server."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OPTIONS = frozenset({"endpoint_url", "region"})


class BadLocation(ValueError):
    """The URL names no place for snapshots; the message says why, `cure` what to write."""

    def __init__(self, message: str, *, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


@dataclass(frozen=True, slots=True)
class BucketLocation:
    """A bucket, the prefix of our names in it (no slash at its ends), and where its server is if not AWS's own."""

    bucket: str
    prefix: str = ""
    endpoint_url: str | None = None
    region: str | None = None


def parse(url: str) -> Path | BucketLocation:
    """The place that the URL names: a path, `file:///path`, or `s3://bucket/prefix?endpoint_url=...&region=...`.

    Raises BadLocation. Nothing is looked up: whether the place is there shows when it is used.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadLocation(f"SNAPSHOT_STORAGE_URL is no URL: {error}.", cure=_CURE) from error
    match parts.scheme:
        case "":
            return _folder(url)
        case "file":
            return _file(parts)
        case "s3":
            return _bucket(parts)
    raise BadLocation(
        f"SNAPSHOT_STORAGE_URL has the scheme {parts.scheme!r}, which is not supported.", cure=_CURE
    )


_CURE = "Give a folder's path, file:///path, or s3://bucket/prefix?endpoint_url=https://server&region=name."


def _folder(path: str) -> Path:
    if not path:
        raise BadLocation("SNAPSHOT_STORAGE_URL is empty.", cure=_CURE)
    return Path(path)


def _file(parts: SplitResult) -> Path:
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise BadLocation(
            "SNAPSHOT_STORAGE_URL names a file on another machine.",
            cure="A file: URL has three slashes before the path: file:///path.",
        )
    return Path(unquote(parts.path))


def _bucket(parts: SplitResult) -> BucketLocation:
    # Not repeated: who wrote a password there does not want it in a log.
    if "@" in unquote(parts.netloc + parts.query):
        raise BadLocation(
            "SNAPSHOT_STORAGE_URL has credentials in it.",
            cure="Take them out: they are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS's files.",
        )
    if not _BUCKET.fullmatch(parts.netloc):
        raise BadLocation(f"SNAPSHOT_STORAGE_URL has no valid bucket: {parts.netloc!r}.", cure=_CURE)
    options = _options(parts)
    return BucketLocation(
        parts.netloc, unquote(parts.path).strip("/"), options.get("endpoint_url"), options.get("region")
    )


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - _OPTIONS) or parts.fragment:
        raise BadLocation(
            f"SNAPSHOT_STORAGE_URL has what is not known: {', '.join(unknown)}.",
            cure="After the question mark stand endpoint_url and region; in their values, %23 is # and %26 is &.",
        )
    endpoint = options.get("endpoint_url")
    if endpoint is not None and not re.match(r"https?://[^/?#@]+", endpoint):
        raise BadLocation(
            f"SNAPSHOT_STORAGE_URL has an endpoint_url that is none: {endpoint!r}.",
            cure="Give the server's http or https address, such as endpoint_url=https://s3.example:9000.",
        )
    return options
