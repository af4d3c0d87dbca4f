"""No spelling of an internal address is connected to: as a URL, as a redirect at any hop, or for robots.txt."""

import asyncio

import pytest

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from sources.fetchers.robots import Robots
from tests.sources.hostile.spellings import spellings
from tests.sources.loopback import ScriptedServer, policy_for, redirect
from tests.sources.memory import Memory

HOSTS = spellings()
REFUSALS = (Reason.ADDRESS_REFUSED, Reason.BAD_URL)


def lenient(_host: str, _port: int) -> list[str]:
    """A resolver that takes whatever it is asked for a name of this machine, as some do with odd numbers."""
    return ["127.0.0.1"]


def test_there_are_more_than_two_hundred_spellings() -> None:
    assert len(HOSTS) == len(set(HOSTS)) > 400


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_is_connected_to(canary: ScriptedServer, host: str) -> None:
    policy = FetchPolicy(ports=frozenset({canary.port}), resolve=lenient)
    with pytest.raises(FetchError) as caught:
        fetch(canary.url(host=host), policy)

    assert caught.value.reason in REFUSALS
    assert caught.value.refused
    assert canary.connections == 0


@pytest.mark.parametrize("hop", range(10))
def test_no_spelling_is_connected_to_at_the_end_of_redirects(canary: ScriptedServer, hop: int) -> None:
    # Each spelling at one of the hops, so that all of both are met.
    with ScriptedServer() as server:
        policy = policy_for(server, ports=frozenset({canary.port}), resolve=lenient)
        server.script = {f"/{n}": redirect(f"/{n + 1}") for n in range(hop)}
        for host in HOSTS[hop::10]:
            server.script[f"/{hop}"] = redirect(canary.url(host=host))
            with pytest.raises(FetchError) as caught:
                fetch(server.url("/0"), policy)

            assert caught.value.reason in REFUSALS, host
            assert len(caught.value.hops) == hop + 1
    assert canary.connections == 0


@pytest.mark.parametrize("host", HOSTS[::7])
def test_the_robots_txt_of_no_spelling_is_asked_for(canary: ScriptedServer, host: str) -> None:
    robots = Robots(FetchPolicy(ports=frozenset({canary.port}), resolve=lenient), Memory())
    with pytest.raises(FetchError) as caught:
        asyncio.run(robots.require(canary.url(host=host)))

    assert caught.value.reason in REFUSALS
    assert canary.connections == 0


def test_a_robots_txt_that_leads_to_a_spelling_is_not_followed(canary: ScriptedServer) -> None:
    with ScriptedServer() as server:
        policy = policy_for(server, ports=frozenset({canary.port}), resolve=lenient)
        for host in HOSTS[::11]:
            server.script = {"/robots.txt": redirect(canary.url("/robots.txt", host=host))}
            asyncio.run(Robots(policy, Memory()).require(server.url("/a")))
    assert canary.connections == 0
