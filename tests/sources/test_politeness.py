"""All workers together ask one host no oftener, and no more at once, than may be. On the real store, by its clock."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import LazySettings

from sources import politeness
from sources.politeness import Turn, hold, release, take_turns

HOST = "news.example"
MINUTE = 60.0  # long beside any pause of the machine that runs the test
NEVER_MIND = 10_000.0


@pytest.fixture(autouse=True)
def memory(settings: LazySettings) -> Iterator[redis.Redis]:
    """The store, empty at first; a host may be asked once a minute, by as many as like."""
    settings.CAPTURE_HOST_DELAY = MINUTE
    settings.CAPTURE_HOST_CONCURRENCY = 0
    politeness._client.cache_clear()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
    politeness._client.cache_clear()


def take(host: str = HOST, *, patience: float = 0, crawl_delay: float | None = None) -> Turn:
    (turn,) = take_turns([host], patience=patience, crawl_delays=[crawl_delay])
    return turn


def places(turns: list[Turn]) -> list[int]:
    """Which slot each wait leads to, counted from the first."""
    return sorted(-int(-turn.wait // MINUTE) for turn in turns)


class TestSpacing:
    def test_the_first_to_ask_goes_at_once_and_the_next_waits_for_the_delay(self) -> None:
        first, second = take(), take()

        assert (first.taken, first.wait, second.taken) == (True, 0, False)
        assert MINUTE - 30 < second.wait <= MINUTE

    def test_a_slot_that_is_too_far_away_is_not_taken(self) -> None:
        take()
        turns = [take(patience=1) for _ in range(3)]

        assert places(turns) == [1, 1, 1]
        assert not any(turn.taken or turn.token for turn in turns)

    def test_racing_clients_each_get_a_slot_of_their_own_one_delay_apart(self) -> None:
        with ThreadPoolExecutor(16) as pool:
            turns = list(pool.map(lambda _: take(patience=NEVER_MIND), range(16)))

        assert places(turns) == list(range(16))
        assert all(turn.taken for turn in turns)

    def test_of_racing_clients_without_patience_one_goes(self) -> None:
        with ThreadPoolExecutor(16) as pool:
            turns = list(pool.map(lambda _: take(patience=1), range(16)))

        assert sorted(turn.taken for turn in turns) == [False] * 15 + [True]

    def test_hosts_and_ports_do_not_wait_for_each_other(self) -> None:
        turns = take_turns([HOST, f"{HOST}:8080", "other.example"], patience=0)

        assert [(turn.taken, turn.wait) for turn in turns] == [(True, 0)] * 3

    def test_several_pages_of_a_host_in_one_question_get_one_slot_each(self) -> None:
        assert places(take_turns([HOST] * 3, patience=NEVER_MIND)) == [0, 1, 2]

    def test_the_memory_of_a_host_ends_with_its_delay(self, memory: redis.Redis) -> None:
        take()
        (key,) = memory.keys()

        assert 0 < memory.pttl(key) <= MINUTE * 1000

    def test_a_longer_delay_that_the_site_asks_for_counts_up_to_a_cap(self, settings: LazySettings) -> None:
        settings.CAPTURE_HOST_DELAY = 1
        take(crawl_delay=30)
        take("slow.example", crawl_delay=10_000_000)

        assert 15 < take().wait <= 30
        assert politeness.MAX_CRAWL_DELAY - 15 < take("slow.example").wait <= politeness.MAX_CRAWL_DELAY

    def test_a_shorter_delay_that_the_site_allows_changes_nothing(self) -> None:
        take(crawl_delay=0.1)

        assert take().wait > MINUTE - 30


class TestPlaces:
    @pytest.fixture(autouse=True)
    def two_at_once(self, settings: LazySettings) -> None:
        settings.CAPTURE_HOST_DELAY = 0
        settings.CAPTURE_HOST_CONCURRENCY = 2

    def test_as_many_go_as_there_are_places_and_one_more_when_one_comes_back(self) -> None:
        first, second, third = take(), take(), take()
        assert [first.taken, second.taken, third.taken] == [True, True, False]
        assert third.wait > 0

        release([first])
        assert [take().taken, take().taken] == [True, False]

    def test_what_is_given_back_twice_makes_no_further_place(self) -> None:
        first = take()
        take()
        release([first, first])
        release([first])

        assert [take().taken, take().taken] == [True, False]

    def test_the_place_of_a_worker_that_died_is_free_after_its_lease(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(politeness, "TOKEN_SECONDS", 0.2)
        assert [take().taken, take().taken, take().taken] == [True, True, False]
        time.sleep(0.3)

        assert take().taken

    def test_who_finds_no_place_takes_no_slot_either(self, settings: LazySettings) -> None:
        take(), take()
        settings.CAPTURE_HOST_DELAY = MINUTE
        take()
        settings.CAPTURE_HOST_CONCURRENCY = 3

        assert (take().taken, take().taken) == (True, False)

    def test_racing_processes_are_never_more_at_once_than_there_are_places(
        self, settings: LazySettings, memory: redis.Redis
    ) -> None:
        variables = {
            **os.environ,
            "REDIS_URL": settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": "provenance.settings",
        }
        variables |= {"CAPTURE_HOST_DELAY": "0", "CAPTURE_HOST_CONCURRENCY": "2"}
        running = [subprocess.Popen([sys.executable, "-c", RACE], env=variables) for _ in range(4)]

        assert [process.wait() for process in running] == [0] * 4
        assert int(memory.get("went") or 0) == 4 * 50
        assert int(memory.get("most") or 0) == 2
        assert not memory.exists(politeness._open_key(HOST))


RACE = f"""
import time
import django; django.setup()
from sources import politeness
client, went = politeness._client(), 0
most = client.register_script('''
local inside = redis.call("INCR", "inside")
if inside > tonumber(redis.call("GET", "most") or 0) then redis.call("SET", "most", inside) end
''')
while went < 50:
    (turn,) = politeness.take_turns(["{HOST}"], patience=0)
    if turn.taken:
        most()
        time.sleep(0.002)  # long enough that two meet
        client.decr("inside")
        politeness.release([turn])
        went += client.incr("went") > 0
