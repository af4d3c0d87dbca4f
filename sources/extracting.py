"""Reading a snapshot's text: a step of its own after the bytes are safe, so that a bad page cannot lose them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import zip_longest
from time import monotonic
from types import MappingProxyType
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from sources import adding, comparing, planning, reading, registry, signals, snapshots, texts
from sources.models import Agent, Extraction, Snapshot, Source
from sources.prepared import PreparedObjects
from sources.vocabulary import PageChange

logger = logging.getLogger(__name__)

MAX_NUDGES = 500
_NONE: Mapping[int, bytes] = MappingProxyType({})

BEGIN_WITHIN = 7.0
"""Seconds of a task in which it begins with pages: the last of them, at most two readings long, ends before the task
does.
"""


def ready() -> list[int]:
    """Ids of the snapshots that the current extractor has not read, oldest first, at most `MAX_NUDGES`."""
    unread = Snapshot.objects.without_extraction(texts.EXTRACTOR).order_by("pk")
    return list(unread.values_list("pk", flat=True)[:MAX_NUDGES])


def extract(snapshot_id: int) -> None:
    """Read the snapshot with the current extractor and keep the text, or why there is none; once."""
    extract_all([snapshot_id])


def extract_all(
    snapshot_ids: Sequence[int], *, at_hand: Mapping[int, bytes] = _NONE, begun: float | None = None
) -> None:
    """As `extract` for each of them, in one commit; in one each if that fails, so that none stops the others.

    The bytes of some may be `at_hand`, by snapshot; those of the others come from the store. `begun`: since when the
    task runs (`time.monotonic`), if not from now.

    But for the first, pages that are not begun with by `BEGIN_WITHIN`, because others took long, stay due. Raises
    OSError for bytes that could not be had and DatabaseError for a text that could not be kept, after the others were:
    they stay due.
    """
    troubles: list[OSError] = []
    extractions: list[Extraction] = []
    until = (monotonic() if begun is None else begun) + BEGIN_WITHIN
    for snapshot, payload in _with_payloads(_unread(texts.EXTRACTOR).objects(snapshot_ids), at_hand):
        if (extractions or troubles) and monotonic() > until:
            break
        try:
            extractions.append(_read(snapshot, payload))
        except OSError as error:
            troubles.append(error)
    _keep_all(extractions)
    if troubles:
        raise troubles[0]


# Of a snapshot, of the source that its page may fill in, and of the snapshot that holds its bytes.
_ASKED = (
    *("captured_at", "media_type", "charset", "content_encoding", "truncated", "sha256", "warc_name"),
    *("source__title", "source__publisher", "source__published_at", "source__language"),
    "payload_of__warc_name",
)


@cache
def _unread(extractor: str) -> PreparedObjects[Snapshot]:
    """Those of some snapshots that it has not read, with what is asked of them here."""

    def rows(ids: Sequence[int]) -> QuerySet[Snapshot]:
        unread = Snapshot.objects.filter(pk__in=ids).without_extraction(extractor)
        return unread.select_related("source", "payload_of").only(*_ASKED).order_by("pk")

    return PreparedObjects(rows)


def extract_again(snapshot_id: int) -> Extraction:
    """Read a snapshot without a text anew with the current extractor, and return what counts from now on.

    A text is final: it is returned as it is. A reason that the last attempt gave too is not kept twice.
    """
    snapshot = _snapshot(snapshot_id)
    last = _attempts(snapshot).first()
    if last and not last.error:
        return last
    found = _read(snapshot, partial(snapshots.payload, snapshot))
    if last and not found.broke_off and not last.broke_off and found.error == last.error:
        return last
    found.attempt = last.attempt + 1 if last else 1
    _keep([found])
    return found


def _snapshot(snapshot_id: int) -> Snapshot:
    return Snapshot.objects.select_related("source", "payload_of").get(pk=snapshot_id)


def _attempts(snapshot: Snapshot) -> QuerySet[Extraction]:
    return Extraction.objects.filter(snapshot=snapshot).newest_by(texts.EXTRACTOR)


def _keep_all(extractions: Sequence[Extraction]) -> None:
    """Raises the last DatabaseError of a text that could not be kept, after the others were."""
    if len({extraction.snapshot.source_id for extraction in extractions}) == len(extractions) > 1:
        try:
            return _keep(extractions)
        except DatabaseError:
            logger.warning("Texts could not be kept together; each is now alone.", exc_info=True)
    refused: DatabaseError | None = None
    for extraction in extractions:
        try:
            _keep([extraction])
        except DatabaseError as error:
            refused = error
    if refused:
        raise refused
    return None


def _keep(extractions: Sequence[Extraction]) -> None:
    """Write the texts, each of another source, and what follows from them."""
    with transaction.atomic():
        # A second run of the same message loses here, and has nothing to add.
        adding.add_missing(extractions)
        compared = comparing.compare_all(extractions)
        readable = [extraction for extraction in extractions if not extraction.error]
        # First the turns of all sources, then their rows: everybody takes them in this order.
        if readable:
            source_ids = [extraction.snapshot.source_id for extraction in readable]
            signals.text_ready.send(Snapshot, source_ids=source_ids)
        _fill([(extraction.snapshot.source, extraction) for extraction in readable])
        # After the sources' rows, as who edits a source does: what changed is looked at sooner again.
        planning.plan(
            extraction.snapshot.source_id
            for extraction, comparison in zip(extractions, compared, strict=True)
            if comparison.change == PageChange.SUBSTANTIVE
        )


def _with_payloads(
    found: Sequence[Snapshot], at_hand: Mapping[int, bytes]
) -> Iterator[tuple[Snapshot, Callable[[], bytes]]]:
    """Each with what gives its bytes: while the reader is at those of one, those of the next come from the store."""
    with ThreadPoolExecutor(1, thread_name_prefix="payload") as ahead:

        def arriving(snapshot: Snapshot) -> Callable[[], bytes]:
            if snapshot.pk in at_hand:
                return partial(at_hand.__getitem__, snapshot.pk)
            return ahead.submit(snapshots.payload, snapshot).result

        coming: Callable[[], bytes] | None = None
        for snapshot, following in zip_longest(found, found[1:]):
            payload = coming or arriving(snapshot)
            coming = arriving(following) if following else None
            yield snapshot, payload


def _read(snapshot: Snapshot, payload: Callable[[], bytes]) -> Extraction:
    extraction = Extraction(snapshot=snapshot, extractor=texts.EXTRACTOR)
    try:
        read = reading.read(
            payload(),
            media_type=snapshot.media_type,
            charset=snapshot.charset,
            coding=snapshot.content_encoding,
            cut=bool(snapshot.truncated),
        )
    except texts.Unreadable as error:
        extraction.error = str(error)
    except reading.ReadingFailed as error:
        logger.warning("Reading snapshot %s was broken off. %s", snapshot.pk, error)
        extraction.error, extraction.broke_off = str(error), True
    except OSError:
        raise  # the store or our machine, not the page: it stays due
    except Exception as error:  # such as a WARC that is damaged
        logger.exception("Snapshot %s could not be read.", snapshot.pk)
        extraction.error = f"The page could not be read ({type(error).__name__})."
        extraction.broke_off = True
    else:
        _describe(extraction, read, snapshot)
    return extraction


def _describe(extraction: Extraction, read: texts.Text, snapshot: Snapshot) -> None:
    extraction.text, extraction.title = read.text, read.title
    extraction.text_sha256, extraction.text_key = read.sha256, read.text_key
    facts = read.facts.as_seen(snapshot.captured_at)
    extraction.publisher, extraction.published_at = facts.publisher, facts.published_at
    extraction.language = facts.language


def _fill(read: Sequence[tuple[Source, Extraction]]) -> None:
    """What nobody said of a source, its page may: only what is empty, and by the service itself."""
    named = [found.publisher for source, found in read if found.publisher and not source.publisher_id]
    agents = registry.known_agents(named)
    found = {source: _lacking(source, extraction, agents) for source, extraction in read}
    incomplete = [source for source, facts in found.items() if facts]
    if incomplete:
        with registry.editing(*incomplete, by=None, in_turn=True):
            for source in incomplete:
                for name, value in found[source].items():
                    if not getattr(source, name):
                        setattr(source, name, value)


def _lacking(source: Source, extraction: Extraction, agents: Mapping[str, Agent]) -> dict[str, Any]:
    found = {name: getattr(extraction, name) for name in ("title", "published_at", "language")}
    found["publisher_id"] = agents[extraction.publisher].pk if extraction.publisher in agents else None
    return {name: value for name, value in found.items() if value and not getattr(source, name)}
