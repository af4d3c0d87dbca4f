"""A real worker, killed and misled: every capture is done, once, and every quote is looked for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest
import redis
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models.functions import Now

from claims.models import Anchor, Appearance, DueAnchoring
from claims.trees import load_tree
from claims.vocabulary import DerivationKind, EvidenceState
from provenance import health
from sources import capturing, extracting
from sources.models import Capture, Extraction, Snapshot
from sources.registry import find_or_add_source
from sources.requests import request_captures
from sources.tasks import capture as capture_task
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import chain, newsroom, repeats, stated
from tests.sources.loopback import ScriptedServer, hang, page, redirect
from tests.worker import Worker, eventually

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

StartWorker = Callable[[], Worker]


@pytest.fixture
def site() -> Iterator[ScriptedServer]:
    """The site that the chains cite, and the only one that the worker may reach."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def broker(settings: LazySettings) -> Iterator[redis.Redis]:
    """The broker, empty at first."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture
def start_worker(
    transactional_db: None, broker: redis.Redis, site: ScriptedServer, settings: LazySettings, tmp_path: Path
) -> Iterator[StartWorker]:
    """Starts one more worker each time; all of them are gone before the database is emptied."""
    settings.CAPTURE_ALLOW_HOSTS = frozenset([site.netloc])
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Worker(tmp_path, allow=[site.netloc]))


def nothing_is_left_to_look_for() -> bool:
    """Asked in the order of the steps: what leaves one of them in between is found at the next."""
    return not extracting.ready() and not DueAnchoring.objects.exists()


def all_anchored() -> bool:
    return not Capture.objects.open().exists() and nothing_is_left_to_look_for()


def text_at(anchor: Anchor) -> str:
    """The words at the anchor's place, cut out of the text that it names."""
    extraction = anchor.snapshot.extractions.get(extractor=anchor.extractor)
    assert extraction.text_sha256 == anchor.text_sha256
    return extraction.text[anchor.start : anchor.end]


def test_a_recorded_chain_is_captured_read_and_anchored(
    start_worker: StartWorker, site: ScriptedServer, owner: User
) -> None:
    site.script = {
        "/study": page("<title>A study 😀</title><p>We found  that\nit <b>may</b> be so — “naïve”.".encode()),
        "/paper": redirect("/paper/today"),
        "/paper/today": page(b"<script src=x></script><p>A study says: it is so.<p>Read on: 1 &lt; 2."),
    }
    start_worker()
    recorded = chain(
        stated("study", url=site.url("/study"), quote="it may be so — “naïve”", title="", publisher=None),
        stated(
            "paper",
            url=site.url("/paper"),
            quote="it is so.  Read\non: 1 < 2",
            derived_from=(repeats("study", DerivationKind.REPETITION, quote="A study says"),),
        ),
        by=owner,
    )
    assert eventually(all_anchored)

    assert {capture.outcome for capture in Capture.objects.all()} == {CaptureOutcome.CAPTURED}
    anchors = {anchor.appearance_id or -1: anchor for anchor in Anchor.objects.all()}
    study, paper = (recorded.appearances[ref].pk for ref in ("study", "paper"))
    assert {anchor.state for anchor in anchors.values()} == {EvidenceState.ANCHORED}
    assert text_at(anchors[study]) == "it may be so — “naïve”"
    assert text_at(anchors[paper]) == "it is so.\nRead on: 1 < 2"
    assert text_at(anchors[-1]) == "A study says"
    recorded.appearances["study"].source.refresh_from_db()
    assert recorded.appearances["study"].source.title == "A study 😀"


def test_pages_that_cannot_be_captured_leave_the_tree_standing(
    start_worker: StartWorker, site: ScriptedServer, owner: User
) -> None:
    with ScriptedServer({"*": page(b"<p>secret")}) as private:
        site.script = {
            "/gone": page(b"<p>No such page", status="404 Not Found"),
            "/inwards": redirect(private.url("/")),
            "/cut": [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"<p>It is"],
            "/here": page(b"<p>It is so."),
        }
        start_worker()
        refs = [path.removeprefix("/") for path in site.script]
        recorded = chain(*(stated(ref, url=site.url(f"/{ref}"), quote="It is so") for ref in refs), by=owner)
        outcomes = {
            "gone": (CaptureState.DONE, CaptureOutcome.FAILED, "http_not_found"),
            "inwards": (CaptureState.DONE, CaptureOutcome.REFUSED, "port_refused"),
            "cut": (CaptureState.WAITING, None, "incomplete_body"),
            "here": (CaptureState.DONE, CaptureOutcome.CAPTURED, ""),
        }
        captured = {
            ref: Capture.objects.filter(source=recorded.appearances[ref].source).values_list(
                "state", "outcome", "reason"
            )
            for ref in refs
        }
        assert eventually(lambda: {ref: row.get() for ref, row in captured.items()} == outcomes)
        assert private.connections == 0
    assert eventually(nothing_is_left_to_look_for)

    tree = load_tree(recorded.claim)
    shown = {view.id: view.evidence.state for view in tree.nodes}
    assert shown == {
        recorded.appearances[ref].pk: EvidenceState.ANCHORED if ref == "here" else EvidenceState.UNANCHORED
        for ref in refs
    }


