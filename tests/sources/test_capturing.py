"""The life of a capture: leased by one worker at a time, ended once, and never lost."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models.functions import Now

from sources import capturing, leases, politeness, snapshots, storage
from sources.fetchers.base import FetchError, Reason
from sources.fetchers.policy import FetchPolicy
from sources.leases import Lease
from sources.models import Capture, Snapshot
from sources.records import records
from sources.registry import find_or_add_source
from sources.requests import request_capture
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import fetched
from tests.racing import together
from tests.sources.conftest import due_captures
from tests.sources.loopback import ScriptedServer, hang, page, redirect, reset

pytestmark = pytest.mark.django_db

BODY = b"<title>Page</title><p>As it was.</p>"


def queued(url: str, by: User) -> Capture:
    return request_capture(find_or_add_source(url, by=by), by=by)


def held(capture: Capture) -> Lease:
    lease = leases.take(capture.pk)
    assert lease
    return lease


def captured(capture: Capture) -> Snapshot:
    made = capturing.run(capture.pk)
    assert made
    return Snapshot.objects.get(pk=made)


def let_lease_lapse(capture: Capture) -> None:
    Capture.objects.filter(pk=capture.pk).update(lease_until=Now() - timedelta(seconds=1))


def make_due(capture: Capture) -> None:
    Capture.objects.filter(pk=capture.pk).update(due_at=Now() - timedelta(seconds=1))


def seconds_to(due_at: datetime) -> float:
    """From now, by the database's clock."""
    now: datetime = Capture.objects.annotate(now=Now()).values_list("now", flat=True)[0]
    return (due_at - now).total_seconds()


