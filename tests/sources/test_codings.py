"""Content codings: one layer of what is common, and a sentence for everything else."""

import contextlib
import gzip
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.fetchers.base import Fetched
from sources.fetchers.codings import MAX_DECODED, CodingError, decoded
from tests.sources.test_warc import fetched_page

PAGE = b"<title>Page</title>" * 50


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "GZip": gzip.compress(PAGE),
    " gzip , identity": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "Deflate": raw_deflate(PAGE),
    "": PAGE,
    "identity": PAGE,
    ",": PAGE,
}


@pytest.mark.parametrize(("coding", "body"), PACKED.items(), ids=PACKED)
def test_one_layer_is_undone(coding: str, body: bytes) -> None:
    assert decoded(body, coding) == PAGE


@given(st.binary(max_size=2000))
def test_whatever_was_packed_comes_out_again(data: bytes) -> None:
    assert decoded(gzip.compress(data), "gzip") == data
    assert decoded(zlib.compress(data), "deflate") == data


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "gzip, gzip"]))
def test_whatever_the_bytes_are_nothing_but_a_coding_error_is_raised(body: bytes, coding: str) -> None:
    with contextlib.suppress(CodingError):
        assert len(decoded(body, coding, limit=1000)) <= 1000


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "gzip,deflate", "deflate, gzip", "br, gzip", "gzip, " * 1000 + "gzip"]
)
def test_layers_are_not_unpacked(coding: str) -> None:
    with pytest.raises(CodingError, match="more than once"):
        decoded(gzip.compress(gzip.compress(PAGE)), coding)


def test_what_is_packed_inside_one_layer_stays_packed() -> None:
    inner = gzip.compress(PAGE)

    assert decoded(gzip.compress(inner), "gzip") == inner


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "compress", "odd", "utf-8", "zlib", "gzip;q=1", "x" * 60_000, "\0", "\ud800"]
)
def test_other_codings_are_named_and_not_unpacked(coding: str) -> None:
    with pytest.raises(CodingError, match="not unpacked here") as caught:
        decoded(PAGE, coding)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
def test_a_body_as_large_as_the_cap_is_unpacked_and_a_larger_one_is_not(pack: object) -> None:
    assert callable(pack)
    coding = "gzip" if pack is gzip.compress else "deflate"

    assert len(decoded(pack(bytes(1000)), coding, limit=1000)) == 1000
    with pytest.raises(CodingError, match="more than 1,000 bytes"):
        decoded(pack(bytes(1001)), coding, limit=1000)


def test_a_bomb_is_not_unpacked_past_the_cap() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    assert len(bomb) < 250_000

    with pytest.raises(CodingError, match="more than"):
        decoded(bomb, "gzip")
    with pytest.raises(CodingError, match="more than"):
        decoded(bomb, "gzip", cut=True)
    assert MAX_DECODED == 32 * 1024 * 1024


@pytest.mark.parametrize("kept", [0, 1, 9, 11, 30])
def test_a_body_that_lacks_its_end_is_read_only_where_that_is_known(kept: int) -> None:
    body = gzip.compress(PAGE)[:kept]

    with pytest.raises(CodingError, match="lacks its end"):
        decoded(body, "gzip")
    assert PAGE.startswith(decoded(body, "gzip", cut=True))


def test_a_cut_body_gives_what_came_of_it() -> None:
    packer = zlib.compressobj(wbits=31)
    body = packer.compress(PAGE) + packer.flush(zlib.Z_SYNC_FLUSH)

    assert decoded(body, "gzip", cut=True) == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_bytes_that_are_not_in_their_coding_are_an_error(coding: str) -> None:
    with pytest.raises(CodingError, match="not in the coding"):
        decoded(b"<html>plain</html>", coding)


def test_a_wrong_checksum_is_an_error() -> None:
    body = bytearray(gzip.compress(PAGE))
    body[-5] ^= 1

    with pytest.raises(CodingError, match="not in the coding"):
        decoded(bytes(body), "gzip")


def test_bytes_behind_the_packed_page_are_an_error() -> None:
    with pytest.raises(CodingError, match="follow the end"):
        decoded(gzip.compress(PAGE) + gzip.compress(b"more"), "gzip")


@pytest.mark.parametrize(
    ("values", "coding"),
    [([], ""), (["GZip"], "gzip"), (["gzip", "br"], "gzip, br"), (["gzip, gzip"], "gzip, gzip")],
)
def test_a_page_tells_the_codings_it_is_in(values: list[str], coding: str) -> None:
    headers = tuple(("content-encoding", value) for value in values)
    exchange = replace(fetched_page().exchange, headers=headers)

    assert Fetched(exchange=exchange).content_encoding == coding
