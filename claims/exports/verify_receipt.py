#!/usr/bin/env python3
"""Check a receipt of the claims provenance service, alone or against the WACZ package of its evidence, offline.

    python3 verify_receipt.py receipt.json                  the receipt alone
    python3 verify_receipt.py receipt.json evidence.wacz    and everything that it names
    python3 verify_receipt.py evidence.wacz                 the receipt that lies in the package

Needs Python 3.9 or later and nothing else. Prints a line for each difference; the exit status is 0 if there is none, 1
if there are, 2 if there was nothing to check.

What it shows: the receipt is whole, and nothing in it was changed since its Merkle root was written down; each web
archive is the one that the service named, byte for byte; each page in it has the digest that the receipt gives; each
quote that is said to be anchored stands, word for word, at its place in the text whose digest the receipt gives. What
it cannot show is that the service fetched the page when it says so: keep the root, or a timestamp of it, from then on.
"""

from __future__ import annotations  # for Python 3.9

import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT = "claims-provenance-receipt/1"
PARTS = ("snapshots", "appearances", "derivations", "anchors")
RECEIPT_IN_PACKAGE = "receipt/receipt.json"

_END_OF_HEAD = re.compile(rb"\n\r?\n")


class Different(Exception):
    """Something is not what it says it is; the message names it."""


# --- The receipt


def read_receipt(data: bytes) -> dict[str, Any]:
    """The receipt, if it is canonical, complete, and has the Merkle root that it says. Raises Different."""
    try:
        receipt = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
        if canonical(receipt) != data:
            raise Different("receipt: its bytes are not those of canonical JSON (RFC 8785)")
    except (ValueError, RecursionError) as error:
        raise Different(f"receipt: it cannot be read ({error})") from error
    if sorted(receipt) != sorted((*PARTS, "merkle", "said")):
        raise Different("receipt: it has other parts than a receipt")
    if receipt["said"]["format"] != FORMAT:
        raise Different(f"receipt: its format is not {FORMAT}")
    if receipt["merkle"] != {"root": merkle_root(leaves(receipt)), "tree": "RFC 6962, SHA-256"}:
        raise Different("receipt: its content does not have the Merkle root that it says")
    return dict(receipt)


