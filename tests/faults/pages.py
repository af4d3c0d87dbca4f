"""The site that is captured in trials: slow enough that a fault finds work under way, and not one page like another."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sources.vocabulary import CaptureOutcome
from tests.sources.loopback import Script, ScriptedServer, page, redirect

_SLOWEST = 1.5  # seconds
_GONE, _INWARDS = 8, 9  # of ten pages, these two are none


class Site:
    """`number` pages, spread over hosts in turn; of ten, one is not there and one leads to a refused place."""

    def __init__(self, server: ScriptedServer, number: int) -> None:
        self._server = server
        self._hosts = [f"p{host}.localhost" for host in range(max(number // 5, 4))]
        self.numbers = range(number)
        server.script = {f"/{each}": self._script(each) for each in self.numbers}
        server.script["/robots.txt"] = page(b"", status="404 Not Found")

    @property
    def netlocs(self) -> Sequence[str]:
        """`host:port` of every host."""
        return [f"{host}:{self._server.port}" for host in self._hosts]

    def url(self, number: int) -> str:
        """The address of a page."""
        return self._server.url(f"/{number}", host=self._hosts[number % len(self._hosts)])

    def outcome(self, number: int) -> CaptureOutcome:
        """How its capture must end."""
        others = {_GONE: CaptureOutcome.FAILED, _INWARDS: CaptureOutcome.REFUSED}
        return others.get(number % 10, CaptureOutcome.CAPTURED)

    def body(self, number: int) -> bytes:
        """The bytes of a page that is there."""
        return f"<title>Page {number}</title><p>".encode() + f"It is so, says {number}. ".encode() * 200

    def _script(self, number: int) -> Script:
        kind = number % 10
        if kind == _GONE:
            answer = page(b"<p>No such page", status="404 Not Found")
        elif kind == _INWARDS:
            answer = redirect("http://169.254.1.1/")
        else:
            answer = page(self.body(number))
        return [lambda _: time.sleep(_SLOWEST * (number % 7 + 1) / 7), answer]


@contextmanager
def site(number: int) -> Iterator[Site]:
    """The site on loopback, until the block ends."""
    with ScriptedServer() as server:
        yield Site(server, number)
