"""What the graph shows beyond its counts; `C6` and so on are the numbers of the worked examples."""

from dataclasses import replace
from typing import Any

import pytest

from claims.findings import Finding, find
from claims.vocabulary import Certainty, ChainEnd, EvidenceState, FindingKind, Stance
from tests.claims.drawn import Drawing, day, drawn

DENY = {"stance": Stance.DENY}
QUERY = {"stance": Stance.QUERY}
HEDGED = {"certainty": Certainty.HEDGED}
ATTRIBUTED = {"certainty": Certainty.ATTRIBUTED}
ASSERTED = {"certainty": Certainty.ASSERTED}


def only(claim: Drawing) -> Finding:
    (finding,) = claim.findings()
    return finding


class TestSingleOrigin:
    def test_several_appearances_with_one_root(self) -> None:
        finding = only(drawn("RF; a<-RF; b<-a"))
        assert finding == Finding(
            FindingKind.SINGLE_ORIGIN,
            "All 3 appearances that support the claim go back to one origin: RF.",
            (1,),
            Stance.SUPPORT,
        )

    def test_several_roots_that_count_as_one(self) -> None:
        joined = {"publisher": 11}
        finding = only(drawn("a; b; c; d; e", a=joined, b=joined, c=joined, d=joined, e=joined))
        assert finding.message == (
            "All 5 appearances that support the claim go back to origins that count as one: "
            "a, b, c and 2 others."
        )
        assert finding.appearances == (1, 2, 3, 4, 5)

    def test_each_side_has_its_own(self) -> None:
        claim = drawn("a; b<-a; D; E<-D", D=DENY, E=DENY)
        found = [(each.stance, each.appearances) for each in claim.findings()]
        assert found == [(Stance.SUPPORT, (1,)), (Stance.DENY, (3,))]

    @pytest.mark.parametrize("text", ["", "a", "a; b", "a; b; c<-a; c<-b"])
    def test_lone_appearance_and_independent_origins_have_none(self, text: str) -> None:
        """C13 is the empty one."""
        assert drawn(text).findings() == ()


class TestCertaintyJump:
    def test_jump_is_where_an_appearance_is_more_certain_than_all_it_rests_on(self) -> None:
        """C6"""
        claim = drawn("N; M<-N; p<-N; q<-p", N=HEDGED, M=ATTRIBUTED, p=ASSERTED, q=ASSERTED)
        assert claim.found(FindingKind.CERTAINTY_JUMP) == ["N->M", "N->p"]

    def test_who_rests_on_an_equally_certain_one_too_does_not_jump(self) -> None:
        """C6, r"""
        assert drawn("N; s; r<-N; r<-s", N=HEDGED, s=ASSERTED, r=ASSERTED).findings() == ()

    def test_sentence_says_from_what_to_what(self) -> None:
        claim = drawn("N; O; M<-N; M<-O", N=HEDGED, O=ATTRIBUTED, M=ASSERTED)
        assert only(claim).message == (
            "M is more certain (asserted) than what it rests on, N and O (attributed or hedged)."
        )
        assert only(claim).appearances == (1, 2, 3)

    @pytest.mark.parametrize("text", ["N; M<-N", "N; u; M<-N; M<-u", "N; M<-response-N", "N; M<-suggested-N"])
    def test_unknown_certainty_and_unconfirmed_or_answered_words_are_not_jumped(self, text: str) -> None:
        certainty = {} if text == "N; M<-N" else HEDGED
        assert drawn(text, N=certainty, M=ASSERTED).found(FindingKind.CERTAINTY_JUMP) == []

    def test_unknown_certainty_does_not_jump(self) -> None:
        assert drawn("N; M<-N", N=HEDGED).found(FindingKind.CERTAINTY_JUMP) == []

    def test_only_words_of_the_same_stance_are_compared(self) -> None:
        claim = drawn("N; D; M<-N; M<-D", N=HEDGED, D={**DENY, **ASSERTED}, M=ASSERTED)
        assert claim.found(FindingKind.CERTAINTY_JUMP) == ["N->M"]
        alone = drawn("N; M<-N", N={**QUERY, **HEDGED}, M=ASSERTED)
        assert alone.found(FindingKind.CERTAINTY_JUMP) == []

    def test_less_certain_is_no_jump(self) -> None:
        assert drawn("N; M<-N", N=ASSERTED, M=HEDGED).found(FindingKind.CERTAINTY_JUMP) == []


