"""The REST form of a claim's tree: the values of `claims.shown`, flat."""

from collections.abc import Collection
from typing import Any

from rest_framework import serializers

from claims.impact import Impact, ImpactPage
from claims.leaning import Leaning
from claims.listing import Listing
from claims.models import Claim
from claims.serializers import ClaimRefSerializer
from claims.shown import Tree
from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    FindingKind,
    Stance,
    UnresolvedReason,
)
from sources.rest.fields import PartialDateField, WordField
from sources.serializers import AgentSerializer


class TreeSourceSerializer(serializers.Serializer[Any]):
    """A source, as its appearances show it."""

    id = serializers.IntegerField()
    url = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    published_at = PartialDateField(allow_null=True)
    language = serializers.CharField()
    publisher = AgentSerializer(allow_null=True)


class FragmentSerializer(serializers.Serializer[Any]):
    """A part of a quote, from and up to these code points of the snapshot's text."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()


class QuoteSerializer(serializers.Serializer[Any]):
    """The words as they stand in the snapshot's text (Web Annotation; the span in code points)."""

    exact = serializers.CharField(help_text="With […] where the quote leaves something out.")
    prefix = serializers.CharField()
    suffix = serializers.CharField()
    start = serializers.IntegerField(help_text="Of the whole, gaps included.")
    end = serializers.IntegerField(help_text="Of the whole, gaps included.")
    fragments = FragmentSerializer(
        many=True, help_text="Its parts in their order; one where nothing is left out."
    )


class SnapshotRefSerializer(serializers.Serializer[Any]):
    """The snapshot that shows the words."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    captured_at = serializers.DateTimeField()
    sha256 = serializers.CharField()


class EvidenceSerializer(serializers.Serializer[Any]):
    """What the newest snapshot shows, and the newest in which the words were found, if any."""

    state = WordField(EvidenceState)
    reason = serializers.CharField(help_text="Why it is not anchored; empty when it is.")
    quote = QuoteSerializer(allow_null=True)
    snapshot = SnapshotRefSerializer(allow_null=True)


class NodeSerializer(serializers.Serializer[Any]):
    """An appearance."""

    id = serializers.IntegerField()
    stance = WordField(Stance)
    certainty = WordField(Certainty, allow_null=True)
    quote = serializers.CharField()
    said_at = PartialDateField(allow_null=True, help_text="Its own date, else its source's.")
    no_later_than = serializers.DateTimeField(help_text="Its first snapshot or record.")
    language = serializers.CharField()
    chain_end = WordField(ChainEnd, allow_null=True)
    published = serializers.BooleanField(
        help_text="False while it waits for acceptance; then it does not count."
    )
    vouched_why = serializers.CharField()
    source = TreeSourceSerializer()  # type: ignore[assignment]  # hides Field.source: a serializer's own is never set
    claimant = AgentSerializer(allow_null=True)
    evidence = EvidenceSerializer()


class EdgeSerializer(serializers.Serializer[Any]):
    """A derivation: `derived` rests on, or answers, `origin`."""

    id = serializers.IntegerField()
    derived = serializers.IntegerField(source="derived_id")
    origin = serializers.IntegerField(source="origin_id")
    kind = WordField(DerivationKind)
    basis = WordField(Basis, allow_null=True)
    state = WordField(DerivationState)
    quote = serializers.CharField()
    reason = serializers.CharField()
    evidence = EvidenceSerializer()


class AppearanceSerializer(NodeSerializer):
    """An appearance on its own."""

    claim = serializers.IntegerField(source="claim_id")


class DerivationSerializer(EdgeSerializer):
    """A derivation on its own."""

    claim = serializers.IntegerField(source="claim_id")


class UnresolvedSerializer(serializers.Serializer[Any]):
    """A root that is not established, and why."""

    appearance = serializers.IntegerField()
    reason = WordField(UnresolvedReason)


class BottleneckSerializer(serializers.Serializer[Any]):
    """An appearance that others have on every chain to every root."""

    appearance = serializers.IntegerField()
    dependent_count = serializers.IntegerField()
    share = serializers.FloatField(help_text="Over the side's other appearances: above 0, at most 1.")


class SideCountsSerializer(serializers.Serializer[Any]):
    """How many there are of each on one side."""

    appearance_count = serializers.IntegerField()
    source_count = serializers.IntegerField()
    origin_count = serializers.IntegerField()
    independent_origin_count = serializers.IntegerField()
    established_origin_count = serializers.IntegerField()
    unresolved_count = serializers.IntegerField()


class IndependenceSerializer(SideCountsSerializer):
    """The numbers of one side."""

    roots = serializers.ListField(child=serializers.IntegerField())
    origins = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="The roots that count as one.",
    )
    unresolved = UnresolvedSerializer(many=True)
    bottlenecks = BottleneckSerializer(many=True)


class SidesSerializer(serializers.Serializer[Any]):
    """Both sides."""

    support = IndependenceSerializer()
    deny = IndependenceSerializer()


class FindingSerializer(serializers.Serializer[Any]):
    """One thing to look at."""

    kind = WordField(FindingKind)
    message = serializers.CharField()
    stance = WordField(Stance, allow_null=True, help_text="The side, where it is about one.")
    appearances = serializers.ListField(child=serializers.IntegerField())


class TreeSerializer(serializers.Serializer[Any]):
    """A claim's appearances in topological order, what leads from one to the other, and what that shows."""

    claim = ClaimRefSerializer()
    revision = serializers.IntegerField(help_text="Grows with every write that could change this answer.")
    node_count = serializers.IntegerField(help_text="Of the whole tree, listed or not.")
    truncated = serializers.BooleanField(help_text="Whether there are more nodes than are listed here.")
    next = serializers.URLField(
        allow_null=True, help_text="The next page of what was asked for; null if there is none."
    )
    nodes = NodeSerializer(many=True)
    edges = EdgeSerializer(many=True)
    roots = serializers.ListField(
        child=serializers.IntegerField(), help_text="The origins of the supporting side."
    )
    independence = SidesSerializer()
    findings = FindingSerializer(many=True)


