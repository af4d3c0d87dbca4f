"""Asking an origin for its robots.txt: through the door, inside its limits, remembered."""

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from itertools import repeat

import pytest
from django.core.cache.backends.locmem import LocMemCache

from sources.fetchers.base import Fetched, FetchError, Reason
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from sources.fetchers.robots import KEPT, MAX_BYTES, UNREACHABLE_KEPT, Robots
from tests.sources.loopback import Script, ScriptedServer, hang, page, policy_for, redirect, reset
from tests.sources.memory import Memory

FORBIDDEN = page(b"User-agent: *\nDisallow: /private\nCrawl-delay: 3\n")
EVERYTHING_FORBIDDEN = page(b"User-agent: *\nDisallow: /\n")


def capture(url: str, policy: FetchPolicy, memory: Memory | None = None) -> Fetched:
    return fetch(url, policy, permit=Robots(policy, memory or Memory()).require)


def refusal_of(url: str, policy: FetchPolicy, memory: Memory | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        capture(url, policy, memory)
    return caught.value


def paths(server: ScriptedServer) -> list[str]:
    return [request.path for request in server.requests]


def test_the_file_is_asked_for_before_the_page_with_the_same_name_and_manners() -> None:
    with ScriptedServer({"/robots.txt": FORBIDDEN, "/a": page(b"here")}) as server:
        policy = policy_for(server, contact_url="https://claims.example/about")
        fetched = capture(server.url("/a"), policy)

    assert fetched.body == b"here"
    assert paths(server)[-2:] == ["/robots.txt", "/a"]
    assert {request.header("user-agent") for request in server.requests} == {policy.user_agent}


def test_a_forbidden_page_is_never_asked_for() -> None:
    with ScriptedServer({"/robots.txt": FORBIDDEN, "*": page()}) as server:
        error = refusal_of(server.url("/private/page"), policy_for(server))

    assert (error.reason, error.refused) == (Reason.ROBOTS_DISALLOWED, True)
    assert paths(server) == ["/robots.txt"]


def test_where_a_page_leads_is_asked_about_at_its_own_origin() -> None:
    with ScriptedServer({"*": page(status="404 Not Found")}) as first, ScriptedServer() as second:
        first.script["/a"] = redirect(second.url("/private"))
        second.script = {"/robots.txt": FORBIDDEN, "*": page()}
        error = refusal_of(first.url("/a"), policy_for(first, second))

    assert error.reason is Reason.ROBOTS_DISALLOWED
    assert [hop.url for hop in error.hops] == [first.url("/a")]
    assert paths(second) == ["/robots.txt"]


@pytest.mark.parametrize(
    "status",
    ["404 Not Found", "410 Gone", "401 Unauthorized", "403 Forbidden", "400 Bad Request", "204 No Content"],
)
def test_a_site_without_a_file_for_us_allows_everything(status: str) -> None:
    with ScriptedServer({"/robots.txt": page(status=status), "/a": page(b"here")}) as server:
        assert capture(server.url("/a"), policy_for(server)).body == b"here"


@pytest.mark.parametrize(
    "script",
    [
        page(status="500 Internal Server Error"),
        page(status="503 Service Unavailable"),
        page(status="429 Too Many Requests"),
        b"",
        [reset],
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent: *\n",
        [hang],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent: *\nAllow: /\n", hang],
    ],
)
def test_a_file_that_cannot_be_read_now_leaves_nothing_allowed_for_now(script: Script) -> None:
    with ScriptedServer({"/robots.txt": script, "*": page()}) as server:
        policy = policy_for(server)
        robots = Robots(policy_for(server, deadline=0.4), Memory())
        with pytest.raises(FetchError) as caught:
            fetch(server.url("/a"), policy, permit=robots.require)

    error = caught.value
    assert (error.reason, error.permanent, error.refused) == (Reason.ROBOTS_UNREACHABLE, False, False)
    assert error.retry_after == pytest.approx(UNREACHABLE_KEPT, abs=5)
    assert paths(server) == ["/robots.txt"]


def test_a_page_that_may_not_be_fetched_anyway_is_refused_for_that() -> None:
    error = refusal_of("http://127.0.0.1/", FetchPolicy())

    assert error.reason is Reason.ADDRESS_REFUSED


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:22/", Reason.PORT_REFUSED),
        ("ftp://news.example/", Reason.SCHEME_REFUSED),
        ("http://user@news.example/", Reason.BAD_URL),
        ("http://claims.example/", Reason.OWN_HOST),
    ],
)
def test_the_file_of_a_url_that_is_not_fetched_is_not_either(url: str, reason: Reason) -> None:
    robots = Robots(FetchPolicy(own_host="claims.example"), Memory())
    with pytest.raises(FetchError) as caught:
        asyncio.run(robots.require(url))

    assert caught.value.reason is reason