class TestStanceJump:
    def test_first_to_make_the_claim_jumps_and_who_repeats_it_does_not(self) -> None:
        """C7"""
        claim = drawn("RF; N<-RF; a<-N", RF=QUERY)
        assert claim.found(FindingKind.STANCE_JUMP) == ["RF->N"]
        (finding,) = (each for each in claim.findings() if each.kind is FindingKind.STANCE_JUMP)
        assert finding.message == (
            "N is the first of its chain to make the claim: what it rests on, RF, does not."
        )
        assert finding.stance is Stance.SUPPORT

    def test_who_rests_on_a_lone_denial_jumps_although_it_is_a_root(self) -> None:
        """C1c"""
        assert drawn("D; A<-D; B<-A", D=DENY).found(FindingKind.STANCE_JUMP) == ["D->A"]

    def test_who_takes_up_a_claim_by_way_of_its_denial_is_not_the_first(self) -> None:
        """C1b"""
        claim = drawn("S; D<-S; A<-D", D=DENY)
        assert claim.found(FindingKind.STANCE_JUMP) == ["S->D"], "the denial is the first to deny"

    def test_who_also_rests_on_a_supporter_does_not_jump(self) -> None:
        assert drawn("RF; S; N<-RF; N<-S", RF=QUERY).found(FindingKind.STANCE_JUMP) == []

    @pytest.mark.parametrize("text", ["RF", "RF; N<-response-RF", "RF; N<-suggested-RF", "N; RF<-N"])
    def test_roots_and_doubts_do_not_jump(self, text: str) -> None:
        assert drawn(text, RF=QUERY).found(FindingKind.STANCE_JUMP) == []


class TestAnachronism:
    @pytest.mark.parametrize(
        ("child", "origin", "found"),
        [
            ("2021-03-01", "2021-03-01T09:00Z", False),
            ("2021-02-26", "2021-03-01", True),
            ("2021-02-27", "2021-03-01", False),
            ("2021-02-28", "2021-03-01", False),
            ("2021-02", "2021-03-05", True),
            ("2021-03-01T09:00Z", "2021-03-01T09:00Z", False),
            ("2021-03-01T09:00+05:30", "2021-03-01T09:00Z", True),
            ("2021", "2021-03-05", False),
        ],
    )
    def test_child_is_found_if_it_can_only_be_earlier(self, child: str, origin: str, *, found: bool) -> None:
        """C12"""
        claim = drawn("o; c<-o", c={"said": day(child)}, o={"said": day(origin)})
        assert claim.found(FindingKind.ANACHRONISM) == (["o->c"] if found else [])

    @pytest.mark.parametrize("dated", ["c", "o", ""])
    def test_undated_is_never_found(self, dated: str) -> None:
        """C12, undated"""
        said: dict[str, Any] = {name: {"said": day("2021")} for name in dated}
        assert drawn("o; c<-o", **said).found(FindingKind.ANACHRONISM) == []

    @pytest.mark.parametrize(
        ("kind", "ending"),
        [("citation", "it rests on"), ("response", "it answers"), ("correction", "it corrects")],
    )
    def test_answer_before_what_it_answers_is_found_too(self, kind: str, ending: str) -> None:
        claim = drawn(f"o; c<-{kind}-o", c={**DENY, "said": day("2019")}, o={"said": day("2021")})
        (message,) = (each.message for each in claim.findings() if each.kind is FindingKind.ANACHRONISM)
        assert message == f"c is dated before o, which {ending}."

    @pytest.mark.parametrize("state", ["suggested", "rejected"])
    def test_what_is_not_confirmed_is_not_found(self, state: str) -> None:
        claim = drawn(f"o; c<-{state}-o", c={"said": day("2019")}, o={"said": day("2021")})
        assert claim.found(FindingKind.ANACHRONISM) == []


