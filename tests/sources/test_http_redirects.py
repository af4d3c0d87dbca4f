"""Redirects: each hop is judged like the first URL, and kept as evidence."""

import pytest

from sources.fetchers.base import FetchError, Hop, Reason
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from tests.sources.loopback import ScriptedServer, hang, page, policy_for, redirect


def failure_of(url: str, policy: FetchPolicy) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, policy)
    return caught.value


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_is_followed_to_the_page(status: str) -> None:
    with ScriptedServer({"/old": redirect("/new", status=status), "/new": page(b"here")}) as server:
        fetched = fetch(server.url("/old"), policy_for(server))

    assert (fetched.url, fetched.body) == (server.url("/new"), b"here")
    assert fetched.hops == (Hop(server.url("/old"), int(status[:3]), "/new", f"127.0.0.1:{server.port}"),)


def test_hops_between_hosts_are_kept_in_order() -> None:
    with ScriptedServer() as first, ScriptedServer() as second:
        first.script = {"/a": redirect(second.url("/b")), "/c": page(b"end")}
        second.script = {"/b": redirect(first.url("/c#part"))}
        fetched = fetch(first.url("/a"), policy_for(first, second))

    assert fetched.url == first.url("/c")
    assert [(hop.url, hop.location) for hop in fetched.hops] == [
        (first.url("/a"), second.url("/b")),
        (second.url("/b"), first.url("/c#part")),
    ]


def test_the_request_and_the_headers_of_a_redirect_are_kept_without_its_body() -> None:
    raw = redirect("/new")
    with ScriptedServer({"/old": raw, "/new": page()}) as server:
        (hop,) = fetch(server.url("/old"), policy_for(server)).redirects

    assert hop.request == server.requests[0].head
    assert raw.startswith(hop.head)
    assert hop.head.endswith(b"\r\n\r\n")
    assert hop.body == b""


def test_a_cookie_of_one_hop_is_not_sent_to_the_next() -> None:
    with ScriptedServer({"/new": page()}) as server:
        server.script["/old"] = page(
            status="302 Found", headers={"Location": "/new", "Set-Cookie": "id=1; Path=/"}
        )
        fetch(server.url("/old"), policy_for(server))

    assert [request.header("cookie") for request in server.requests] == ["", ""]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1/", Reason.ADDRESS_REFUSED),
        ("http://localhost/", Reason.ADDRESS_REFUSED),
        ("//127.0.0.1/", Reason.ADDRESS_REFUSED),
        ("https://[::1]/", Reason.ADDRESS_REFUSED),
        ("http://[::ffff:7f00:1]/", Reason.ADDRESS_REFUSED),
        ("http://169.254.169.254/latest/meta-data/", Reason.ADDRESS_REFUSED),
        ("http://0x7f.1/", Reason.ADDRESS_REFUSED),
        ("http://2130706433/", Reason.ADDRESS_REFUSED),
        ("http://①②⑦.⓪.⓪.①/", Reason.ADDRESS_REFUSED),
        ("http://internal.example/", Reason.ADDRESS_REFUSED),
        ("http://127.0.0.1:{canary}/", Reason.PORT_REFUSED),
        ("http://127.0.0.1:22/", Reason.PORT_REFUSED),
        ("ftp://127.0.0.1/", Reason.SCHEME_REFUSED),
        ("file:///etc/passwd", Reason.SCHEME_REFUSED),
        ("javascript:alert(1)", Reason.SCHEME_REFUSED),
        ("http://user@127.0.0.1:{canary}/", Reason.BAD_URL),
        ("http:\\\\127.0.0.1:{canary}\\", Reason.BAD_URL),
        ("http://127.0.0.1\t:{canary}/", Reason.BAD_URL),
        ("http://[::1/", Reason.BAD_URL),
        ("/" + "a" * 9000, Reason.BAD_URL),
        ("https://claims.example/", Reason.OWN_HOST),
    ],
)
def test_a_redirect_to_what_is_not_fetched_refuses_the_capture(location: str, reason: Reason) -> None:
    with ScriptedServer({"*": page(b"internal")}, everywhere=True) as canary, ScriptedServer() as server:
        location = location.format(canary=canary.port)
        server.script = {"/a": redirect("/b"), "/b": redirect(location)}
        policy = policy_for(server, own_host="claims.example", resolve=lambda _host, _port: ["10.0.0.1"])
        error = failure_of(server.url("/a"), policy)

    assert (error.reason, error.refused) == (reason, True)
    assert [(hop.url, hop.status) for hop in error.hops] == [(server.url("/a"), 302), (server.url("/b"), 302)]
    assert canary.connections == 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "[::ffff:127.0.0.1]", "news.example"]
)
def test_a_redirect_to_an_internal_address_is_not_connected_to_on_an_open_port(host: str) -> None:
    with ScriptedServer({"*": page(b"internal")}, everywhere=True) as canary, ScriptedServer() as server:
        server.script = {"/": redirect(canary.url(host=host))}
        ports = frozenset({canary.port})
        error = failure_of(
            server.url(), policy_for(server, ports=ports, resolve=lambda _host, _port: ["127.0.0.1"])
        )

    assert error.reason is Reason.ADDRESS_REFUSED
    assert canary.connections == 0


