"""Scheduled captures ask whether a page was modified; a server's word that it was not becomes a snapshot too."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims import anchoring
from claims.exports.verify_receipt import check
from claims.models import Anchor
from sources import capturing, snapshots, tasks
from sources.models import Comparison, Snapshot, Source
from sources.requests import request_capture
from sources.verifying import differences
from sources.vocabulary import CaptureOutcome, CapturePriority, PageChange
from tests.factories import chain, stated
from tests.sources.loopback import ScriptedServer, page, redirect

pytestmark = pytest.mark.django_db

BODY = b"<title>Page</title><p>As it was."
DATE = "Tue, 02 Mar 2021 10:00:00 GMT"
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "v2"\r\n\r\n'


@pytest.fixture
def source(site: ScriptedServer, owner: User, store: Path) -> Source:
    """A page whose server names its state, cited by a published claim."""
    site.script["/a"] = page(BODY, headers={"ETag": '"v1"', "Last-Modified": DATE})
    recorded = chain(stated("a", url=site.url("/a"), quote="As it was."), by=owner)
    return recorded.appearances["a"].source


def look(source: Source, priority: CapturePriority = CapturePriority.SCHEDULED) -> Snapshot:
    """Capture the source, read the page and look for its quotes."""
    capture = request_capture(source, by=source.created_by)  # one that is open may be of another priority
    type(capture).objects.filter(pk=capture.pk).update(priority=priority)
    tasks.capture(capture.pk)
    anchoring.anchor_source(source.pk)
    return Snapshot.objects.get(capture=capture)


def sent(site: ScriptedServer) -> tuple[str, str]:
    """The validators of the last request."""
    return site.requests[-1].header("if-none-match"), site.requests[-1].header("if-modified-since")


def test_page_that_was_not_modified_is_seen_again(source: Source, site: ScriptedServer) -> None:
    first = look(source)
    site.script["/a"] = NOT_MODIFIED
    second = look(source)

    assert sent(site) == ('"v1"', DATE)
    assert (second.status_code, second.payload_of, second.truncated) == (304, first, "")
    for name in snapshots._Facts._fields:
        assert getattr(second, name) == getattr(first, name), name
    assert second.captured_at > first.captured_at
    assert second.warc_name != first.warc_name
    assert second.capture
    assert second.capture.outcome == CaptureOutcome.CAPTURED
    assert snapshots.payload(second) == BODY
    assert Comparison.objects.get(snapshot=second).change == PageChange.SAME_BYTES


def test_it_is_evidence_that_anybody_can_check(source: Source, site: ScriptedServer, client: Client) -> None:
    look(source)
    site.script["/a"] = NOT_MODIFIED
    second = look(source)
    anchor = Anchor.objects.get(snapshot=second)
    claim = source.appearances.get().claim
    package = b"".join(client.get(f"/api/v1/claims/{claim.slug}/wacz/").streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        receipt = archive.read("receipt/receipt.json")

    assert anchor.state == "anchored"
    assert [str(each) for each in differences(None, progress=lambda *_: None)] == []
    assert f'"status":{second.status_code}'.encode() in receipt
    assert list(check(receipt, io.BytesIO(package))) == []


def test_its_memento_is_the_page(source: Source, site: ScriptedServer, client: Client) -> None:
    look(source)
    site.script["/a"] = NOT_MODIFIED
    look(source)
    response = client.get(client.get(f"/timegate/{source.url}")["Location"])

    assert (response.status_code, response.content) == (200, BODY)
    assert response["Content-Type"] == "text/html; charset=utf-8"


def test_word_is_always_asked_for_of_bytes_that_were_seen(source: Source, site: ScriptedServer) -> None:
    first = look(source)
    site.script["/a"] = NOT_MODIFIED
    look(source)
    third = look(source)

    assert sent(site) == ('"v1"', DATE)
    assert third.payload_of == first


def test_page_that_was_modified_is_kept(source: Source, site: ScriptedServer) -> None:
    look(source)
    site.script["/a"] = page(b"<p>As it is now.", headers={"ETag": '"v2"'})
    second = look(source)

    assert (second.status_code, second.payload_of, second.etag) == (200, None, '"v2"')
    assert (second.last_modified, snapshots.payload(second)) == ("", b"<p>As it is now.")


def test_who_asks_for_a_page_has_its_bytes_looked_at(source: Source, site: ScriptedServer) -> None:
    first = look(source)
    second = look(source, CapturePriority.ASKED)

    assert sent(site) == ("", "")
    assert (second.status_code, second.payload_of) == (200, first)


def test_word_is_not_taken_for_ever(
    source: Source, site: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(source)
    monkeypatch.setattr(snapshots, "TAKEN_AT_ITS_WORD", timedelta(0))
    look(source)

    assert sent(site) == ("", "")


def test_page_behind_a_redirect_is_asked_for_whole(source: Source, site: ScriptedServer) -> None:
    site.script |= {"/a": redirect("/b"), "/b": page(BODY, headers={"ETag": '"v1"'})}
    look(source)
    look(source)

    assert {request.header("if-none-match") for request in site.requests} == {""}


def test_page_that_was_cut_is_asked_for_whole(source: Source, site: ScriptedServer) -> None:
    site.script["/a"] = page(BODY, headers={"ETag": '"v1"', "Content-Length": "500"})
    capture = request_capture(source, by=source.created_by)
    type(capture).objects.filter(pk=capture.pk).update(attempts=capturing.MAX_ATTEMPTS - 1)
    assert look(source).truncated
    site.script["/a"] = page(BODY)
    look(source)

    assert sent(site) == ("", "")


def test_validators_that_could_not_be_sent_are_not_kept(source: Source, site: ScriptedServer) -> None:
    long = f'"{"x" * 2000}"'
    site.script["/a"] = page(BODY, headers={"ETag": long, "Last-Modified": "yesterday"})
    seen = look(source)

    assert (seen.etag, seen.last_modified) == ("", "")