class SideWithoutSerializer(serializers.Serializer[Any]):
    """One side with some appearances taken out in thought; origins are those before."""

    removed = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those of them that the graph of the side has."
    )
    left_without_origin = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="The remaining ones of the side that no remaining origin leads to.",
    )
    before = SideCountsSerializer()
    after = SideCountsSerializer(help_text="What still has an origin, and the origins that it has.")


class WhatIfSerializer(serializers.Serializer[Any]):
    """Both sides of a claim without some of its appearances."""

    claim = ClaimRefSerializer()
    revision = serializers.IntegerField(help_text="Of the claim, as in its tree.")
    removed = serializers.ListField(child=serializers.IntegerField(), help_text="As asked for.")
    support = SideWithoutSerializer()
    deny = SideWithoutSerializer()


class ImpactSerializer(serializers.Serializer[Any]):
    """Words that stood in a snapshot and do not in the latest, and what leans on them."""

    appearance = serializers.IntegerField(source="appearance.id", help_text="Whose source it is.")
    derivation = serializers.IntegerField(
        source="derivation.id",
        default=None,
        allow_null=True,
        help_text="Where the words are those that lead to an origin; null where they are the appearance's own.",
    )
    state = WordField(EvidenceState, source="evidence.state")
    stood = serializers.CharField(
        source="evidence.quote.exact", help_text="The words as they were last seen."
    )
    snapshot = serializers.IntegerField(source="evidence.snapshot.id", help_text="The last that shows them.")
    leaning = serializers.SerializerMethodField(
        help_text="Appearances downstream, by confirmed derivations that carry the claim; origins first."
    )
    support = SideWithoutSerializer(help_text="Without the appearance.")
    deny = SideWithoutSerializer(help_text="Without the appearance.")

    def get_leaning(self, impact: Impact) -> list[int]:
        """Their ids."""
        return [view.id for view in impact.leaning]


class ImpactsSerializer(serializers.Serializer[Any]):
    """Those of a claim, page by page."""

    claim = ClaimRefSerializer()
    revision = serializers.IntegerField(help_text="Of the claim, as in its tree.")
    count = serializers.IntegerField(help_text="Of all, on this page or not.")
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")
    impacts = ImpactSerializer(many=True)


class ShareSerializer(serializers.Serializer[Any]):
    """Of one side: how many of its other appearances lose their only origin without these."""

    dependent_count = serializers.IntegerField()
    share = serializers.FloatField(help_text="Over the side's other appearances, from 0 to 1.")


class LeaningSerializer(serializers.Serializer[Any]):
    """A claim, and how much of it leans on the source or agent."""

    claim = ClaimRefSerializer()
    appearances = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those of the source or agent, origins first."
    )
    support = ShareSerializer()
    deny = ShareSerializer()


def leaning_shown(claim: Claim, leaning: Leaning) -> dict[str, Any]:
    """What `LeaningSerializer` takes."""
    ids = [view.id for view in leaning.appearances]
    return {"claim": claim, "appearances": ids, "support": leaning.support, "deny": leaning.deny}


def tree_json(claim: Claim, tree: Tree, listing: Listing, *, next_url: str | None) -> dict[str, Any]:
    """The whole answer: what is listed, and the numbers of all."""
    sides = {"support": tree.independence(Stance.SUPPORT), "deny": tree.independence(Stance.DENY)}
    shown = {
        "claim": claim,
        "revision": tree.revision,
        "node_count": len(tree.nodes),
        "truncated": listing.truncated,
        "next": next_url,
        "nodes": listing.nodes,
        "edges": listing.edges,
        "roots": sides["support"].roots,
        "independence": sides,
        "findings": tree.findings,
    }
    return dict(TreeSerializer(shown).data)


def what_if_json(claim: Claim, tree: Tree, remove: Collection[int]) -> dict[str, Any]:
    """Both sides of the tree without these appearances of it."""
    sides = {stance.value: tree.what_if(remove, stance) for stance in (Stance.SUPPORT, Stance.DENY)}
    shown = {"claim": claim, "revision": tree.revision, "removed": remove, **sides}
    return dict(WhatIfSerializer(shown).data)


def impacts_json(claim: Claim, tree: Tree, page: ImpactPage, *, next_url: str | None) -> dict[str, Any]:
    """What leans on words of the tree that changed or went missing."""
    shown = {
        "claim": claim,
        "revision": tree.revision,
        "count": page.count,
        "next": next_url,
        "impacts": page.impacts,
    }
    return dict(ImpactsSerializer(shown).data)
