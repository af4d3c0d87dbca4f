"""The worked examples of independence; `C1` and so on are their numbers."""

import pytest

from claims.graph import Edge, Node
from claims.independence import Bottleneck, Side, assess, independent_lines
from claims.vocabulary import ChainEnd, DerivationKind, DerivationState, Stance, UnresolvedReason
from tests.claims.drawn import drawn

DENY = {"stance": Stance.DENY}
QUERY = {"stance": Stance.QUERY}
COMMENT = {"stance": Stance.COMMENT}

OWNER, PAPER, GROUP = 11, 12, 13


class TestSides:
    def test_answer_carries_nothing_and_a_lone_denial_is_no_origin_of_what_it_denies(self) -> None:
        """C1"""
        claim = drawn("N; E<-response-N; M<-N; M<-quotation-E", E=DENY)
        assert (claim.counts(), claim.roots()) == ("2/1/1/1", ["N"])
        assert claim.lines("M") == 1
        assert (claim.counts(Stance.DENY), claim.roots(Stance.DENY)) == ("1/1/1/1", ["E"])

    def test_denial_that_rests_on_a_supporter_leads_to_it(self) -> None:
        """C1b"""
        claim = drawn("S; D<-S; A<-D", D=DENY)
        assert (claim.counts(), claim.roots()) == ("2/1/1/1", ["S"])
        assert claim.bottlenecks() == [("S", 1, 1.0), ("D", 1, 0.5)]

    def test_who_rests_on_a_lone_denial_alone_is_the_root(self) -> None:
        """C1c"""
        claim = drawn("D; A<-D; B<-A", D=DENY)
        assert (claim.counts(), claim.roots()) == ("2/1/1/1", ["A"])
        assert claim.lines("A") == 1
        assert claim.lines("D") == 1, "on its own side a denial is a root"

    def test_denial_of_denials_with_a_doubt_far_upstream_leads_to_the_doubt(self) -> None:
        claim = drawn("Q; D1<-Q; D2<-D1; D3; D2<-D3; A<-D2", Q=QUERY, D1=DENY, D2=DENY, D3=DENY)
        assert claim.roots() == ["Q"]
        assert {claim.name(node) for node in Side(claim.nodes, claim.edges).order} == {"Q", "D1", "D2", "A"}

    def test_supporter_upstream_of_a_denial_is_no_origin_of_the_denial(self) -> None:
        claim = drawn("S; D<-S", D=DENY)
        assert (claim.counts(Stance.DENY), claim.roots(Stance.DENY)) == ("1/1/1/1", ["D"])

    def test_study_that_only_doubts_is_the_origin_of_all_that_repeat_it(self) -> None:
        """C2"""
        claim = drawn("RF; NYT<-RF; a,b,c<-NYT", RF=QUERY)
        assert claim.counts() == "4/1/1/1"
        assert claim.bottlenecks() == [("RF", 4, 1.0), ("NYT", 3, 1.0)]

    def test_comment_downstream_of_a_supporter_is_on_no_side(self) -> None:
        claim = drawn("N; K<-N", K=COMMENT)
        assert claim.counts() == "1/1/1/1"
        assert claim.lines("K") is None

    def test_later_version_counts_as_an_appearance_and_not_as_a_source(self) -> None:
        """C11"""
        claim = drawn("RF; v1<-RF; v2<-revision-v1; Agg<-v1", RF=QUERY, v1={"source": 77}, v2={"source": 77})
        assert claim.counts() == "3/1/1/1"
        assert claim.assess().source_count == 2
        assert claim.bottlenecks() == [("RF", 3, 1.0), ("v1", 2, 1.0)]

    @pytest.mark.parametrize("text", ["", "E", "E; F<-E"])
    def test_claim_without_supporter_has_no_origin_and_no_bottleneck(self, text: str) -> None:
        """C13"""
        claim = drawn(text, E=DENY, F=DENY)
        assert claim.counts() == "0/0/0/0"
        assert claim.assess().bottlenecks == ()

    def test_other_stances_have_no_opposite_and_can_be_asked_for(self) -> None:
        claim = drawn("D; q<-D", D=DENY, q=QUERY)
        assert (claim.counts(Stance.QUERY), claim.roots(Stance.QUERY)) == ("1/1/1/1", ["D"])


