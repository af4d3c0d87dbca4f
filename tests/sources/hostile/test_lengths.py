"""Bodies whose length is a lie: never whole where bytes are missing or left over, and nothing leaks to the next."""

import asyncio

import pytest

from sources.fetchers.base import Fetched, FetchError, Reason, Truncation
from sources.fetchers.http import fetch, fetch_async
from tests.sources.loopback import Script, ScriptedServer, page, pause, policy_for, reset

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SECRET = page(b"of another capture", headers={"Set-Cookie": "id=1"})


def with_length(length: bytes, body: bytes = b"hello") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\n" + body


LIES: dict[str, tuple[Script, Reason]] = {
    "longer than sent": (with_length(b"6"), Reason.INCOMPLETE_BODY),
    "far longer than sent": (with_length(b"9" * 19), Reason.INCOMPLETE_BODY),
    "shorter than sent": (with_length(b"4"), Reason.PROTOCOL_ERROR),
    "nothing, and then something": (with_length(b"0"), Reason.PROTOCOL_ERROR),
    "shorter, and the rest late": ([with_length(b"5"), pause, b"more"], Reason.PROTOCOL_ERROR),
    "two lengths": (with_length(b"5\r\nContent-Length: 6"), Reason.PROTOCOL_ERROR),
    "two lengths in one": (with_length(b"5, 6"), Reason.PROTOCOL_ERROR),
    "a length and a list": (with_length(b"5,"), Reason.PROTOCOL_ERROR),
    "hexadecimal": (with_length(b"0x5"), Reason.PROTOCOL_ERROR),
    "signed": (with_length(b"+5"), Reason.PROTOCOL_ERROR),
    "negative": (with_length(b"-5"), Reason.PROTOCOL_ERROR),
    "with underscores": (with_length(b"1_0"), Reason.PROTOCOL_ERROR),
    "with a point": (with_length(b"5.0"), Reason.PROTOCOL_ERROR),
    "digits of another script": (with_length("٥".encode()), Reason.PROTOCOL_ERROR),
    "a hundred digits": (with_length(b"5" * 100), Reason.PROTOCOL_ERROR),
    "empty": (with_length(b""), Reason.PROTOCOL_ERROR),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", Reason.INCOMPLETE_BODY),
    "half a chunk": (CHUNKED + b"a\r\nhello", Reason.INCOMPLETE_BODY),
    "half the end of a chunk": (CHUNKED + b"5\r\nhello\r", Reason.INCOMPLETE_BODY),
    "half a last chunk": (CHUNKED + b"5\r\nhello\r\n0", Reason.INCOMPLETE_BODY),
    "half a trailer": (CHUNKED + b"5\r\nhello\r\n0\r\nX: 1", Reason.INCOMPLETE_BODY),
    "a chunk longer than it says": (CHUNKED + b"4\r\nhello\r\n0\r\n\r\n", Reason.PROTOCOL_ERROR),
    "a chunk with a sign": (CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n", Reason.PROTOCOL_ERROR),
    "a chunk with a prefix": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", Reason.PROTOCOL_ERROR),
    "a chunk with underscores": (CHUNKED + b"0_5\r\nhello\r\n0\r\n\r\n", Reason.PROTOCOL_ERROR),
    "a chunk of too many digits": (CHUNKED + b"0" * 30 + b"5\r\nhello\r\n0\r\n\r\n", Reason.PROTOCOL_ERROR),
    "a chunk without a length": (CHUNKED + b"\r\nhello\r\n0\r\n\r\n", Reason.PROTOCOL_ERROR),
    "an answer behind the last chunk": (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n" + SECRET, Reason.PROTOCOL_ERROR),
    "an answer behind the page": (with_length(b"5") + SECRET, Reason.PROTOCOL_ERROR),
    "both framings": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Reason.PROTOCOL_ERROR,
    ),
    "a framing nobody knows": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Reason.PROTOCOL_ERROR,
    ),
    "chunked, and then something": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Reason.PROTOCOL_ERROR,
    ),
    "a reset in the body": ([with_length(b"100"), pause, reset], Reason.INCOMPLETE_BODY),
}


@pytest.mark.parametrize(("script", "reason"), LIES.values(), ids=LIES)
def test_a_length_that_is_a_lie_gives_no_page(script: Script, reason: Reason) -> None:
    with ScriptedServer({"/": script}) as server, pytest.raises(FetchError) as caught:
        fetch(server.url(), policy_for(server))

    assert (caught.value.reason, caught.value.permanent) == (reason, False)
    partial = caught.value.partial
    assert partial is None or (partial.truncated and b"hello".startswith(partial.body))


def test_hostile_captures_beside_honest_ones_take_and_leave_nothing() -> None:
    async def all_of_them(server: ScriptedServer) -> list[Fetched | BaseException]:
        urls = [server.url(f"/{name}") for n in range(len(LIES)) for name in (f"lie{n}", f"page{n}")]
        fetches = (fetch_async(url, policy_for(server)) for url in urls)
        return await asyncio.gather(*fetches, return_exceptions=True)

    script: dict[str, Script] = {f"/lie{n}": lie for n, (lie, _) in enumerate(LIES.values())}
    script |= {f"/page{n}": page(b"honest %d" % n) for n in range(len(LIES))}
    with ScriptedServer(script) as server:
        results = asyncio.run(all_of_them(server))

    assert all(isinstance(result, FetchError) for result in results[::2])
    honest = [result for result in results[1::2] if isinstance(result, Fetched)]
    assert [fetched.body for fetched in honest] == [b"honest %d" % n for n in range(len(LIES))]
    assert {fetched.truncated for fetched in honest} == {Truncation.NONE}
