"""The WARC file: standard records, right digests, the page out of it again."""

import gzip
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest
from warcio.archiveiterator import ArchiveIterator

from sources.fetchers.base import Exchange, Fetched, Truncation
from sources.fetchers.conditions import Validators
from sources.fetchers.http import fetch
from sources.warc import Original, WarcError, WarcFile, read_payload, write_warc
from tests.sources.loopback import Script, ScriptedServer, page, policy_for, redirect

STARTED = datetime(2021, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
BODY = b"<title>Page</title>\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n"


def fetched_page(
    body: bytes = BODY, *, head: bytes = b"", truncated: Truncation = Truncation.NONE
) -> Fetched:
    head = head or b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    exchange = Exchange(
        url="https://news.example/a?b=1",
        address="192.0.2.7:443",
        started_at=STARTED,
        request=b"GET /a?b=1 HTTP/1.1\r\nHost: news.example\r\n\r\n",
        status=200,
        head=head,
        headers=(),
        body=body,
        truncated=truncated,
    )
    return Fetched(exchange=exchange)


def fetched_from(script: Script, **limits: float) -> Fetched:
    with ScriptedServer({"/": script}) as server:
        return fetch(server.url(), policy_for(server, **limits))


def original_of(fetched: Fetched, written: WarcFile) -> Original:
    return Original(
        url=fetched.url,
        date=written.date,
        record_id=written.record_id,
        payload_sha256=written.payload_sha256,
    )


def records_of(written: WarcFile) -> list[tuple[dict[str, str], bytes]]:
    """Each record's fields and block, with nothing of HTTP interpreted."""
    iterator = ArchiveIterator(BytesIO(written.data), no_record_parse=True)
    return [(dict(record.rec_headers.headers), record.raw_stream.read()) for record in iterator]


def check(written: WarcFile, folder: Path) -> subprocess.CompletedProcess[str]:
    """What `warcio check` says about the file."""
    path = folder / "capture.warc.gz"
    path.write_bytes(written.data)
    command: Sequence[str] = [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_capture_is_a_warcinfo_a_request_and_a_response() -> None:
    fetched = fetched_page()
    written = write_warc(fetched)
    (info, _), (request, asked), (response, answered) = records_of(written)

    assert [fields["WARC-Type"] for fields in (info, request, response)] == [
        "warcinfo",
        "request",
        "response",
    ]
    assert asked == fetched.exchange.request
    assert answered == fetched.exchange.head + BODY
    assert response == {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<{written.record_id}>",
        "WARC-Date": "2021-03-02T10:00:00.123456Z",
        "WARC-Target-URI": "https://news.example/a?b=1",
        "WARC-IP-Address": "192.0.2.7",
        "Content-Type": "application/http;msgtype=response",
        "WARC-Payload-Digest": f"sha256:{fetched.sha256}",
        "WARC-Block-Digest": f"sha256:{sha256(answered).hexdigest()}",
        "Content-Length": str(len(answered)),
    }
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert request["WARC-Date"] == response["WARC-Date"]
    assert request["Content-Type"] == "application/http;msgtype=request"
    assert request["WARC-Block-Digest"] == f"sha256:{sha256(asked).hexdigest()}"


def test_the_files_facts_are_those_of_the_page() -> None:
    fetched = fetched_page()
    written = write_warc(fetched)

    assert written.record_id.startswith("urn:uuid:")
    assert (written.record_type, written.date) == ("response", STARTED)
    assert written.payload_sha256 == fetched.sha256 == sha256(BODY).hexdigest()
    assert written.sha256 == sha256(written.data).hexdigest()


def test_record_identifiers_are_never_used_twice() -> None:
    fetched = fetched_page()
    ids = [fields["WARC-Record-ID"] for _ in range(2) for fields, _ in records_of(write_warc(fetched))]

    assert len(set(ids)) == len(ids) == 6


def test_record_identifiers_are_random_uuids() -> None:
    for identifier in (write_warc(fetched_page()).record_id for _ in range(50)):
        number = UUID(identifier)
        assert (number.urn, number.version, number.variant) == (identifier, 4, RFC_4122)


def test_each_record_is_a_gzip_member_of_its_own() -> None:
    written = write_warc(fetched_page())
    iterator = ArchiveIterator(BytesIO(written.data))
    offsets = [iterator.get_record_offset() for _ in iterator]

    assert len(offsets) == 3
    assert all(written.data[offset : offset + 2] == b"\x1f\x8b" for offset in offsets)


@pytest.mark.parametrize(
    "script",
    [
        page(BODY),
        page(b""),
        page(bytes(range(256)) * 500),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n U\r\n0\r\nX: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\nX-Folded: one\n two\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200\r\nX-Umlaut: gr\xfc\xdfe\r\nX-Control: a\x01b\x85\r\nContent-Length: 2\r\n\r\nok",
        page(b"not gzip at all", headers={"Content-Encoding": "gzip"}),
        page(b"not known at all", headers={"Content-Encoding": "br, gzip, odd"}),
        page(b"x", headers={"WARC-Type": "warcinfo", "X-Archive-Orig-Transfer-Encoding": "chunked"}),
    ],
)
def test_whatever_a_server_sends_the_file_passes_the_check_and_gives_the_page_back(
    script: bytes, tmp_path: Path
) -> None:
    fetched = fetched_from(script)
    written = write_warc(fetched)
    checked = check(written, tmp_path)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.count("digest pass") == 3
    assert read_payload(BytesIO(written.data)) == fetched.body


def test_the_check_would_notice_a_wrong_digest(tmp_path: Path) -> None:
    written = write_warc(fetched_page())
    altered = gzip.decompress(written.data).replace(b"<title>Page", b"<title>Fake")

    assert check(replace(written, data=altered), tmp_path).returncode == 1
    with pytest.raises(WarcError):
        read_payload(BytesIO(altered))


def test_a_chunked_page_is_stored_without_its_framing_and_says_so() -> None:
    raw = b"HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    (_, block) = records_of(write_warc(fetched_from(raw)))[-1]

    assert block == (
        b"HTTP/1.1 200 OK\r\nServer: x\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\n"
        b"Content-Length: 5\r\n\r\nhello"
    )


def test_redirects_come_before_the_page_each_with_its_request(tmp_path: Path) -> None:
    with ScriptedServer({"/a": redirect("/b"), "/b": redirect("/c"), "/c": page(b"end")}) as server:
        fetched = fetch(server.url("/a"), policy_for(server))
    written = write_warc(fetched)
    records = records_of(written)[1:]

    assert [(fields["WARC-Type"], fields["WARC-Target-URI"]) for fields, _ in records] == [
        (kind, server.url(path)) for path in ("/a", "/b", "/c") for kind in ("request", "response")
    ]
    assert [fields.get("WARC-Truncated") for fields, _ in records[1::2]] == ["length", "length", None]
    assert b"\r\nLocation: /b\r\n" in records[1][1]
    assert records[-1][0]["WARC-Record-ID"] == f"<{written.record_id}>"
    assert check(written, tmp_path).returncode == 0
    assert read_payload(BytesIO(written.data)) == b"end"


@pytest.mark.parametrize("truncated", [word for word in Truncation if word])
def test_a_cut_page_says_so(truncated: Truncation, tmp_path: Path) -> None:
    written = write_warc(fetched_page(truncated=truncated))

    assert records_of(written)[-1][0]["WARC-Truncated"] == truncated
    assert check(written, tmp_path).returncode == 0


def test_an_unchanged_page_is_a_revisit_of_the_first(tmp_path: Path) -> None:
    first, second = fetched_page(), fetched_page()
    original = original_of(first, write_warc(first))
    written = write_warc(second, unchanged_since=original)
    (_, _), (request, _), (revisit, block) = records_of(written)

    assert written.record_type == revisit["WARC-Type"] == "revisit"
    assert revisit["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert revisit["WARC-Refers-To"] == f"<{original.record_id}>"
    assert revisit["WARC-Refers-To-Target-URI"] == original.url
    assert revisit["WARC-Refers-To-Date"] == "2021-03-02T10:00:00.123456Z"
    assert revisit["WARC-Payload-Digest"] == f"sha256:{original.payload_sha256}"
    assert request["WARC-Concurrent-To"] == revisit["WARC-Record-ID"] == f"<{written.record_id}>"
    assert block == second.exchange.head
    assert check(written, tmp_path).returncode == 0
    with pytest.raises(WarcError):
        read_payload(BytesIO(written.data))


def not_modified_page() -> Fetched:
    with ScriptedServer(
        {"/": page(status="304 Not Modified", headers={"ETag": '"v1"', "Content-Length": "9"})}
    ) as server:
        return fetch(server.url(), policy_for(server), validators=Validators(etag='"v1"'))


def test_a_page_that_was_not_modified_is_a_revisit_on_the_servers_word(tmp_path: Path) -> None:
    first, second = fetched_page(), not_modified_page()
    original = original_of(first, write_warc(first))
    written = write_warc(second, unchanged_since=original)
    (_, _), (request, asked), (revisit, block) = records_of(written)

    assert written.record_type == "revisit"
    assert written.payload_sha256 == first.sha256
    assert b'If-None-Match: "v1"' in asked
    assert block == second.exchange.head
    assert revisit == {
        "WARC-Type": "revisit",
        "WARC-Record-ID": f"<{written.record_id}>",
        "WARC-Date": revisit["WARC-Date"],
        "WARC-Target-URI": second.url,
        "WARC-IP-Address": "127.0.0.1",
        "Content-Type": "application/http;msgtype=response",
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
        "WARC-Refers-To": f"<{original.record_id}>",
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": "2021-03-02T10:00:00.123456Z",
        "WARC-Block-Digest": f"sha256:{sha256(block).hexdigest()}",
        "Content-Length": str(len(block)),
    }
    assert request["WARC-Concurrent-To"] == revisit["WARC-Record-ID"]
    assert check(written, tmp_path).returncode == 0
    with pytest.raises(WarcError):
        read_payload(BytesIO(written.data))


def test_an_answer_that_nothing_was_modified_cannot_stand_alone() -> None:
    with pytest.raises(ValueError, match="without the snapshot"):
        write_warc(not_modified_page())


def test_a_changed_page_is_written_whole() -> None:
    first, second = fetched_page(b"before"), fetched_page(b"after")
    written = write_warc(second, unchanged_since=original_of(first, write_warc(first)))

    assert written.record_type == "response"
    assert read_payload(BytesIO(written.data)) == b"after"


def test_a_cut_page_is_no_revisit_since_its_end_may_differ() -> None:
    cut = fetched_page(truncated=Truncation.LENGTH)

    assert write_warc(cut, unchanged_since=original_of(cut, write_warc(cut))).record_type == "response"


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.5, 0.9, 0.99])
def test_a_cut_file_gives_no_page(kept: float) -> None:
    whole = write_warc(fetched_page(bytes(range(256)) * 50)).data

    with pytest.raises(WarcError):
        read_payload(BytesIO(whole[: int(len(whole) * kept)]))


@pytest.mark.parametrize("data", [b"", b"not a WARC", b"\x1f\x8b\x08", b"WARC/1.1\r\n", bytes(2000)])
def test_a_file_of_something_else_gives_no_page(data: bytes) -> None:
    with pytest.raises(WarcError):
        read_payload(BytesIO(data))


@pytest.mark.parametrize(
    "url", ["https://x/\r\nWARC-Type: warcinfo", "https://x/\n", "https://x/\x00", "https://x/\u2028"]
)
def test_no_value_can_add_a_field_or_a_record(url: str) -> None:
    fetched = fetched_page()
    original = Original(url=url, date=STARTED, record_id="urn:uuid:x", payload_sha256=fetched.sha256)

    with pytest.raises(ValueError, match="WARC-Refers-To-Target-URI"):
        write_warc(fetched, unchanged_since=original)
    with pytest.raises(ValueError, match="WARC-Target-URI"):
        write_warc(Fetched(exchange=replace(fetched.exchange, url=url)))