def test_a_capture_whose_worker_is_killed_is_done_by_the_next_one_once(
    start_worker: StartWorker, site: ScriptedServer, owner: User
) -> None:
    asked = Event()
    site.script["/slow"] = [lambda _: asked.set(), hang]
    killed = start_worker()
    recorded = chain(stated("slow", url=site.url("/slow"), quote="It is so"), by=owner)
    capture = recorded.captures[0]
    assert asked.wait(30)
    killed.kill()
    capture.refresh_from_db()
    assert (capture.state, capture.fence) == (CaptureState.RUNNING, 1)

    site.script["/slow"] = page(b"<p>It is so.")
    # The lease would lapse by itself 45 seconds after it was taken; no test needs to sit through that.
    Capture.objects.update(lease_until=Now() - timedelta(seconds=1))
    for _ in range(3):
        capture_task.delay(capture.pk)  # as a broker may deliver a message more than once
    start_worker()
    assert eventually(all_anchored)

    capture.refresh_from_db()
    assert (capture.outcome, capture.attempts) == (CaptureOutcome.CAPTURED, 1)
    assert (capture.lease_losses, capture.fence) == (1, 2)
    assert Snapshot.objects.get().capture == capture
    assert text_at(Anchor.objects.get()) == "It is so"


def test_an_emptied_broker_is_made_up_for_by_sweeps(
    start_worker: StartWorker, broker: redis.Redis, site: ScriptedServer, owner: User
) -> None:
    """Work that stands at every step, and no message about any of it."""
    site.script = {f"/{step}": page(b"<p>It is so.") for step in ("queued", "captured", "read")}
    recorded = chain(
        *(
            stated(step, url=site.url(f"/{step}"), quote="It is so")
            for step in ("queued", "captured", "read")
        ),
        by=owner,
    )
    _, captured, read = recorded.captures
    capturing.run(captured.pk)
    snapshot_id = capturing.run(read.pk)
    assert snapshot_id
    extracting.extract(snapshot_id)
    broker.flushdb()  # FLUSHALL, but for what others keep in the same server
    start_worker()

    assert eventually(all_anchored)
    assert Snapshot.objects.count() == 3
    states = Appearance.objects.values_list("newest_anchor__state", flat=True)
    assert list(states) == [EvidenceState.ANCHORED] * 3
    assert eventually(lambda: health.readiness()["worker"])


def test_worker_whose_processes_are_all_busy_is_there(
    start_worker: StartWorker, broker: redis.Redis, site: ScriptedServer, owner: User
) -> None:
    site.script["*"] = [hang]
    for name in ("/a", "/b", "/c"):
        request_captures([find_or_add_source(site.url(name), by=owner)], by=owner)
    start_worker()
    assert eventually(lambda: len(site.requests) == 2)
    broker.flushdb()
    assert not health.readiness()["worker"]

    assert eventually(lambda: health.readiness()["worker"])
    assert Capture.objects.filter(state=CaptureState.RUNNING).count() == 2


def test_many_messages_to_two_workers_capture_every_page_once(
    start_worker: StartWorker, site: ScriptedServer
) -> None:
    site.script["*"] = page(b"<p>It is so.")
    start_worker()
    start_worker()
    refs = [f"paper-{number}" for number in range(20)]
    by = newsroom("The Busy", trusted=True)
    recorded = chain(*(stated(ref, url=site.url(f"/{ref}"), quote="It is so") for ref in refs), by=by)
    for capture in recorded.captures:
        capture_task.delay(capture.pk)
    assert eventually(all_anchored)

    assert Snapshot.objects.count() == len(site.requests) == 20
    assert set(Capture.objects.values_list("outcome", "fence", "attempts")) == {("captured", 1, 1)}
    assert Anchor.objects.filter(state=EvidenceState.ANCHORED).count() == 20


HOSTS = [f"p{number}.localhost" for number in range(8)]


@pytest.fixture
def start_workers(
    transactional_db: None, broker: redis.Redis, site: ScriptedServer, tmp_path: Path
) -> Iterator[StartWorker]:
    """As `start_worker`, where the site has many names."""
    allow = [f"{host}:{site.port}" for host in HOSTS]
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Worker(tmp_path, allow=allow))


def ask_for_a_round(site: ScriptedServer, by: User) -> list[Capture]:
    """A page of each host, in one message."""
    sources = [find_or_add_source(site.url(f"/{host}", host=host), by=by) for host in HOSTS]
    return request_captures(sources, by=by)


