"""Whom the door never connects to."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from tests.sources.loopback import ScriptedServer, page, policy_for

# Hosts that lead to this machine, its network or a cloud's metadata service; none may be connected to.
INTERNAL_HOSTS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7F.0x0.0x0.0x1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.0x1",
    "00000177.00.0.01",
    "127.0x1",
    "%31%32%37.0.0.1",
    "127%2E0%2E0%2E1",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "①②⑦.⓪.⓪.①",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "0",
    "0.0.0.0",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "LocalHost",
    "ｌｏｃａｌｈｏｓｔ",
    "loc%61lhost",
    "press.localhost",
    "a.b.localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::5efe:127.0.0.1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "192.0.0.192",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "192.168.0.1",
    "172.16.0.1",
    "224.0.0.1",
    "255.255.255.255",
]


def failure_of(url: str, policy: FetchPolicy) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, policy)
    return caught.value


def answering(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """A resolver with one answer to everything."""
    return lambda _host, _port: addresses


@pytest.fixture(scope="module")
def canary() -> Iterator[ScriptedServer]:
    """Listens on every address of this machine and must never hear from the door."""
    with ScriptedServer({"*": page(b"internal")}, everywhere=True) as server:
        yield server


@pytest.mark.parametrize("host", INTERNAL_HOSTS)
def test_no_spelling_of_an_internal_address_is_connected_to(canary: ScriptedServer, host: str) -> None:
    policy = FetchPolicy(ports=frozenset({80, 443, canary.port}))

    error = failure_of(canary.url(host=host), policy)

    assert (error.reason, error.refused) == (Reason.ADDRESS_REFUSED, True)
    assert canary.connections == 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "a.localhost", "0x7f.1", "2130706433", "①②⑦.⓪.⓪.①"]
)
def test_the_same_spellings_arrive_where_the_policy_allows_them(host: str) -> None:
    with ScriptedServer({"*": page(b"internal")}, everywhere=True) as server:
        names = ("127.0.0.1", "localhost", "a.localhost")
        policy = FetchPolicy(allow_hosts=frozenset(f"{name}:{server.port}" for name in names))

        assert fetch(server.url(host=host), policy).body == b"internal"


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8"),
        ("2606:4700::1", "::1"),
        ("8.8.8.8", "::ffff:10.0.0.1"),
        ("64:ff9b::7f00:1",),
        ("not an address",),
    ],
)
def test_a_name_with_any_internal_address_is_refused_whole(
    canary: ScriptedServer, addresses: tuple[str, ...]
) -> None:
    policy = FetchPolicy(ports=frozenset({canary.port}), resolve=answering(*addresses))

    error = failure_of(canary.url(host="news.example"), policy)

    assert error.reason is Reason.ADDRESS_REFUSED
    assert not any(address in str(error) for address in addresses), "tells strangers about internal addresses"
    assert canary.connections == 0


def test_a_name_is_resolved_once_and_that_answer_is_connected_to() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return next(answers)

    with ScriptedServer({"/": page(b"first")}) as server:
        name = f"news.example:{server.port}"
        fetched = fetch(f"http://{name}/", FetchPolicy(allow_hosts=frozenset({name}), resolve=rebinding))

    assert fetched.body == b"first"
    assert asked == [("news.example", server.port)]
    assert server.requests[0].header("host") == name


def test_a_proxy_in_the_environment_is_not_used(
    canary: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, canary.url(host="127.0.0.1"))
    with ScriptedServer({"/": page(b"direct")}) as server:
        assert fetch(server.url(), policy_for(server)).body == b"direct"

    assert canary.connections == 0


def test_the_service_does_not_capture_itself() -> None:
    with ScriptedServer({"/": page()}) as server:
        error = failure_of(server.url(), policy_for(server, own_host=server.netloc))

    assert (error.reason, error.refused, server.connections) == (Reason.OWN_HOST, True, 0)
