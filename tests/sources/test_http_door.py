"""The door: what it sends, and what it brings back."""

import asyncio
from datetime import UTC, datetime

import pytest

from sources.fetchers.base import Fetched, FetchError, Reason, Truncation
from sources.fetchers.http import fetch, fetch_async
from sources.fetchers.policy import FetchPolicy
from tests.sources.loopback import ScriptedServer, page, policy_for, trusting_context


def failure_of(url: str, policy: FetchPolicy) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, policy)
    return caught.value


def test_a_page_comes_back_byte_for_byte() -> None:
    raw = page(b"<title>T</title>\x00\xff", headers={"ETag": '"v1"', "X-Odd": "  two  spaces "})
    before = datetime.now(UTC)
    with ScriptedServer({"/a?b=1": raw}) as server:
        fetched = fetch(server.url("/a?b=1#part"), policy_for(server))

    assert fetched.url == server.url("/a?b=1")
    assert fetched.exchange.head + fetched.body == raw
    assert fetched.exchange.request == server.requests[0].head
    assert fetched.exchange.address == f"127.0.0.1:{server.port}"
    assert fetched.exchange.ip == "127.0.0.1"
    assert before <= fetched.exchange.started_at <= datetime.now(UTC)
    assert (fetched.hops, fetched.truncated) == ((), Truncation.NONE)


def test_the_page_describes_itself() -> None:
    headers = {
        "Content-Type": 'Text/HTML; x=y; charset="Windows-1252"',
        "ETag": 'W/"7"',
        "Last-Modified": "Tue, 02 Mar 2021 10:00:00 GMT",
    }
    with ScriptedServer({"/": page(b"hello", headers=headers)}) as server:
        fetched = fetch(server.url(), policy_for(server))

    assert fetched.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert fetched.content_type == "text/html"
    assert fetched.charset == "windows-1252"
    assert fetched.etag == 'W/"7"'
    assert fetched.last_modified == "Tue, 02 Mar 2021 10:00:00 GMT"


def test_a_page_that_says_nothing_about_itself_leaves_it_empty() -> None:
    with ScriptedServer({"/": b"HTTP/1.1 200 OK\r\n\r\nhello"}) as server:
        fetched = fetch(server.url(), policy_for(server))

    assert (fetched.content_type, fetched.charset, fetched.etag, fetched.last_modified) == ("", "", "", "")


def test_the_request_names_us_and_asks_for_plain_bytes_and_carries_nothing_else() -> None:
    with ScriptedServer({"*": page()}) as server:
        fetch(server.url("/x"), policy_for(server, contact_url="https://claims.example/about"))

    assert server.requests[0].head.decode().split("\r\n") == [
        "GET /x HTTP/1.1",
        f"Host: {server.netloc}",
        "User-Agent: claims-provenance/0.1 (+https://claims.example/about)",
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


def test_compressed_bytes_that_nobody_asked_for_stay_as_they_are() -> None:
    squeezed = bytes.fromhex("1f8b0800000000000003cb48cdc9c9070086a6103605000000")
    with ScriptedServer({"/": page(squeezed, headers={"Content-Encoding": "gzip"})}) as server:
        assert fetch(server.url(), policy_for(server)).body == squeezed


def test_a_demo_name_under_localhost_is_reached_by_its_name() -> None:
    with ScriptedServer({"/": page()}) as server:
        name = f"times.press.localhost:{server.port}"
        fetched = fetch(f"http://{name}/", FetchPolicy(allow_hosts=frozenset({name})))

    assert server.requests[0].header("host") == name
    assert fetched.exchange.ip == "127.0.0.1"


def test_many_pages_can_be_fetched_side_by_side() -> None:
    with ScriptedServer({f"/{n}": page(b"%d" % n) for n in range(20)}) as server:

        async def all_of_them() -> list[Fetched]:
            policy = policy_for(server)
            return await asyncio.gather(*(fetch_async(server.url(f"/{n}"), policy) for n in range(20)))

        assert [fetched.body for fetched in asyncio.run(all_of_them())] == [b"%d" % n for n in range(20)]


# --- TLS


def test_a_page_over_tls_is_fetched_under_the_name_in_the_certificate() -> None:
    with ScriptedServer({"/": page(b"secret")}, tls=True) as server:
        assert fetch(server.url(), policy_for(server, tls=trusting_context())).body == b"secret"


def test_a_certificate_that_nobody_vouches_for_is_not_accepted() -> None:
    with ScriptedServer({"/": page()}, tls=True) as server:
        error = failure_of(server.url(), policy_for(server))

    assert (error.reason, error.permanent) == (Reason.TLS_FAILED, False)
    assert server.requests == []


def test_a_certificate_for_another_name_is_not_accepted() -> None:
    with ScriptedServer({"/": page()}, tls=True) as server:
        name = f"other.localhost:{server.port}"
        policy = FetchPolicy(allow_hosts=frozenset({name}), tls=trusting_context())

        assert failure_of(f"https://{name}/", policy).reason is Reason.TLS_FAILED


def test_a_server_without_tls_is_told_apart_from_one_that_is_not_there() -> None:
    with ScriptedServer({"/": page()}) as server:
        assert failure_of(f"https://{server.netloc}/", policy_for(server)).reason is Reason.TLS_FAILED
