"""The evidence of a claim as one package: web archives, texts, and the receipt that names every digest in it."""

from datetime import datetime

from claims.exports.evidence import Evidence
from claims.exports.receipt import receipt_of
from sources import wacz
from sources.packaging import package

RECEIPT_PATH = "receipt/receipt.json"


def package_of(evidence: Evidence, *, created: datetime) -> wacz.Package:
    """What `verify_receipt.py` can check by itself, and any reader of web archives can replay."""
    return package(
        sorted(evidence.snapshots, key=lambda row: row.captured_at),
        title=evidence.claim.text,
        description=f"What the provenance of this claim rests on, as {evidence.claim.slug}",
        created=created,
        extras=[(RECEIPT_PATH, receipt_of(evidence))],
    )