class TestJoining:
    def test_owner_and_text_join_roots_transitively(self) -> None:
        """C3"""
        a, b = {"publisher": OWNER}, {"publisher": OWNER, "text_key": "t"}
        claim = drawn("a; b; c; d", a=a, b=b, c={"text_key": "t"})
        assert claim.counts() == "4/4/2/2"
        assert claim.assess().origins == ((1, 2, 3), (4,))

    def test_roots_without_a_text_key_are_not_equal_texts(self) -> None:
        """C3, the same quote but no text key"""
        assert drawn("a; b").counts() == "2/2/2/2"

    def test_reprint_of_a_wire_story_is_not_independent(self) -> None:
        assert drawn("a; b", a={"text_key": "t"}, b={"text_key": "t"}).counts() == "2/2/1/1"

    @pytest.mark.parametrize(
        ("a", "b"),
        [
            ({"publisher": OWNER}, {"publisher": OWNER}),
            ({"claimant": OWNER}, {"claimant": OWNER}),
            ({"publisher": OWNER}, {"claimant": OWNER}),
            ({"publisher": PAPER}, {"publisher": OWNER}),
            ({"publisher": GROUP}, {"claimant": OWNER}),
            ({"publisher": PAPER, "claimant": None}, {"publisher": None, "claimant": GROUP}),
        ],
    )
    def test_shared_agent_or_topmost_owner_joins(self, a: dict[str, int], b: dict[str, int]) -> None:
        owners = {GROUP: PAPER, PAPER: OWNER}
        assert drawn("a; b", a=a, b=b, owners=owners).counts() == "2/2/1/1"

    def test_two_papers_of_different_owners_that_quote_different_speakers_are_two(self) -> None:
        claim = drawn("a; b", a={"publisher": OWNER, "claimant": 21}, b={"publisher": PAPER, "claimant": 22})
        assert claim.counts() == "2/2/2/2"

    def test_unknown_agents_join_nothing(self) -> None:
        nobody = {"publisher": None, "claimant": None}
        assert drawn("a; b; c", a=nobody, b=nobody, c=nobody).counts() == "3/3/3/3"

    def test_agents_that_own_each_other_have_one_topmost_owner(self) -> None:
        rings = {OWNER: PAPER, PAPER: GROUP, GROUP: PAPER}
        claim = drawn(
            "a; b; c", a={"publisher": OWNER}, b={"publisher": GROUP}, c={"publisher": PAPER}, owners=rings
        )
        assert claim.counts() == "3/3/1/1"


class TestUnresolved:
    def test_one_read_root_establishes_its_origin_and_an_unnamed_voice_none(self) -> None:
        """C9"""
        x1, x2 = {"publisher": OWNER}, {"publisher": OWNER, "has_evidence": False}
        claim = drawn("X1; X2; Z", X1=x1, X2=x2, Z={"chain_end": ChainEnd.ANONYMOUS})
        assert claim.counts() == "3/3/2/1"
        assert claim.assess().unresolved_count == 2
        assert claim.unresolved() == {"X2": "unread", "Z": "unnamed"}

    def test_suggested_upstream_leaves_a_root_pending(self) -> None:
        """C9b, suggested"""
        claim = drawn("RF; CC<-suggested-RF")
        assert claim.counts() == "2/2/2/1"
        assert claim.assess().unresolved == ((2, UnresolvedReason.PENDING),)

    def test_confirmed_upstream_makes_it_no_root(self) -> None:
        """C9b, confirmed"""
        assert drawn("RF; CC<-RF").counts() == "2/1/1/1"

    def test_rejected_upstream_leaves_nothing_open(self) -> None:
        """C9b, rejected"""
        assert drawn("RF; CC<-rejected-RF").counts() == "2/2/2/2"

    @pytest.mark.parametrize("kind", ["response", "correction"])
    def test_suggested_answer_leaves_nothing_open(self, kind: str) -> None:
        assert drawn(f"RF; CC<-suggested-{kind}-RF").counts() == "2/2/2/2"

    def test_suggestion_that_a_root_rests_on_a_lone_denial_leaves_nothing_open(self) -> None:
        assert drawn("D; A<-suggested-D", D=DENY).unresolved() == {}

    def test_suggestion_further_up_that_would_give_a_root_an_upstream_leaves_it_pending(self) -> None:
        claim = drawn("S; D<-suggested-S; A<-D", D=DENY)
        assert claim.unresolved() == {"A": "pending"}

    def test_appearance_with_an_upstream_needs_no_evidence_of_its_own(self) -> None:
        assert (
            drawn("N; M<-N", M={"has_evidence": False, "chain_end": ChainEnd.UNSPECIFIED}).unresolved() == {}
        )

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"chain_end": ChainEnd.ANONYMOUS, "has_evidence": False}, "unnamed"),
            ({"chain_end": ChainEnd.UNSPECIFIED, "vouched": True}, "unnamed"),
            ({"chain_end": ChainEnd.PRIMARY, "has_evidence": False}, "pending"),
            ({"vouched": True}, "pending"),
        ],
    )
    def test_first_reason_that_applies_is_given(self, fields: dict[str, object], reason: str) -> None:
        assert drawn("RF; CC<-suggested-RF", CC=fields).unresolved() == {"CC": reason}

    @pytest.mark.parametrize(
        "end", [None, ChainEnd.PRIMARY, ChainEnd.PAYWALLED, ChainEnd.LOST, ChainEnd.ORAL]
    )
    def test_vouching_heals_a_root_that_was_not_read(self, end: ChainEnd | None) -> None:
        unread = {"has_evidence": False, "chain_end": end}
        assert drawn("N", N=unread).unresolved() == {"N": "unread"}
        assert drawn("N", N={**unread, "vouched": True}).unresolved() == {}