def stored_files(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


@pytest.fixture
def capture(site: ScriptedServer, owner: User) -> Capture:
    """A queued capture of a page that is there."""
    site.script["/a"] = page(BODY)
    return queued(site.url("/a"), owner)


class TestLease:
    def test_takes_what_is_due_and_says_what_to_fetch(self, capture: Capture) -> None:
        lease = held(capture)
        capture.refresh_from_db()

        assert lease == Lease(capture.pk, 1, capture.source_id, capture.source.url or "", 0)
        assert capture.state == CaptureState.RUNNING
        assert capture.lease_until
        assert 30 < seconds_to(capture.lease_until) <= 45

    def test_is_not_given_twice(self, capture: Capture) -> None:
        held(capture)

        assert leases.take(capture.pk) is None
        assert due_captures() == []

    def test_is_not_given_before_the_capture_is_due(self, capture: Capture) -> None:
        Capture.objects.update(due_at=Now() + timedelta(seconds=5))

        assert due_captures() == []
        assert leases.take(capture.pk) is None

    def test_is_not_given_for_what_is_done_or_was_never_asked_for(self, capture: Capture) -> None:
        capturing.run(capture.pk)

        assert leases.take(capture.pk) is None
        assert leases.take(capture.pk + 1) is None

    def test_that_lapsed_is_given_again_and_counted_as_lost_and_not_as_an_attempt(
        self, capture: Capture
    ) -> None:
        held(capture)
        let_lease_lapse(capture)

        assert due_captures() == [capture.pk]
        assert held(capture).fence == 2
        capture.refresh_from_db()
        assert (capture.lease_losses, capture.attempts) == (1, 0)

    def test_outlives_every_worker_that_holds_it_and_is_taken_up_within_a_minute(
        self, settings: LazySettings
    ) -> None:
        soft, hard = settings.CELERY_TASK_SOFT_TIME_LIMIT, settings.CELERY_TASK_TIME_LIMIT
        lease = leases.LEASE.total_seconds()

        assert capturing.PATIENCE + snapshots.policy().deadline < soft < hard < lease
        assert lease + settings.SWEEP_SECONDS < 60


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_of_many_workers_gets_the_lease(self, capture: Capture) -> None:
        taken = together(*[lambda: leases.take(capture.pk)] * 6)

        assert [lease.fence for lease in taken if isinstance(lease, Lease)] == [1]

    def test_one_of_many_workers_gets_a_lease_that_lapsed(self, capture: Capture) -> None:
        held(capture)
        let_lease_lapse(capture)
        taken = together(*[lambda: leases.take(capture.pk)] * 6)
        capture.refresh_from_db()

        assert [lease.fence for lease in taken if isinstance(lease, Lease)] == [2]
        assert capture.lease_losses == 1

    def test_many_workers_with_the_same_message_capture_once(
        self, capture: Capture, site: ScriptedServer
    ) -> None:
        made = together(*[lambda: capturing.run(capture.pk)] * 4)

        assert len([pk for pk in made if pk is not None]) == 1
        assert Snapshot.objects.count() == 1
        assert len(site.requests) == 1

    def test_the_late_worker_and_the_new_one_finish_at_once_and_only_the_new_one_counts(
        self, capture: Capture
    ) -> None:
        late = held(capture)
        let_lease_lapse(capture)
        new = held(capture)
        seen = fetched(new.url, "As it was.")
        made = together(lambda: capturing.finish(late, seen), lambda: capturing.finish(new, seen))

        assert made[0] is None
        assert [snapshot.pk for snapshot in Snapshot.objects.all()] == [made[1]]


class TestLateWorker:
    @pytest.fixture
    def late(self, capture: Capture) -> Lease:
        """The lease of a worker that stalled, and lost it to another."""
        lease = held(capture)
        let_lease_lapse(capture)
        held(capture)
        return lease

    def test_cannot_finish(self, late: Lease) -> None:
        assert capturing.finish(late, fetched(late.url, "Too late.")) is None
        assert not Snapshot.objects.exists()

    def test_cannot_fail_or_give_back_what_another_holds(self, late: Lease, capture: Capture) -> None:
        capturing.fail(late, FetchError(Reason.HTTP_NOT_FOUND))
        capturing.stumble(late, ValueError())
        leases.give_back(late, seconds=0)
        capture.refresh_from_db()

        assert (capture.state, capture.fence, capture.attempts) == (CaptureState.RUNNING, 2, 0)

    def test_uses_its_lease_once(self, capture: Capture) -> None:
        lease = held(capture)
        made = capturing.finish(lease, fetched(lease.url, "As it was."))

        assert capturing.finish(lease, fetched(lease.url, "Again.")) is None
        capturing.fail(lease, FetchError(Reason.HTTP_NOT_FOUND))
        leases.give_back(lease, seconds=0)
        capture.refresh_from_db()
        assert (capture.outcome, capture.attempts) == (CaptureOutcome.CAPTURED, 1)
        assert Snapshot.objects.get().pk == made

    @pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.HTTP_NOT_FOUND])
    def test_that_stood_still_past_its_lease_says_nothing_of_the_site_by_failing(
        self, capture: Capture, reason: Reason
    ) -> None:
        lease = held(capture)
        let_lease_lapse(capture)
        capturing.fail(lease, FetchError(reason))
        capture.refresh_from_db()
        assert (capture.state, capture.attempts) == (CaptureState.RUNNING, 0)
        assert due_captures() == [capture.pk]

    def test_that_stood_still_past_its_lease_may_bring_the_page_if_nobody_else_does(
        self, capture: Capture
    ) -> None:
        lease = held(capture)
        let_lease_lapse(capture)
        assert capturing.finish(lease, fetched(lease.url, "As it was."))
        capture.refresh_from_db()
        assert capture.outcome == CaptureOutcome.CAPTURED

    def test_changes_nothing_once_the_capture_is_done(self, late: Lease, capture: Capture) -> None:
        let_lease_lapse(capture)
        made = capturing.run(capture.pk)

        assert capturing.finish(late, fetched(late.url, "Too late.")) is None
        assert Snapshot.objects.get().pk == made


