"""A store in an S3 bucket does what a folder does; whatever goes wrong there is our own trouble, and loses nothing."""

import io
import json
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import count

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from sources import capturing, snapshots, storage
from sources.models import Capture, Snapshot
from sources.registry import find_or_add_source
from sources.vocabulary import CaptureState
from tests.s3 import KEYS, S3Server, free_port, s3_server
from tests.sources.loopback import ScriptedServer, page

SUFFIX = ".warc.gz"
_numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(server: S3Server, settings: LazySettings) -> str:
    """A bucket of the test's own, which the setting names."""
    name = f"snapshots-{next(_numbers)}"
    server.add_bucket(name)
    settings.SNAPSHOT_STORAGE_URL = server.location(name, "kept/here")
    return name


def test_a_file_lies_below_the_prefix_by_its_digest_and_is_read_back(server: S3Server, bucket: str) -> None:
    stored = storage.put(b"some bytes", suffix=SUFFIX)

    assert stored.sha256 == sha256(b"some bytes").hexdigest()
    assert stored.name == f"{stored.sha256[:2]}/{stored.sha256}{SUFFIX}"
    assert server.keys(bucket) == [f"kept/here/{stored.name}"]
    assert storage.read(stored.name) == b"some bytes"
    with storage.opened(stored.name) as file:
        file.seek(5)
        assert file.read() == b"bytes"


def test_what_is_stored_is_not_taken_for_a_compressed_page(server: S3Server, bucket: str) -> None:
    stored = storage.put(b"\x1f\x8b no page", suffix=SUFFIX)

    about = server.client.head_object(Bucket=bucket, Key=f"kept/here/{stored.name}")
    assert (about["ContentType"], about.get("ContentEncoding")) == ("application/warc", None)


def test_a_large_file_is_stored_in_one_piece(server: S3Server, bucket: str) -> None:
    content = bytes(range(256)) * 4096 * 12  # 12 MiB: above what clients send in parts
    stored = storage.put(io.BytesIO(content), suffix=SUFFIX)

    assert stored.size == len(content)
    assert storage.read(stored.name) == content
    assert "Uploads" not in server.client.list_multipart_uploads(Bucket=bucket)


def test_the_same_bytes_are_one_object(server: S3Server, bucket: str) -> None:
    assert storage.put(b"x", suffix=SUFFIX) == storage.put(b"x", suffix=SUFFIX)
    assert len(server.keys(bucket)) == 1


@pytest.mark.usefixtures("bucket")
def test_a_file_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(FileNotFoundError):
        storage.read("ab/" + "ab" * 32 + SUFFIX)


def test_files_are_listed_folder_by_folder_with_their_age(server: S3Server, bucket: str) -> None:
    before = time.time() - 2  # S3 tells whole seconds
    stored = [storage.put(b"%d" % number, suffix=SUFFIX) for number in range(5)]
    folder = stored[0].sha256[:2]
    server.client.put_object(Bucket=bucket, Key=f"kept/{folder}/elsewhere", Body=b"")
    found = list(storage.store().walk(folder))

    assert [each.name for each in found] == [each.name for each in stored if each.name.startswith(folder)]
    assert all(before <= each.written_at <= time.time() + 2 for each in found)


@pytest.mark.usefixtures("bucket")
def test_a_file_is_removed_only_if_it_was_not_written_since() -> None:
    name = storage.put(b"x", suffix=SUFFIX).name

    assert not storage.store().remove_if_older(name, time.time() - 60)
    assert storage.read(name) == b"x"
    assert storage.store().remove_if_older(name, time.time() + 60)
    assert not storage.store().exists(name)
    assert not storage.store().remove_if_older(name, time.time() + 60)


# --- what goes wrong ------------------------------------------------------------------------------------------------


def refuse_everything(server: S3Server, bucket: str) -> None:
    """A policy by which nobody may read or write objects."""
    rule = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
    server.client.put_bucket_policy(Bucket=bucket, Policy=policy)


@pytest.fixture(params=["no bucket", "no permission", "no server", "no keys"])
def broken(
    request: pytest.FixtureRequest,
    server: S3Server,
    bucket: str,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A store that takes and gives nothing; how."""
    if request.param == "no bucket":
        settings.SNAPSHOT_STORAGE_URL = server.location("not-there")
    elif request.param == "no permission":
        refuse_everything(server, bucket)
    elif request.param == "no server":
        address = f"http%3A%2F%2F127.0.0.1%3A{free_port()}"
        settings.SNAPSHOT_STORAGE_URL = f"s3://{bucket}?region=eu-west-1&endpoint_url={address}"
    else:
        for name in KEYS:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        settings.SNAPSHOT_STORAGE_URL = server.location(bucket, "without/keys")
    return str(request.param)


def test_a_store_that_fails_is_an_error_of_the_system_and_of_no_file(broken: str) -> None:
    with pytest.raises(OSError) as write:
        storage.put(b"x", suffix=SUFFIX)
    with pytest.raises(OSError) as read:
        storage.read("ab/" + "ab" * 32 + SUFFIX)

    for error in (write, read):
        assert not isinstance(error.value, FileNotFoundError)
        assert isinstance(error.value, PermissionError) == (broken == "no permission")


@pytest.mark.parametrize("broken", ["no bucket", "no server", "no keys"], indirect=True)
def test_readiness_says_that_a_store_is_not_there(broken: str) -> None:
    assert not storage.is_writable()


@pytest.mark.usefixtures("bucket")
def test_readiness_says_that_it_is_there() -> None:
    assert storage.is_writable()


@pytest.mark.django_db(transaction=True)
def test_a_capture_whose_store_fails_waits_and_is_done_when_it_is_back(
    owner: User, site: ScriptedServer, server: S3Server, bucket: str, broken: str, settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    site.script["/"] = page(b"<p>Evidence.")
    source = find_or_add_source(site.url(), by=owner)
    capture = Capture.objects.create(source=source, requested_by=owner)
    assert capturing.run(capture.pk) is None

    capture.refresh_from_db()
    assert (capture.state, capture.attempts, Snapshot.objects.count()) == (CaptureState.QUEUED, 0, 0)

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server.client.delete_bucket_policy(Bucket=bucket)
    settings.SNAPSHOT_STORAGE_URL = server.location(bucket, "back")
    Capture.objects.update(due_at=capture.created_at)
    snapshot_id = capturing.run(capture.pk)

    assert snapshot_id
    assert snapshots.payload(Snapshot.objects.get(pk=snapshot_id)) == b"<p>Evidence."
