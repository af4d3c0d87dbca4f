"""All workers together ask one host no more often than the delay allows. On the real store, by its own clock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import LazySettings

from sources import politeness
from sources.politeness import seconds_until_free

HOST = "news.example"
MINUTE = 60.0  # long beside any pause of the machine that runs the test
NEVER_MIND = 10_000.0


@pytest.fixture(autouse=True)
def memory(settings: LazySettings) -> Iterator[redis.Redis]:
    """The store, empty at first; a host may be asked once a minute."""
    settings.CAPTURE_HOST_DELAY = MINUTE
    politeness._client.cache_clear()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
    politeness._client.cache_clear()


def places(waits: list[float]) -> list[int]:
    """Which slot each wait leads to, counted from the first."""
    return sorted(-int(-wait // MINUTE) for wait in waits)


def test_the_first_to_ask_goes_at_once_and_the_next_waits_for_the_delay() -> None:
    assert seconds_until_free(HOST, patience=0) == 0
    assert MINUTE - 30 < seconds_until_free(HOST, patience=0) <= MINUTE


def test_a_slot_that_is_too_far_away_is_not_taken() -> None:
    seconds_until_free(HOST, patience=0)
    waits = [seconds_until_free(HOST, patience=1) for _ in range(3)]

    assert places(waits) == [1, 1, 1]
    assert waits == sorted(waits, reverse=True)


def test_racing_clients_each_get_a_slot_of_their_own_one_delay_apart() -> None:
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: seconds_until_free(HOST, patience=NEVER_MIND), range(16)))

    assert places(waits) == list(range(16))


def test_of_racing_clients_without_patience_one_goes() -> None:
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: seconds_until_free(HOST, patience=1), range(16)))

    assert places(waits) == [0] + [1] * 15


def test_hosts_and_ports_do_not_wait_for_each_other() -> None:
    hosts = [HOST, f"{HOST}:8080", "other.example"]

    assert [seconds_until_free(host, patience=0) for host in hosts] == [0, 0, 0]


def test_the_memory_of_a_host_ends_with_its_delay(memory: redis.Redis) -> None:
    seconds_until_free(HOST, patience=0)
    (key,) = memory.keys()

    assert 0 < memory.pttl(key) <= MINUTE * 1000


def test_a_store_that_was_emptied_costs_one_delay_and_no_more(memory: redis.Redis) -> None:
    seconds_until_free(HOST, patience=0)
    memory.flushdb()

    assert seconds_until_free(HOST, patience=0) == 0
    assert places([seconds_until_free(HOST, patience=0)]) == [1]


def test_without_a_store_nobody_waits_and_the_log_says_so(
    settings: LazySettings, tmp_path: Path, caplog: Any
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    assert [seconds_until_free(HOST, patience=0) for _ in range(2)] == [0, 0]
    assert "Politeness has no store" in caplog.text


@pytest.mark.parametrize("delay", [0, -1, 0.0001])
def test_without_a_delay_the_store_is_not_asked(
    delay: float, settings: LazySettings, tmp_path: Path, caplog: Any
) -> None:
    settings.CAPTURE_HOST_DELAY = delay
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    assert [seconds_until_free(HOST, patience=0) for _ in range(2)] == [0, 0]
    assert caplog.text == ""
