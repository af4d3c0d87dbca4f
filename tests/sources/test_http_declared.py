"""Bodies of declared length, from a connection that gives the pieces a test wants: cut, split, late, endless."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from itertools import chain, repeat
from traceback import walk_tb
from typing import Any

import h11
import pytest

from sources.fetchers import bodies, http
from sources.fetchers.base import Fetched, FetchError, Reason, Truncation
from sources.fetchers.bodies import NoRoom, Room
from sources.fetchers.http import Dialogue, fetch_async
from sources.fetchers.policy import FetchPolicy

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
RESET = ConnectionResetError(104, "Connection reset by peer")

Piece = bytes | float | OSError
"""Bytes that come at once, seconds in which nothing comes, or how the connection breaks."""


class Scripted:
    """A connection on which these pieces come, one at a time, and then its end; what it `tells` needs no waiting."""

    place = "192.0.2.7:80"

    def __init__(self, pieces: Iterable[Piece], *, tells: bool) -> None:
        self.pieces = iter(pieces)
        self.tells = tells
        self.left = b""
        self.is_cut = False

    async def send(self, data: bytes) -> None:
        assert data.startswith(b"GET / HTTP/1.1\r\n")

    async def receive(self, most: int) -> bytes:
        assert not self.is_cut
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            if isinstance(piece, OSError):
                raise piece
            if isinstance(piece, float):
                await asyncio.sleep(piece)
            else:
                self.left = piece
        await asyncio.sleep(0)
        data, self.left = self.left[:most], self.left[most:]
        return data

    def come(self) -> bytes | None:
        assert not self.is_cut
        if not self.tells:
            return None
        if not self.left:
            piece = next(self.pieces, b"")
            if isinstance(piece, float):
                self.pieces = chain([piece], self.pieces)
                return None
            if isinstance(piece, OSError):
                raise piece
            self.left = piece
        come, self.left = self.left[:1], self.left[1:]
        return come

    def cut(self) -> None:
        self.is_cut = True


Begin = Callable[..., Coroutine[None, None, Fetched]]


@pytest.fixture(params=[False, True], ids=["waits", "tells"])
def begin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Begins to fetch a page that comes in the given pieces; each connection is cut in the end, whatever came."""
    made: list[Scripted] = []

    async def connect(*_: object) -> Scripted:
        return made[-1]

    def begin(
        pieces: Iterable[Piece], room: Room | None = None, **limits: Any
    ) -> Coroutine[None, None, Fetched]:
        made.append(Scripted(pieces, tells=request.param))
        return fetch_async("http://news.example/", FetchPolicy(**limits), room=room)

    monkeypatch.setattr(http, "connect", connect)
    yield begin
    assert all(connection.is_cut for connection in made)


def outcome(begin: Begin, *pieces: Piece, **limits: float) -> tuple[bytes, Truncation] | Reason:
    """The page and how it ends; of one that is an attempt to repeat too. Or why there is none."""
    try:
        fetched = asyncio.run(begin(pieces, **limits))
    except FetchError as error:
        if error.partial is None:
            return error.reason
        fetched = error.partial
    return fetched.body, fetched.truncated


def in_two(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    return ((raw[:place], raw[place:]) for place in range(1, len(raw)))


# --- Pieces


@pytest.mark.parametrize("before", [b"", HINT, HINT * 5])
@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b"hello", (b"hello", Truncation.NONE)),
        (b"hell", (b"hell", Truncation.DISCONNECT)),
        (b"", Reason.INCOMPLETE_BODY),
        (b"hello!", (b"hello", Truncation.UNSPECIFIED)),
        (b"hello\r\n", (b"hello", Truncation.UNSPECIFIED)),
        (b"hello" + HEAD + b"hello", (b"hello", Truncation.UNSPECIFIED)),
    ],
)
def test_page_is_the_same_in_one_piece_in_any_two_and_byte_by_byte(
    begin: Begin, before: bytes, body: bytes, result: object
) -> None:
    raw = before + HEAD + body

    assert outcome(begin, raw) == result
    assert outcome(begin, *(raw[n : n + 1] for n in range(len(raw)))) == result
    for first, second in in_two(raw):
        assert outcome(begin, first, second) == result


def test_head_is_kept_as_it_came_however_it_is_split(begin: Begin) -> None:
    for head in (HEAD, HEAD.replace(b"\r\n", b"\n"), HEAD.replace(b"\r\n\r\n", b"\n\r\n")):
        for pieces in [(head + b"hello",), *in_two(head + b"hello")]:
            exchange = asyncio.run(begin([HINT, *pieces])).exchange
            assert (exchange.head, exchange.body) == (head, b"hello")
            assert exchange.headers == (("content-type", "text/html"), ("content-length", "5"))


