"""A receipt: what the service says of a claim at one moment, and the digests by which anybody can check it offline.

Canonical JSON (RFC 8785), so that equal content has equal bytes, and a Merkle root over every part, so that none can be
changed, taken away or moved unseen. `verify_receipt.py` beside this module checks one, alone or against a WACZ; it is
the format's second implementation, and knows nothing of this one.

Numbers are whole and texts are Unicode without lone surrogates: there, canonical JSON needs no rules for floats.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from django.conf import settings

from claims.exports import merkle
from claims.exports.evidence import Evidence
from claims.independence import Independence
from claims.models import Anchor, Claim
from claims.shown import AppearanceView, DerivationView
from claims.vocabulary import Stance
from sources.models import Snapshot
from sources.packaging import text_path

FORMAT = "claims-provenance-receipt/1"

_PARTS = ("snapshots", "appearances", "derivations", "anchors")
"""The lists of a receipt, in the order in which their members are leaves; before them all, what it says as a whole."""


def receipt_of(evidence: Evidence) -> bytes:
    """The receipt's bytes. The same state of a claim gives the same, so that a timestamp of it stays one."""
    tree = evidence.tree
    body: dict[str, Any] = {
        "said": _said(evidence),
        "snapshots": [_snapshot(each) for each in evidence.snapshots],
        "appearances": [_appearance(each) for each in sorted(tree.nodes, key=lambda node: node.id)],
        "derivations": [_derivation(each) for each in sorted(tree.edges, key=lambda edge: edge.id)],
        "anchors": [_anchor(each) for each in evidence.anchors],
    }
    body["merkle"] = {"root": merkle.root(list(_leaves(body))), "tree": "RFC 6962, SHA-256"}
    return rfc8785.dumps(body)


def root_of(receipt: Mapping[str, Any]) -> str:
    """The Merkle root that a receipt's content has, whatever it says itself."""
    return merkle.root(list(_leaves(receipt)))


def _leaves(body: Mapping[str, Any]) -> Iterator[bytes]:
    """Each part as canonical JSON under the name of its list: it cannot stand in for one of another kind."""
    yield rfc8785.dumps({"said": body["said"]})
    for part in _PARTS:
        for member in body[part]:
            yield rfc8785.dumps({part: member})


def _said(evidence: Evidence) -> dict[str, Any]:
    claim, tree = evidence.claim, evidence.tree
    return {
        "format": FORMAT,
        "service": settings.PUBLIC_URL,
        "claim": {
            "id": claim.pk,
            "slug": claim.slug,
            "text": claim.text,
            "language": claim.language,
            "revision": tree.revision,
            "last_change": _last_change(claim),
        },
        "counts": {stance: _counts(tree.independence(stance)) for stance in (Stance.SUPPORT, Stance.DENY)},
        "findings": [
            {"kind": each.kind, "message": each.message, "appearances": list(each.appearances)}
            for each in tree.findings
        ],
    }


def _last_change(claim: Claim) -> dict[str, Any]:
    """Where in the change log the claim stands: by this, a receipt is placed in time."""
    seq, at = claim.changes.order_by("-seq").values_list("seq", "at")[0]
    return {"seq": seq, "at": _instant(at)}


def _counts(numbers: Independence) -> dict[str, Any]:
    return {
        "appearances": numbers.appearance_count,
        "sources": numbers.source_count,
        "origins": numbers.origin_count,
        "independent_origins": numbers.independent_origin_count,
        "established_origins": numbers.established_origin_count,
        "unresolved": [{"appearance": each.appearance, "reason": each.reason} for each in numbers.unresolved],
        "roots": list(numbers.roots),
    }


def _snapshot(row: Snapshot) -> dict[str, Any]:
    """Of one page that had not changed, `holder` names the snapshot whose record has the bytes."""
    return {
        "id": row.pk,
        "source": row.source_id,
        "url": row.url,
        "captured_at": _instant(row.captured_at),
        "status": row.status_code,
        "media_type": row.media_type,
        "sha256": row.sha256,
        "size": row.size,
        "truncated": row.truncated,
        "holder": row.holder.pk,
        "record_id": row.record_id,
        "warc": {
            "path": f"archive/{row.warc_name.rpartition('/')[2]}",
            "sha256": row.warc_sha256,
            "size": row.warc_size,
        },
    }


def _appearance(view: AppearanceView) -> dict[str, Any]:
    return {
        "id": view.id,
        "source": {
            "id": view.source.id,
            "url": view.source.url,
            "title": view.source.title,
            "publisher": view.source.publisher.name if view.source.publisher else None,
        },
        "claimant": view.claimant.name if view.claimant else None,
        "stance": view.stance,
        "certainty": view.certainty,
        "said_at": view.said_at,
        "quote": view.quote,
        "evidence": view.evidence.state,
    }


def _derivation(view: DerivationView) -> dict[str, Any]:
    return {
        "id": view.id,
        "derived": view.derived_id,
        "origin": view.origin_id,
        "kind": view.kind,
        "basis": view.basis,
        "quote": view.quote,
        "evidence": view.evidence.state,
    }


def _anchor(row: Anchor) -> dict[str, Any]:
    """Where in which text the words stand: `start` and `end` count its code points; both null where they do not."""
    return {
        "id": row.pk,
        "appearance": row.appearance_id,
        "derivation": row.derivation_id,
        "snapshot": row.snapshot_id,
        "state": row.state,
        "start": row.start,
        "end": row.end,
        "exact": row.exact,
        "extractor": row.extractor,
        "text": {"path": text_path(row.text_sha256), "sha256": row.text_sha256},
    }


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
