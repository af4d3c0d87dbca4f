"""Redirects that go round, grow or split: they end, and each request asks for what was judged and no more."""

import pytest

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.http import fetch
from sources.fetchers.policy import MAX_URL_BYTES
from tests.sources.loopback import ScriptedServer, page, policy_for, redirect


def failure_of(server: ScriptedServer, *others: ScriptedServer) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(server.url("/0"), policy_for(server, *others))
    return caught.value


def test_a_loop_between_two_hosts_ends_where_it_began() -> None:
    with ScriptedServer() as one, ScriptedServer() as two:
        one.script = {"*": redirect(two.url("/0"))}
        two.script = {"*": redirect(one.url("/0"))}
        error = failure_of(one, two)

    assert (error.reason, error.permanent) == (Reason.REDIRECT_LOOP, True)
    assert (len(one.requests), len(two.requests)) == (1, 1)


@pytest.mark.parametrize(
    "back", ["HTTP://127.0.0.1:{port}/0", "http://2130706433:{port}/0", "/x/../0", "/./0#1"]
)
def test_a_loop_under_another_spelling_is_the_same_loop(back: str) -> None:
    with ScriptedServer() as server:
        server.script = {"/0": redirect("/1"), "/1": redirect(back.format(port=server.port))}

        assert failure_of(server).reason is Reason.REDIRECT_LOOP
    assert len(server.requests) == 2


def test_a_loop_that_counts_ends_at_the_tenth_redirect() -> None:
    with ScriptedServer({f"/{n}": redirect(f"/{n + 1}") for n in range(100)}) as server:
        error = failure_of(server)

    assert (error.reason, error.permanent, len(server.requests)) == (Reason.TOO_MANY_REDIRECTS, True, 11)


def test_a_loop_that_doubles_its_url_ends_at_the_longest_url() -> None:
    paths = ["/0", *("/" + "a" * 2**n for n in range(6, 14))]
    with ScriptedServer(dict(zip(paths, map(redirect, paths[1:]), strict=False))) as server:
        error = failure_of(server)

    assert (error.reason, error.refused) == (Reason.BAD_URL, True)
    assert all(len(request.path) <= MAX_URL_BYTES for request in server.requests)
    assert all(len(hop.url) <= MAX_URL_BYTES for hop in error.hops)


def test_a_url_that_grows_past_the_longest_only_when_escaped_is_refused() -> None:
    with ScriptedServer({"/0": redirect("/" + "ä" * 1000)}) as server:
        assert failure_of(server).reason is Reason.BAD_URL
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        "/next HTTP/1.1\r\n",
        "/next%0d%0aX-Injected: 1",
        "/next%0D%0A%0D%0AGET /internal HTTP/1.1",
        "/next X-Injected: 1 HTTP/1.1",
        "/next\u2028X-Injected: 1",
        "/next\u0085X-Injected: 1",
        "/näxt?ö=\u00a0X",
        "/next?a b\"<>'`{}|^",
    ],
)
def test_a_location_asks_for_one_thing_whatever_stands_in_it(location: str) -> None:
    answer = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location.rstrip()}\r\n\r\n".encode()
    with ScriptedServer({"/0": answer, "*": page(b"here")}) as server:
        assert fetch(server.url("/0"), policy_for(server)).body == b"here"

    first, second = server.requests
    assert second.head.count(b"\r\n") == first.head.count(b"\r\n")
    assert second.head.split(b"\r\n")[0].count(b" ") == 2
    assert second.head.isascii()
    assert second.header("x-injected") == ""


@pytest.mark.parametrize("name", ["Refresh", "Content-Location", "Link", "Alt-Svc", "X-Redirect", "Upgrade"])
def test_no_other_header_leads_anywhere(canary: ScriptedServer, name: str) -> None:
    value = f'0; url="{canary.url()}"; <{canary.url()}>; rel=canonical; h2="127.0.0.1:{canary.port}"'
    with ScriptedServer({"*": page(b"here", headers={name: value})}) as server:
        assert fetch(server.url(), policy_for(server, canary)).body == b"here"
    assert canary.connections == 0


def test_two_locations_are_one_step_along_the_first() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /first\r\nLocation: http://127.0.0.1:1/second\r\n\r\n"
    with ScriptedServer({"/0": answer, "/first": page(b"first")}) as server:
        assert fetch(server.url("/0"), policy_for(server)).body == b"first"


def test_a_page_is_not_left_for_a_location() -> None:
    with ScriptedServer({"/0": page(b"here", headers={"Location": "/elsewhere"})}) as server:
        assert fetch(server.url("/0"), policy_for(server)).body == b"here"
    assert len(server.requests) == 1
