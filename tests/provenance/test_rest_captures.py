"""Captures and snapshots: asking for one, its states, and the evidence it left."""

import json
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from warcio.archiveiterator import ArchiveIterator

from sources.fetchers.base import Reason
from sources.models import Capture, Extraction, Snapshot, Source
from sources.texts import EXTRACTOR
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import see
from tests.provenance.rest import ANYBODY, CLIENT, Caller, appearance, chain, partner, problem, refusal

pytestmark = pytest.mark.django_db

PAGE = "We looked, and so it is: \N{GRINNING FACE}, as far as we know."


@pytest.fixture
def newsroom() -> Caller:
    return partner(trusted=True)


@pytest.fixture
def source(newsroom: Caller) -> Source:
    """A source whose first capture is open."""
    newsroom.post("chains/", chain())
    return Source.objects.get()


def answer(path: str, caller: Caller = ANYBODY) -> dict[str, Any]:
    response = caller.get(path)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def test_open_capture_is_not_doubled(newsroom: Caller, source: Source) -> None:
    response = newsroom.post(f"sources/{source.pk}/captures/")
    capture = Capture.objects.get()
    assert response.status_code == 202
    assert response["Location"] == f"http://testserver/api/v1/captures/{capture.pk}/"
    assert json.loads(response.content) == answer(response["Location"])


def test_new_capture_is_queued(newsroom: Caller, source: Source) -> None:
    see(source, PAGE)
    response = newsroom.post(f"sources/{source.pk}/captures/", {})
    body = json.loads(response.content)
    capture = Capture.objects.get(pk=body["id"])
    due_at, created_at = body.pop("due_at"), body.pop("created_at")
    assert body == {
        "id": capture.pk,
        "source": source.pk,
        "state": "queued",
        "outcome": None,
        "reason": None,
        "detail": "",
        "attempts": 0,
        "ignores_robots": False,
        "snapshot": None,
        "hops": [],
        "finished_at": None,
    }
    assert due_at.endswith("Z")
    assert created_at.endswith("Z")


def test_failed_capture_says_why(source: Source) -> None:
    hop = {
        "url": "https://a.example/",
        "status": 302,
        "location": "http://127.0.0.1/",
        "address": "192.0.2.1:443",
    }
    Capture.objects.update(
        state=CaptureState.DONE,
        outcome=CaptureOutcome.REFUSED,
        reason=Reason.ADDRESS_REFUSED,
        detail="It is 127.0.0.1.",
        hops=[hop],
        attempts=1,
    )
    body = answer(f"captures/{Capture.objects.get().pk}/")
    assert (body["state"], body["outcome"], body["reason"]) == ("done", "refused", "address_refused")
    assert body["detail"] == "The address does not belong to the public internet. It is 127.0.0.1."
    assert body["hops"] == [hop]
    assert body["snapshot"] is None


def test_capture_request_has_no_body(newsroom: Caller, source: Source) -> None:
    path = f"sources/{source.pk}/captures/"
    assert refusal(newsroom.post(path, {"url": "https://b.example/"})) == ("#/url", "unknown")
    assert refusal(newsroom.post(path, [])) == ("#", "invalid")
    problem(ANYBODY.post(path), 401)


def test_offline_work_is_not_captured(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(appearance("book", url=None, title="A book")))
    response = newsroom.post(f"sources/{Source.objects.get().pk}/captures/")
    assert refusal(response, 409) == ("#", "offline")


def test_snapshot_has_the_digests_by_which_to_check_it(source: Source) -> None:
    snapshot = see(source, PAGE)
    body = answer(f"snapshots/{snapshot.pk}/")
    text = body.pop("text")
    assert body.pop("comparison") == {"change": "first", "before": None, "notice": "", "reason": ""}
    captured_at = body.pop("captured_at")
    assert body == {
        "id": snapshot.pk,
        "source": source.pk,
        "capture": snapshot.capture_id,
        "url": source.url,
        "status_code": 200,
        "media_type": "text/html",
        "charset": "utf-8",
        "content_encoding": "",
        "truncated": None,
        "sha256": snapshot.sha256,
        "size": snapshot.size,
        "record_id": snapshot.record_id,
        "warc_sha256": snapshot.warc_sha256,
        "warc_size": snapshot.warc_size,
        "payload_of": None,
    }
    assert captured_at.endswith("Z")
    extraction = Extraction.objects.get()
    assert text == {
        "state": "ready",
        "detail": "",
        "extractor": EXTRACTOR,
        "title": extraction.title,
        "sha256": extraction.text_sha256,
    }


