"""Reading a snapshot's text: a step of its own after the bytes are safe, so that a bad page cannot lose them."""

import logging

from django.db import transaction

from sources import registry, signals, snapshots, texts
from sources.models import Extraction, Snapshot, Source

logger = logging.getLogger(__name__)

MAX_NUDGES = 500


def ready() -> list[int]:
    """Ids of the snapshots that the current extractor has not read, oldest first, at most `MAX_NUDGES`."""
    unread = Snapshot.objects.without_extraction(texts.EXTRACTOR).order_by("pk")
    return list(unread.values_list("pk", flat=True)[:MAX_NUDGES])


def extract(snapshot_id: int) -> None:
    """Read the snapshot with the current extractor and keep the text, or why there is none; once."""
    snapshot = Snapshot.objects.select_related("source", "payload_of").get(pk=snapshot_id)
    if snapshot.extractions.filter(extractor=texts.EXTRACTOR).exists():
        return
    extraction = _read(snapshot)
    with transaction.atomic():
        # A second run of the same message loses here, and has nothing to add.
        Extraction.objects.bulk_create([extraction], ignore_conflicts=True)
        if not extraction.error:
            _fill(snapshot.source, extraction)
            signals.text_ready.send(Snapshot, source_id=snapshot.source_id)


def _read(snapshot: Snapshot) -> Extraction:
    extraction = Extraction(snapshot=snapshot, extractor=texts.EXTRACTOR)
    try:
        read = texts.read(
            snapshots.payload(snapshot), media_type=snapshot.media_type, charset=snapshot.charset
        )
    except texts.Unreadable as error:
        extraction.error = str(error)
    except OSError:
        raise  # the store, not the page: it stays due
    except Exception as error:  # whatever a hostile page breaks, its snapshot stands
        logger.exception("Snapshot %s could not be read.", snapshot.pk)
        extraction.error = f"The page could not be read ({type(error).__name__})."
    else:
        extraction.text, extraction.title = read.text, read.title
        extraction.text_sha256, extraction.text_key = read.sha256, read.text_key
        facts = read.facts.as_seen(snapshot.captured_at)
        extraction.publisher, extraction.published_at = facts.publisher, facts.published_at
        extraction.language = facts.language
    return extraction


def _fill(source: Source, extraction: Extraction) -> None:
    """What nobody said of a source, its page may: only what is empty, and by the service itself."""
    found = {name: getattr(extraction, name) for name in ("title", "published_at", "language")}
    found["publisher"] = extraction.publisher and registry.known_agent(extraction.publisher)
    if any(value and not getattr(source, name) for name, value in found.items()):
        with registry.editing(source, by=None):
            for name, value in found.items():
                if value and not getattr(source, name):
                    setattr(source, name, value)