"""


class TestPause:
    def test_a_host_that_said_when_to_come_back_is_left_alone_until_then(self) -> None:
        hold(HOST, seconds=300)

        assert 200 < take(patience=1).wait <= 300
        assert take("other.example").taken

    def test_a_pause_is_not_cut_short_by_a_shorter_one(self) -> None:
        hold(HOST, seconds=300)
        hold(HOST, seconds=1)

        assert take().wait > 200

    def test_a_pause_of_years_ends_at_the_cap(self) -> None:
        hold(HOST, seconds=315_360_000.0)

        assert take().wait <= politeness.MAX_PAUSE

    def test_a_pause_counts_also_where_there_is_no_delay(self, settings: LazySettings) -> None:
        settings.CAPTURE_HOST_DELAY = 0
        settings.CAPTURE_HOST_CONCURRENCY = 2
        hold(HOST, seconds=300)

        assert not take(patience=1).taken


class TestStore:
    def test_that_was_emptied_costs_one_delay_and_no_more(self, memory: redis.Redis) -> None:
        take()
        memory.flushdb()

        assert take().taken
        assert places([take()]) == [1]

    def test_that_is_gone_lets_everybody_go_and_the_log_says_so(
        self, settings: LazySettings, tmp_path: Path, caplog: Any
    ) -> None:
        settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
        settings.CAPTURE_HOST_CONCURRENCY = 1
        turns = [take() for _ in range(2)]
        release(turns)
        hold(HOST, seconds=5)

        assert turns == [Turn(HOST, taken=True, wait=0)] * 2
        assert "Politeness has no store" in caplog.text

    @pytest.mark.parametrize("delay", [0, -1, 0.0001])
    def test_is_not_asked_where_nothing_is_limited(
        self, delay: float, settings: LazySettings, tmp_path: Path, caplog: Any
    ) -> None:
        settings.CAPTURE_HOST_DELAY = delay
        settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
        hold(HOST, seconds=5)

        assert [take() for _ in range(2)] == [Turn(HOST, taken=True, wait=0)] * 2
        assert caplog.text == ""

    def test_nobody_is_asked_about_no_host(self, settings: LazySettings, tmp_path: Path, caplog: Any) -> None:
        settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

        assert take_turns([], patience=1) == []
        assert caplog.text == ""
