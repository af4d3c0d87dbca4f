"""Rows -> the tree of a claim, in two statements however many appearances there are, one more for its parties where the
claim was read without them (see `ClaimQuerySet.with_parties`); of what was known then, in four.

`load_tree` is what every reader (GraphQL, REST, pages, commands) goes through. `claim_id` on both tables makes the read
flat: no walk up the chain, and no statement more for a deeper one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from claims.counted import Counted
from claims.graph import Edge, Graph, Node
from claims.models import Appearance, Claim, Derivation
from claims.owners import Owners
from claims.past import Past, read
from claims.shown import AppearanceView, DerivationView, Evidence, Fragment, Quote, Tree
from claims.times import NOW, Moment
from claims.vocabulary import (
    Basis,
    Certainty,
    ChainEnd,
    ClaimStatus,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
)
from sources.dates import PartialDate
from sources.models import Agent
from sources.prepared import Prepared
from sources.refs import AgentRef, SnapshotRef, SourceRef
from sources.viewers import ANONYMOUS, Viewer
from sources.vocabulary import AgentKind


def load_tree(
    claim: Claim, *, viewer: Viewer = ANONYMOUS, include_suggested: bool = False, at: Moment = NOW
) -> Tree:
    """The tree of a claim that the caller found visible to this viewer.

    `include_suggested` lists suggested derivations too, and to those who may see them the appearances that wait for
    acceptance; no number changes by it. `at` is the state that is asked for: numbers and findings are of that graph.
    """
    return load_trees([claim], viewer=viewer, include_suggested=include_suggested, at=at)[claim.pk]


def load_trees(
    claims: Collection[Claim],
    *,
    viewer: Viewer = ANONYMOUS,
    include_suggested: bool = False,
    at: Moment = NOW,
) -> dict[int, Tree]:
    """The trees of several claims, by claim id, in the same statements."""
    ids = [claim.pk for claim in claims]
    if at.known_at:
        past = read(ids, at.known_at, _EVIDENCE_COLUMNS)
        parties: Mapping[int, Any] = _past_parties(past)
        derivations = _grouped(_past_derivations(past))
        appearances = _grouped(_past_appearances(past, viewer, include_suggested=include_suggested))
    else:
        parties = _read_parties(claims)
        # Derivations first: whatever they lead to is then among the appearances.
        derivations = _grouped(_read_derivations(ids))
        appearances = _grouped(_read_appearances(ids, viewer, include_suggested=include_suggested))
    return {
        claim.pk: _build(
            claim,
            appearances.get(claim.pk, []),
            derivations.get(claim.pk, []),
            parties.get(claim.pk) or (),
            include_suggested=include_suggested,
            at=at,
        )
        for claim in claims
    }


def load_appearances(rows: QuerySet[Appearance]) -> list[AppearanceView]:
    """Appearances on their own, in the order of the queryset that the caller found visible; one statement."""
    registry = _Registry()
    return [registry.appearance(row[0], row[1:]) for row in rows.values_list(*_APPEARANCE_COLUMNS)]


def load_derivations(rows: QuerySet[Derivation]) -> list[DerivationView]:
    """The same for derivations."""
    return [_derivation(row[0], row[1:]) for row in rows.values_list(*_DERIVATION_COLUMNS)]


# --- reading --------------------------------------------------------------------------------------------------------

_EVIDENCE_COLUMNS = (
    "newest_anchor__state",
    "newest_anchor__reason",
    "newest_anchor__text_key",
    "proof_anchor__exact",
    "proof_anchor__prefix",
    "proof_anchor__suffix",
    "proof_anchor__start",
    "proof_anchor__end",
    "proof_anchor__fragments",
    "proof_anchor__snapshot",
    "proof_anchor__snapshot__source",
    "proof_anchor__snapshot__url",
    "proof_anchor__snapshot__captured_at",
    "proof_anchor__snapshot__sha256",
)
_AGENT_COLUMNS = ("", "__name", "__kind", "__owner", "__ultimate_owner")
_APPEARANCE_COLUMNS = (
    "claim",
    "pk",
    "stance",
    "certainty",
    "quote",
    "said_at",
    "language",
    "chain_end",
    "published",
    "vouched_why",
    "created_at",
    "source",
    "source__url",
    "source__title",
    "source__published_at",
    "source__language",
    *(f"source__publisher{column}" for column in _AGENT_COLUMNS),
    *(f"claimant{column}" for column in _AGENT_COLUMNS),
    *_EVIDENCE_COLUMNS,
)
_DERIVATION_COLUMNS = (
    "claim",
    "pk",
    "derived",
    "origin",
    "kind",
    "basis",
    "state",
    "quote",
    "reason",
    *_EVIDENCE_COLUMNS,
)

_Row = tuple[Any, ...]


def _read_derivations(claim_ids: Sequence[int]) -> Iterable[_Row]:
    if len(claim_ids) == 1:
        return _DERIVATIONS.rows(claim_ids[0])
    return _derivations(claim__in=claim_ids)


def _read_appearances(claim_ids: Sequence[int], viewer: Viewer, *, include_suggested: bool) -> Iterable[_Row]:
    if len(claim_ids) == 1 and (viewer.is_anonymous or not include_suggested):
        return _APPEARANCES.rows(claim_ids[0])
    return _appearances(viewer, include_suggested=include_suggested, claim__in=claim_ids)


def _derivations(**of: Any) -> QuerySet[Derivation, _Row]:
    return Derivation.objects.standing().filter(**of).order_by("pk").values_list(*_DERIVATION_COLUMNS)


def _appearances(
    viewer: Viewer = ANONYMOUS, *, include_suggested: bool = False, **of: Any
) -> QuerySet[Appearance, _Row]:
    rows = Appearance.objects.current().filter(**of)
    if viewer.is_anonymous or not include_suggested:
        rows = rows.counted()
    elif not viewer.is_curator:
        mine = Q(author__in=viewer.account_ids) | Q(claim__owner__in=viewer.account_ids)
        rows = rows.filter(Q(published=True) | mine)
    return rows.order_by("pk").values_list(*_APPEARANCE_COLUMNS)


# Most trees are one claim's, as anybody sees it.
_DERIVATIONS = Prepared(lambda claim: _derivations(claim=claim))
_APPEARANCES = Prepared(lambda claim: _appearances(claim=claim))


def _past_parties(past: Past) -> dict[int, list[_Row]]:
    """The same as `_read_parties`, of then."""
    columns = ("pk", "owner", "ultimate_owner")
    return {
        claim["id"]: [past.row(Agent, past.agent(pk), columns) for pk in claim["parties"]]
        for claim in past.all(Claim)
    }


def _past_derivations(past: Past) -> Iterator[_Row]:
    for state in past.all(Derivation):
        if state["state"] != DerivationState.REJECTED:
            yield past.row(Derivation, state, _DERIVATION_COLUMNS)


def _past_appearances(past: Past, viewer: Viewer, *, include_suggested: bool) -> Iterator[_Row]:
    """What this viewer would have seen: of a claim that was a draft then, or withdrawn, its owner and curators see."""
    for state in past.all(Appearance):
        claim = past.claim(state["claim_id"])
        concerned = viewer.is_curator or claim["owner_id"] in viewer.account_ids
        if state["withdrawn_at"] or not (concerned or claim["status"] == ClaimStatus.PUBLISHED):
            continue
        concerned = concerned or state["author_id"] in viewer.account_ids
        if state["published"] or (include_suggested and concerned):
            yield past.row(Appearance, state, _APPEARANCE_COLUMNS)


def _read_parties(claims: Iterable[Claim]) -> dict[int, Any]:
    """By claim what `with_parties` says of each, read now for those that were read without it."""
    known = {claim.pk: claim.party_owners for claim in claims if hasattr(claim, "party_owners")}
    unknown = [claim.pk for claim in claims if claim.pk not in known]
    if unknown:
        rows = Claim.objects.with_parties().filter(pk__in=unknown).order_by()
        known.update({claim.pk: claim.party_owners for claim in rows})
    return known


def _grouped(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    """Rows by their first column, the claim."""
    groups: dict[int, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row[1:])
    return groups


def _build(
    claim: Claim,
    appearances: list[_Row],
    derivations: list[_Row],
    parties: Iterable[_Row],
    *,
    include_suggested: bool,
    at: Moment,
) -> Tree:
    registry = _Registry()
    found = (registry.appearance(claim.pk, row) for row in appearances)
    views = {view.id: view for view in found if at.has(view.said_at, view.no_later_than)}
    edges = [_derivation(claim.pk, row) for row in derivations]
    published = [_node(view) for view in views.values() if view.published]
    ends = {node.id for node in published}
    party_ids = frozenset(registry.owners.add(*row) for row in parties)
    counted = Counted(
        published,
        [_edge(edge) for edge in edges if edge.derived_id in ends and edge.origin_id in ends],
        parties=party_ids,
        owners=registry.owners.known,
        label=lambda pk: views[pk].label,
    )
    if len(published) == len(views):
        order = counted.confirmed.topological_order()
    else:
        confirmed = (edge for edge in counted.edges if edge.confirmed)
        order = Graph([_node(view) for view in views.values()], confirmed).topological_order()
    return Tree(
        claim_id=claim.pk,
        revision=claim.revision,
        nodes=tuple(views[pk] for pk in order),
        edges=tuple(
            edge
            for edge in edges
            if edge.derived_id in views
            and edge.origin_id in views
            and (include_suggested or edge.state is DerivationState.CONFIRMED)
        ),
        counted=counted,
    )


class _Registry:
    """Agents and sources of one tree: one value each, however many appearances share it."""

    def __init__(self) -> None:
        self.owners = Owners()
        self._agents: dict[int, AgentRef] = {}
        self._sources: dict[int, SourceRef] = {}

    def appearance(self, claim_id: int, row: _Row) -> AppearanceView:
        (pk, stance, certainty, quote, said_at, language, chain_end, published, vouched_why, created_at) = (
            row[:10]
        )
        source = self._source(row[10:20])
        text_key, evidence = _evidence(row[25:])
        seen_at = [evidence.snapshot.captured_at] if evidence.snapshot else []
        return AppearanceView(
            id=pk,
            claim_id=claim_id,
            source=source,
            claimant=self._agent(*row[20:25]),
            stance=Stance(stance),
            certainty=Certainty(certainty) if certainty else None,
            quote=quote,
            said_at=said_at or source.published_at,
            no_later_than=min([created_at, *seen_at]),
            language=language or source.language,
            chain_end=ChainEnd(chain_end) if chain_end else None,
            published=published,
            vouched_why=vouched_why,
            evidence=evidence,
            text_key=text_key,
        )

    def _source(self, row: _Row) -> SourceRef:
        pk, url, title, published_at, language, *publisher = row
        if pk not in self._sources:
            agent = self._agent(*publisher)
            self._sources[pk] = SourceRef(pk, url, title, published_at, language, agent)
        return self._sources[pk]

    def _agent(
        self, pk: int | None, name: str, kind: str, owner: int | None, topmost: int | None
    ) -> AgentRef | None:
        if pk is None:
            return None
        if pk not in self._agents:
            self.owners.add(pk, owner, topmost)
            self._agents[pk] = AgentRef(pk, name, AgentKind(kind))
        return self._agents[pk]


def _derivation(claim_id: int, row: _Row) -> DerivationView:
    pk, derived, origin, kind, basis, state, quote, reason = row[:8]
    return DerivationView(
        id=pk,
        claim_id=claim_id,
        derived_id=derived,
        origin_id=origin,
        kind=DerivationKind(kind),
        basis=Basis(basis) if basis else None,
        state=DerivationState(state),
        quote=quote,
        reason=reason,
        evidence=_evidence(row[8:])[1],
    )


def _evidence(row: _Row) -> tuple[str, Evidence]:
    """The text key of the newest text, and the evidence, out of the joined anchors."""
    state, reason, text_key, exact, prefix, suffix, start, end, fragments, snapshot, *seen = row
    if state is None:
        return "", _UNANCHORED
    if snapshot is None:
        return text_key, Evidence(EvidenceState(state), reason)
    return text_key, Evidence(
        EvidenceState(state),
        reason,
        Quote(exact, prefix, suffix, start, end, _fragments(start, end, fragments)),
        SnapshotRef(snapshot, *seen),
    )


def _fragments(start: int, end: int, fragments: list[list[int]]) -> tuple[Fragment, ...]:
    return tuple(Fragment(*span) for span in fragments) or (Fragment(start, end),)


_UNANCHORED = Evidence(EvidenceState.UNANCHORED)


def _node(view: AppearanceView) -> Node:
    publisher = view.source.publisher
    return Node(
        id=view.id,
        source=view.source.id,
        stance=view.stance,
        certainty=view.certainty,
        publisher=publisher.id if publisher else None,
        claimant=view.claimant.id if view.claimant else None,
        said=PartialDate.parse(view.said_at).span if view.said_at else None,
        chain_end=view.chain_end,
        text_key=view.text_key,
        evidence=view.evidence.state,
        has_evidence=view.evidence.quote is not None,
        vouched=bool(view.vouched_why),
    )


def _edge(view: DerivationView) -> Edge:
    return Edge(
        derived=view.derived_id,
        origin=view.origin_id,
        kind=view.kind,
        state=view.state,
        evidence=view.evidence.state,
        has_evidence=view.evidence.quote is not None,
    )
