"""Snapshots in a bucket of an S3 service. An object appears whole or not at all, so its name needs no rename.

The digest in the name goes along with the bytes: the server refuses what arrives otherwise.
"""

import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from sources.stores.base import NAME, Found
from sources.stores.location import BucketLocation

_IN_MEMORY = 8 * 1024 * 1024  # bytes of a file that is read; what is more lies in a temporary file
_MISSING = frozenset({"404", "NoSuchKey"})
_REFUSED = frozenset({"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
# Within what a worker's limits leave after a page's deadline: one more try, no long silence.
_CLIENT = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 2, "mode": "standard"},
    proxies={},  # as the door: a variable of the environment does not send our bytes elsewhere
)


class Bucket(S3Storage):  # type: ignore[misc]  # it comes without types
    """One bucket, below one prefix. Credentials come from where AWS's own tools find them."""

    def __init__(self, location: BucketLocation) -> None:
        super().__init__(
            bucket_name=location.bucket,
            location=location.prefix,
            endpoint_url=location.endpoint_url,
            region_name=location.region,
            client_config=_CLIENT,
            object_parameters={},
            default_acl=None,
        )

    def _save(self, name: str, content: "bytes | File[bytes]") -> str:
        with _as_os_errors(name):
            self._client.put_object(
                Bucket=self.bucket_name,
                Key=self._normalize_name(name),
                Body=content if isinstance(content, bytes) else content.file,
                ContentType="application/warc",
                ChecksumSHA256=_checksum(name),
            )
        return name

    def save_all(self, files: "Sequence[tuple[str, bytes | File[bytes]]]") -> list[OSError | None]:
        """Send these files, one after the other; of each its failure, if it failed."""
        return [self._failure(name, content) for name, content in files]

    def _failure(self, name: str, content: "bytes | File[bytes]") -> OSError | None:
        try:
            self._save(name, content)
        except OSError as error:
            return error
        return None

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with _as_os_errors(name), ExitStack() as unfinished:
            answer = self._client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
            spool = unfinished.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))
            shutil.copyfileobj(answer["Body"], spool)
            spool.seek(0)
            unfinished.pop_all()
        return File(spool, name)

    def exists(self, name: str) -> bool:
        """Whether there is such an object. Raises OSError when that cannot be known."""
        with _as_os_errors(name):
            return bool(super().exists(name))

    def is_writable(self) -> bool:
        """Whether the bucket answers and is ours to use; that it takes a file shows only when one is stored."""
        try:
            with _as_os_errors(self.bucket_name):
                self._client.head_bucket(Bucket=self.bucket_name)
        except OSError:
            return False
        return True

    def walk(self, folder: str) -> Iterator[Found]:
        """Every object below the folder's prefix, a thousand an answer."""
        prefix = self._normalize_name(f"{folder}/x").removesuffix("x")
        pages = self._client.get_paginator("list_objects_v2")
        with _as_os_errors(prefix):
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for each in page.get("Contents", ()):
                    name = f"{folder}/{each['Key'].removeprefix(prefix)}"
                    yield Found(name, each["LastModified"].timestamp())

    def remove_if_older(self, name: str, before: float) -> bool:
        """Remove the object unless it was written since, by the server's clock.

        S3 has no removal under a condition of age. That nothing is written in the moment between follows from what
        is written: a WARC file has identifiers of its own, so no later capture makes the same.
        """
        where = {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}
        try:
            with _as_os_errors(name):
                if self._client.head_object(**where)["LastModified"].timestamp() < before:
                    self._client.delete_object(**where)
                    return True
        except FileNotFoundError:
            pass
        return False

    @property
    def _client(self) -> Any:
        return self.connection.meta.client


def _checksum(name: str) -> str:
    """The digest that the name tells, in the base that S3 wants."""
    match = NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not named by its digest")
    return b64encode(bytes.fromhex(match["sha256"])).decode()


@contextmanager
def _as_os_errors(name: str) -> Iterator[None]:
    """Say what goes wrong at the server, or on the way to it, as a file system would."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise FileNotFoundError(f"{name}: there is no such object") from error
        kind = PermissionError if code in _REFUSED else OSError
        raise kind(f"{name}: {error}") from error
    except BotoCoreError as error:
        raise OSError(f"{name}: {error}") from error