class TestInterestedParty:
    """Agents: 1 the government of a country, 2 its ministry, 3 its embassy, 9 another government."""

    OWNERS = {3: 2, 2: 1}

    def test_embassy_beside_another_government_is_none(self) -> None:
        """C14, with another government's minister"""
        claim = drawn(
            "e; m",
            e={**DENY, "publisher": 3},
            m={**DENY, "publisher": 8, "claimant": 9},
            owners=self.OWNERS,
            parties=[1],
        )
        assert claim.found(FindingKind.INTERESTED_PARTY) == []

    def test_embassy_alone_is_found_on_the_denying_side(self) -> None:
        """C14, the embassy alone"""
        claim = drawn("e", e={**DENY, "publisher": 3}, owners=self.OWNERS, parties=[1])
        assert only(claim) == Finding(
            FindingKind.INTERESTED_PARTY,
            "The one origin of what is said to deny the claim speaks for a party to it: e.",
            (1,),
            Stance.DENY,
        )

    @pytest.mark.parametrize(
        ("party", "found"), [(1, True), (2, True), (3, True), (4, False), (5, True), (6, True)]
    )
    def test_owners_and_the_owned_of_a_party_are_parties_and_its_sisters_are_not(
        self, party: int, *, found: bool
    ) -> None:
        owners = {**self.OWNERS, 4: 1, 5: 3, 6: 5}
        claim = drawn("e", e={"publisher": 3}, owners=owners, parties=[party])
        assert bool(claim.found(FindingKind.INTERESTED_PARTY)) is found

    def test_claimant_speaks_and_not_the_paper_that_quotes_it(self) -> None:
        spoken = drawn("a", a={"publisher": 8, "claimant": 1}, parties=[1])
        assert spoken.found(FindingKind.INTERESTED_PARTY) == ["a"]
        printed = drawn("a", a={"publisher": 1, "claimant": 8}, parties=[1])
        assert printed.found(FindingKind.INTERESTED_PARTY) == []

    def test_several_origins_are_counted_and_named(self) -> None:
        claim = drawn("a; b; c<-b", a={"publisher": 1}, b={"publisher": 3}, owners=self.OWNERS, parties=[2])
        (finding,) = (each for each in claim.findings() if each.kind is FindingKind.INTERESTED_PARTY)
        assert finding.message == (
            "Each of the 2 origins of what is said to support the claim speaks for a party to it: a and b."
        )
        assert finding.appearances == (1, 2)

    def test_unknown_speaker_is_no_party(self) -> None:
        nobody = {"publisher": None}
        assert drawn("a", a=nobody, parties=[1]).findings() == ()
        assert drawn("a; b", a=nobody, b={"publisher": 1}, parties=[1]).findings() == ()

    def test_claim_without_parties_or_roots_has_none(self) -> None:
        assert drawn("a", a={"publisher": 1}).findings() == ()
        assert drawn("", parties=[1]).findings() == ()


class TestRetractedOrigin:
    TEXT = "RF; X; N<-RF; a<-N; b<-N; b<-X; RX<-correction-RF"
    OWN = {"publisher": 31}

    def test_root_is_unresolved_and_those_with_no_other_origin_are_listed(self) -> None:
        """C10"""
        claim = drawn(self.TEXT, RF=self.OWN, RX={**DENY, **self.OWN})
        assert claim.counts() == "5/2/2/1"
        assert claim.unresolved() == {"RF": "retracted"}
        (finding,) = (each for each in claim.findings() if each.kind is FindingKind.ORIGIN_RETRACTED)
        assert finding.message == (
            "RF was retracted by its own agent, in RX; 2 others lose their only origin with it: N and a."
        )
        assert [claim.name(each) for each in finding.appearances] == ["N", "a", "RF"]
        assert finding.stance is Stance.SUPPORT
        assert claim.left("RF") == "N, a"

    def test_retracted_comes_before_every_other_reason(self) -> None:
        unread = {**self.OWN, "has_evidence": False, "chain_end": ChainEnd.ANONYMOUS}
        claim = drawn("RF; RX<-correction-RF", RF=unread, RX={**DENY, **self.OWN})
        assert claim.unresolved() == {"RF": "retracted"}
        message = "RF was retracted by its own agent, in RX; nothing else loses its only origin with it."
        assert message in [each.message for each in claim.findings()]

    def test_speaker_may_retract_where_another_publishes(self) -> None:
        claim = drawn("RF; RX<-correction-RF", RF={"claimant": 31}, RX={**DENY, **self.OWN})
        assert claim.unresolved() == {"RF": "retracted"}

    @pytest.mark.parametrize(
        ("text", "root", "correction"),
        [
            ("RF; RX<-correction-RF", {}, DENY),
            ("RF; RX<-correction-RF", {"publisher": None}, {**DENY, "publisher": None}),
            ("RF; RX<-response-RF", OWN, {**DENY, **OWN}),
            ("RF; RX<-suggested-correction-RF", OWN, {**DENY, **OWN}),
            ("RF; RX<-correction-RF", OWN, {**QUERY, **OWN}),
            ("RF; RX<-correction-RF", OWN, OWN),
        ],
        ids=["another agent", "unknown agents", "answer", "suggested", "doubt", "upheld"],
    )
    def test_what_is_not_its_own_denial_retracts_nothing(
        self, text: str, root: dict[str, Any], correction: dict[str, Any]
    ) -> None:
        """C10, by another agent, and the like"""
        claim = drawn(text, RF=root, RX=correction)
        assert claim.unresolved() == {}
        assert claim.found(FindingKind.ORIGIN_RETRACTED) == []

    def test_denial_that_its_own_agent_takes_back_is_retracted_on_its_side(self) -> None:
        claim = drawn("D; F<-D; S<-correction-D", D={**DENY, **self.OWN}, F=DENY, S=self.OWN)
        (finding,) = (each for each in claim.findings() if each.kind is FindingKind.ORIGIN_RETRACTED)
        assert (finding.stance, finding.appearances) == (Stance.DENY, (2, 1))

    def test_two_retracted_roots_are_told_each(self) -> None:
        own, other = self.OWN, {"publisher": 32}
        claim = drawn(
            "R; S; a<-R; b<-S; c<-R; c<-S; RX<-correction-R; SX<-correction-S",
            R=own, S=other, RX={**DENY, **own}, SX={**DENY, **other},
        )  # fmt: skip
        assert claim.found(FindingKind.ORIGIN_RETRACTED) == ["a->R", "b->S"]


