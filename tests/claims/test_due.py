"""Texts that become readable make due what claims cite; of other sources the turn alone is taken."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from claims import anchoring
from claims.intake import Recorded
from claims.merging import sources
from claims.models import Appearance, Change, DueAnchoring
from claims.publishing import withdraw_appearance
from claims.vocabulary import EvidenceState
from sources import extracting, planning, registry, signals, snapshots, texts
from sources.models import Agent, Capture, Snapshot, Source
from sources.registry import find_or_add_source
from sources.vocabulary import CaptureOutcome, CaptureState
from tests.factories import chain, fetched, stated
from tests.racing import refusals, together
from tests.sources.conftest import Queue, queue  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

ANCHOR = "claims.tasks.anchor"
URL = "https://a.example/"
WORDS = "the words of a"


def named(owner: User, url: str = URL) -> Source:
    """A source that somebody named, and no claim cites."""
    return find_or_add_source(url, by=owner)


def cite(owner: User, url: str = URL) -> Recorded:
    return chain(stated("a", url=url, quote=WORDS), by=owner)


def seen(source: Source) -> int:
    """The id of a snapshot that nothing has read yet; it shows `WORDS`."""
    capture = Capture.objects.create(
        source=source,
        requested_by=source.created_by,
        state=CaptureState.DONE,
        outcome=CaptureOutcome.CAPTURED,
    )
    page = fetched(source.url or "", f"<title>A page</title><p>Here stand {WORDS}.")
    stored = snapshots.store(page, source_id=source.pk)
    planning.plan([source.pk], seen_now=True)
    return snapshots.record(stored, source_id=source.pk, capture_id=capture.pk).pk


def text_came(*found: Source) -> None:
    signals.text_ready.send(Snapshot, source_ids=[source.pk for source in found])


@pytest.mark.django_db(transaction=True)
def test_what_no_claim_cites_is_not_due_and_no_worker_is_told(owner: User, queue: Queue) -> None:  # noqa: F811
    source = named(owner)
    extracting.extract(seen(source))
    source.refresh_from_db()

    assert source.title == "A page"
    assert not DueAnchoring.objects.exists()
    assert ANCHOR not in [message.task for message in queue.messages()]


@pytest.mark.django_db(transaction=True)
def test_of_several_those_that_claims_cite_are_due_and_told_of(owner: User, queue: Queue) -> None:  # noqa: F811
    found = [named(owner, f"https://{name}.example/") for name in "abcd"]
    for source in (found[3], found[1]):
        cite(owner, source.url or "")
    DueAnchoring.objects.all().delete()
    queue.client.flushdb()
    extracting.extract_all([seen(source) for source in found])

    cited = [found[1].pk, found[3].pk]
    assert sorted(anchoring.ready()) == cited
    assert [message.args for message in queue.messages() if message.task == ANCHOR] == [tuple(cited)]


def test_what_was_due_before_and_is_cited_by_none_is_due_no_more(owner: User) -> None:
    source = named(owner)
    with registry.editing(source, by=owner):
        source.title = "Another title"
    assert anchoring.ready() == [source.pk]
    text_came(source)

    assert anchoring.ready() == []


def test_what_a_claim_cited_once_stays_due(owner: User) -> None:
    appearance = cite(owner).appearances["a"]
    withdraw_appearance(appearance, by=owner, why="Not so.")
    DueAnchoring.objects.all().delete()
    text_came(appearance.source)

    assert anchoring.ready() == [appearance.source_id]


def test_text_of_a_merged_source_is_searched_for_the_quotes_of_the_one_that_stays(
    owner: User, curator: User
) -> None:
    appearance, other = cite(owner).appearances["a"], named(owner, "https://b.example/")
    sources.merge(other, appearance.source, by=curator, why="The same page.", settled=["publisher"])
    DueAnchoring.objects.all().delete()
    extracting.extract(seen(other))
    assert anchoring.ready() == [other.pk]
    assert anchoring.anchor_source(other.pk) == 1
    appearance.refresh_from_db()

    assert appearance.proof_anchor is not None
    assert anchoring.ready() == []


def test_of_a_text_that_is_not_kept_nothing_is_due(owner: User) -> None:
    source = named(owner)
    DueAnchoring.objects.bulk_create([DueAnchoring(source=source, since="2021-03-01T00:00:00Z")])

    def come_to_nothing() -> None:
        with transaction.atomic():
            text_came(source)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        come_to_nothing()
    assert anchoring.ready() == [source.pk]


def test_of_no_texts_nothing_is_due(owner: User) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert anchoring.due_if_cited([]) == []
    assert not statements


@pytest.mark.parametrize("cited", [False, True])
def test_takes_as_many_statements_for_two_sources_as_for_many(owner: User, *, cited: bool) -> None:
    counts = []
    for number, count in enumerate((2, 20)):
        found = [named(owner, f"https://{number}.example/{page}") for page in range(count)]
        for source in found if cited else []:
            cite(owner, source.url or "")
        with CaptureQueriesContext(connection) as statements:
            text_came(*found)
        counts.append(len(statements))

    assert counts == [2, 2]


# --- who cites a source while its text is being kept -----------------------------------------------------------------


def anchored() -> bool:
    """Look for all that is due; whether every quote was found then."""
    for source_id in anchoring.with_quotes(anchoring.ready()):
        anchoring.anchor_source(source_id)
    states = Appearance.objects.values_list("newest_anchor__state", flat=True)
    return set(states) == {EvidenceState.ANCHORED}


@pytest.mark.django_db(transaction=True)
def test_quote_that_comes_while_the_text_is_kept_waits_and_is_found(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot_id = seen(named(owner))
    known_agents = registry.known_agents
    waited: list[bool] = []
    citing: list[Future[Recorded]] = []

    def cite_from_elsewhere() -> Recorded:
        try:
            return cite(owner)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:

        def meanwhile(names: Sequence[str]) -> dict[str, Agent]:
            """Called once the turn is taken and the text written, before anything is committed."""
            citing.append(elsewhere.submit(cite_from_elsewhere))
            waited.append(not wait(citing, timeout=0.5).done)
            return known_agents(names)

        monkeypatch.setattr(registry, "known_agents", meanwhile)
        extracting.extract(snapshot_id)
        recorded = citing[0].result(60)

    assert waited == [True]
    assert anchoring.ready() == [recorded.appearances["a"].source_id]
    assert anchored()


@pytest.mark.django_db(transaction=True)
def test_quotes_and_texts_that_come_at_the_same_moment_are_found(owner: User, curator: User) -> None:
    for number in range(8):
        url = f"https://{number}.example/"
        snapshot_id = seen(named(owner, url))
        work: list[Callable[[], Any]] = [
            partial(cite, owner, url),
            partial(extracting.extract, snapshot_id),
        ]
        if number % 2:
            work.append(partial(cite, curator, url))
        assert not refusals(together(*work))
    assert Appearance.objects.count() == 12

    assert anchored()
    assert not DueAnchoring.objects.exists()
    seqs = Change.objects.order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == list(range(1, len(seqs) + 1))
    assert Source.objects.filter(snapshots__extractions__extractor=texts.EXTRACTOR).distinct().count() == 8