def all_read() -> bool:
    return not Capture.objects.open().exists() and not extracting.ready()


def each_was_done_once(site: ScriptedServer) -> None:
    assert set(Capture.objects.values_list("outcome", "attempts")) == {("captured", 1)}
    assert Snapshot.objects.count() == Extraction.objects.count() == len(HOSTS)
    assert set(Snapshot.objects.values_list("capture", flat=True)) == set(
        Capture.objects.values_list("pk", flat=True)
    )


def test_a_round_is_fetched_side_by_side_and_every_text_read(
    start_workers: StartWorker, site: ScriptedServer, owner: User
) -> None:
    together = Barrier(len(HOSTS))
    for host in HOSTS:
        # No page is sent before all of them have been asked for.
        site.script[f"/{host}"] = [lambda _: together.wait(30), page(f"<p>Here is {host}.".encode())]
    ask_for_a_round(site, owner)
    start_workers()

    assert eventually(all_read)
    each_was_done_once(site)
    assert set(Extraction.objects.values_list("text", flat=True)) == {f"Here is {host}." for host in HOSTS}


def test_a_round_whose_worker_is_killed_keeps_what_was_done_and_the_rest_is_done_by_the_next(
    start_workers: StartWorker, site: ScriptedServer, owner: User
) -> None:
    site.script["*"] = page(b"<p>It is so.")
    slow = [f"/{host}" for host in HOSTS[:3]]
    site.script |= {path: [hang] for path in slow}
    captures = ask_for_a_round(site, owner)
    killed = start_workers()
    assert eventually(lambda: Snapshot.objects.count() == len(HOSTS) - len(slow))
    killed.kill()
    assert Capture.objects.filter(state=CaptureState.RUNNING).count() == len(slow)

    for path in slow:
        site.script[path] = page(b"<p>It is so.")
    Capture.objects.filter(state=CaptureState.RUNNING).update(lease_until=Now() - timedelta(seconds=1))
    for _ in range(3):
        capture_task.delay(*(capture.pk for capture in captures))  # as a broker may deliver it more than once
    start_workers()
    start_workers()

    assert eventually(all_read)
    each_was_done_once(site)
    assert sum(Capture.objects.values_list("lease_losses", flat=True)) == len(slow)


def test_a_worker_that_was_stopped_past_its_leases_writes_nothing_when_it_goes_on(
    start_workers: StartWorker, site: ScriptedServer, owner: User
) -> None:
    asked, go_on = Event(), Event()
    site.script["*"] = [lambda _: asked.set(), lambda _: go_on.wait(30), page(b"<p>Too late.")]
    ask_for_a_round(site, owner)
    stopped = start_workers()
    assert asked.wait(30)
    assert eventually(lambda: len(site.requests) == len(HOSTS))
    stopped.pause()
    Capture.objects.update(lease_until=Now() - timedelta(seconds=1))
    site.script["*"] = page(b"<p>In time.")
    start_workers()
    assert eventually(all_read)

    go_on.set()
    stopped.go_on()
    # It takes this message only when it is done with what it held.
    stopped_was_told = eventually(lambda: stopped.says("succeeded"))
    assert stopped_was_told
    each_was_done_once(site)
    assert set(Extraction.objects.values_list("text", flat=True)) == {"In time."}
    assert set(Capture.objects.values_list("fence", "lease_losses")) == {(2, 1)}


def test_rounds_are_made_anew_from_the_database_when_the_broker_was_emptied(
    start_workers: StartWorker, broker: redis.Redis, site: ScriptedServer, owner: User
) -> None:
    site.script["*"] = page(b"<p>It is so.")
    ask_for_a_round(site, owner)
    broker.flushdb()
    start_workers()

    assert eventually(all_read)
    each_was_done_once(site)


def test_one_page_does_not_wait_for_rounds_of_sites_that_hang(
    transactional_db: None, broker: redis.Redis, site: ScriptedServer, owner: User, tmp_path: Path
) -> None:
    site.script["*"] = [hang]
    site.script["/wanted"] = page(b"<p>At last.")
    allow = [site.netloc, *(f"{host}:{site.port}" for host in HOSTS)]
    with Worker(tmp_path, allow=allow, options=["--queues", "celery,rounds", "--concurrency", "1"]):
        ask_for_a_round(site, owner)
        assert eventually(lambda: len(site.requests) == len(HOSTS))
        with Worker(tmp_path, allow=allow, options=["--queues", "celery", "--concurrency", "1"]):
            request_captures([find_or_add_source(site.url("/wanted"), by=owner)], by=owner)
            assert eventually(lambda: Extraction.objects.filter(text="At last.").exists())
            assert Capture.objects.filter(state=CaptureState.RUNNING).count() == len(HOSTS)