class TestEvidence:
    @pytest.mark.parametrize(
        ("state", "seen", "message"),
        [
            (EvidenceState.CHANGED, True, "In the latest snapshot of N the quoted words have changed."),
            (EvidenceState.CHANGED, False, "In the latest snapshot of N the quoted words have changed."),
            (
                EvidenceState.AMBIGUOUS,
                False,
                "In the latest snapshot of N the quoted words stand more than once.",
            ),
            (
                EvidenceState.MISSING,
                True,
                "In the latest snapshot of N the quoted words are no longer there.",
            ),
        ],
    )
    def test_words_that_moved_are_found(self, state: EvidenceState, message: str, *, seen: bool) -> None:
        claim = drawn("N", N={"evidence": state, "has_evidence": seen})
        assert only(claim) == Finding(FindingKind.EVIDENCE, message, (1,))

    @pytest.mark.parametrize(
        ("state", "seen"),
        [
            (EvidenceState.MISSING, False),
            (EvidenceState.UNANCHORED, False),
            (EvidenceState.UNANCHORED, True),
            (EvidenceState.ANCHORED, True),
        ],
    )
    def test_words_never_seen_there_or_still_there_are_not(self, state: EvidenceState, *, seen: bool) -> None:
        assert drawn("N", N={"evidence": state, "has_evidence": seen}).findings() == ()

    def test_words_of_a_confirmed_derivation_are_watched_too(self) -> None:
        claim = drawn("N; M<-response-N; K<-suggested-response-N")
        edges = [replace(edge, evidence=EvidenceState.MISSING, has_evidence=True) for edge in claim.edges]
        (finding,) = find(claim.nodes, edges, sides=(), label=claim.name)
        assert finding.appearances == (1, 2)
        assert finding.message == (
            "In the latest snapshot of M the words that lead to N are no longer there."
        )


class TestAll:
    def test_findings_stand_by_kind_then_in_topological_order(self) -> None:
        late, early = {"said": day("2023")}, {"said": day("2019"), "evidence": EvidenceState.CHANGED}
        claim = drawn(
            "b<-RF; a<-RF; c<-a; K<-response-c",
            RF={**QUERY, **late, "evidence": EvidenceState.AMBIGUOUS},
            a={**HEDGED, "said": day("2021")},
            b=early,
            c={**ASSERTED, **late},
            K=DENY,
        )
        assert [(each.kind.value, each.appearances) for each in claim.findings()] == [
            ("single_origin", (2,)),
            ("certainty_jump", (3, 4)),
            ("stance_jump", (2, 1)),
            ("stance_jump", (2, 3)),
            ("anachronism", (2, 1)),
            ("anachronism", (2, 3)),
            ("evidence", (2,)),
            ("evidence", (1,)),
        ]

    def test_nothing_is_invented_where_nothing_is_known(self) -> None:
        unknown = {"publisher": None, "has_evidence": False, "chain_end": ChainEnd.UNSPECIFIED}
        claim = drawn("a; b; c<-a; c<-b", a=unknown, b=unknown, c=unknown)
        assert find(claim.nodes, claim.edges, sides=[claim.assess()]) == ()

    def test_appearances_without_a_better_name_are_called_by_their_ids(self) -> None:
        claim = drawn("a; b<-a", a=HEDGED, b=ASSERTED)
        (finding,) = find(claim.nodes, claim.edges, sides=())
        assert finding.message == (
            "Appearance 2 is more certain (asserted) than what it rests on, Appearance 1 (hedged)."
        )

    def test_cycle_is_refused(self) -> None:
        claim = drawn("a<-response-b; b<-response-a")
        with pytest.raises(ValueError, match="cycle"):
            find(claim.nodes, claim.edges, sides=())
