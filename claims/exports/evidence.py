"""The tree of a claim with all that proves it: the anchors of its quotes, and the snapshots that they stand in."""

from dataclasses import dataclass

from django.db.models import F, Q

from claims.models import Anchor, Claim
from claims.shown import Tree
from claims.trees import load_tree
from sources.models import Snapshot
from sources.viewers import Viewer

_NEWEST_OR_PROOF = (
    Q(pk=F("appearance__newest_anchor"))
    | Q(pk=F("appearance__proof_anchor"))
    | Q(pk=F("derivation__newest_anchor"))
    | Q(pk=F("derivation__proof_anchor"))
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim's tree says and rests on. Anchors and snapshots come in the order of their ids, each once.

    Of each quote there is the newest anchor, and the newest that found the words; of a page that had not changed, the
    snapshot that holds its bytes too.
    """

    claim: Claim
    tree: Tree
    anchors: tuple[Anchor, ...]
    snapshots: tuple[Snapshot, ...]


def evidence_of(claim: Claim, *, viewer: Viewer) -> Evidence:
    """The evidence of a claim that the caller found visible to this viewer. Three statements more than its tree."""
    tree = load_tree(claim, viewer=viewer)
    anchors = tuple(anchor for anchor in _anchors(claim) if _is_shown(anchor, tree))
    return Evidence(claim, tree, anchors, _snapshots(anchors))


def _anchors(claim: Claim) -> list[Anchor]:
    of_claim = Q(appearance__claim=claim) | Q(derivation__claim=claim)
    return list(Anchor.objects.filter(of_claim, _NEWEST_OR_PROOF).order_by("pk"))


def _is_shown(anchor: Anchor, tree: Tree) -> bool:
    if anchor.appearance_id:
        return anchor.appearance_id in tree.by_id
    return anchor.derivation_id in {edge.id for edge in tree.edges}


def _snapshots(anchors: tuple[Anchor, ...]) -> tuple[Snapshot, ...]:
    rows = Snapshot.objects.select_related("source__publisher")
    seen = rows.in_bulk({anchor.snapshot_id for anchor in anchors})
    holders = rows.in_bulk({row.payload_of_id for row in seen.values() if row.payload_of_id} - seen.keys())
    found = seen | holders
    for row in found.values():
        row.payload_of = found.get(row.payload_of_id) if row.payload_of_id else None
    return tuple(found[pk] for pk in sorted(found))
