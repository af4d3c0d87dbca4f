"""Names whose answers change, mix or mislead: asked once a hop, judged whole, and connected to as judged."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.http import fetch, fetch_async
from sources.fetchers.policy import FetchPolicy
from sources.fetchers.robots import Robots
from tests.sources.hostile.conftest import Routes
from tests.sources.loopback import ScriptedServer, page, redirect
from tests.sources.memory import Memory

PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


class Rebinding:
    """A resolver that answers each name with one list after the other, the last for ever; it counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = answers
        self.asked: dict[str, int] = defaultdict(int)

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked[host] += 1
        return self.answers[min(self.asked[host], len(self.answers)) - 1]


def refusal_of(
    routed: Routes, script: Mapping[str, bytes], resolve: Rebinding
) -> tuple[FetchError, list[str]]:
    """The refusal of news.example's first page, and the addresses that were connected to."""
    with ScriptedServer(script) as server, routed(server) as addresses:
        with pytest.raises(FetchError) as caught:
            fetch("http://news.example/", FetchPolicy(resolve=resolve))
        return caught.value, addresses


def test_a_name_that_turns_inside_after_it_was_judged_is_connected_to_as_judged(routed: Routes) -> None:
    resolve = Rebinding([PUBLIC], ["127.0.0.1"])
    with ScriptedServer({"/": page(b"public")}) as server, routed(server) as addresses:
        fetched = fetch("http://news.example/", FetchPolicy(resolve=resolve))

    assert fetched.body == b"public"
    assert addresses == [PUBLIC]
    assert fetched.exchange.address == f"{PUBLIC}:80"
    assert resolve.asked == {"news.example": 1}
    assert server.requests[0].header("host") == "news.example"


@pytest.mark.parametrize("location", ["/again", "http://news.example/again", "//NEWS.example./again"])
def test_a_name_that_turns_inside_between_two_hops_is_refused_at_the_second(
    routed: Routes, location: str
) -> None:
    resolve = Rebinding([PUBLIC], ["169.254.169.254"])
    script = {"/": redirect(location), "*": page(b"internal")}
    error, addresses = refusal_of(routed, script, resolve)

    assert error.reason is Reason.ADDRESS_REFUSED
    assert addresses == [PUBLIC]
    assert resolve.asked == {"news.example": 2}


def test_a_name_that_turns_inside_between_robots_and_page_is_refused(routed: Routes) -> None:
    policy = FetchPolicy(resolve=Rebinding([PUBLIC], ["10.0.0.1"]))
    with (
        ScriptedServer({"/robots.txt": page(b""), "*": page(b"internal")}) as server,
        routed(server) as addresses,
    ):
        robots = Robots(policy, Memory())
        with pytest.raises(FetchError) as caught:
            fetch("http://news.example/", policy, permit=robots.require)

    assert caught.value.reason is Reason.ADDRESS_REFUSED
    assert addresses == [PUBLIC]
    assert [request.path for request in server.requests] == ["/robots.txt"]


def test_a_name_that_turns_outside_again_gains_nothing(routed: Routes) -> None:
    error, addresses = refusal_of(routed, {"*": page()}, Rebinding(["127.0.0.1"], [PUBLIC]))

    assert error.reason is Reason.ADDRESS_REFUSED
    assert addresses == []


@pytest.mark.parametrize(
    "answer",
    [
        [PUBLIC, "127.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, OTHER_PUBLIC, "::1"],
        [OTHER_PUBLIC, "fe80::1%eth0"],
        [PUBLIC] * 50 + ["0.0.0.0"],
        [PUBLIC, "::ffff:169.254.169.254"],
        [PUBLIC, "127.1"],
        [PUBLIC, "0x7f000001"],
        [PUBLIC, "2130706433"],
        [PUBLIC, "localhost"],
        [PUBLIC, ""],
        [PUBLIC, f"{PUBLIC}\n127.0.0.1"],
        [PUBLIC, "127.0.0.1 "],
    ],
)
def test_an_answer_with_anything_but_public_addresses_is_refused_whole(
    routed: Routes, answer: list[str]
) -> None:
    error, addresses = refusal_of(routed, {"*": page()}, Rebinding(answer))

    assert error.reason is Reason.ADDRESS_REFUSED
    assert addresses == []


def test_a_loop_over_names_asks_each_hop_anew(routed: Routes) -> None:
    resolve = Rebinding([PUBLIC], [OTHER_PUBLIC], ["127.0.0.1"])
    script = {"/": redirect("/1"), **{f"/{n}": redirect(f"/{n + 1}") for n in range(1, 5)}}
    error, addresses = refusal_of(routed, script, resolve)

    assert error.reason is Reason.ADDRESS_REFUSED
    assert addresses == [PUBLIC, OTHER_PUBLIC]
    assert [hop.address for hop in error.hops] == [f"{PUBLIC}:80", f"[{OTHER_PUBLIC}]:80"]


def test_many_captures_of_one_turning_name_are_judged_each_for_itself(routed: Routes) -> None:
    async def all_of_them(policy: FetchPolicy) -> list[object]:
        fetches = (fetch_async("http://news.example/", policy) for _ in range(20))
        return await asyncio.gather(*fetches, return_exceptions=True)

    resolve = Rebinding(*([[PUBLIC], ["127.0.0.1"]] * 10))
    with ScriptedServer({"/": page(b"public")}) as server, routed(server) as addresses:
        results = asyncio.run(all_of_them(FetchPolicy(resolve=resolve)))

    refused = [result for result in results if isinstance(result, FetchError)]
    assert len(refused) == 10
    assert {error.reason for error in refused} == {Reason.ADDRESS_REFUSED}
    assert addresses == [PUBLIC] * 10
