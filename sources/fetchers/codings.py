"""Content codings that nobody asked for, undone to read a page: one layer, up to a cap. Pure.

The snapshot keeps what was sent. Reading happens where a hostile stream can be cut off: give this to a process that
may be killed.
"""

import zlib

MAX_DECODED = 32 * 1024 * 1024  # bytes; what a page may weigh that is sent as it is
_GZIP = 16 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_AS_IT_IS = frozenset({"", "identity"})


class CodingError(ValueError):
    """The body cannot be read; the message is a sentence that says why, safe to show to anybody."""


def decoded(body: bytes, coding: str, *, limit: int = MAX_DECODED, cut: bool = False) -> bytes:
    """The body with the layer of `coding` (a Content-Encoding as declared) undone: gzip, x-gzip or deflate.

    `cut`: the body is known to lack its end, and what can be read of it is enough. Raises CodingError for two layers
    or more, other codings, a body that is not in its coding, and one of more than `limit` bytes when decoded.
    """
    layers = [name for name in (part.strip() for part in coding.lower().split(",")) if name not in _AS_IT_IS]
    if len(layers) > 1:
        raise CodingError("The page is packed more than once, and at most one layer is unpacked.")
    if not layers:
        return body
    if layers[0] in ("gzip", "x-gzip"):
        return _inflated(body, _GZIP, limit=limit, cut=cut)
    if layers[0] == "deflate":
        return _inflated(body, _window_of(body), limit=limit, cut=cut)
    raise CodingError(f"The page is in the coding {layers[0][:20]!r}, which is not unpacked here.")


def _window_of(body: bytes) -> int:
    """`deflate` means the zlib format (RFC 9110 8.4.1.2), yet some servers send what is inside it alone."""
    header = int.from_bytes(body[:2], "big")
    is_zlib = (header >> 8) & 0x0F == zlib.DEFLATED and header % 31 == 0
    return zlib.MAX_WBITS if is_zlib else _RAW_DEFLATE


def _inflated(body: bytes, window: int, *, limit: int, cut: bool) -> bytes:
    stream = zlib.decompressobj(wbits=window)
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise CodingError("The page is not in the coding that its server says it is in.") from error
    if len(plain) > limit:
        raise CodingError(f"Unpacked, the page has more than {limit:,} bytes.")
    if stream.unused_data:
        raise CodingError("Bytes follow the end of the packed page.")
    if not stream.eof and not cut:
        raise CodingError("The packed page lacks its end.")
    return plain
