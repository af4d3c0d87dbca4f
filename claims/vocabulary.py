"""The closed word lists of the model: one enum each, for rows, REST (lower case) and GraphQL (upper case).

No Django here: the pure core (graph, independence) speaks the same words as the database.
"""

from enum import StrEnum


class Stance(StrEnum):
    """What an appearance does with the claim (SDQC, the RumourEval scheme)."""

    SUPPORT = "support"  # it is, or may be, so
    DENY = "deny"  # it is not
    QUERY = "query"  # doubts it, asks, or misses evidence
    COMMENT = "comment"  # none of these

    @property
    def opposite(self) -> "Stance | None":
        """The stance of the other side, where there is one."""
        return {Stance.SUPPORT: Stance.DENY, Stance.DENY: Stance.SUPPORT}.get(self)


class Certainty(StrEnum):
    """How firmly the words stand; a hedge wins over an attribution. Unknown is None, and no member."""

    HEDGED = "hedged"
    ATTRIBUTED = "attributed"
    ASSERTED = "asserted"

    @property
    def rank(self) -> int:
        """Order of firmness: hedged 0 < attributed 1 < asserted 2."""
        return _FIRMNESS[self]


_FIRMNESS = {certainty: rank for rank, certainty in enumerate(Certainty)}


class DerivationKind(StrEnum):
    """How the derived appearance uses its origin (PROV's wasQuotedFrom and wasRevisionOf, CiTO)."""

    QUOTATION = "quotation"
    REPETITION = "repetition"
    SYNDICATION = "syndication"
    TRANSLATION = "translation"
    CITATION = "citation"
    REVISION = "revision"  # a later version in the same source
    RESPONSE = "response"  # another answers
    CORRECTION = "correction"  # its own author corrects or retracts

    @property
    def carries(self) -> bool:
        """Whether the claim travels along this derivation; answers and corrections carry nothing on."""
        return self not in _LOOK_BACK


_LOOK_BACK = frozenset({DerivationKind.RESPONSE, DerivationKind.CORRECTION})


class Basis(StrEnum):
    """What the derivation is known from. Unknown (empty) is read as `asserted`."""

    READ = "read"  # both texts were seen; the child's words name or reproduce the origin
    ASSERTED = "asserted"  # only the child says so
    INFERRED = "inferred"  # the child does not say so, somebody concludes it, with the reason


class DerivationState(StrEnum):
    """Where a derivation stands with the curators. Only confirmed ones count."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ChainEnd(StrEnum):
    """Why an appearance has no upstream; empty when nobody said."""

    PRIMARY = "primary"
    ANONYMOUS = "anonymous"
    UNSPECIFIED = "unspecified"  # "media reports"
    PAYWALLED = "paywalled"
    LOST = "lost"
    ORAL = "oral"


class EvidenceState(StrEnum):
    """What the latest snapshot of its source shows of an appearance's quote."""

    UNANCHORED = "unanchored"  # no readable snapshot yet, or no quote
    ANCHORED = "anchored"
    AMBIGUOUS = "ambiguous"  # the words stand there more than once
    CHANGED = "changed"  # a near match stands where the words were
    MISSING = "missing"


class ClaimStatus(StrEnum):
    """Who may see a claim: its owner alone, everybody, or (its record taken back) nobody but curators."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class FindingKind(StrEnum):
    """What the graph shows beyond its counts."""

    SINGLE_ORIGIN = "single_origin"
    CIRCULAR_REPORTING = "circular_reporting"
    CERTAINTY_JUMP = "certainty_jump"
    STANCE_JUMP = "stance_jump"
    ANACHRONISM = "anachronism"
    INTERESTED_PARTY = "interested_party"
    ORIGIN_RETRACTED = "origin_retracted"
    EVIDENCE = "evidence"


class UnresolvedReason(StrEnum):
    """Why a root is not established; the first that applies, in this order."""

    RETRACTED = "retracted"  # its own agent's correction says otherwise
    UNNAMED = "unnamed"  # its chain ends at an anonymous or unspecified voice
    PENDING = "pending"  # a suggested derivation would give it an upstream
    UNREAD = "unread"  # no evidence snapshot, and nobody vouches
