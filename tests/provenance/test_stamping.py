"""Timestamps of receipts (RFC 3161), from an authority of our own that openssl speaks for."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from claims.exports import stamping
from claims.models import Claim, ReceiptTimestamp
from tests.factories import chain, see, stated
from tests.provenance.authority import Authority, authority, holds
from tests.provenance.evidence import told_claim
from tests.provenance.rest import ANYBODY

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One authority for all: its keys take a second."""
    with authority(tmp_path_factory.mktemp("authority")) as started:
        yield started


@pytest.fixture
def asked(running: Authority, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority, as the service is told of it."""
    settings.TIMESTAMP_URL, settings.TIMESTAMP_CA_FILE = running.url, str(running.root)
    monkeypatch.setattr(running, "questions", [])
    cache.clear()
    return running


@pytest.fixture
def claim(owner: User) -> Claim:
    """See `told_claim`."""
    return told_claim(owner)


def receipt(claim: Claim) -> bytes:
    """As anybody gets it."""
    content: bytes = ANYBODY.get(f"claims/{claim.slug}/receipt/").content
    return content


def timestamp(claim: Claim, **query: Any) -> Any:
    """The answer to who asks for it."""
    return ANYBODY.get(f"claims/{claim.slug}/receipt/timestamp/", **query)


def test_timestamp_is_of_the_receipt_to_openssl_too(claim: Claim, asked: Authority, tmp_path: Path) -> None:
    assert timestamp(claim).status_code == 202
    stamping.stamp(claim.pk)
    answer = timestamp(claim)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/timestamp-reply")
    assert holds(tmp_path, receipt(claim), answer.content, asked.root)
    assert not holds(tmp_path, receipt(claim) + b" ", answer.content, asked.root)


def test_one_state_of_a_claim_is_stamped_once(claim: Claim, asked: Authority) -> None:
    assert receipt(claim) == receipt(claim)
    stamping.stamp(claim.pk)
    stamping.stamp(claim.pk)
    assert len(asked.questions) == 1
    assert ReceiptTimestamp.objects.count() == 1


def test_a_later_state_has_another_and_the_earlier_is_still_found(claim: Claim, asked: Authority) -> None:
    stamping.stamp(claim.pk)
    earlier = hashlib.sha256(receipt(claim)).hexdigest()
    see(claim.appearances.order_by("pk")[0].source, "Nothing like it any more.")
    assert hashlib.sha256(receipt(claim)).hexdigest() != earlier
    assert timestamp(claim).status_code == 202
    assert timestamp(claim, sha256=earlier).status_code == 200
    assert timestamp(claim, sha256="0" * 64).status_code == 404


def test_without_an_authority_there_is_none_and_it_is_said(claim: Claim) -> None:
    answer = timestamp(claim)
    assert answer.status_code == 404
    assert "no timestamp authority" in answer.json()["detail"]
    stamping.stamp(claim.pk)
    assert not ReceiptTimestamp.objects.exists()


def test_what_an_authority_says_of_something_else_is_not_kept(
    claim: Claim, owner: User, asked: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = chain(stated("a"), by=owner).claim
    stamping.stamp(other.pk)
    kept = bytes(ReceiptTimestamp.objects.get().token)
    monkeypatch.setattr(asked, "answer", lambda _question: kept)
    stamping.stamp(claim.pk)
    assert ReceiptTimestamp.objects.count() == 1


@pytest.mark.parametrize("content", [b"", b"no", b"\x30\x82", bytes(200_000)])
def test_an_authority_that_talks_nonsense_is_asked_again_later(
    claim: Claim, asked: Authority, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    with monkeypatch.context() as lying:
        lying.setattr(asked, "answer", lambda _question: content)
        stamping.stamp(claim.pk)
    assert timestamp(claim).status_code == 202
    cache.clear()  # the time after which it is asked again
    stamping.stamp(claim.pk)
    assert timestamp(claim).status_code == 200


def test_a_signature_under_another_root_is_not_kept(
    claim: Claim, asked: Authority, settings: Any, tmp_path: Path
) -> None:
    with authority(tmp_path) as foreign:
        settings.TIMESTAMP_CA_FILE = str(foreign.root)
        stamping.stamp(claim.pk)
    assert not ReceiptTimestamp.objects.exists()


def test_an_authority_that_is_away_costs_nothing_but_the_timestamp(claim: Claim, settings: Any) -> None:
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/tsr"
    cache.clear()
    stamping.stamp(claim.pk)
    assert timestamp(claim).status_code == 202