class TestLines:
    def test_two_papers_of_one_owner_are_one_line(self) -> None:
        """C4, one owner"""
        claim = drawn(
            "X; Y; Z<-X; Z<-Y",
            X={"publisher": PAPER},
            Y={"publisher": GROUP},
            owners={PAPER: OWNER, GROUP: OWNER},
        )
        assert (claim.lines("Z"), claim.counts()) == (1, "3/2/1/1")

    def test_two_papers_of_two_owners_are_two_lines(self) -> None:
        """C4, two owners"""
        claim = drawn("X; Y; Z<-X; Z<-Y")
        assert (claim.lines("Z"), claim.counts()) == (2, "3/2/2/2")
        assert (claim.lines("X"), claim.lines("Y")) == (1, 1)

    def test_lines_that_meet_on_the_way_are_one(self) -> None:
        claim = drawn("X; Y; m<-X; m<-Y; a,b<-m; z<-a; z<-b")
        assert [claim.lines(name) for name in ("m", "a", "b", "z")] == [2, 1, 1, 1]

    @pytest.mark.parametrize(
        "text",
        [
            "X; Y; W; p<-X; p<-Y; q<-X; q<-W; m<-p; m<-q; z<-X; z<-Y; z<-m",
            "X; Y; W; V; a,b<-Y; a,b<-V; c<-W; c<-b; d<-b; d<-c; z<-W; z<-a; z<-d",
        ],
    )
    def test_line_gives_way_where_another_has_no_other_way(self, text: str) -> None:
        assert drawn(text).lines("z") == 3

    def test_three_ways_over_two_origins_are_two_lines(self) -> None:
        claim = drawn("X; Y; a<-X; b<-X; c<-Y; z<-a; z<-b; z<-c")
        assert claim.lines("z") == 2

    def test_only_the_asked_for_are_answered_and_unknown_ids_have_none(self) -> None:
        claim = drawn("N; M<-N")
        assert independent_lines(claim.nodes, claim.edges, of=[2, 99]) == {2: 1, 99: None}


class TestBottlenecks:
    def test_equal_ones_follow_the_topological_order_and_those_of_another_stance_are_not_counted(
        self,
    ) -> None:
        claim = drawn("R; a<-R; k<-R; b<-a; c<-k", k=COMMENT)
        assert claim.bottlenecks() == [("R", 3, 1.0), ("a", 1, pytest.approx(1 / 3)), ("k", 1, 0.25)]

    def test_who_rests_on_two_origins_depends_on_neither(self) -> None:
        assert drawn("X; Y; Z<-X; Z<-Y").bottlenecks() == []

    def test_owner_of_two_roots_is_no_bottleneck(self) -> None:
        claim = drawn("X; Y; Z<-X; Z<-Y", X={"publisher": OWNER}, Y={"publisher": OWNER})
        assert claim.assess().bottlenecks == ()


class TestBadInput:
    def test_cycle_is_refused_with_its_path(self) -> None:
        claim = drawn("a<-b; b<-c; c<-a")
        with pytest.raises(ValueError, match=r"cycle.*1 -> 2 -> 3 -> 1"):
            claim.assess()

    def test_cycle_of_answers_is_none_of_the_carried_claim(self) -> None:
        assert drawn("a<-response-b; b<-a").counts() == "2/1/1/1"

    def test_derivation_from_what_is_not_there_is_left_out(self) -> None:
        nodes = [Node(id=1, source=1, stance=Stance.SUPPORT, has_evidence=True)]
        edges = [
            Edge(derived=1, origin=9, kind=DerivationKind.REPETITION, state=state)
            for state in DerivationState
        ]
        found = assess(nodes, edges)
        assert (found.roots, found.unresolved) == ((1,), ())

    def test_two_appearances_of_one_id_are_refused(self) -> None:
        twin = Node(id=1, source=1, stance=Stance.SUPPORT)
        with pytest.raises(ValueError, match="one id"):
            assess([twin, twin], [])

    def test_pair_with_a_rejected_and_a_confirmed_derivation_is_one_step(self) -> None:
        claim = drawn("RF; CC<-rejected-RF; CC<-RF; CC<-suggested-quotation-RF")
        assert claim.counts() == "2/1/1/1"
        assert claim.assess().bottlenecks == (Bottleneck(1, 1, 1.0),)