class TestOutcome:
    def test_a_page_is_captured(self, capture: Capture) -> None:
        snapshot = captured(capture)
        capture.refresh_from_db()

        assert (capture.state, capture.outcome) == (CaptureState.DONE, CaptureOutcome.CAPTURED)
        assert (capture.attempts, capture.lease_losses, capture.reason) == (1, 0, "")
        assert capture.finished_at
        assert snapshot.capture == capture
        assert snapshots.payload(snapshot) == BODY
        assert (snapshot.media_type, snapshot.charset) == ("text/html", "utf-8")

    def test_the_way_to_a_page_is_kept(self, capture: Capture, site: ScriptedServer) -> None:
        site.script |= {"/a": redirect("/b"), "/b": page(BODY)}
        snapshot = captured(capture)
        capture.refresh_from_db()

        assert snapshot.url == site.url("/b")
        assert [(hop["url"], hop["status"], hop["location"]) for hop in capture.hops] == [
            (site.url("/a"), 302, "/b")
        ]

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            ("404 Not Found", "http_not_found"),
            ("410 Gone", "http_not_found"),
            ("403 No", "http_client_error"),
        ],
    )
    def test_a_page_that_is_not_given_fails_at_once(
        self, status: str, reason: str, capture: Capture, site: ScriptedServer
    ) -> None:
        site.script["/a"] = page(b"<p>Sorry", status=status)
        assert capturing.run(capture.pk) is None
        capture.refresh_from_db()

        assert (capture.state, capture.outcome, capture.reason) == ("done", "failed", reason)
        assert capture.attempts == 1
        assert not Snapshot.objects.exists()

    def test_an_address_that_is_not_public_is_refused_at_once(
        self, capture: Capture, site: ScriptedServer, settings: LazySettings
    ) -> None:
        settings.CAPTURE_ALLOW_HOSTS = frozenset()
        capturing.run(capture.pk)
        capture.refresh_from_db()

        assert (capture.state, capture.outcome, capture.reason) == ("done", "refused", "port_refused")
        assert site.connections == 0

    def test_a_redirect_to_such_an_address_is_refused_with_the_way_there(
        self, capture: Capture, site: ScriptedServer
    ) -> None:
        with ScriptedServer({"/": page(b"secret")}) as private:
            site.script["/a"] = redirect("http://127.0.0.1/")
            capturing.run(capture.pk)
            assert private.connections == 0
        capture.refresh_from_db()

        assert (capture.state, capture.outcome, capture.reason) == ("done", "refused", "address_refused")
        assert [hop["location"] for hop in capture.hops] == ["http://127.0.0.1/"]
        assert not Snapshot.objects.exists()

    @pytest.mark.parametrize(("cut", "end"), [(0, "b"), (2, "ü")])
    def test_a_redirect_to_a_url_that_no_row_could_hold_is_refused(
        self, cut: int, end: str, capture: Capture, site: ScriptedServer
    ) -> None:
        longest = "/" + "b" * (4000 - len(site.url("/")))
        longer = longest[: len(longest) - cut] + end  # as it stands, or once its letter is escaped
        site.script |= {"/a": redirect(longest), longest: redirect(longer), "*": page(BODY)}
        capturing.run(capture.pk)
        capture.refresh_from_db()

        assert (capture.state, capture.outcome, capture.reason) == ("done", "refused", "bad_url")
        assert [len(hop["url"]) for hop in capture.hops][1:] == [4000]

    @pytest.mark.parametrize(
        ("script", "reason"),
        [
            (page(status="503 Busy"), Reason.HTTP_SERVER_ERROR),
            (page(status="429 Slow down"), Reason.HTTP_RATE_LIMITED),
            ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"cut"], Reason.INCOMPLETE_BODY),
            ([reset], Reason.CONNECT_FAILED),
            ([hang], Reason.TIMEOUT),
        ],
    )
    def test_a_site_that_is_unwell_is_asked_again_later(
        self,
        script: Any,
        reason: Reason,
        capture: Capture,
        site: ScriptedServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        policy = FetchPolicy(allow_hosts=frozenset([site.netloc]), deadline=0.3)
        monkeypatch.setattr(snapshots, "policy", lambda: policy)
        site.script["/a"] = script
        assert capturing.run(capture.pk) is None
        capture.refresh_from_db()

        assert (capture.state, capture.outcome, capture.reason) == (CaptureState.WAITING, None, reason)
        assert (capture.attempts, capture.lease_losses, capture.lease_until) == (1, 0, None)
        assert 5 < seconds_to(capture.due_at) <= 15
        assert due_captures() == []
        assert not Snapshot.objects.exists()

    def test_a_page_cut_at_our_cap_is_captured_truncated(
        self, capture: Capture, site: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policy = FetchPolicy(allow_hosts=frozenset([site.netloc]), max_body=10)
        monkeypatch.setattr(snapshots, "policy", lambda: policy)
        snapshot = captured(capture)
        capture.refresh_from_db()

        assert capture.outcome == CaptureOutcome.CAPTURED_TRUNCATED
        assert snapshot.truncated == "length"
        assert snapshots.payload(snapshot) == BODY[:10]


CUT = page(BODY, headers={"Content-Length": "500"})
WITH_MORE = page(BODY) + b"<p>More than was declared."


class TestCutPage:
    def attempt(self, capture: Capture, *, left: int) -> int | None:
        """The capture's next attempt, after which `left` more could follow."""
        Capture.objects.filter(pk=capture.pk).update(attempts=capturing.MAX_ATTEMPTS - 1 - left)
        make_due(capture)
        made = capturing.run(capture.pk)
        capture.refresh_from_db()
        return made

    @pytest.mark.parametrize("script", [CUT, WITH_MORE])
    def test_is_not_kept_while_an_attempt_may_bring_the_whole(
        self, capture: Capture, site: ScriptedServer, script: bytes
    ) -> None:
        site.script["/a"] = script
        assert self.attempt(capture, left=1) is None

        assert (capture.state, capture.outcome) == (CaptureState.WAITING, None)
        assert not Snapshot.objects.exists()

    @pytest.mark.parametrize(
        ("script", "truncated", "reason"),
        [(CUT, "disconnect", Reason.INCOMPLETE_BODY), (WITH_MORE, "unspecified", Reason.PROTOCOL_ERROR)],
    )
    def test_is_kept_by_the_last_attempt_as_a_part_with_the_reason(
        self, capture: Capture, site: ScriptedServer, script: bytes, truncated: str, reason: Reason
    ) -> None:
        site.script |= {"/a": redirect("/b"), "/b": script}
        made = self.attempt(capture, left=0)
        assert made
        snapshot = Snapshot.objects.get(pk=made)

        assert capture.outcome == CaptureOutcome.CAPTURED_TRUNCATED
        assert (capture.reason, capture.attempts) == (reason, capturing.MAX_ATTEMPTS)
        assert capture.explanation.startswith(reason.sentence)
        assert len(capture.hops) == 1
        assert snapshot.truncated == truncated
        assert snapshots.payload(snapshot).startswith(BODY)
        with storage.opened(snapshot.warc_name) as file:
            assert [record.truncated for record in records(file) if record.truncated] == ["length", truncated]

    def test_without_a_byte_fails_in_the_end(self, capture: Capture, site: ScriptedServer) -> None:
        site.script["/a"] = page(b"", headers={"Content-Length": "500"})

        assert self.attempt(capture, left=0) is None
        assert (capture.outcome, capture.reason) == (CaptureOutcome.FAILED, Reason.INCOMPLETE_BODY)

    def test_that_the_store_cannot_take_waits_without_using_up_an_attempt(
        self, capture: Capture, site: ScriptedServer, store: Path
    ) -> None:
        site.script["/a"] = CUT
        store.write_text("a file in the folder's place")

        assert self.attempt(capture, left=0) is None
        assert (capture.state, capture.attempts) == (CaptureState.QUEUED, capturing.MAX_ATTEMPTS - 1)


class TestNextAttempt:
    def test_each_failure_waits_longer_than_the_one_before_and_the_last_one_ends_it(
        self, capture: Capture, site: ScriptedServer
    ) -> None:
        site.script["/a"] = page(status="500 Broken")
        waits = []
        for _ in range(capturing.MAX_ATTEMPTS - 1):
            capturing.run(capture.pk)
            capture.refresh_from_db()
            assert capture.state == CaptureState.WAITING
            waits.append(seconds_to(capture.due_at))
            make_due(capture)
        capturing.run(capture.pk)
        capture.refresh_from_db()

        assert waits == sorted(waits)
        assert (capture.state, capture.outcome, capture.reason) == ("done", "failed", "http_server_error")
        assert capture.attempts == capturing.MAX_ATTEMPTS == len(site.requests)
        assert capture.finished_at

    def test_a_failure_is_forgotten_once_the_page_is_captured(
        self, capture: Capture, site: ScriptedServer
    ) -> None:
        site.script["/a"] = page(status="500 Broken")
        capturing.run(capture.pk)
        site.script["/a"] = page(BODY)
        make_due(capture)
        capturing.run(capture.pk)
        capture.refresh_from_db()

        assert (capture.outcome, capture.reason, capture.attempts) == ("captured", "", 2)

    @pytest.mark.parametrize(
        ("retry_after", "seconds"),
        [
            ("120", 120),
            ("0", 1),
            ("315360000", capturing.MAX_RETRY_AFTER),
            ("Fri, 31 Dec 2999 23:59:59 GMT", capturing.MAX_RETRY_AFTER),
        ],
    )
    def test_comes_when_the_site_asks_for_it_within_reason(
        self, retry_after: str, seconds: float, capture: Capture, site: ScriptedServer
    ) -> None:
        site.script["/a"] = page(status="429 Slow down", headers={"Retry-After": retry_after})
        capturing.run(capture.pk)
        capture.refresh_from_db()

        assert seconds - 20 < seconds_to(capture.due_at) <= seconds

    def test_of_a_failure_of_our_own_is_not_the_last_for_ever(
        self, capture: Capture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def mistake(*_: object, **__: object) -> None:
            raise ValueError("not foreseen")

        monkeypatch.setattr(snapshots, "store_all", mistake)
        for _ in range(capturing.MAX_ATTEMPTS):
            assert capturing.run(capture.pk) is None
            make_due(capture)
        capture.refresh_from_db()

        assert (capture.state, capture.outcome, capture.reason) == ("done", "failed", "")
        assert capture.explanation == "The service failed at this page (ValueError)."


class TestOurOwnTrouble:
    def test_a_store_that_fails_gives_the_lease_back_and_leaves_nothing(
        self, capture: Capture, store: Path
    ) -> None:
        store.write_text("a file in the folder's place")
        assert capturing.run(capture.pk) is None
        capture.refresh_from_db()

        assert (capture.state, capture.attempts, capture.lease_losses) == (CaptureState.QUEUED, 0, 0)
        assert (capture.reason, capture.lease_until) == ("", None)
        assert not Snapshot.objects.exists()
        assert stored_files(store.parent) == [store]

        store.unlink()
        assert capturing.run(capture.pk) is None, "it waits a while"
        make_due(capture)
        assert capturing.run(capture.pk)
        assert len(stored_files(store)) == 1

    def test_a_host_that_was_just_asked_gives_the_lease_back(
        self, capture: Capture, site: ScriptedServer, owner: User, settings: LazySettings
    ) -> None:
        settings.CAPTURE_HOST_DELAY = 30
        another = queued(site.url("/b"), owner)

        assert capturing.run(capture.pk)
        assert capturing.run(another.pk) is None
        another.refresh_from_db()
        assert (another.state, another.attempts, another.lease_until) == (CaptureState.QUEUED, 0, None)
        assert 15 < seconds_to(another.due_at) <= 30

    def test_without_a_politeness_store_captures_go_on(
        self, capture: Capture, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.CAPTURE_HOST_DELAY = 30
        settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
        politeness._client.cache_clear()
        try:
            assert capturing.run(capture.pk)
        finally:
            politeness._client.cache_clear()

    def test_a_setting_that_cannot_be_read_takes_no_lease(
        self, capture: Capture, settings: LazySettings
    ) -> None:
        settings.CAPTURE_ALLOW_HOSTS = frozenset(["not a host"])
        with pytest.raises(ValueError, match="host"):
            capturing.run(capture.pk)
        capture.refresh_from_db()

        assert (capture.state, capture.fence) == (CaptureState.QUEUED, 0)


class TestRevisit:
    def seen_again(self, capture: Capture) -> Snapshot:
        assert capture.requested_by
        again = request_capture(capture.source, by=capture.requested_by)
        assert again != capture
        return captured(again)

    def test_an_unchanged_page_is_a_snapshot_that_shares_the_bytes(self, capture: Capture) -> None:
        first = captured(capture)
        second, third = self.seen_again(capture), self.seen_again(capture)

        assert (first.payload_of, second.payload_of, third.payload_of) == (None, first, first)
        assert first.sha256 == second.sha256 == third.sha256
        assert first.captured_at < second.captured_at < third.captured_at
        assert snapshots.payload(second) == snapshots.payload(first) == BODY
        assert len({first.warc_name, second.warc_name, third.warc_name}) == 3

    def test_a_changed_page_has_bytes_of_its_own(self, capture: Capture, site: ScriptedServer) -> None:
        first = captured(capture)
        site.script["/a"] = page(b"<p>As it is now.")
        second = self.seen_again(capture)
        site.script["/a"] = page(BODY)
        third = self.seen_again(capture)

        assert (second.payload_of, third.payload_of) == (None, first)
        assert snapshots.payload(second) == b"<p>As it is now."
        assert snapshots.payload(third) == BODY

    def test_equal_beginnings_of_pages_are_not_equal_pages(
        self, capture: Capture, site: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policy = FetchPolicy(allow_hosts=frozenset([site.netloc]), max_body=10)
        monkeypatch.setattr(snapshots, "policy", lambda: policy)
        capturing.run(capture.pk)

        assert self.seen_again(capture).payload_of is None

    def test_a_page_that_became_what_had_been_cut_off_is_kept_whole(
        self, capture: Capture, site: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policy = FetchPolicy(allow_hosts=frozenset([site.netloc]), max_body=10)
        monkeypatch.setattr(snapshots, "policy", lambda: policy)
        assert captured(capture).truncated
        site.script["/a"] = page(BODY[:10])

        assert self.seen_again(capture).payload_of is None

    def test_equal_bytes_of_two_sources_are_each_kept(
        self, capture: Capture, site: ScriptedServer, owner: User
    ) -> None:
        site.script["/b"] = page(BODY)
        capturing.run(capture.pk)
        other = captured(queued(site.url("/b"), owner))

        assert other.payload_of is None

    def test_every_file_passes_the_check_and_is_named_by_its_row(
        self, capture: Capture, site: ScriptedServer, store: Path
    ) -> None:
        site.script |= {"/a": redirect("/b"), "/b": page(BODY)}
        capturing.run(capture.pk)
        self.seen_again(capture)
        rows = {row.warc_name: row for row in Snapshot.objects.all()}

        assert {str(path.relative_to(store)) for path in stored_files(store)} == set(rows)
        for name, row in rows.items():
            content = storage.read(name)
            assert (len(content), name[3:67]) == (row.warc_size, row.warc_sha256)
        assert warcio_check(stored_files(store)) == (0, "")


def warcio_check(files: Sequence[Path]) -> tuple[int, str]:
    """Exit status and complaints of `warcio check`."""
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, files)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.stdout.count("digest pass") >= 3 * len(files)
    return checked.returncode, checked.stderr