# --- Redirects


def test_five_redirects_of_the_file_are_followed_to_other_origins_too() -> None:
    with ScriptedServer({"/a": page(), "/robots.txt": redirect("/1")}) as server, ScriptedServer() as other:
        server.script |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 4)}
        server.script["/4"] = redirect(other.url("/rules"))
        other.script = {"/rules": EVERYTHING_FORBIDDEN}
        error = refusal_of(server.url("/a"), policy_for(server, other))

    assert error.reason is Reason.ROBOTS_DISALLOWED


@pytest.mark.parametrize(
    "location",
    [
        "/robots.txt?again",
        "/robots.txt",
        "http://127.0.0.1:{canary}/robots.txt",
        "http://10.0.0.1/",
        "file:///etc/x",
    ],
)
def test_a_file_behind_more_redirects_or_where_we_do_not_go_counts_as_none(location: str) -> None:
    with ScriptedServer({"*": page(b"internal")}, everywhere=True) as canary, ScriptedServer() as server:
        target = location.format(canary=canary.port)
        server.script = {"/a": page(b"here"), "*": redirect(target)}
        server.script |= {"/robots.txt?again": redirect("/1")}
        server.script |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 9)}

        assert capture(server.url("/a"), policy_for(server)).body == b"here"
    assert canary.connections == 0


# --- Size, time, shape


def test_an_endless_file_is_cut_and_what_came_of_it_obeyed() -> None:
    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /private\n"
        yield from repeat(b"# more\n" * 1000)

    with ScriptedServer({"*": page(b"here")}) as server:
        server.script["/robots.txt"] = endless()
        memory = Memory()
        policy = policy_for(server)

        assert refusal_of(server.url("/private"), policy, memory).reason is Reason.ROBOTS_DISALLOWED
        assert capture(server.url("/a"), policy, memory).body == b"here"
    assert all(len(value) < 200 for value in memory.values.values())


def test_the_files_time_is_part_of_the_captures() -> None:
    with ScriptedServer({"/robots.txt": [hang], "/a": page()}) as server:
        policy = policy_for(server, deadline=0.3)
        robots = Robots(policy_for(server), Memory())
        with pytest.raises(FetchError) as caught:
            fetch(server.url("/a"), policy, permit=robots.require)

    assert caught.value.reason is Reason.TIMEOUT
    assert paths(server) == ["/robots.txt"]


def test_a_packed_file_is_unpacked_once() -> None:
    packed = page(gzip.compress(b"User-agent: *\nDisallow: /\n"), headers={"Content-Encoding": "gzip"})
    with ScriptedServer({"/robots.txt": packed, "/a": page()}) as server:
        assert refusal_of(server.url("/a"), policy_for(server)).reason is Reason.ROBOTS_DISALLOWED


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(bytes(50_000_000), 9), "gzip"),
        (gzip.compress(gzip.compress(b"User-agent: *\nDisallow: /\n")), "gzip, gzip"),
        (b"not gzip", "gzip"),
        (b"anything", "br"),
    ],
    ids=["a bomb", "two layers", "not packed", "another coding"],
)
def test_a_file_that_no_one_can_unpack_counts_as_none(body: bytes, coding: str) -> None:
    packed = page(body, headers={"Content-Encoding": coding})
    with ScriptedServer({"/robots.txt": packed, "/a": page(b"here")}) as server:
        assert capture(server.url("/a"), policy_for(server)).body == b"here"


