"""Receipts and packages, and the stand-alone program that finds whatever was changed in one."""

import io
import json
import random
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from claims.exports import merkle, verify_receipt
from claims.exports.verify_receipt import check
from claims.models import Claim
from tests.factories import chain, see, stated
from tests.provenance.evidence import NOON, STUDY, told_claim
from tests.provenance.rest import ANYBODY, partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(owner: User) -> Claim:
    """See `told_claim`."""
    return told_claim(owner)


def receipt_of(claim: Claim) -> bytes:
    """As anybody gets it."""
    response = ANYBODY.get(f"claims/{claim.slug}/receipt/")
    assert response.status_code == 200
    content: bytes = response.content
    return content


def package_of(claim: Claim) -> bytes:
    """As anybody gets it."""
    response = ANYBODY.get(f"claims/{claim.slug}/wacz/")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def receipt_in(package: bytes) -> bytes:
    """The receipt that lies in the package."""
    with zipfile.ZipFile(io.BytesIO(package)) as file:
        return file.read(verify_receipt.RECEIPT_IN_PACKAGE)


def changed(package: bytes, path: str, content: bytes) -> bytes:
    """The package with another content of one file, all else as it was."""
    altered = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(altered, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, content if entry.filename == path else old.read(entry))
    return altered.getvalue()


def flipped(data: bytes, bit: int) -> bytes:
    """The bytes with one bit turned."""
    altered = bytearray(data)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)


def sealed(receipt: Any) -> bytes:
    """A receipt whose root was computed anew by somebody who changed it."""
    receipt["merkle"]["root"] = merkle.root(verify_receipt.leaves(receipt))
    return verify_receipt.canonical(receipt)


# --- The receipt


def test_receipt_says_what_the_tree_says(claim: Claim) -> None:
    receipt = json.loads(receipt_of(claim))
    tree = ANYBODY.get(f"claims/{claim.slug}/tree/").json()
    assert receipt["said"]["claim"]["text"] == "It was so"
    assert receipt["said"]["counts"]["support"]["origins"] == 1
    assert receipt["said"]["counts"]["deny"]["appearances"] == 1
    assert {each["id"] for each in receipt["appearances"]} == {node["id"] for node in tree["nodes"]}
    assert {each["id"] for each in receipt["derivations"]} == {edge["id"] for edge in tree["edges"]}
    states = {each["id"]: each["evidence"] for each in receipt["appearances"]}
    assert states == {node["id"]: node["evidence"]["state"] for node in tree["nodes"]}


def test_receipt_is_canonical_json_to_the_standards_library_and_to_the_verifier(claim: Claim) -> None:
    receipt = receipt_of(claim)
    assert rfc8785.dumps(json.loads(receipt)) == receipt
    assert verify_receipt.canonical(json.loads(receipt)) == receipt


def test_receipt_and_package_of_the_service_hold_alone_and_together(claim: Claim) -> None:
    receipt, package = receipt_of(claim), package_of(claim)
    assert check(receipt, None) == []
    assert check(None, io.BytesIO(package)) == []
    assert check(receipt, io.BytesIO(package)) == []


def test_a_claim_without_anything_has_a_receipt_that_holds(owner: User) -> None:
    recorded = chain(stated("a"), by=owner)
    assert check(None, io.BytesIO(package_of(recorded.claim))) == []


@pytest.mark.parametrize("count", range(1, 20))
def test_both_implementations_grow_the_same_tree(count: int) -> None:
    leaves = [bytes([number]) * number for number in range(count)]
    assert merkle.root(leaves) == verify_receipt.merkle_root(leaves)


def test_tree_is_that_of_the_standard() -> None:
    # The hash of the empty tree, and of one empty leaf (RFC 6962, 2.1).
    assert merkle.root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root([b""]) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


# --- What was changed is named


def test_every_bit_that_turns_in_a_receipt_is_found(claim: Claim) -> None:
    receipt = receipt_of(claim)
    for bit in random.Random(1).sample(range(len(receipt) * 8), 1000):
        assert check(flipped(receipt, bit), None), f"bit {bit}"


def test_every_bit_that_turns_in_a_web_archive_is_found_and_named(claim: Claim) -> None:
    package = package_of(claim)
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        archives = {name: files.read(name) for name in files.namelist() if name.startswith("archive/")}
    choose = random.Random(2)
    for _ in range(1000):
        path = choose.choice(sorted(archives))
        archive = flipped(archives[path], choose.randrange(len(archives[path]) * 8))
        found = check(None, io.BytesIO(changed(package, path, archive)))
        assert any(path in line and "snapshot" in line for line in found)


def test_every_fact_of_a_snapshot_that_is_changed_and_sealed_anew_is_found(claim: Claim) -> None:
    receipt, package = json.loads(receipt_of(claim)), package_of(claim)
    for place, snapshot in enumerate(receipt["snapshots"]):
        for name in ("sha256", "url", "record_id"):
            forged = json.loads(json.dumps(receipt))
            forged["snapshots"][place][name] = snapshot[name][:-1] + "_"
            found = check(sealed(forged), io.BytesIO(package))
            assert any(line.startswith(f"snapshot {snapshot['id']}:") for line in found), name


