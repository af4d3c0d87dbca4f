"""Answers that would write records of their own: the WARC file has ours, and names nothing after them."""

from pathlib import Path

import pytest

from sources.fetchers.base import FetchError
from sources.fetchers.conditions import Validators
from sources.fetchers.http import fetch
from sources.warc import Original, WarcFile, write_warc
from tests.sources.loopback import ScriptedServer, page, policy_for, redirect
from tests.sources.test_warc import check, records_of

RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
    b"WARC-Target-URI: https://bank.example/\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
    b"Content-Type: application/http;msgtype=response\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"
)
OURS = ["warcinfo", "request", "response"]

ANSWERS = {
    "a record for a body": page(RECORD),
    "a record after four line ends": page(b"\r\n\r\n\r\n\r\n" + RECORD * 3),
    "a packed record for a body": page(b"\x1f\x8b\x08\x00" + RECORD),
    "a record in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    % (len(RECORD), RECORD),
    "a record's fields for headers": b"HTTP/1.1 200 OK\r\n"
    + RECORD.partition(b"\r\n")[2].partition(b"\r\n\r\n")[0].replace(b"Content-Length: 19", b"X: 1")
    + b"\r\nContent-Length: 2\r\n\r\nok",
    "a record in a folded field": b"HTTP/1.1 200 OK\r\nX: a\r\n WARC/1.1\r\n WARC-Type: response\r\n"
    b"Content-Length: 2\r\n\r\nok",
    "a record in the reason": b"HTTP/1.1 200 WARC/1.1 WARC-Type: response\r\nContent-Length: 2\r\n\r\nok",
    "a record in a trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
    b"WARC-Type: response\r\nWARC-Target-URI: https://bank.example/\r\n\r\n",
    "a file name that climbs": page(
        b"ok", headers={"Content-Disposition": 'attachment; filename="../../../etc/cron.d/x"'}
    ),
    "our own header names": page(
        b"ok", headers={"X-Archive-Orig-Transfer-Encoding": "chunked", "WARC-Payload-Digest": "sha256:0"}
    ),
    "half a line end": page(b"\r" * 10 + b"\n" * 10 + b"WARC/1.1\n"),
}  # fmt: skip


def kept(raw: bytes, path: str = "/") -> tuple[WarcFile, str]:
    with ScriptedServer({path: raw}) as server:
        return write_warc(fetch(server.url(path), policy_for(server))), server.url(path)


@pytest.mark.parametrize("raw", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_adds_no_record_and_no_field(raw: bytes, tmp_path: Path) -> None:
    written, url = kept(raw)
    records = records_of(written)

    assert [fields["WARC-Type"] for fields, _ in records] == OURS
    assert [fields.get("WARC-Target-URI", url) for fields, _ in records] == [url] * 3
    assert not any("bank.example" in value for fields, _ in records for value in fields.values())
    assert check(written, tmp_path).returncode == 0


@pytest.mark.parametrize("raw", ANSWERS.values(), ids=ANSWERS)
def test_the_name_of_the_file_is_a_digest_whatever_the_answer_wants(raw: bytes) -> None:
    written, _ = kept(raw)

    assert len(written.sha256) == 64
    assert written.sha256.isalnum()


@pytest.mark.parametrize(
    "path",
    ["/a%0d%0aWARC-Type:%20response", "/%00", "/a%E2%80%A8b", "/../../etc/passwd%2f..%2f", "/?WARC/1.1"],
)
def test_a_url_stays_one_line_of_one_field(path: str, tmp_path: Path) -> None:
    with ScriptedServer({"/": redirect(path), "*": page(b"ok")}) as server:
        fetched = fetch(server.url("/"), policy_for(server))
    written = write_warc(fetched)
    records = records_of(written)

    assert [fields["WARC-Type"] for fields, _ in records] == ["warcinfo", *["request", "response"] * 2]
    assert records[-1][0]["WARC-Target-URI"] == fetched.url
    assert fetched.url.isprintable()
    assert check(written, tmp_path).returncode == 0


def test_what_came_of_a_cut_page_is_kept_as_cut(tmp_path: Path) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + RECORD
    with ScriptedServer({"/": raw}) as server, pytest.raises(FetchError) as caught:
        fetch(server.url(), policy_for(server))
    assert caught.value.partial is not None
    written = write_warc(caught.value.partial)
    fields, block = records_of(written)[-1]

    assert fields["WARC-Truncated"] == "disconnect"
    assert block == raw
    assert [record["WARC-Type"] for record, _ in records_of(written)] == OURS
    assert check(written, tmp_path).returncode == 0


def test_an_answer_that_nothing_was_modified_adds_no_record_either(tmp_path: Path) -> None:
    raw = (
        b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nWARC-Refers-To: <urn:uuid:0>\r\nX: a\r\n WARC/1.1\r\n\r\n'
        + RECORD
    )
    with ScriptedServer({"/": raw}) as server:
        fetched = fetch(server.url(), policy_for(server), validators=Validators(etag='"v1"'))
    original = Original(
        url=fetched.url,
        date=fetched.exchange.started_at,
        record_id="urn:uuid:11111111-1111-1111-1111-111111111111",
        payload_sha256="0" * 64,
    )
    written = write_warc(fetched, unchanged_since=original)
    fields, block = records_of(written)[-1]

    assert [record["WARC-Type"] for record, _ in records_of(written)] == ["warcinfo", "request", "revisit"]
    assert fields["WARC-Refers-To"] == f"<{original.record_id}>"
    assert RECORD not in block
    assert check(written, tmp_path).returncode == 0