def test_bytes_after_the_end_of_the_file_do_not_matter() -> None:
    with ScriptedServer({"/robots.txt": EVERYTHING_FORBIDDEN + b"\r\n", "/a": page()}) as server:
        assert refusal_of(server.url("/a"), policy_for(server)).reason is Reason.ROBOTS_DISALLOWED


# --- Memory


def test_an_origin_is_asked_once_and_its_answer_kept_for_a_day() -> None:
    memory = Memory()
    with ScriptedServer({"/robots.txt": FORBIDDEN, "*": page()}) as server:
        policy = policy_for(server)
        for path in ("/a", "/b"):
            capture(server.url(path), policy, memory)
        refusal_of(server.url("/private"), policy, memory)

    assert paths(server) == ["/robots.txt", "/a", "/b"]
    assert list(memory.seconds.values()) == [KEPT]


def test_another_port_is_another_origin() -> None:
    memory = Memory()
    with ScriptedServer({"*": page(status="404 Not Found")}) as first, ScriptedServer() as second:
        second.script = {"/robots.txt": EVERYTHING_FORBIDDEN}
        policy = policy_for(first, second)

        assert refusal_of(first.url("/a"), policy, memory).reason is Reason.HTTP_NOT_FOUND
        assert refusal_of(second.url("/a"), policy, memory).reason is Reason.ROBOTS_DISALLOWED


def test_a_site_that_could_not_be_read_is_let_be_for_a_while_and_then_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory, now = Memory(), time.time()
    with ScriptedServer({"/robots.txt": page(status="503 Later", headers={"Retry-After": "900"})}) as server:
        policy = policy_for(server)
        first = refusal_of(server.url("/a"), policy, memory)
        monkeypatch.setattr("sources.fetchers.robots.time.time", lambda: now + 300)
        second = refusal_of(server.url("/b"), policy, memory)

    assert paths(server) == ["/robots.txt"]
    assert first.retry_after == pytest.approx(900, abs=5)
    assert second.retry_after == pytest.approx(600, abs=5)
    assert list(memory.seconds.values()) == [pytest.approx(900, abs=5)]


def test_a_pause_of_ten_years_is_an_hour() -> None:
    later = page(status="503 Later", headers={"Retry-After": "315360000"})
    with ScriptedServer({"/robots.txt": later}) as server:
        assert refusal_of(server.url("/a"), policy_for(server)).retry_after == pytest.approx(3600, abs=5)


def test_the_delay_of_an_origin_is_known_once_it_was_asked() -> None:
    memory = Memory()
    with ScriptedServer({"/robots.txt": FORBIDDEN, "/a": page()}) as server:
        robots = Robots(policy_for(server), memory)
        before = robots.known(server.url("/a")).crawl_delay
        asyncio.run(robots.require(server.url("/a")))

        assert (before, robots.known(server.url("/b")).crawl_delay) == (None, 3.0)
        assert not robots.known(server.url("/private")).allows(server.url("/private"))
    assert paths(server) == ["/robots.txt"]


def test_djangos_cache_will_do() -> None:
    cache = LocMemCache("robots", {})
    with ScriptedServer({"/robots.txt": FORBIDDEN, "*": page()}) as server:
        robots = Robots(policy_for(server), cache)
        for _ in range(2):
            asyncio.run(robots.require(server.url("/a")))

    assert paths(server) == ["/robots.txt"]


def test_what_is_remembered_is_small_text_whatever_the_host() -> None:
    memory = Memory()
    with ScriptedServer({"*": page()}) as server:
        asyncio.run(Robots(policy_for(server), memory).require(server.url("/" + "a" * 3000)))
    ((key, value),) = memory.values.items()

    assert len(key) < 100
    assert json.loads(value)["rules"] == ""
    assert MAX_BYTES == 512_000
