"""Heads of plain form: h11 reads the same in each of them, and none that can be read in two ways is one."""

from dataclasses import replace
from random import Random

import h11
import pytest

from sources.fetchers.heads import plain_head, request_head
from sources.fetchers.policy import FetchPolicy, read_target

LENGTH = b"Content-Length: 5\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + LENGTH + b"\r\n"


def read_by_h11(raw: bytes) -> h11.Response:
    """What h11 reads, if it takes all of it for the head of an answer. Raises h11.RemoteProtocolError."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=64 * 1024)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "news.example")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(raw)
    event = reader.next_event()
    assert isinstance(event, h11.Response)
    assert reader.trailing_data == (b"", False)
    return event


def assert_read_as_by_h11(raw: bytes) -> bool:
    """Whether the head is of the plain form; if so, it says what h11 says."""
    head = plain_head(raw)
    if head is None:
        return False
    response = read_by_h11(raw)
    fields = [(name.decode("ascii"), value.decode("latin-1")) for name, value in response.headers]
    assert (head.raw, head.status, list(head.fields)) == (raw, response.status_code, fields)
    assert response.http_version in (b"1.0", b"1.1")
    assert sum(name == b"content-length" for name, _ in response.headers) == 1
    assert all(name != b"transfer-encoding" for name, _ in response.headers)
    return True


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b" OK", b""),
        PLAIN.replace(b" OK", b" "),
        PLAIN.replace(b"OK", b"  what: ever  "),
        PLAIN.replace(b"200 OK", b"599 Odd"),
        b"HTTP/1.1 302 Found\r\nLocation: /b?c: d\r\nContent-length:0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX:\r\nX-2:   \r\nX3: a  b   \r\nCONTENT-LENGTH:  007 \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nSet-Cookie: c=d\r\nX:::\r\n" + LENGTH + b"\r\n",
    ],
)
def test_plain_head_is_read_as_h11_reads_it(raw: bytes) -> None:
    assert assert_read_as_by_h11(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        PLAIN[:-2],
        PLAIN + b"h",
        b"\r\n" + PLAIN,
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"text/html\r\n", b"text/html\n"),
        PLAIN.replace(b"text/html\r\n", b"text/html\r"),
        PLAIN.replace(b"200", b"103"),
        PLAIN.replace(b"200", b"101"),
        PLAIN.replace(b"200", b"999"),
        PLAIN.replace(b"200", b"2000"),
        PLAIN.replace(b"200 ", b"200\t"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.2"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/2.0"),
        PLAIN.replace(b"HTTP/1.1", b"http/1.1"),
        PLAIN.replace(b"OK", b"\xc3\x96K"),
        PLAIN.replace(b"OK", b"O\x00K"),
        PLAIN.replace(LENGTH, b""),
        PLAIN.replace(LENGTH, LENGTH * 2),
        PLAIN.replace(LENGTH, LENGTH + b"Content-Length: 6\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"Transfer-Encoding: chunked\r\n"),
        PLAIN.replace(LENGTH, b"Transfer-Encoding: chunked\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"transfer-ENCODING:\r\n"),
        PLAIN.replace(LENGTH, b"Content-Length : 5\r\n"),
        PLAIN.replace(LENGTH, b" Content-Length: 5\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b" folded\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b" \r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"no colon\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b": no name\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"X_Y: 1\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"X: a\tb\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"X: a\x00b\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"X: a\rb\r\n"),
        PLAIN.replace(LENGTH, LENGTH + b"X: \xfc\r\n"),
        *(
            PLAIN.replace(b": 5", b": " + length)
            for length in (b"", b"-5", b"+5", b"5.0", b"5,5", b"5 5", b"0x5", b"1_0", b"5" * 21, "٥".encode())
        ),
    ],
)
def test_any_other_head_is_left_to_h11(raw: bytes) -> None:
    assert plain_head(raw) is None


def test_heads_made_up_by_chance_are_read_as_h11_reads_them_or_left_to_it() -> None:
    random = Random(20210302)  # the same heads each time
    pieces = (
        *(
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.0 404 Not Found\r\n",
            b"Content-Length: 5\r\n",
            b"content-length:0\r\n",
        ),
        *(
            b"Content-Length: 5 \r\n",
            b"X: y\r\n",
            b"X:\r\n",
            b"X-Y:  a b  c \r\n",
            b"Transfer-Encoding: chunked\r\n",
        ),
        *(
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"\t",
            b":",
            b"a",
            b"5",
            b"-",
            b"_",
            b"\x00",
            b"\x7f",
            b"\x80",
            b"\x0b",
            b", 5",
        ),
    )
    plain = 0
    for _ in range(20_000):
        middle = [random.choice(pieces) for _ in range(random.randint(0, 4))]
        start, length = random.choice(pieces[:2]), random.choice(pieces[2:5])
        plain += assert_read_as_by_h11(b"".join([start, *middle, length, b"\r\n"]))
        altered = bytearray(PLAIN)
        altered[random.randrange(len(PLAIN))] = random.randrange(256)
        plain += assert_read_as_by_h11(bytes(altered))

    assert plain > 5000


def test_heads_of_hostile_length_take_no_time() -> None:
    for filling in (b"a" * 60_000, b" " * 60_000, b":" * 60_000, b"a: " * 20_000):
        assert plain_head(b"HTTP/1.1 200 " + filling) is None
        assert plain_head(b"HTTP/1.1 200 OK\r\n" + filling + b"\r\n\r\n") is None
        assert_read_as_by_h11(PLAIN[:-2] + b"X: " + filling + b"\r\n\r\n")
    assert assert_read_as_by_h11(PLAIN[:-2] + b"X: \r\n" * 10_000 + b"\r\n")


# --- What we ask


@pytest.mark.parametrize(
    ("method", "url", "fields"),
    [
        ("GET", "https://example.com/", []),
        ("GET", "http://b\u00fccher.example:80/\u00e4?x=' y", [("If-None-Match", '"v 1"')]),
        ("POST", "http://example.com/a", [("Content-Type", "application/x"), ("Content-Length", "3")]),
    ],
)
def test_request_is_what_h11_would_send(method: str, url: str, fields: list[tuple[str, str]]) -> None:
    policy = FetchPolicy(contact_url="https://claims.example/about")
    target = read_target(url, policy=policy)
    sent = request_head(method, target, policy, fields)
    lines = sent.decode().split("\r\n")
    asked = [(name, value) for name, _, value in (line.partition(": ") for line in lines[1:-2])]

    assert asked[0] == ("Host", target.authority)
    assert asked[5:] == fields
    request = h11.Request(method=method, target=target.path, headers=asked)
    assert sent == h11.Connection(h11.CLIENT).send(request)


@pytest.mark.parametrize("value", ["", " ", "a\r\nX: b", "a\n", "a\x00", "\u00fc", "a ", "\u2028"])
def test_field_that_could_be_read_as_more_is_not_sent(value: str) -> None:
    target = read_target("http://example.com/", policy=FetchPolicy())

    with pytest.raises(ValueError, match="no request of ours"):
        request_head("GET", target, FetchPolicy(), [("If-None-Match", value)])


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: b", "/ HTTP/1.1\r\nX: b", "/\u00fc", "/\x00"])
def test_path_that_could_be_read_as_more_is_not_sent(path: str) -> None:
    target = replace(read_target("http://example.com/", policy=FetchPolicy()), path=path)

    with pytest.raises(ValueError, match="no request of ours"):
        request_head("GET", target, FetchPolicy(), [])
