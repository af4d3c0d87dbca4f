"""Quotes and snapshots: what the newest readable snapshot of a source shows of every quote in it."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import anchoring, tasks
from claims.derivations import derive
from claims.intake import Recorded
from claims.models import Anchor, Appearance, Change, Claim, DueAnchoring
from claims.publishing import withdraw_appearance
from claims.stated import StatedDerivation
from claims.vocabulary import DerivationKind, EvidenceState
from sources import signals
from sources.models import Extraction, Snapshot, Source
from tests.factories import chain, cut, fetched, repeats, see, stated

pytestmark = pytest.mark.django_db

WORDS = "so it is"
PAGE = f"We looked, and {WORDS}, as far as we know."


@pytest.fixture
def recorded(owner: User) -> Recorded:
    """A claim of one appearance whose quote is `WORDS`."""
    return chain(stated("a", url="https://a.example/", quote=WORDS), by=owner)


@pytest.fixture
def source(recorded: Recorded) -> Source:
    return recorded.appearances["a"].source


def appearance() -> Appearance:
    return Appearance.objects.get()


# --- what a snapshot shows ------------------------------------------------------------------------------------------


def test_words_that_stand_in_the_page_are_anchored_with_their_place(source: Source) -> None:
    snapshot = see(source, PAGE)
    proof = appearance().proof_anchor
    assert proof
    assert proof == appearance().newest_anchor
    text = Extraction.objects.get(snapshot=snapshot)
    assert proof.start is not None
    assert text.text[proof.start : proof.end] == proof.exact == WORDS
    assert (proof.prefix[-4:], proof.suffix[:4]) == ("and ", ", as")
    assert (proof.snapshot, proof.extractor, proof.text_sha256) == (
        snapshot,
        text.extractor,
        text.text_sha256,
    )


@pytest.mark.parametrize(
    ("page", "state"),
    [
        ("We looked, and so it was.", EvidenceState.MISSING),
        (f"{WORDS}, and {WORDS}", EvidenceState.AMBIGUOUS),
    ],
)
def test_words_that_do_not_stand_there_once_are_no_evidence(
    source: Source, page: str, state: EvidenceState
) -> None:
    see(source, page)
    assert appearance().proof_anchor is None
    newest = appearance().newest_anchor
    assert newest
    assert (newest.state, newest.start, newest.exact) == (state, None, "")


def test_evidence_stays_when_the_words_are_gone_later(source: Source) -> None:
    before = see(source, PAGE, at=datetime(2021, 3, 1, tzinfo=UTC))
    after = see(source, "This page has moved.", at=datetime(2021, 3, 2, tzinfo=UTC))
    kept = appearance()
    assert kept.newest_anchor
    assert kept.proof_anchor
    assert (kept.newest_anchor.snapshot, kept.newest_anchor.state) == (after, EvidenceState.MISSING)
    assert (kept.proof_anchor.snapshot, kept.proof_anchor.state) == (before, EvidenceState.ANCHORED)


def test_unchanged_page_is_anchored_again_which_means_still_there(source: Source) -> None:
    see(source, PAGE, at=datetime(2021, 3, 1, tzinfo=UTC))
    again = see(source, PAGE, at=datetime(2021, 3, 2, tzinfo=UTC))
    assert Anchor.objects.count() == 2
    proof = appearance().proof_anchor
    assert proof
    assert proof.snapshot == again


def test_older_snapshot_that_is_read_later_is_not_the_newest(source: Source) -> None:
    newer = see(source, PAGE, at=datetime(2021, 3, 2, tzinfo=UTC))
    see(source, "Not yet.", at=datetime(2021, 3, 1, tzinfo=UTC))
    newest = appearance().newest_anchor
    assert newest
    assert newest.snapshot == newer
    assert Anchor.objects.count() == 1


def test_page_that_cannot_be_read_says_nothing_about_the_words(source: Source) -> None:
    readable = see(source, PAGE, at=datetime(2021, 3, 1, tzinfo=UTC))
    unreadable = see(source, "<script>only()</script>", at=datetime(2021, 3, 2, tzinfo=UTC))
    assert Extraction.objects.get(snapshot=unreadable).error
    newest = appearance().newest_anchor
    assert newest
    assert newest.snapshot == readable


def test_appearance_without_a_quote_has_nothing_to_be_found(owner: User) -> None:
    source = chain(stated("a", quote=""), by=owner).appearances["a"].source
    see(source, PAGE)
    assert appearance().newest_anchor is None


# --- whose quotes ---------------------------------------------------------------------------------------------------


def test_quotes_of_all_claims_and_steps_in_a_source_are_anchored(owner: User, curator: User) -> None:
    says_whom = repeats("study", quote="as far as we know")
    url = "https://a.example/"
    one = chain(stated("study"), stated("a", url=url, quote=WORDS, derived_from=(says_whom,)), by=owner)
    other = chain(stated("b", url=url, quote="We looked"), by=curator)
    before = dict(Claim.objects.values_list("pk", "revision"))
    see(one.appearances["a"].source, PAGE)

    owners = {(anchor.appearance or anchor.derivation) for anchor in Anchor.objects.all()}
    assert owners == {one.appearances["a"], one.derivations[0], other.appearances["b"]}
    assert {state for [state] in Anchor.objects.values_list("state")} == {EvidenceState.ANCHORED}
    after = dict(Claim.objects.values_list("pk", "revision"))
    assert all(after[pk] > before[pk] for pk in (one.claim.pk, other.claim.pk))
    one.derivations[0].refresh_from_db()
    assert one.derivations[0].proof_anchor


def test_quote_of_a_step_is_looked_for_in_the_derived_source_alone(owner: User) -> None:
    step = repeats("study", quote="names the study")
    recorded = chain(stated("study"), stated("paper", derived_from=(step,)), by=owner)
    see(recorded.appearances["study"].source, "This page names the study.")
    assert not Anchor.objects.exclude(derivation=None).exists()


def test_withdrawn_appearance_is_looked_for_no_more(owner: User, recorded: Recorded, source: Source) -> None:
    withdraw_appearance(recorded.appearances["a"], by=owner, why="Not so.")
    see(source, PAGE)
    assert not Anchor.objects.exists()


# --- when it is due -------------------------------------------------------------------------------------------------


def test_it_is_done_once(recorded: Recorded, source: Source) -> None:
    see(source, PAGE)
    changes, revision = Change.objects.count(), Claim.objects.get().revision
    assert anchoring.anchor_source(source.pk) == 0
    assert (Change.objects.count(), Claim.objects.get().revision) == (changes, revision)
    assert anchoring.ready() == []


def test_chain_makes_its_sources_due_and_doing_it_ends_that(
    owner: User, recorded: Recorded, source: Source
) -> None:
    assert anchoring.ready() == [source.pk]
    assert anchoring.anchor_source(source.pk) == 0  # nothing to read yet
    assert anchoring.ready() == []


def test_quote_that_comes_after_the_snapshot_is_anchored_by_the_sweep(
    owner: User, recorded: Recorded, source: Source
) -> None:
    see(source, PAGE)
    late = stated("late", url="https://a.example/", quote="We looked")
    more = chain(late, by=owner, slug=recorded.claim.slug, text="", language="").appearances["late"]
    for source_id in anchoring.ready():
        tasks.anchor(source_id)
    more.refresh_from_db()
    assert more.proof_anchor


def test_step_that_comes_after_the_snapshot_is_due(owner: User, source: Source, recorded: Recorded) -> None:
    other = chain(stated("b"), by=owner, slug=recorded.claim.slug, text="", language="").appearances["b"]
    see(source, PAGE)
    words = StatedDerivation(kind=DerivationKind.CITATION, quote="as far as we know")
    derive(recorded.appearances["a"], other, words, by=owner)
    assert anchoring.anchor_source(source.pk) == 1


def test_text_that_became_readable_makes_its_source_due(source: Source) -> None:
    DueAnchoring.objects.all().delete()
    signals.text_ready.send(Snapshot, source_ids=[source.pk])
    assert anchoring.ready() == [source.pk]


def test_longest_waiting_is_the_first(owner: User) -> None:
    ids = [chain(stated("a"), by=owner).appearances["a"].source_id for _ in range(3)]
    for number, pk in enumerate(reversed(ids)):
        DueAnchoring.objects.filter(source_id=pk).update(since=datetime(2021, 3, 1 + number, tzinfo=UTC))
    assert anchoring.ready() == ids[::-1]


# --- what became of the words ---------------------------------------------------------------------------------------

LONG = "Malware that hackers had placed in the grid may have caused the outage"
EDITED = "Malware that hackers had placed in the grid did cause the outage"
STORY = "".join(
    f"<p>Paragraph {number} tells who lit the lamp and why he says so.</p>" for number in range(30)
)


def day(number: int) -> datetime:
    return datetime(2021, 3, number, tzinfo=UTC)


def page(words: str) -> str:
    return f"<!doctype html><title>The outage</title><main><p>{words}.</p>{STORY}</main>"


@pytest.fixture
def long(owner: User) -> Appearance:
    return chain(stated("a", quote=LONG), by=owner).appearances["a"]


def evidence(row: Appearance) -> Anchor:
    row.refresh_from_db()
    assert row.newest_anchor
    return row.newest_anchor


def test_edited_words_are_changed_with_both_texts_kept(long: Appearance) -> None:
    see(long.source, page(LONG), at=day(1))
    after = see(long.source, page(EDITED), at=day(2))
    now, text = evidence(long), Extraction.objects.get(snapshot=after).text
    assert (now.state, now.start, now.exact) == (EvidenceState.CHANGED, None, "")
    assert now.near_text == text[now.near_start : now.near_end] == EDITED
    assert now.near_score is not None
    assert str(now.near_score) in now.reason
    assert long.proof_anchor
    assert long.proof_anchor.exact == LONG


def test_like_words_that_were_never_the_quote_are_missing_and_a_suggestion(long: Appearance) -> None:
    see(long.source, page(EDITED))
    assert (evidence(long).state, evidence(long).near_text) == (EvidenceState.MISSING, EDITED)
    assert long.proof_anchor is None


def test_words_that_left_nothing_alike_are_missing(long: Appearance) -> None:
    see(long.source, page(LONG), at=day(1))
    see(long.source, page("Nothing of it stands here"), at=day(2))
    assert (evidence(long).state, evidence(long).near_text) == (EvidenceState.MISSING, "")


@pytest.mark.parametrize(
    "wall",
    [
        "<title>The Courier</title><p>Please enable cookies.",
        "<title>The outage</title><p>Subscribe to continue reading<p>Log in",
        "<title>Log in</title><p>Password",
        "<title>404 Not Found</title><p>nginx",
        "<title>Just a moment...</title><p>Checking your browser",
        "<script>only()</script>",
    ],
)
def test_wall_changes_nothing(long: Appearance, wall: str) -> None:
    see(long.source, page(LONG), at=day(1))
    before = evidence(long)
    see(long.source, wall, at=day(2))
    assert evidence(long) == before
    assert Anchor.objects.count() == 1


def test_part_of_a_page_shows_what_is_in_it_and_says_nothing_of_the_rest(long: Appearance) -> None:
    source, story = long.source, page(long.quote)
    see(source, story, at=day(1))
    beyond = see(source, cut(fetched(source.url or "", story, at=day(2)), story.index(long.quote)))
    long.refresh_from_db()
    assert evidence(long).state == EvidenceState.ANCHORED
    assert not long.anchors.filter(snapshot=beyond).exists()
    within = see(source, cut(fetched(source.url or "", story, at=day(3)), len(story.encode()) - 20))
    long.refresh_from_db()
    assert evidence(long).snapshot == within


def test_quote_that_leaves_something_out_keeps_its_parts(owner: User) -> None:
    row = chain(stated("a", quote="We looked … as we know"), by=owner).appearances["a"]
    snapshot = see(row.source, PAGE)
    now, text = evidence(row), Extraction.objects.get(snapshot=snapshot).text
    assert [text[start:end] for start, end in now.fragments] == ["We looked", "as we know"]
    assert (now.start, now.end) == (now.fragments[0][0], now.fragments[1][1])
    assert now.exact == "We looked […] as we know"


def test_what_was_stated_around_decides_between_two_places(owner: User) -> None:
    twice = f"One says {WORDS}. Two doubts that {WORDS}."
    told = stated("a", url="https://a.example/", quote=WORDS, quote_prefix="doubts that")
    untold = stated("b", url="https://a.example/", quote=WORDS, said_at="2021")
    rows = chain(told, untold, by=owner).appearances
    see(rows["a"].source, twice)
    assert evidence(rows["a"]).start == twice.rindex(WORDS)
    assert evidence(rows["b"]).state == EvidenceState.AMBIGUOUS
    assert "2 places" in evidence(rows["b"]).reason


def test_words_with_all_around_them_as_before_are_the_ones_that_were_meant(source: Source) -> None:
    see(source, PAGE, at=day(1))
    see(source, f"<p>Nobody says that {WORDS}.<p>{PAGE}", at=day(2))
    assert appearance().newest_anchor == appearance().proof_anchor
    see(source, f"<p>Nobody says that {WORDS}.<p>Some say {WORDS}.", at=day(3))
    assert evidence(appearance()).state == EvidenceState.AMBIGUOUS


def test_every_turn_is_an_event_of_its_own_kind(long: Appearance) -> None:
    pages = [LONG, LONG, EDITED, "Nothing of it stands here", f"{LONG}. {LONG}", LONG]
    seen = [see(long.source, page(words), at=day(number)) for number, words in enumerate(pages, 1)]
    rows = Change.objects.filter(object_type="anchor").order_by("seq")
    assert [row.action for row in rows] == [
        "anchored", "anchored", "words_changed", "words_missing", "words_ambiguous", "words_returned",
    ]  # fmt: skip
    turn = rows[2]
    assert turn.before
    assert turn.after
    assert (turn.before["state"], turn.after["state"]) == ("anchored", "changed")
    assert (turn.before["snapshot_id"], turn.after["near_text"]) == (seen[1].pk, EDITED)
    assert turn.claim == long.claim


def test_quotes_of_a_source_are_searched_with_the_same_number_of_statements(owner: User) -> None:
    counts = []
    for quotes in (2, 30):
        told = [
            stated(f"x{number}", url=f"https://{quotes}.example/", quote=f"Paragraph {number} tells")
            for number in range(quotes)
        ]
        source = chain(*told, by=owner).appearances["x0"].source
        see(source, page(LONG), at=day(1))
        with CaptureQueriesContext(connection) as captured:
            see(source, page(EDITED), at=day(2))
        counts.append(len(captured))
    assert counts[0] == counts[1]
