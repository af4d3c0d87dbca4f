"""Numbers in plain words: what a reader is told about the origins of a claim."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from claims.counted import Counted
from claims.graph import Edge, Node
from claims.independence import Independence
from claims.shown import AppearanceView, Evidence, Fragment, Quote, Tree
from claims.vocabulary import (
    ChainEnd,
    DerivationKind,
    DerivationState,
    EvidenceState,
    Stance,
    UnresolvedReason,
)
from provenance import wording
from sources.refs import AgentRef, SourceRef
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState

SEEN = Evidence(EvidenceState.ANCHORED, quote=Quote("words", "", "", 0, 5, (Fragment(0, 5),)))


def tree(*parts: tuple[Any, ...]) -> Tree:
    """A tree of (id, kind of publisher, ids it rests on) and, in a dict, what differs from a read support."""
    views, edges = [], []
    for pk, kind, rests_on, *more in parts:
        facts = more[0] if more else {}
        views.append(_view(pk, kind, **{key: value for key, value in facts.items() if key != "edges"}))
        edges += [Edge(pk, origin, **(facts.get("edges") or _CONFIRMED)) for origin in rests_on]
    labels = {view.id: view.label for view in views}
    counted = Counted([_node(view) for view in views], edges, label=labels.__getitem__)
    return Tree(1, 1, tuple(views), (), counted)


_CONFIRMED = {"kind": DerivationKind.REPETITION, "state": DerivationState.CONFIRMED}


def _view(pk: int, kind: AgentKind | None, **facts: Any) -> AppearanceView:
    publisher = AgentRef(pk, f"Paper {pk}", kind) if kind else None
    source = SourceRef(pk, f"https://paper{pk}.example/", "", "", "en", publisher)
    values = {
        "id": pk, "claim_id": 1, "source": source, "claimant": None, "stance": Stance.SUPPORT, "certainty": None,
        "quote": "words", "said_at": "", "no_later_than": datetime(2021, 3, 1, tzinfo=UTC), "language": "en",
        "chain_end": None, "published": True, "vouched_why": "", "evidence": SEEN, "text_key": "",
    }  # fmt: skip
    return AppearanceView(**{**values, **facts})


def _node(view: AppearanceView) -> Node:
    publisher = view.source.publisher
    return Node(
        id=view.id,
        source=view.source.id,
        stance=view.stance,
        publisher=publisher.id if publisher else None,
        chain_end=view.chain_end,
        evidence=view.evidence.state,
        has_evidence=view.evidence.quote is not None,
    )


NEWSPAPER, STUDY = AgentKind.NEWSPAPER, AgentKind.RESEARCH_BODY
QUERY = {"stance": Stance.QUERY}
DENY = {"stance": Stance.DENY}
ANSWER = {"edges": {"kind": DerivationKind.RESPONSE, "state": DerivationState.CONFIRMED}, **DENY}
CORRECTION = {"edges": {"kind": DerivationKind.CORRECTION, "state": DerivationState.CONFIRMED}, **DENY}
SUGGESTED = {"edges": {"kind": DerivationKind.CITATION, "state": DerivationState.SUGGESTED}}

# The demo's shape, smaller: a study, a newspaper that rests on it, three that repeat the newspaper, and one apart.
OUTAGE = tree(
    (1, STUDY, [], QUERY),
    (2, NEWSPAPER, [1]),
    (3, NEWSPAPER, [2]),
    (4, NEWSPAPER, [2]),
    (5, NEWSPAPER, [2]),
    (6, AgentKind.GOVERNMENT, [1], SUGGESTED),
    (7, AgentKind.EMBASSY, [2], ANSWER),
    (8, AgentKind.GOVERNMENT, [2], ANSWER),
)


def test_outage_is_told_as_a_range_with_its_reasons() -> None:
    support = OUTAGE.independence()
    assert wording.headline(support) == "5 reports, 1 established origin"
    assert wording.headline_with_range(support) == "5 reports, 1 to 2 independent origins"
    assert wording.bottleneck_sentence(OUTAGE) == "4 of 5 rest on one newspaper report, itself included."
    assert wording.open_origins_heading(support) == "1 origin not established"
    assert wording.open_origins_sentence(OUTAGE) == (
        "Paper 6 may rest on another: that is suggested, and not decided."
    )
    assert wording.denials_heading(OUTAGE) == "2 denials"
    assert wording.denials_sentence(OUTAGE) == "By Paper 7 and Paper 8."


def test_claim_without_appearances_is_told_without_numbers() -> None:
    empty = tree()
    support = empty.independence()
    assert wording.headline(support) == "No reports yet"
    assert wording.headline_with_range(support) == "No reports yet"
    assert wording.bottleneck_sentence(empty) is None
    assert wording.open_origins_heading(support) == "No open origin"
    assert wording.open_origins_sentence(empty) == "No origin is known yet."
    assert wording.denials_heading(empty) == "No denials"
    assert wording.denials_sentence(empty) == "Nobody has denied it in what is recorded here."
    assert wording.first_seen(empty) is None


def test_one_report_that_nobody_has_read_has_no_established_origin() -> None:
    unread = tree((1, NEWSPAPER, [], {"evidence": Evidence(EvidenceState.UNANCHORED)}))
    assert wording.headline(unread.independence()) == "1 report, no established origins"
    assert wording.headline_with_range(unread.independence()) == "1 report, 0 to 1 independent origin"
    assert wording.open_origins_sentence(unread) == (
        "No snapshot shows the words of Paper 1, and nobody vouches for them."
    )


def test_unnamed_voice_is_no_established_origin() -> None:
    unnamed = tree((1, NEWSPAPER, [], {"chain_end": ChainEnd.ANONYMOUS}))
    assert wording.open_origins_sentence(unnamed) == "Paper 1 leads to a voice that nobody names."


def test_retracted_origin_is_not_established() -> None:
    retracted = tree((1, NEWSPAPER, []), (2, NEWSPAPER, [1], CORRECTION))
    own = [replace(node, publisher=1) for node in retracted.counted.nodes]
    assert wording.open_origins_sentence(
        replace(retracted, counted=replace(retracted.counted, nodes=own))
    ) == ("Paper 1 was retracted by its own agent.")


def test_every_reason_has_a_sentence() -> None:
    assert set(wording._OPEN_BECAUSE) == set(UnresolvedReason)


def test_many_open_origins_are_told_in_three_sentences_and_a_rest() -> None:
    many = tree(*((pk, NEWSPAPER, [], {"chain_end": ChainEnd.ANONYMOUS}) for pk in range(1, 7)))
    told = wording.open_origins_sentence(many)
    assert told.count("leads to a voice") == 3
    assert told.endswith("So it is with 3 more.")


def test_established_origins_leave_nothing_open() -> None:
    two = tree((1, NEWSPAPER, []), (2, NEWSPAPER, []))
    assert wording.headline_with_range(two.independence()) == "2 reports, 2 independent origins"
    assert wording.open_origins_sentence(two) == "Every origin is established."


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([(1, STUDY, [], QUERY), (2, NEWSPAPER, [1])], "The only report rests on one study, the origin."),
        ([(1, STUDY, []), (2, NEWSPAPER, [1])], "The only other report rests on one study, the origin."),
        (
            [(1, STUDY, []), (2, NEWSPAPER, [1]), (3, NEWSPAPER, [1])],
            "All 2 other reports rest on one study, the origin.",
        ),
        (
            [(1, None, []), (2, NEWSPAPER, [1]), (3, NEWSPAPER, [1]), (4, NEWSPAPER, [])],
            "2 of 3 other reports rest on one source, one of the origins.",
        ),
        ([(1, NEWSPAPER, []), (2, NEWSPAPER, [])], None),
        (
            [(1, STUDY, []), (2, NEWSPAPER, [1]), (3, NEWSPAPER, [2]), *((pk, NEWSPAPER, [1]) for pk in range(4, 9))],
            "All 7 other reports rest on one study, the origin.",
        ),
        (
            [(1, STUDY, [], QUERY), (2, AgentKind.EMBASSY, [1], DENY), (3, NEWSPAPER, [2]), (4, NEWSPAPER, [2])],
            "All 2 rest on one embassy statement.",
        ),
    ],
)  # fmt: skip
def test_bottleneck_is_the_largest_that_is_no_origin_unless_it_is_small(
    parts: list[Any], sentence: str | None
) -> None:
    assert wording.bottleneck_sentence(tree(*parts)) == sentence


def test_every_kind_of_publisher_has_a_word_for_its_works() -> None:
    for kind in AgentKind:
        sentence = wording.bottleneck_sentence(tree((1, kind, []), (2, NEWSPAPER, [1])))
        assert sentence
        assert "_" not in sentence


def test_speakers_are_named_once_and_the_rest_counted() -> None:
    deniers = tree((1, NEWSPAPER, []), *((pk, AgentKind.GOVERNMENT, [1], ANSWER) for pk in range(2, 8)))
    assert wording.denials_sentence(deniers) == "By Paper 2, Paper 3, Paper 4 and 3 others."
    assert wording.named(["A", "A", "B"]) == "A and B"
    assert wording.named(["A", "B", "C", "D"]) == "A, B, C and 1 other"
    assert wording.named(["A"]) == "A"


def test_first_seen_is_the_earliest_date_as_precise_as_it_is() -> None:
    dated = tree(
        (1, NEWSPAPER, [], {"said_at": "2021-03"}), (2, NEWSPAPER, [], {"said_at": "2021-02-28T22:10:00Z"})
    )
    assert wording.first_seen(dated) == "28 February 2021"
    assert wording.first_seen(tree((1, NEWSPAPER, [], {"said_at": "2021"}))) == "2021"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2021", "2021"),
        ("2021-02", "February 2021"),
        ("2021-02-08", "8 February 2021"),
        ("2021-02-28T22:10:00+05:30", "28 February 2021, 22:10 UTC+05:30"),
        ("2021-02-28T22:10:59.5-03:00", "28 February 2021, 22:10 UTC−03:00"),
        ("2021-02-28T22:10Z", "28 February 2021, 22:10 UTC"),
    ],
)
def test_dates_keep_their_precision(text: str, words: str) -> None:
    assert wording.date_words(text) == words


def test_evidence_is_told_with_what_the_capture_is_doing() -> None:
    none_yet = Evidence(EvidenceState.UNANCHORED)
    assert wording.evidence_word(none_yet) == "not anchored"
    assert wording.evidence_word(none_yet, CaptureState.RUNNING) == "being fetched"
    assert wording.evidence_word(none_yet, CaptureState.DONE, CaptureOutcome.FAILED) == "could not be fetched"
    assert wording.evidence_word(none_yet, CaptureState.DONE, CaptureOutcome.CAPTURED) == "not anchored"
    assert wording.evidence_word(SEEN, CaptureState.RUNNING) == "anchored"
    assert wording.evidence_word(Evidence(EvidenceState.MISSING)) == "quote not found"
    assert wording.evidence_word(Evidence(EvidenceState.MISSING, quote=SEEN.quote)) == "missing now"


def test_every_state_and_outcome_has_a_word_and_none_says_deleted() -> None:
    words = [wording.capture_word(state) for state in CaptureState if state is not CaptureState.DONE]
    words += [wording.capture_word(CaptureState.DONE, outcome) for outcome in CaptureOutcome]
    words += [wording.evidence_word(Evidence(state)) for state in EvidenceState]
    assert all(words)
    assert not [word for word in words if "delet" in word]


def test_headline_takes_the_side_it_is_given() -> None:
    deny: Independence = OUTAGE.independence(Stance.DENY)
    assert wording.headline(deny) == "2 reports, 2 established origins"
