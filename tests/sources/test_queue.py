"""What is due is shared out: urgent work first, over all hosts, and never several pages of a host in one round."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models.functions import Now
from hypothesis import given
from hypothesis import strategies as st

from sources import queue
from sources.models import Capture, Source
from sources.queue import ROUND, Due, rounds
from sources.registry import find_or_add_source
from sources.requests import request_capture, request_captures
from sources.vocabulary import CapturePriority, CaptureState
from tests.sources.conftest import Queue as Broker
from tests.sources.conftest import due_captures

ASKED, SCHEDULED = CapturePriority

Add = Callable[..., Capture]


@pytest.fixture
def add(owner: User) -> Add:
    """Adds a capture of a page of this host, due since so many seconds."""

    def added(host: str, *, age: float = 1, **facts: Any) -> Capture:
        source = find_or_add_source(f"https://{host}/{Source.objects.count()}", by=owner)
        capture = Capture.objects.create(source=source, requested_by=owner)
        Capture.objects.filter(pk=capture.pk).update(due_at=Now() - timedelta(seconds=age), **facts)
        return capture

    return added


@pytest.mark.django_db
class TestOrder:
    def test_hosts_take_turns_however_long_one_of_them_waits(self, add: Add) -> None:
        many = [add("big.example", age=100 - number) for number in range(4)]
        few = [add("small.example", age=2), add("tiny.example", age=1)]

        assert due_captures() == [c.pk for c in (many[0], few[0], few[1], many[1], many[2], many[3])]

    def test_who_waits_comes_before_what_the_service_looks_at_again(self, add: Add) -> None:
        again = add("a.example", age=100, priority=SCHEDULED)
        asked = add("b.example", age=1)

        assert due_captures() == [asked.pk, again.pk]

    def test_who_waits_comes_first_at_a_host_too(self, add: Add, settings: LazySettings) -> None:
        settings.CAPTURE_HOST_DELAY = settings.SWEEP_SECONDS  # one turn a sweep
        add("a.example", age=100, priority=SCHEDULED)
        asked = add("a.example", age=1)

        assert due_captures() == [asked.pk]

    def test_of_a_host_no_more_are_named_than_it_may_be_asked_for_until_the_next_sweep(
        self, add: Add, settings: LazySettings
    ) -> None:
        settings.CAPTURE_HOST_DELAY = 2
        captures = [add("a.example", age=9 - number) for number in range(5)]

        assert due_captures() == [capture.pk for capture in captures[:3]]

    def test_a_lapsed_lease_is_in_line_again(self, add: Add) -> None:
        lapsed = add("a.example", state=CaptureState.RUNNING, lease_until=Now() - timedelta(seconds=1))
        add("b.example", state=CaptureState.RUNNING, lease_until=Now() + timedelta(seconds=30))

        assert due_captures() == [lapsed.pk]

    @pytest.mark.parametrize("count", [1, 30])
    def test_is_found_by_one_query(self, count: int, add: Add, django_assert_num_queries: Any) -> None:
        for number in range(count):
            add(f"{number % 7}.example")
        with django_assert_num_queries(1):
            assert len(queue.due()) == count


class TestRounds:
    dues = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([0, 1])), max_size=80).map(
        lambda rows: [Due(number, host, priority) for number, (host, priority) in enumerate(rows)]
    )

    @given(dues)
    def test_name_each_capture_once_in_order(self, dues: list[Due]) -> None:
        assert [each for piece in rounds(dues) for each in piece] == dues

    @given(dues)
    def test_are_of_one_priority_and_of_different_hosts(self, dues: list[Due]) -> None:
        for piece in rounds(dues):
            assert 0 < len(piece) <= ROUND
            assert len({each.host for each in piece}) == len(piece)
            assert len({each.priority for each in piece}) == 1

    def test_hold_no_more_than_one_worker_does_side_by_side(self) -> None:
        pieces = list(rounds(Due(number, f"{number}.example", 0) for number in range(2 * ROUND + 1)))

        assert [len(piece) for piece in pieces] == [ROUND, ROUND, 1]


@pytest.mark.django_db
class TestRequests:
    def test_of_several_sources_are_one_message_and_few_statements(
        self, owner: User, django_assert_num_queries: Any
    ) -> None:
        sources = [find_or_add_source(f"https://{number}.example/", by=owner) for number in range(10)]
        with django_assert_num_queries(3):
            captures = request_captures(sources, by=owner)

        assert [capture.source for capture in captures] == sources
        assert {capture.host for capture in captures} == {f"{number}.example" for number in range(10)}

    def test_return_the_open_capture_of_a_source(self, owner: User, stranger: User) -> None:
        sources = [find_or_add_source(f"https://{number}.example/", by=owner) for number in range(3)]
        first = request_capture(sources[1], by=stranger)

        assert request_captures(sources, by=owner)[1] == first
        assert Capture.objects.count() == 3

    def test_by_somebody_who_waits_hurry_what_the_service_had_planned(self, owner: User) -> None:
        sources = [find_or_add_source(f"https://{number}.example/", by=owner) for number in range(2)]
        request_captures(sources, by=owner, priority=SCHEDULED)
        request_capture(sources[0], by=owner)
        request_captures(sources[1:], by=owner)

        assert set(Capture.objects.values_list("priority", flat=True)) == {ASKED}

    def test_by_the_service_slow_nobody_down(self, owner: User) -> None:
        source = find_or_add_source("https://a.example/", by=owner)
        request_capture(source, by=owner)
        request_capture(source, by=owner, priority=SCHEDULED)

        assert Capture.objects.get().priority == ASKED


@pytest.mark.django_db(transaction=True)
class TestMessages:
    def test_one_page_goes_ahead_of_rounds_and_what_was_asked_for_ahead_of_what_was_not(
        self, add: Add, owner: User, queue: Broker
    ) -> None:
        sources = [find_or_add_source(f"https://{number}.example/", by=owner) for number in range(6)]
        again = request_captures(sources[:2], by=owner, priority=SCHEDULED)
        asked = request_captures(sources[2:5], by=owner)
        one = request_capture(sources[5], by=owner)

        assert [message.args for message in queue.messages()] == [
            (one.pk,),
            tuple(capture.pk for capture in asked),
            tuple(capture.pk for capture in again),
        ]
        assert queue.client.llen("celery") == 1, "which a worker may be kept for"


@pytest.mark.django_db
class TestCommand:
    def shown(self) -> str:
        output = StringIO()
        call_command("queue", stdout=output)
        return output.getvalue()

    def test_tells_how_much_is_to_be_done_and_where(self, add: Add) -> None:
        for _ in range(3):
            add("busy.example", age=90)
        add("calm.example", state=CaptureState.WAITING, age=-60)
        add("done.example", state=CaptureState.DONE, outcome="failed")
        lines = [line.split() for line in self.shown().splitlines()]

        assert ["queued", "3"] in lines
        assert ["waiting", "1"] in lines
        assert ["due", "3"] in lines
        assert ["busy.example", "3"] in lines
        assert "calm.example" not in self.shown()
        assert "done.example" not in self.shown()

    def test_says_so_when_there_is_nothing_to_do(self) -> None:
        assert self.shown() == "No captures are open.\n"

    @pytest.mark.parametrize("count", [1, 20])
    def test_asks_a_fixed_number_of_times(self, count: int, add: Add, django_assert_num_queries: Any) -> None:
        for number in range(count):
            add(f"{number}.example")
        with django_assert_num_queries(3):
            self.shown()