def test_other_words_than_those_quoted_are_found(claim: Claim) -> None:
    receipt = json.loads(receipt_of(claim))
    anchor = next(each for each in receipt["anchors"] if each["exact"] == "it may have been so")
    anchor["exact"] = "it must have been so"[: len(anchor["exact"])]
    found = check(sealed(receipt), io.BytesIO(package_of(claim)))
    assert any(line.startswith(f"anchor {anchor['id']}: other words") for line in found)


@pytest.mark.parametrize("part", ["archive", "texts", "receipt", "indexes", "pages"])
def test_what_is_missing_from_a_package_is_named(claim: Claim, part: str) -> None:
    package = package_of(claim)
    altered = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(altered, "w") as new:
        for entry in old.infolist():
            if not entry.filename.startswith(f"{part}/"):
                new.writestr(entry, old.read(entry))
    assert any(f"{part}/" in line for line in check(None, altered))


@pytest.mark.parametrize(
    "change",
    [
        lambda receipt: receipt["anchors"][0].update(snapshot=10**9),
        lambda receipt: receipt["anchors"][0].update(appearance=10**9),
        lambda receipt: receipt["anchors"].clear(),
        lambda receipt: receipt["snapshots"][0].update(holder=10**9),
        lambda receipt: receipt["snapshots"][0].pop("holder"),
        lambda receipt: receipt.update(snapshots=None),
        lambda receipt: receipt.update(said="nothing"),
    ],
)
def test_a_receipt_that_contradicts_itself_is_found_although_sealed(claim: Claim, change: Any) -> None:
    receipt = json.loads(receipt_of(claim))
    change(receipt)
    data = sealed(receipt) if isinstance(receipt["snapshots"], list) else json.dumps(receipt).encode()
    assert check(data, None)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"said": 1e999}', b'{"a": NaN}']
)
def test_what_is_no_receipt_is_said_to_be_none(data: bytes) -> None:
    assert check(data, None)


def test_what_is_no_package_is_said_to_be_none(claim: Claim) -> None:
    assert check(receipt_of(claim), io.BytesIO(b"no zip at all"))


def test_receipt_of_a_later_state_than_the_package_is_called_that_before_the_differences(
    owner: User, claim: Claim
) -> None:
    package = package_of(claim)
    source = claim.appearances.get(source__url=STUDY).source
    see(source, "On a third day: they think that it may have been so.", at=NOON + timedelta(days=2))
    then, now = (json.loads(each)["said"]["claim"]["last_change"]["seq"] for each in
                 (receipt_in(package), receipt_of(claim)))  # fmt: skip
    found = check(receipt_of(claim), io.BytesIO(package))
    assert found[0].startswith(f"package: it is of the claim's change {then}, the receipt of change {now}")
    assert len(found) > 1, "and what is missing is named too"
    assert check(receipt_of(claim), io.BytesIO(package_of(claim))) == []

    another = chain(stated("other"), by=owner).claim
    assert check(receipt_of(claim), io.BytesIO(package_of(another)))[0].startswith(
        "package: it is of another claim"
    )


# --- Alone, as a program


def test_program_runs_on_its_own_with_nothing_but_python(
    claim: Claim, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "verify.py").write_bytes(client.get("/verify_receipt.py").content)
    (tmp_path / "receipt.json").write_bytes(receipt_of(claim))
    (tmp_path / "evidence.wacz").write_bytes(package_of(claim))
    (tmp_path / "bad.json").write_bytes(flipped(receipt_of(claim), 4000))

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-S", "verify.py", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert (run("receipt.json").returncode, run("receipt.json").stdout) == (0, "The receipt is whole.\n")
    assert run("receipt.json", "evidence.wacz").stdout == "Everything is what it says it is.\n"
    assert run("evidence.wacz").returncode == 0
    assert run("bad.json").returncode == 1
    assert run("bad.json").stdout
    assert run().returncode == 2
    assert run("absent.json").returncode == 2


# --- For whom, and at what cost


def test_a_draft_has_neither_for_others_and_both_for_its_owner(stranger: User) -> None:
    caller = partner()
    recorded = chain(stated("a"), by=caller.account)
    for form in ("receipt", "wacz"):
        assert ANYBODY.get(f"claims/{recorded.claim.slug}/{form}/").status_code == 404
        assert caller.get(f"claims/{recorded.claim.slug}/{form}/").status_code == 200


def test_statements_do_not_grow_with_the_claim(
    owner: User, claim: Claim, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    large = chain(*(stated(f"r{number}") for number in range(30)), by=owner)
    for row in large.appearances.values():
        see(row.source, f"{row.quote}", at=None)
    for each in (claim, large.claim):
        with django_assert_max_num_queries(9):
            receipt_of(each)
        with django_assert_max_num_queries(12):
            package_of(each)
