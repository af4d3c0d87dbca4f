"""What a process keeps at hand: bounded by bytes, by age, and by what is asked for."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import time

import time_machine

from provenance.memory import _EACH, Memory

BODY = b"x" * 1000
LATER = time() + 1_000_000  # longer than any suite takes


def holding(count: int, *, largest: int = 10_000) -> Memory:
    """A memory with room for so many bodies."""
    return Memory(most=count * (len(BODY) + _EACH), largest=largest)


def held(memory: Memory, keys: str) -> str:
    return "".join(key for key in keys if memory.get(key) is not None)


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    memory = holding(3)
    for key in "abc":
        memory.put(key, BODY, LATER)
    assert memory.get("a") == BODY
    memory.put("d", BODY, LATER)
    assert held(memory, "abcd") == "acd"


def test_body_in_the_place_of_another_counts_once() -> None:
    memory = holding(2)
    for _ in range(5):
        memory.put("a", BODY, LATER)
    memory.put("b", BODY, LATER)
    assert held(memory, "ab") == "ab"
    memory.put("a", b"other", LATER)
    assert memory.get("a") == b"other"


def test_large_bodies_push_out_as_many_as_they_need_and_too_large_ones_none() -> None:
    memory = holding(4, largest=3 * len(BODY))
    for key in "abcd":
        memory.put(key, BODY, LATER)
    memory.put("e", BODY * 4, LATER)
    assert held(memory, "abcde") == "abcd"
    memory.put("f", BODY * 3, LATER)
    assert held(memory, "abcdf") == "df"


def test_nothing_is_had_after_its_time() -> None:
    memory = holding(2)
    with time_machine.travel(1_000, tick=False) as clock:
        memory.put("a", BODY, until=1_060)
        memory.put("b", BODY, until=1_010)
        clock.move_to(1_059)
        assert held(memory, "ab") == "a"
        clock.move_to(1_060)
        assert held(memory, "ab") == ""
        memory.put("c", BODY, until=2_000)
        memory.put("d", BODY, until=2_000)
        assert held(memory, "cd") == "cd"


def test_threads_neither_mix_bodies_nor_lose_count() -> None:
    memory = holding(8)

    def work(seed: int) -> bool:
        chance = Random(seed)
        right = True
        for _ in range(3000):
            key = chance.choice("abcdefghijkl")
            memory.put(key, key.encode() * len(BODY), LATER)
            asked = chance.choice("abcdefghijkl")
            right &= memory.get(asked) in (None, asked.encode() * len(BODY))
        return right

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert memory._size == sum(len(body) + _EACH for _, body in memory._held.values())
    assert len(memory._held) == 8
