"""Quotes as Web Annotations (W3C, JSON-LD): what was found where, in the words that annotation tools understand.

A quote's place is told three ways: by its words and those around them, by its code points in the text that we read out
of the page, and by when the page was seen and where that state of it is kept (a memento of this service).
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from claims.exports.evidence import Evidence
from claims.models import Anchor
from claims.shown import AppearanceView, DerivationView
from sources.memento.addresses import memento
from sources.models import Snapshot

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
MEDIA_TYPE = f'application/ld+json; profile="{CONTEXT}"'


def annotations_of(evidence: Evidence) -> dict[str, Any]:
    """A collection of one page: every quote of the claim's tree whose words were found, by its newest such anchor."""
    items = list(_items(evidence))
    address = f"{settings.PUBLIC_URL}/api/v1/claims/{evidence.claim.slug}/annotations/"
    page = {"type": "AnnotationPage", "startIndex": 0, "items": items}
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "AnnotationCollection",
        "label": evidence.claim.text,
        "total": len(items),
        "first": page,
    }


def _items(evidence: Evidence) -> Iterator[dict[str, Any]]:
    snapshots = {row.pk: row for row in evidence.snapshots}
    derivations = {edge.id: edge for edge in evidence.tree.edges}
    for anchor in evidence.anchors:
        if not anchor.is_proof:
            continue
        if anchor.appearance_id:
            said = _of_appearance(evidence.tree.by_id[anchor.appearance_id])
        else:
            said = _of_derivation(derivations[anchor.derivation_id or 0])
        yield _annotation(anchor, snapshots[anchor.snapshot_id], [_claim(evidence), *said])


def _annotation(anchor: Anchor, snapshot: Snapshot, body: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"{settings.PUBLIC_URL}/snapshots/{snapshot.pk}/#anchor-{anchor.pk}",
        "type": "Annotation",
        "created": anchor.created_at.isoformat(),
        "generator": {"id": f"{settings.PUBLIC_URL}/", "type": "Software", "name": "Claims provenance"},
        "motivation": "identifying",
        "body": body,
        "target": {
            "type": "SpecificResource",
            "source": snapshot.source.url or f"{settings.PUBLIC_URL}/sources/{snapshot.source_id}/",
            "selector": [
                {
                    "type": "TextQuoteSelector",
                    "exact": anchor.exact,
                    "prefix": anchor.prefix,
                    "suffix": anchor.suffix,
                },
                {"type": "TextPositionSelector", "start": anchor.start, "end": anchor.end},
            ],
            "state": _state(snapshot),
        },
    }


def _state(snapshot: Snapshot) -> dict[str, Any]:
    kept = {"cached": memento(snapshot.source, snapshot.captured_at)} if snapshot.source.url else {}
    return {"type": "TimeState", "sourceDate": snapshot.captured_at.isoformat(), **kept}


def _claim(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": f"{settings.PUBLIC_URL}/claims/{evidence.claim.slug}/",
        "type": "Text",
        "purpose": "identifying",
    }


def _of_appearance(view: AppearanceView) -> Iterator[dict[str, Any]]:
    yield _classified(view.stance)
    if view.certainty:
        yield _classified(view.certainty)


def _of_derivation(view: DerivationView) -> Iterator[dict[str, Any]]:
    yield _classified(view.kind)


def _classified(word: str) -> dict[str, Any]:
    return {"type": "TextualBody", "value": word, "purpose": "classifying", "format": "text/plain"}