def test_unchanged_page_names_the_snapshot_that_holds_its_bytes(source: Source) -> None:
    first, second = see(source, PAGE), see(source, PAGE)
    assert answer(f"snapshots/{second.pk}/")["payload_of"] == first.pk


def test_text_is_what_quotes_are_anchored_in(newsroom: Caller) -> None:
    newsroom.post("chains/", chain(appearance("a", quote="as far as we know")))
    snapshot = see(Source.objects.get(), PAGE)
    response = ANYBODY.get(f"snapshots/{snapshot.pk}/text/")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert sha256(response.content).hexdigest() == answer(f"snapshots/{snapshot.pk}/")["text"]["sha256"]
    [claim] = answer("claims/")["results"]
    [node] = answer(f"claims/{claim['slug']}/tree/")["nodes"]
    quote = node["evidence"]["quote"]
    assert response.content.decode()[quote["start"] : quote["end"]] == quote["exact"] == "as far as we know"


def test_text_that_is_not_there_is_404_and_says_why(source: Source) -> None:
    unreadable = see(source, "<!doctype html><title>Nothing</title>")
    assert refusal(ANYBODY.get(f"snapshots/{unreadable.pk}/text/"), 404) == ("#", "unreadable")
    assert answer(f"snapshots/{unreadable.pk}/")["text"]["detail"] == "The page shows no text."


def test_reading_that_broke_off_is_told_from_a_page_without_text_until_a_later_attempt(
    source: Source,
) -> None:
    snapshot = see(source, "<!doctype html><title>Nothing</title>")
    values = {"snapshot": snapshot, "extractor": EXTRACTOR}
    Extraction.objects.create(**values, attempt=2, error="Reading the page took too long.", broke_off=True)
    assert refusal(ANYBODY.get(f"snapshots/{snapshot.pk}/text/"), 404) == ("#", "broken_off")
    assert answer(f"snapshots/{snapshot.pk}/")["text"]["detail"] == "Reading the page took too long."

    Extraction.objects.create(**values, attempt=3, text="As it was.", text_sha256="0" * 64)
    assert answer(f"snapshots/{snapshot.pk}/")["text"]["state"] == "ready"
    assert ANYBODY.get(f"snapshots/{snapshot.pk}/text/").content == b"As it was."


def test_text_that_was_not_read_yet_is_pending(source: Source) -> None:
    snapshot = see(source, PAGE)
    # As before the worker came to it: rows of evidence cannot be deleted, so another one is added.
    values = {field.attname: field.value_from_object(snapshot) for field in Snapshot._meta.concrete_fields}
    capture = Capture.objects.create(source=source, requested_by=source.created_by)
    unread = Snapshot.objects.create(**{**values, "id": None, "capture_id": capture.pk})
    assert answer(f"snapshots/{unread.pk}/")["text"]["state"] == "pending"
    assert refusal(ANYBODY.get(f"snapshots/{unread.pk}/text/"), 404) == ("#", "pending")


def test_warc_is_the_stored_file_byte_for_byte(source: Source) -> None:
    snapshot = see(source, PAGE)
    response = ANYBODY.get(f"snapshots/{snapshot.pk}/warc/")
    content = b"".join(response.streaming_content)

    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"] == "application/warc"
    assert response["Content-Disposition"] == f'attachment; filename="snapshot-{snapshot.pk}.warc.gz"'
    assert sha256(content).hexdigest() == snapshot.warc_sha256
    records = {
        record.rec_headers.get_header("WARC-Record-ID") for record in ArchiveIterator(BytesIO(content))
    }
    assert f"<{snapshot.record_id}>" in records


def test_warc_that_the_store_does_not_give_is_asked_for_later(source: Source, settings: LazySettings) -> None:
    snapshot = see(source, PAGE)
    settings.SNAPSHOT_STORAGE_URL = f"{settings.DATA_DIR}/nowhere"

    problem(ANYBODY.get(f"snapshots/{snapshot.pk}/warc/"), 503)


@pytest.mark.parametrize("part", ["text", "warc"])
def test_bytes_of_strangers_cannot_run_here(source: Source, part: str) -> None:
    snapshot = see(source, "<!doctype html><p>A page<script>alert(1)</script>")
    response = ANYBODY.get(f"snapshots/{snapshot.pk}/{part}/")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def test_bytes_are_offered_as_what_they_are(source: Source) -> None:
    snapshot = see(source, PAGE)
    for accept in ("text/plain", "text/*", "*/*"):
        text = CLIENT.get(f"/api/v1/snapshots/{snapshot.pk}/text/", headers={"Accept": accept})
        assert text.status_code == 200
    problem(CLIENT.get(f"/api/v1/snapshots/{snapshot.pk}/text/", headers={"Accept": "text/html"}), 406)