def canonical(value: Any) -> bytes:
    """RFC 8785, for what a receipt holds: no floats, and names of ASCII alone."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def leaves(receipt: dict[str, Any]) -> list[bytes]:
    """Every part of the receipt, each under the name of its list."""
    found = [canonical({"said": receipt["said"]})]
    for part in PARTS:
        found += [canonical({part: member}) for member in receipt[part]]
    return found


def merkle_root(data: list[bytes]) -> str:
    """The tree hash of RFC 6962, 2.1."""
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).hexdigest()
    half = 1
    while half * 2 < len(data):
        half *= 2
    left, right = merkle_root(data[:half]), merkle_root(data[half:])
    return hashlib.sha256(b"\1" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} has no place in a receipt")


def inconsistencies(receipt: dict[str, Any]) -> Iterator[str]:
    """Where the parts of a receipt contradict each other."""
    known = {part: {member["id"] for member in receipt[part]} for part in PARTS}
    anchored = set()
    for anchor in receipt["anchors"]:
        name = f"anchor {anchor['id']}"
        owner = ("appearances", anchor["appearance"])
        if anchor["appearance"] is None:
            owner = ("derivations", anchor["derivation"])
        if owner[1] not in known[owner[0]]:
            yield f"{name}: what it is of is not in the receipt"
        if anchor["snapshot"] not in known["snapshots"]:
            yield f"{name}: its snapshot {anchor['snapshot']} is not in the receipt"
        if anchor["state"] == "anchored":
            anchored.add(owner)
            if anchor["end"] - anchor["start"] != len(anchor["exact"]):
                yield f"{name}: its words are not as long as their place"
    for part in ("appearances", "derivations"):
        for member in receipt[part]:
            if member["evidence"] == "anchored" and (part, member["id"]) not in anchored:
                yield f"{part[:-1]} {member['id']}: it is called anchored, and has no such anchor"
    for snapshot in receipt["snapshots"]:
        if snapshot["holder"] not in known["snapshots"]:
            yield f"snapshot {snapshot['id']}: what holds its bytes is not in the receipt"


# --- The package


class Package:
    """A WACZ file, each part of it read by its path."""

    def __init__(self, file: Any) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError) as error:
            raise Different(f"package: it cannot be opened ({error})") from error
        self._names = set(self._zip.namelist())

    def read(self, path: str) -> bytes:
        """A file of it. Raises Different where it is not there, or not whole."""
        if path not in self._names:
            raise Different(f"{path}: it is not in the package")
        try:
            return self._zip.read(path)
        except (zipfile.BadZipFile, OSError, zlib.error, NotImplementedError, RuntimeError) as error:
            raise Different(f"{path}: it cannot be read out of the package ({error})") from error


def differences(receipt: dict[str, Any], package: Package) -> Iterator[str]:
    """Where the package is not what the receipt says."""
    yield from _described_wrongly(package)
    for snapshot in receipt["snapshots"]:
        yield from _first(_check_snapshot, snapshot, receipt, package)
    for anchor in receipt["anchors"]:
        yield from _first(_check_anchor, anchor, package)


def other_state(receipt: dict[str, Any], package: Package) -> Iterator[str]:
    """Why all may be well though a receipt and a package differ: the claim changed between the two downloads."""
    try:
        packed = read_receipt(package.read(RECEIPT_IN_PACKAGE))
    except Different:
        return
    here, there = (each["said"]["claim"]["last_change"]["seq"] for each in (receipt, packed))
    if receipt["said"]["claim"]["id"] != packed["said"]["claim"]["id"]:
        yield "package: it is of another claim than the receipt"
    elif here != there:
        yield (
            f"package: it is of the claim's change {there}, the receipt of change {here}: "
            "the receipt that lies in the package goes with it"
        )


def _first(check: Callable[..., None], *arguments: Any) -> Iterator[str]:
    try:
        check(*arguments)
    except Different as different:
        yield str(different)


def _described_wrongly(package: Package) -> Iterator[str]:
    """Where the package is not what its own description says (WACZ 1.1.1, datapackage.json)."""
    try:
        digest = json.loads(package.read("datapackage-digest.json"))
        content = package.read("datapackage.json")
        if digest["hash"] != f"sha256:{hashlib.sha256(content).hexdigest()}":
            yield "datapackage.json: its digest is not the one in datapackage-digest.json"
        resources = json.loads(content)["resources"]
        named = [(str(each["path"]), str(each["hash"])) for each in resources]
    except Different as different:
        yield str(different)
    except (ValueError, KeyError, TypeError) as error:
        yield f"datapackage.json: the package is not described as the standard asks ({error!r})"
    else:
        for path, expected in named:
            yield from _first(_check_resource, path, expected, package)


def _check_resource(path: str, expected: str, package: Package) -> None:
    found = f"sha256:{hashlib.sha256(package.read(path)).hexdigest()}"
    if found != expected:
        raise Different(f"{path}: {expected} is what datapackage.json says, {found} is what it has")


def _check_snapshot(snapshot: dict[str, Any], receipt: dict[str, Any], package: Package) -> None:
    name, path = f"snapshot {snapshot['id']}", snapshot["warc"]["path"]
    archive = package.read(path)
    found = hashlib.sha256(archive).hexdigest()
    if found != snapshot["warc"]["sha256"] or len(archive) != snapshot["warc"]["size"]:
        raise Different(f"{name}: {path} has the SHA-256 {found}, not {snapshot['warc']['sha256']}")
    fields, block = _record(archive, snapshot["record_id"], name)
    if snapshot["holder"] != snapshot["id"]:
        holder = next(each for each in receipt["snapshots"] if each["id"] == snapshot["holder"])
        if holder["sha256"] != snapshot["sha256"]:
            raise Different(f"{name}: snapshot {holder['id']}, which holds its bytes, has others")
        if fields.get("warc-refers-to") != f"<{holder['record_id']}>":
            raise Different(
                f"{name}: its record refers to {fields.get('warc-refers-to')}, not to its holder's"
            )
    else:
        found = hashlib.sha256(_END_OF_HEAD.split(block, 1)[-1]).hexdigest()
        if found != snapshot["sha256"]:
            raise Different(f"{name}: its page has the SHA-256 {found}, not {snapshot['sha256']}")
    # Of a page that only its server calls unmodified (304), the record has no digest, and the holder's counts.
    on_its_word = snapshot["status"] == 304 and snapshot["holder"] != snapshot["id"]
    stated = None if on_its_word else f"sha256:{snapshot['sha256']}"
    if fields.get("warc-payload-digest") != stated:
        raise Different(f"{name}: its record gives the digest {fields.get('warc-payload-digest')}")
    if fields.get("warc-target-uri") != snapshot["url"]:
        raise Different(f"{name}: its record is of {fields.get('warc-target-uri')}, not {snapshot['url']}")


def _record(archive: bytes, record_id: str, name: str) -> tuple[dict[str, str], bytes]:
    """The fields (names in lower case) and the block of one record of a WARC file."""
    try:
        for fields, block in _records(gzip.decompress(archive)):
            if fields.get("warc-record-id") == f"<{record_id}>":
                return fields, block
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
    ) as error:  # ValueError: a length that is no number, too
        raise Different(f"{name}: its web archive cannot be read ({error})") from error
    raise Different(f"{name}: its web archive has no record {record_id}")


def _records(data: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """The records of a WARC 1.1 file (ISO 28500, 4)."""
    file = io.BytesIO(data)
    while line := file.readline():
        if not line.startswith(b"WARC/"):
            raise ValueError("a record does not begin where one should")
        fields: dict[str, str] = {}
        while line := file.readline().rstrip(b"\r\n"):
            key, _, value = line.decode("utf-8").partition(":")
            fields[key.lower()] = value.strip()
        block = file.read(int(fields["content-length"]) if "content-length" in fields else 0)
        yield fields, block
        file.readline()
        file.readline()


def _check_anchor(anchor: dict[str, Any], package: Package) -> None:
    if anchor["state"] != "anchored":
        return
    name, path = f"anchor {anchor['id']}", anchor["text"]["path"]
    content = package.read(path)
    found = hashlib.sha256(content).hexdigest()
    if found != anchor["text"]["sha256"]:
        raise Different(f"{name}: {path} has the SHA-256 {found}, not {anchor['text']['sha256']}")
    if content.decode("utf-8")[anchor["start"] : anchor["end"]] != anchor["exact"]:
        raise Different(f"{name}: other words than those quoted stand at their place in {path}")


# --- The command


def check(receipt_data: bytes | None, package_data: Any | None) -> list[str]:
    """Every difference, in words; the receipt of the package where none is given."""
    try:
        return list(_all(receipt_data, package_data))
    except Different as different:
        return [str(different)]
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        return [f"receipt: it does not have the form of one ({error!r})"]


def _all(receipt_data: bytes | None, package_data: Any | None) -> Iterator[str]:
    package = Package(package_data) if package_data is not None else None
    if receipt_data is None and package is not None:
        receipt_data = package.read(RECEIPT_IN_PACKAGE)
    receipt = read_receipt(receipt_data or b"")
    yield from inconsistencies(receipt)
    if package is not None:
        found = list(differences(receipt, package))
        if found:
            yield from other_state(receipt, package)
        yield from found


def main(arguments: list[str]) -> int:
    """See the module's own words."""
    packages = [each for each in arguments if each.lower().endswith(".wacz")]
    receipts = [each for each in arguments if each not in packages]
    if not arguments or len(packages) > 1 or len(receipts) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        receipt_data = None
        if receipts:
            receipt_data = Path(receipts[0]).read_bytes()
        found = check(receipt_data, packages[0] if packages else None)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for line in found:
        print(line)
    if not found:
        print("Everything is what it says it is." if packages else "The receipt is whole.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
