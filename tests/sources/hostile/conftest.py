"""Fixtures of the hostile suite: a canary, and roads to public addresses that end at a server of ours."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from sources.fetchers import connecting
from tests.sources.loopback import ScriptedServer, page

Routes = Callable[[ScriptedServer], AbstractContextManager[list[str]]]


@pytest.fixture(scope="module")
def canary() -> Iterator[ScriptedServer]:
    """Listens on every address of this machine and must never hear from the door, in any test of a module."""
    with ScriptedServer({"*": page(b"internal")}, everywhere=True) as server:
        yield server
        assert server.connections == 0


@pytest.fixture
def routed(monkeypatch: pytest.MonkeyPatch) -> Routes:
    """In its context every address leads to the given server. Gives the list of addresses that were connected to."""
    connect_to = connecting._connect_to

    @contextmanager
    def routes(server: ScriptedServer) -> Iterator[list[str]]:
        addresses: list[str] = []

        async def connect(address: str, _port: int) -> object:
            addresses.append(address)
            return await connect_to("127.0.0.1", server.port)

        with monkeypatch.context() as patch:
            patch.setattr(connecting, "_connect_to", connect)
            yield addresses

    return routes
