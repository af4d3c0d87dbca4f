"""Timestamps of receipts (RFC 3161): the word of an authority outside that a receipt was there at a time.

TIMESTAMP_URL names the authority. What it answers is kept if it is of the very receipt and, where TIMESTAMP_CA_FILE has
the authority's root certificates (PEM), signed under one of them. A state of a claim has one receipt, so the authority
hears of each state once.
"""

import logging
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import rfc3161_client as tsp
from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from django.core.cache import cache

from claims.exports.evidence import evidence_of
from claims.exports.receipt import receipt_of
from claims.models import Claim, ReceiptTimestamp
from sources.fetchers.base import FetchError
from sources.fetchers.http import post
from sources.fetchers.policy import FetchPolicy
from sources.viewers import CURATOR

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/timestamp-reply"
_QUERY_TYPE = "application/timestamp-query"
_MAX_BYTES = 64 * 1024
_DEADLINE = 20.0  # seconds


class NotATimestamp(ValueError):
    """The authority's answer is none of what it was asked about; the message says how."""


def digest_of(receipt: bytes) -> str:
    """By which a receipt's timestamp is found: SHA-256, hexadecimal."""
    return sha256(receipt).hexdigest()


def held(receipt_sha256: str) -> bytes | None:
    """The timestamp of this receipt, as the authority sent it; None if there is none."""
    found = ReceiptTimestamp.objects.filter(receipt_sha256=receipt_sha256).first()
    return bytes(found.token) if found else None


def stamp(claim_id: int) -> None:
    """Ask the authority about the claim's receipt of now, and keep its word; nothing where it is held or asked for."""
    receipt = receipt_of(evidence_of(Claim.objects.get(pk=claim_id), viewer=CURATOR))
    digest = digest_of(receipt)
    if (
        not settings.TIMESTAMP_URL
        or held(digest)
        or not cache.add(f"stamping:{digest}", 1, timeout=_DEADLINE)
    ):
        return
    try:
        token = _asked(receipt)
    except (FetchError, NotATimestamp) as error:
        logger.warning("The timestamp authority gave no timestamp: %s", error)
        return
    ReceiptTimestamp.objects.bulk_create(
        [
            ReceiptTimestamp(
                receipt_sha256=digest, claim_id=claim_id, token=token, authority=settings.TIMESTAMP_URL
            )
        ],
        ignore_conflicts=True,
    )


def _asked(receipt: bytes) -> bytes:
    """The authority's answer, once it is sure to be about this receipt. Raises FetchError, NotATimestamp."""
    query = tsp.TimestampRequestBuilder().data(receipt).hash_algorithm(tsp.HashAlgorithm.SHA256).build()
    answer = post(settings.TIMESTAMP_URL, query.as_bytes(), _policy(), content_type=_QUERY_TYPE)
    try:
        _check(tsp.decode_timestamp_response(answer.body), query, receipt)
    except (ValueError, tsp.VerificationError) as error:  # NotATimestamp is a ValueError too
        raise NotATimestamp(str(error)) from error
    return answer.body


def _check(response: tsp.TimeStampResponse, query: tsp.TimeStampRequest, receipt: bytes) -> None:
    if response.status not in (tsp.PKIStatus.GRANTED, tsp.PKIStatus.GRANTED_WITH_MODS):
        raise NotATimestamp(f"it refused ({', '.join(response.status_string)})")
    if response.tst_info.message_imprint.message != sha256(receipt).digest():
        raise NotATimestamp("it is of something else")
    if response.tst_info.nonce != query.nonce:
        raise NotATimestamp("it answers another question")
    if settings.TIMESTAMP_CA_FILE:
        _verify(response, query, receipt)


def _verify(response: tsp.TimeStampResponse, query: tsp.TimeStampRequest, receipt: bytes) -> None:
    builder = tsp.VerifierBuilder.from_request(query)
    for certificate in load_pem_x509_certificates(Path(settings.TIMESTAMP_CA_FILE).read_bytes()):
        builder = builder.add_root_certificate(certificate)
    builder.build().verify_message(response, receipt)


def _policy() -> FetchPolicy:
    """The operator named the authority: it alone may be reached, wherever it is."""
    return FetchPolicy(
        allow_hosts=frozenset({urlsplit(settings.TIMESTAMP_URL).netloc}),
        contact_url=settings.PUBLIC_URL,
        deadline=_DEADLINE,
        max_body=_MAX_BYTES,
    )