def test_a_redirect_to_an_allowed_endpoint_is_followed() -> None:
    with ScriptedServer({"/": page(b"allowed")}) as inner, ScriptedServer() as server:
        server.script = {"/": redirect(inner.url())}

        assert fetch(server.url(), policy_for(server, inner)).body == b"allowed"


def test_as_many_redirects_as_allowed_are_followed() -> None:
    with ScriptedServer({f"/{n}": redirect(f"/{n + 1}") for n in range(3)} | {"/3": page(b"end")}) as server:
        assert len(fetch(server.url("/0"), policy_for(server, max_redirects=3)).hops) == 3


def test_an_endless_row_of_redirects_ends() -> None:
    with ScriptedServer({f"/{'a' * n}": redirect(f"/{'a' * (n + 1)}") for n in range(20)}) as server:
        error = failure_of(server.url("/"), policy_for(server))

    assert (error.reason, error.permanent, error.refused) == (Reason.TOO_MANY_REDIRECTS, True, False)
    assert len(error.hops) == len(server.requests) == 11


@pytest.mark.parametrize("location", ["/a", "", "#x", "/b"])
def test_a_redirect_back_to_a_page_already_asked_for_is_a_loop(location: str) -> None:
    with ScriptedServer({"/a": redirect("/b"), "/b": redirect(location or "/b#")}) as server:
        error = failure_of(server.url("/a"), policy_for(server))

    assert (error.reason, error.permanent) == (Reason.REDIRECT_LOOP, True)
    assert len(server.requests) == 2


def test_a_redirect_without_a_location_is_no_page() -> None:
    with ScriptedServer({"/": page(status="302 Found")}) as server:
        error = failure_of(server.url(), policy_for(server))

    assert (error.reason, error.status) == (Reason.HTTP_UNEXPECTED_STATUS, 302)


def test_a_location_in_utf_8_is_understood() -> None:
    answer = "HTTP/1.1 302 Found\r\nLocation: /größe\r\n\r\n".encode()
    with ScriptedServer({"/": answer, "/gr%C3%B6%C3%9Fe": page(b"here")}) as server:
        assert fetch(server.url(), policy_for(server)).body == b"here"


def test_the_deadline_spans_all_hops() -> None:
    with ScriptedServer({"/": redirect("/slow"), "/slow": [hang]}) as server:
        error = failure_of(server.url(), policy_for(server, deadline=1.0))

    assert error.reason is Reason.TIMEOUT
    assert [hop.url for hop in error.hops] == [server.url("/")]


def test_a_failure_at_the_end_of_redirects_keeps_them() -> None:
    with ScriptedServer({"/": redirect("/gone")}) as server:
        error = failure_of(server.url(), policy_for(server))

    assert (error.reason, error.status) == (Reason.HTTP_NOT_FOUND, 404)
    assert [hop.url for hop in error.hops] == [server.url("/")]
