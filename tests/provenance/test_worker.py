"""A real worker, killed and misled: every capture is done, once, and every quote is looked for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Event

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
from sources.models import Capture, Snapshot
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
