"""Pages that are fetched at once: how many large ones have room, and that small ones need none."""

import time
from collections.abc import Iterator

import pytest

from sources import side_by_side
from sources.fetchers import bodies
from sources.fetchers.base import Fetched, Truncation
from sources.fetchers.bodies import NoRoom
from sources.fetchers.policy import FetchPolicy
from sources.side_by_side import Answer, Errand, fetch_all
from tests.sources.loopback import ScriptedServer, Step, hang, page, policy_for

SMALL, LARGE = page(b"s" * 10), page(b"l" * 2000)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for one page of more than a thousand bytes; answers are handed over one by one."""
    monkeypatch.setattr(bodies, "LARGE", 1000)
    monkeypatch.setattr(side_by_side, "LARGE_AT_ONCE", 1)
    monkeypatch.setattr(side_by_side, "MOST_AT_ONCE", 1)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def fetching(server: ScriptedServer, *paths: str, deadline: float = 30.0) -> Iterator[list[Answer]]:
    policy: FetchPolicy = policy_for(server, deadline=deadline)
    return fetch_all([Errand(key, server.url(path)) for key, path in enumerate(paths)], policy)


def ends(answers: list[Answer]) -> list[tuple[int, Truncation]]:
    return [(len(page.body), page.truncated) for _, page in answers if isinstance(page, Fetched)]


def test_large_pages_come_one_after_the_other_and_whole(server: ScriptedServer) -> None:
    server.script = {"*": LARGE}
    answers = [answer for several in fetching(server, "/a", "/b", "/c") for answer in several]

    assert sorted(key for key, _ in answers) == [0, 1, 2]
    assert ends(answers) == [(2000, Truncation.NONE)] * 3


def test_small_page_comes_while_a_large_one_has_all_the_room(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(side_by_side, "_PATIENCE", 20.0)
    server.script = {"/large": LARGE, "/waits": LARGE, "/small": SMALL}
    running = fetching(server, "/large", "/waits", "/small")

    assert sorted(ends(next(running))) == [(10, Truncation.NONE), (2000, Truncation.NONE)]
    assert ends(next(running)) == [(2000, Truncation.NONE)]


def test_page_as_large_as_may_be_needs_no_room(server: ScriptedServer) -> None:
    server.script = {"*": page(b"a" * 1000)}
    running = fetching(server, "/a", "/b", deadline=1.0)
    answers = [*next(running), *next(running)]

    assert ends(answers) == [(1000, Truncation.NONE)] * 2


def test_room_of_a_large_page_that_failed_is_given_to_another(server: ScriptedServer) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"c" * 2000
    server.script = {"/cut": cut, "/whole": LARGE}
    answers = [answer for several in fetching(server, "/cut", "/whole") for answer in several]

    assert ends(answers) == [(2000, Truncation.NONE)]


@pytest.mark.parametrize("ending", [[hang], []])
def test_large_page_that_was_held_up_and_lacks_its_end_is_our_trouble_too(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, ending: list[Step]
) -> None:
    monkeypatch.setattr(bodies, "_PATIENCE_WITH_OURSELVES", 0.1)
    begins = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"h" * 2000
    server.script = {"/first": LARGE, "/cut": [lambda _: time.sleep(0.5), begins, *ending]}
    running = fetching(server, "/first", "/cut", deadline=3.0)
    first = next(running)
    time.sleep(1.5)  # and so long nobody else has its room

    assert ends(first) == [(2000, Truncation.NONE)]
    assert [type(answer) for _, answer in next(running)] == [NoRoom]


def test_large_page_without_room_by_its_deadline_is_our_trouble_and_not_called_cut(
    server: ScriptedServer,
) -> None:
    hangs = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"h" * 2000
    server.script = {"*": [hangs, hang]}
    answers = [answer for several in fetching(server, "/a", "/b", deadline=1.0) for answer in several]

    assert ends(answers) == [(2000, Truncation.TIME)]
    assert [type(answer) for _, answer in answers if not isinstance(answer, Fetched)] == [NoRoom]