@pytest.mark.parametrize("ending", [[], [RESET]])
def test_answer_that_breaks_off_at_any_byte_says_where(begin: Begin, ending: list[Piece]) -> None:
    raw = HINT + HEAD + b"hello"
    began = len(HINT + HEAD)

    for place in range(len(raw)):
        expected = (
            Reason.CONNECT_FAILED
            if place < began
            else (raw[began:place], Truncation.DISCONNECT)
            if place > began
            else Reason.INCOMPLETE_BODY
        )
        assert outcome(begin, *filter(None, [raw[:place]]), *ending) == expected


def test_whole_page_whose_connection_breaks_behind_it_is_whole(begin: Begin) -> None:
    assert outcome(begin, HEAD, b"hello", RESET) == (b"hello", Truncation.NONE)


def test_empty_page_is_whole_and_must_not_be_followed(begin: Begin) -> None:
    empty = HEAD.replace(b"5", b"0")

    assert outcome(begin, empty) == (b"", Truncation.NONE)
    assert outcome(begin, empty + b"x") is Reason.PROTOCOL_ERROR
    assert outcome(begin, empty, 0.05, b"x") is Reason.PROTOCOL_ERROR


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_bytes_that_follow_later_are_noticed(begin: Begin, pause: float) -> None:
    assert outcome(begin, HEAD + b"hello", pause, b"!") == (b"hello", Truncation.UNSPECIFIED)


def test_bytes_that_follow_too_late_are_not_waited_for(begin: Begin) -> None:
    assert outcome(begin, HEAD + b"hello", 60.0, b"!") == (b"hello", Truncation.NONE)


def test_length_said_twice_or_with_leading_zeros_is_that_length(begin: Begin) -> None:
    for length in (b"5, 5", b"005", b"5\r\nContent-Length: 5", b"  5  "):
        assert outcome(begin, HEAD.replace(b"5", length) + b"hello") == (b"hello", Truncation.NONE)


