"""Several captures side by side: each ends by itself, and nothing that befalls one is felt by another."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Event
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models import Change
from sources import capturing, extracting, leases, politeness, side_by_side, snapshots, storage
from sources.fetchers import bodies, http
from sources.fetchers.base import Exchange, Fetched
from sources.fetchers.policy import FetchPolicy
from sources.leases import Lease
from sources.models import Capture, Extraction, LedgerEntry, Snapshot
from sources.registry import find_or_add_source
from sources.requests import request_captures
from sources.side_by_side import Answer, Errand
from sources.vocabulary import CaptureState
from sources.warc import read_payload
from tests.factories import fetched
from tests.racing import together
from tests.sources.loopback import ScriptedServer, hang, page

pytestmark = pytest.mark.django_db

Ask = Callable[..., list[Capture]]


@pytest.fixture
def ask(owner: User, site: ScriptedServer) -> Ask:
    """Asks for captures of these paths of the site, each with a page of its own unless it is scripted already."""

    def asked(*paths: str) -> list[Capture]:
        for path in paths:
            site.script.setdefault(path, page(f"<p>This is {path}.".encode()))
        return request_captures([find_or_add_source(site.url(path), by=owner) for path in paths], by=owner)

    return asked


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch, site: ScriptedServer) -> None:
    """Sites that hang do so for a second."""
    policy = FetchPolicy(allow_hosts=frozenset([site.netloc]), deadline=1.0)
    monkeypatch.setattr(snapshots, "policy", lambda: policy)


def ids(captures: list[Capture]) -> list[int]:
    return [capture.pk for capture in captures]


def run_all(captures: list[Capture]) -> list[int]:
    return [pk for settled in capturing.run_all(ids(captures)) for pk in settled.made]


def states() -> list[str]:
    return list(Capture.objects.order_by("pk").values_list("state", flat=True))


def test_every_page_of_a_round_becomes_a_snapshot(ask: Ask) -> None:
    captures = ask("/a", "/b", "/c")
    made = run_all(captures)

    assert sorted(made) == sorted(Snapshot.objects.values_list("pk", flat=True))
    for capture in captures:
        assert (
            snapshots.payload(capture.snapshot) == f"<p>This is {(capture.source.url or '')[-2:]}.".encode()
        )
    assert set(Capture.objects.values_list("outcome", "attempts", "fence")) == {("captured", 1, 1)}


def test_what_is_not_due_is_left_out(ask: Ask) -> None:
    captures = ask("/a", "/b", "/c")
    Capture.objects.filter(pk=captures[0].pk).update(due_at=Now() + timedelta(seconds=60))
    held = leases.take(captures[1].pk)

    assert len(run_all(captures)) == 1
    assert states() == ["queued", "running", "done"]
    assert held
    assert held.fence == 1


def test_a_round_of_nothing_does_nothing(site: ScriptedServer) -> None:
    assert list(capturing.run_all([])) == list(capturing.run_all([1, 2])) == []


@pytest.mark.usefixtures("deadline")
def test_one_that_hangs_holds_up_no_other(ask: Ask, site: ScriptedServer) -> None:
    asked = Event()
    site.script["/slow"] = [lambda _: asked.set(), hang]
    captures = ask("/slow", "/a", "/b")
    running = capturing.run_all(ids(captures))
    while Snapshot.objects.count() < 2:
        next(running)

    assert states() == ["running", "done", "done"]
    assert asked.wait(5)
    assert [pk for settled in running for pk in settled.made] == []
    capture = Capture.objects.get(pk=captures[0].pk)
    assert (capture.state, capture.reason) == (CaptureState.WAITING, "timeout")


def test_those_that_fail_say_why_and_the_others_are_captured(ask: Ask, site: ScriptedServer) -> None:
    site.script |= {"/gone": page(status="404 No"), "/busy": page(status="503 Busy")}
    run_all(ask("/gone", "/a", "/busy", "/b"))

    assert list(Capture.objects.order_by("pk").values_list("state", "reason")) == [
        ("done", "http_not_found"),
        ("done", ""),
        ("waiting", "http_server_error"),
        ("done", ""),
    ]


def test_one_row_that_the_database_refuses_does_not_fail_the_others(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    captures, record_all = ask("/a", "/b", "/c"), snapshots.record_all

    def refusing(recordings: Sequence[snapshots.Recording]) -> list[int]:
        if captures[1].pk in [each.capture_id for each in recordings]:
            raise DatabaseError("no")
        return record_all(recordings)

    monkeypatch.setattr(snapshots, "record_all", refusing)
    made = run_all(captures)

    assert states() == ["done", "waiting", "done"]
    assert sorted(made) == list(Snapshot.objects.order_by("pk").values_list("pk", flat=True))


def test_one_file_that_the_store_refuses_does_not_fail_the_others(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all, captures = storage.put_all, ask("/a", "/b")

    def refusing(contents: Sequence[bytes], *, suffix: str) -> list[storage.Stored | OSError]:
        full = OSError(28, "No space left on device")
        pages = [read_payload(BytesIO(content)) for content in contents]
        kept = put_all(contents, suffix=suffix)
        return [full if page == b"<p>This is /a." else file for page, file in zip(pages, kept, strict=True)]

    monkeypatch.setattr(storage, "put_all", refusing)
    run_all(captures)

    assert list(Capture.objects.order_by("pk").values_list("state", "attempts")) == [
        ("queued", 0),
        ("done", 1),
    ]


@pytest.mark.usefixtures("deadline")
def test_a_lease_that_was_lost_meanwhile_ends_nothing_and_the_others_do(
    ask: Ask, site: ScriptedServer
) -> None:
    captures = ask("/lost", "/a")

    def lose(_: object) -> None:
        taken.wait(5)

    taken = Event()
    site.script["/lost"] = [lose, page(b"<p>Too late.")]
    running = capturing.run_all(ids(captures))
    next(running)
    Capture.objects.filter(pk=captures[0].pk).update(lease_until=Now() - timedelta(seconds=1))
    newer = leases.take(captures[0].pk)
    taken.set()

    assert [pk for settled in running for pk in settled.made] == []
    assert newer
    assert newer.fence == 2
    assert states() == ["running", "done"]
    assert Snapshot.objects.count() == 1


def test_pages_are_let_go_before_the_next_are_asked_for(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    captures, let_go = ask("/a", "/b"), []

    def one_by_one(errands: Sequence[Errand], policy: FetchPolicy) -> Iterator[list[Answer]]:
        for errand in errands:
            answers: list[Answer] = [(errand.key, http.fetch(errand.url, policy))]
            page = weakref.ref(answers[0][1])
            yield answers
            let_go.append(page() is None)

    monkeypatch.setattr(capturing, "fetch_all", one_by_one)
    settled = list(capturing.run_all(ids(captures)))

    assert let_go == [True, True]
    assert [list(each.pages.values()) for each in settled] == [[], [b"<p>This is /b."]]


def test_large_page_that_found_no_room_uses_up_no_attempt(
    ask: Ask, site: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGE", 10)
    monkeypatch.setattr(side_by_side, "LARGE_AT_ONCE", 0)
    monkeypatch.setattr(
        snapshots, "policy", lambda: FetchPolicy(allow_hosts=frozenset([site.netloc]), deadline=0.5)
    )
    site.script["/small"] = page(b"<p>small")
    run_all(ask("/large", "/small"))

    assert list(Capture.objects.order_by("pk").values_list("state", "attempts", "reason")) == [
        ("queued", 0, ""),
        ("done", 1, ""),
    ]


@pytest.mark.django_db(transaction=True)
def test_rounds_that_name_the_same_captures_do_each_of_them_once(ask: Ask, site: ScriptedServer) -> None:
    captures = ask(*(f"/{number}" for number in range(12)))
    made = together(
        lambda: run_all(captures), lambda: run_all(captures[::-1]), lambda: run_all(captures[3:9])
    )

    assert sorted(pk for each in made if isinstance(each, list) for pk in each) == list(
        Snapshot.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert Snapshot.objects.count() == len(site.requests) == 12
    assert set(Capture.objects.values_list("outcome", "fence", "attempts")) == {("captured", 1, 1)}


class TestPoliteness:
    @pytest.fixture(autouse=True)
    def memory(self, settings: LazySettings) -> Iterator[redis.Redis]:
        """The store of politeness, empty at first; a host may be asked by one at a time."""
        settings.CAPTURE_HOST_CONCURRENCY = 1
        politeness._client.cache_clear()
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushdb()
            yield client

    def test_of_a_host_only_as_many_are_fetched_at_once_as_may_be(self, ask: Ask) -> None:
        captures = ask("/a", "/b")

        assert len(run_all(captures)) == 1
        assert states() == ["done", "queued"]
        Capture.objects.filter(state="queued").update(due_at=Now())
        assert len(run_all(captures)) == 1

    def test_every_place_is_given_back_also_after_a_failure(
        self, ask: Ask, site: ScriptedServer, memory: redis.Redis
    ) -> None:
        site.script["/gone"] = page(status="404 No")
        run_all(ask("/gone"))
        run_all(ask("/a"))

        assert memory.keys("politeness:open:*") == []

    def test_every_place_is_given_back_also_when_the_round_is_broken_off(
        self, ask: Ask, memory: redis.Redis, settings: LazySettings
    ) -> None:
        settings.CAPTURE_HOST_CONCURRENCY = 5
        running = capturing.run_all(ids(ask("/a", "/b")))
        next(running)
        running.close()

        assert memory.keys("politeness:open:*") == []

    def test_a_pause_that_a_site_asks_for_counts_for_its_other_pages(
        self, ask: Ask, site: ScriptedServer
    ) -> None:
        site.script["/busy"] = page(status="429 Slow down", headers={"Retry-After": "300"})
        captures = ask("/busy")
        run_all(captures)
        others = ask("/a", "/b")

        assert run_all(others) == []
        assert len(site.requests) == 1
        waits = (
            Capture.objects.filter(pk__in=ids(others))
            .annotate(now=Now())
            .values_list("due_at", "now", "attempts")
        )
        assert all(200 < (due_at - now).total_seconds() <= 300 and not tries for due_at, now, tries in waits)

    def test_a_pause_that_the_end_of_a_redirect_asks_for_counts_there(
        self, ask: Ask, site: ScriptedServer, memory: redis.Redis
    ) -> None:
        with ScriptedServer({"*": page(status="503 Busy", headers={"Retry-After": "300"})}) as other:
            site.script["/moved"] = page(status="302 Found", headers={"Location": other.url("/there")})
            policy = FetchPolicy(allow_hosts=frozenset([site.netloc, other.netloc]))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(snapshots, "policy", lambda: policy)
                run_all(ask("/moved"))
            assert memory.keys("politeness:*") == [f"politeness:{other.netloc}".encode()]


@pytest.mark.parametrize("count", [4, 20])
def test_leases_of_a_round_are_taken_in_two_statements(count: int, ask: Ask) -> None:
    captures = ask(*(f"/{number}" for number in range(count)))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(leases.take_all(ids(captures))) == count

    statements = [query["sql"] for query in asked if query["sql"].startswith(("SELECT", "UPDATE"))]
    assert len(statements) == 2


def came(captures: list[Capture]) -> list[tuple[Lease, Fetched | Exception]]:
    """A page for each of these captures, as the door brings it; every third was elsewhere."""
    taken = leases.take_all(ids(captures))
    pages = [
        fetched(held.url, f"<title>Page {held.capture_id}</title><p>It is at {held.url}.") for held in taken
    ]
    moved = Exchange(
        url="https://old.example/",
        address="203.0.113.7:443",
        started_at=pages[0].exchange.started_at,
        request=b"GET / HTTP/1.1\r\n\r\n",
        status=301,
        head=b"HTTP/1.1 301 Moved\r\n\r\n",
        headers=(("location", "/new"),),
    )
    redirected = [
        replace(page, redirects=(moved,)) if number % 3 == 0 else page for number, page in enumerate(pages)
    ]
    return list(zip(taken, redirected, strict=True))


def test_round_that_ends_and_its_texts_cost_as_many_statements_for_two_pages_as_for_many(ask: Ask) -> None:
    counts = []
    for number, count in enumerate((2, 20)):
        answers = came(ask(*(f"/{number}/{page}" for page in range(count))))
        with CaptureQueriesContext(connection) as ended:
            made = capturing._conclude(answers)
        with CaptureQueriesContext(connection) as read:
            extracting.extract_all(list(made))
        assert len(made) == count
        counts.append((len(ended), len(read)))

    assert counts[0] == counts[1]
    assert set(Extraction.objects.values_list("error", flat=True)) == {""}
    assert Change.objects.filter(object_type="source", action="updated").count() == 22


def test_way_to_each_page_of_a_round_is_kept_with_its_own_capture(ask: Ask) -> None:
    answers = came(ask(*(f"/{page}" for page in range(6))))
    capturing._conclude(answers)

    found = Capture.objects.order_by("pk").values_list("outcome", "hops", "attempts")
    assert [(outcome, len(hops), attempts) for outcome, hops, attempts in found] == [
        ("captured", 1 - min(number % 3, 1), 1) for number in range(6)
    ]


def test_of_leases_that_end_together_only_those_that_are_still_held_count(ask: Ask) -> None:
    answers = came(ask(*(f"/{page}" for page in range(6))))
    lost = [held.capture_id for held, _ in answers[2:4]]
    Capture.objects.filter(pk__in=lost).update(lease_until=Now() - timedelta(seconds=1))
    leases.take_all(lost)
    made = capturing._conclude(answers)

    assert len(made) == Snapshot.objects.count() == 4
    assert states() == ["done", "done", "running", "running", "done", "done"]
    assert not Snapshot.objects.filter(capture__in=lost).exists()


def test_page_that_was_stored_too_long_ago_costs_no_other_its_row(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, store_all = came(ask("/a", "/b", "/c")), snapshots.store_all

    def aged(arrivals: Sequence[snapshots.Arrival]) -> list[Any]:
        first, *others = store_all(arrivals)
        assert isinstance(first, snapshots.StoredPage)
        return [replace(first, stored_at=0.0), *others]

    monkeypatch.setattr(snapshots, "store_all", aged)

    assert len(capturing._conclude(answers)) == 2
    assert states() == ["queued", "done", "done"]
    assert LedgerEntry.objects.count() == 2
