"""SNAPSHOT_STORAGE_URL: what it may say, and that what it may not is told with its cure."""

from pathlib import Path

import pytest

from sources.stores.location import BadLocation, BucketLocation, parse


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("/var/snapshots", Path("/var/snapshots")),
        ("relative/folder", Path("relative/folder")),
        ("file:///var/with%20space", Path("/var/with space")),
        ("file://localhost/var", Path("/var")),
        ("s3://bucket", BucketLocation("bucket")),
        ("s3://my.bucket-1/a/b/", BucketLocation("my.bucket-1", "a/b")),
        (
            "s3://bucket/p?endpoint_url=http://minio:9000&region=eu-west-1",
            BucketLocation("bucket", "p", "http://minio:9000", "eu-west-1"),
        ),
        (
            "s3://bucket?endpoint_url=https%3A%2F%2Fs3.example",
            BucketLocation("bucket", "", "https://s3.example"),
        ),
    ],
)
def test_a_place_is_understood(url: str, place: object) -> None:
    assert parse(url) == place


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "empty"),
        ("ftp://host/folder", "'ftp'"),
        ("file://host/folder", "another machine"),
        ("file:folder", "another machine"),
        ("s3:bucket", "no valid bucket"),
        ("s3:///prefix", "no valid bucket"),
        ("s3://Bucket", "no valid bucket"),
        ("s3://bucket?endpoint=http://x", "not known: endpoint"),
        ("s3://bucket#x", "not known"),
        ("s3://bucket?endpoint_url=minio:9000", "'minio:9000'"),
        ("s3://bucket?endpoint_url=", "''"),
        ("s3://[bucket", "no URL"),
    ],
)
def test_what_names_no_place_is_told_with_its_cure(url: str, said: str) -> None:
    with pytest.raises(BadLocation, match=said) as told:
        parse(url)
    assert told.value.cure


@pytest.mark.parametrize(
    "url", ["s3://key:secret@bucket/", "s3://bucket?endpoint_url=https://key:secret@host"]
)
def test_credentials_have_no_place_in_it(url: str) -> None:
    with pytest.raises(BadLocation) as told:
        parse(url)
    assert "AWS_ACCESS_KEY_ID" in told.value.cure or "endpoint_url" in told.value.cure
    assert "secret" not in f"{told.value} {told.value.cure}".replace("AWS_SECRET_ACCESS_KEY", "")