def test_page_of_an_older_server_that_declares_its_length_is_counted_too(begin: Begin) -> None:
    old = HEAD.replace(b"HTTP/1.1", b"HTTP/1.0")

    assert outcome(begin, old + b"hell") == (b"hell", Truncation.DISCONNECT)
    assert outcome(begin, old + b"hello!") == (b"hello", Truncation.UNSPECIFIED)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"hello",
        HEAD + b"hello and more",
        HEAD.replace(b"\r\n", b"\n") + b"hello",
        HINT + HEAD + b"\r\n\r\n!",
        b"HTTP/1.1 200\r\nX: 1\r\n\tfolded\r\ncontent-length:\t5 \r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-Umlaut: \xfc\r\n\r\n\n\n\r\n\r\nhello!",
    ],
)
def test_count_of_ours_reads_what_h11_reads(begin: Begin, raw: bytes) -> None:
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "news.example")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(raw)
    while not isinstance(reader.next_event(), h11.Response):
        pass
    body = b""
    while isinstance(event := reader.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    follows = bool(reader.trailing_data[0])

    result = outcome(begin, raw)
    assert result == (body, Truncation.UNSPECIFIED if follows else Truncation.NONE)


# --- Size


@pytest.mark.parametrize("declared", [b"1001", b"9" * 20])
def test_more_than_the_cap_is_cut_there(begin: Begin, declared: bytes) -> None:
    head = HEAD.replace(b"5", declared)

    assert outcome(begin, head, b"a" * 1000, b"b", max_body=1000) == (b"a" * 1000, Truncation.LENGTH)
    assert outcome(begin, head + b"a" * 1001, max_body=1000) == (b"a" * 1000, Truncation.LENGTH)
    assert outcome(begin, head, b"a" * 1000, max_body=1000) == (b"a" * 1000, Truncation.DISCONNECT)


def test_page_as_long_as_the_cap_is_whole_or_followed(begin: Begin) -> None:
    raw = HEAD.replace(b"5", b"1000") + b"a" * 1000

    assert outcome(begin, raw, max_body=1000) == (b"a" * 1000, Truncation.NONE)
    assert outcome(begin, raw + b"b", max_body=1000) == (b"a" * 1000, Truncation.UNSPECIFIED)


def test_endless_page_of_a_huge_length_is_read_no_further_than_the_cap(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = 0
    receive = Scripted.receive

    async def counting(self: Scripted, most: int) -> bytes:
        nonlocal received
        data = await receive(self, most)
        received += len(data)
        return data

    monkeypatch.setattr(Scripted, "receive", counting)
    endless = chain([HEAD.replace(b"5", b"9" * 13)], repeat(b"a" * 1_000_000))
    fetched = asyncio.run(begin(endless, max_body=3_000_000))

    assert (len(fetched.body), fetched.truncated) == (3_000_000, Truncation.LENGTH)
    assert received < 3_000_000 + 200_000


# --- Room


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGE", 1000)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("size", "asked"), [(1000, 0), (1001, 1), (5000, 1)])
def test_room_is_asked_for_once_and_only_beyond_what_is_large(begin: Begin, size: int, asked: int) -> None:
    questions = 0

    async def room() -> None:
        nonlocal questions
        questions += 1

    raw = HEAD.replace(b"5", b"%d" % size) + b"a" * size
    for pieces in ([raw], [raw[:700], raw[700:]], [raw[n : n + 300] for n in range(0, len(raw), 300)]):
        questions = 0
        assert asyncio.run(begin(pieces, room)).body == b"a" * size
        assert questions == asked


@pytest.mark.usefixtures("narrow")
def test_page_whose_length_is_only_promised_asks_for_no_room(begin: Begin) -> None:
    async def room() -> None:
        pytest.fail("nothing large has come")

    raw = HEAD.replace(b"5", b"5000") + b"a" * 900
    with pytest.raises(FetchError) as caught:
        asyncio.run(begin([raw], room))
    assert caught.value.reason is Reason.INCOMPLETE_BODY


@pytest.mark.usefixtures("narrow")
def test_page_without_room_by_its_deadline_is_not_called_cut(begin: Begin) -> None:
    async def room() -> None:
        await asyncio.sleep(60)

    with pytest.raises(NoRoom):
        asyncio.run(begin([HEAD.replace(b"5", b"5000") + b"a" * 2000], room, deadline=0.1))


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("ending", [[], [RESET], [60.0]])
def test_page_that_we_held_up_and_that_lacks_its_end_is_not_called_cut(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, ending: list[Piece]
) -> None:
    monkeypatch.setattr(bodies, "_PATIENCE_WITH_OURSELVES", 0.01)

    async def room() -> None:
        await asyncio.sleep(0.05)

    with pytest.raises(NoRoom):
        asyncio.run(begin([HEAD.replace(b"5", b"5000") + b"a" * 2000, *ending], room, deadline=0.3))


# --- Time


@pytest.mark.parametrize(
    ("came", "result"),
    [
        (b"", Reason.TIMEOUT),
        (HINT, Reason.TIMEOUT),
        (HEAD[:-1], Reason.TIMEOUT),
        (HEAD, Reason.TIMEOUT),
        (HEAD + b"h", (b"h", Truncation.TIME)),
        (HEAD + b"hell", (b"hell", Truncation.TIME)),
        (HEAD + b"hello", (b"hello", Truncation.NONE)),
        (HEAD + b"hello!", (b"hello", Truncation.UNSPECIFIED)),
    ],
)
def test_deadline_counts_at_every_stage(begin: Begin, came: bytes, result: object) -> None:
    assert outcome(begin, *filter(None, [came]), 60.0, b"never", deadline=0.1) == result
    # One that has passed already is noticed as soon as there is nothing to do.
    assert outcome(begin, *filter(None, [came]), 60.0, b"never", deadline=0.0) in (result, Reason.TIMEOUT)


def test_end_is_not_waited_for_beyond_the_deadline(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_PATIENCE_WITH_THE_END", 60.0)

    assert outcome(begin, HEAD + b"hello", 60.0, deadline=0.1) == (b"hello", Truncation.NONE)


@pytest.mark.parametrize("came", [HINT, HEAD[:9], HEAD, HEAD + b"h", HEAD + b"hello"])
def test_whoever_ends_the_fetch_from_outside_is_obeyed(begin: Begin, came: bytes) -> None:
    async def ended() -> None:
        fetching = asyncio.create_task(begin([came, 60.0]))
        await asyncio.sleep(0.02)
        fetching.cancel()
        await fetching

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ended())


def test_failure_that_hands_over_what_came_holds_its_bytes_once(begin: Begin) -> None:
    with pytest.raises(FetchError) as caught:
        asyncio.run(begin([HEAD + b"hell"]))
    held = [value for frame, _ in walk_tb(caught.value.__traceback__) for value in frame.f_locals.values()]

    assert caught.value.partial is not None
    assert not [value for value in held if isinstance(value, bytearray | Dialogue)]


def test_many_small_chunks_leave_the_loop_to_others(begin: Begin) -> None:
    count, head = 10_000, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def turns_meanwhile() -> int:
        fetch = asyncio.ensure_future(begin([head, b"1\r\nx\r\n" * count + b"0\r\n\r\n"]))
        turns = 0
        while not fetch.done():
            await asyncio.sleep(0)
            turns += 1
        assert (await fetch).body == b"x" * count
        return turns

    assert asyncio.run(turns_meanwhile()) >= count / 100


@pytest.mark.parametrize("size", [8, 256])
def test_a_page_of_many_chunks_is_whole_where_they_are_pieces_of_a_page(begin: Begin, size: int) -> None:
    # Word by word, and as many pieces of a usual size as a large page has.
    count = 20_000 if size == 8 else 60_000
    chunk = b"%x\r\n%s\r\n" % (size, b"x" * size)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    fetched = asyncio.run(begin([head, chunk * count + b"0\r\n\r\n"]))

    assert len(fetched.body) == count * size
