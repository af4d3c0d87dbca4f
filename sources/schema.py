"""GraphQL: agents, sources, captures and snapshots, over rows or over the refs that a tree has of them.

Resolvers decide nothing: they find what is visible to the viewer and name its fields. `self` of a resolver is the row
or ref, never an instance of the type.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

import strawberry
from django.conf import settings
from django.db.models import QuerySet
from strawberry import relay

from sources import models
from sources.canonical import InvalidURL, canonical_url
from sources.compared import comparisons_of
from sources.fetchers.base import Reason
from sources.graphql import (
    MAX_PAGE,
    BadInput,
    Connection,
    Info,
    Siblings,
    TooMuch,
    database_id,
    followed,
    found_in_order,
)
from sources.querysets import SourceQuerySet
from sources.refs import AgentRef, SnapshotRef, SourceRef
from sources.texts import EXTRACTOR
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState, PageChange

MAX_TEXTS = 100

strawberry.enum(AgentKind, description="Who publishes or speaks.")
strawberry.enum(CaptureState, description="Where a capture stands; WAITING will be tried again.")
strawberry.enum(
    CaptureOutcome, description="How it ended; REFUSED: we decided not to fetch it, or not further."
)
strawberry.enum(PageChange, description="How a snapshot differs from the last one that showed the page.")
strawberry.enum(
    Reason, name="CaptureReason", description="Why a capture has no snapshot, or only a part of the page."
)


@strawberry.type(description="Who publishes or speaks. An unnamed person is no agent.")
class Agent(relay.Node):
    """Over an Agent row, or the AgentRef of a tree."""

    id: relay.NodeID[int]
    name: str
    kind: AgentKind

    @strawberry.field(description="The id in REST.")
    def database_id(self) -> int:
        return self.id

    @strawberry.field(description="Who owns or governs it.")
    def owner(self, info: Info) -> "Agent | None":
        def read(ids: Set[int]) -> Mapping[int, Any]:
            rows = models.Agent.objects.filter(pk__in=ids).select_related("owner")
            return {row.pk: row.owner for row in rows}

        return info.context.batch.load("owner", "agent", self.id, read)

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, models.Agent | AgentRef)

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        return found_in_order(models.Agent.objects.visible_to(info.context.viewer), node_ids)


@strawberry.type(description="One piece of work: fetch this source now.")
class Capture(relay.Node):
    """Over a Capture row."""

    id: relay.NodeID[int]
    state: CaptureState
    attempts: int = strawberry.field(description="Tries that the site made fail or succeed.")
    due_at: datetime
    created_at: datetime
    finished_at: datetime | None

    @strawberry.field(description="The id in REST.")
    def database_id(self) -> int:
        return self.id

    @strawberry.field(description="Whether a curator had the page fetched whatever its robots.txt says.")
    def ignores_robots(self) -> bool:
        return self.ignore_robots  # type: ignore[attr-defined]  # of the row

    @strawberry.field(description="How it ended; null until then.")
    def outcome(self) -> CaptureOutcome | None:
        return CaptureOutcome(self.outcome) if self.outcome else None

    @strawberry.field(
        description="Why there is no snapshot, not yet, or only a part of the page, as a stable code."
    )
    def reason(self) -> Reason | None:
        return Reason(self.reason) if self.reason else None

    @strawberry.field(description="The reason as a sentence for people.")
    def detail(self) -> str:
        return self.explanation  # type: ignore[attr-defined]  # of the row

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, models.Capture)

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        return found_in_order(models.Capture.objects.visible_to(info.context.viewer), node_ids)


@strawberry.type(description="What was seen of a source at one time: immutable bytes with their SHA-256.")
class Snapshot(relay.Node):
    """Over a Snapshot row, or the SnapshotRef of a tree."""

    id: relay.NodeID[int]
    url: str = strawberry.field(description="What answered, after redirects.")
    captured_at: datetime
    sha256: str = strawberry.field(description="Of the bytes received, hexadecimal.")

    @strawberry.field(description="The id in REST.")
    def database_id(self) -> int:
        return self.id

    @strawberry.field(description="In bytes.")
    def size(self, info: Info) -> int:
        return _snapshot(self, info).size

    @strawberry.field
    def media_type(self, info: Info) -> str:
        return _snapshot(self, info).media_type

    @strawberry.field(description="What the bytes are packed in, as the server declared it; mostly empty.")
    def content_encoding(self, info: Info) -> str:
        return _snapshot(self, info).content_encoding

    @strawberry.field
    def status_code(self, info: Info) -> int:
        return _snapshot(self, info).status_code

    @strawberry.field(
        description="Why bytes are missing: `length`, `time`, `disconnect`, `unspecified`; empty if none are."
    )
    def truncated(self, info: Info) -> str:
        return _snapshot(self, info).truncated

    @strawberry.field(description="Of the WARC file, hexadecimal.")
    def warc_sha256(self, info: Info) -> str:
        return _snapshot(self, info).warc_sha256

    @strawberry.field(description="Where the WARC file is.")
    def warc_url(self) -> str:
        return f"{settings.PUBLIC_URL}/api/v1/snapshots/{self.id}/warc/"

    @strawberry.field(description="All visible text, in which quotes are anchored; null while there is none.")
    def text(self, info: Info) -> str | None:
        extraction = _extraction(self, info)
        return extraction.text if extraction else None

    @strawberry.field(description="Of the text in UTF-8, hexadecimal; null while there is none.")
    def text_sha256(self, info: Info) -> str | None:
        extraction = _extraction(self, info)
        return extraction.text_sha256 if extraction else None

    @strawberry.field(description="How it differs from the one before; null until its text was read.")
    def comparison(self, info: Info) -> "Comparison | None":
        found: Any = info.context.batch.load("comparison", "snapshot", self.id, comparisons_of)
        return found

    @strawberry.field
    def source(self, info: Info) -> "Source":
        def read(ids: Set[int]) -> Mapping[int, Any]:
            rows = models.Snapshot.objects.filter(pk__in=ids).select_related("source__publisher")
            return {row.pk: row.source for row in rows}

        source: Any = info.context.batch.load("source", "snapshot", self.id, read)
        return source

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, models.Snapshot | SnapshotRef)

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        return found_in_order(models.Snapshot.objects.visible_to(info.context.viewer), node_ids)


@strawberry.type(description="How a snapshot differs from the last one before it that showed the page.")
class Comparison:
    """Over a Comparison row, read with the snapshot before."""

    notice: str = strawberry.field(
        description="The line in which the page declares a correction; empty of a silent edit."
    )
    reason: str = strawberry.field(description="Of BLOCKED and UNREADABLE: why nothing is known of the page.")
    before: Snapshot | None = strawberry.field(description="What it was compared with; null of the first.")

    @strawberry.field
    def change(self) -> PageChange:
        return PageChange(self.change)  # type: ignore[arg-type]  # of the row


def _snapshot(shown: Any, info: Info) -> models.Snapshot:
    """The whole row of what may be but a ref."""

    def read(ids: Set[int]) -> Mapping[int, models.Snapshot]:
        return models.Snapshot.objects.in_bulk(ids)

    if isinstance(shown, models.Snapshot):
        return shown
    row = info.context.batch.load("row", "snapshot", shown.id, read)
    assert row is not None  # noqa: S101 - snapshots are never deleted
    return row


def _extraction(shown: Any, info: Info) -> models.Extraction | None:
    def read(ids: Set[int]) -> Mapping[int, models.Extraction]:
        if len(ids) > MAX_TEXTS:
            raise TooMuch(
                f"Ask for the text of at most {MAX_TEXTS} snapshots at once, such as those of one source."
            )
        rows = models.Extraction.objects.readable().filter(snapshot__in=ids, extractor=EXTRACTOR)
        return {row.snapshot_id: row for row in rows}

    return info.context.batch.load("text", "snapshot", shown.id, read)


@strawberry.type(description="One citable work: article, statement, study, broadcast, post, document.")
class Source(relay.Node):
    """Over a Source row (read with its publisher), or the SourceRef of a tree."""

    id: relay.NodeID[int]
    url: str | None = strawberry.field(description="Canonical; null for an offline work.")
    title: str
    published_at: str = strawberry.field(description="As precise as it is known; empty if unknown.")
    language: str = strawberry.field(description="A language tag (BCP 47); empty if unknown.")
    publisher: Agent | None = strawberry.field(description="The agent that answers for it; null if unknown.")

    @strawberry.field(description="The id in REST.")
    def database_id(self) -> int:
        return self.id

    @relay.connection(Connection[Snapshot], description="What was seen of it, latest first.")
    def snapshots(self, info: Info) -> Iterable[Snapshot]:
        def rows(ids: Set[int]) -> QuerySet[models.Snapshot]:
            return models.Snapshot.objects.of_works(ids).newest_first()

        return Siblings(info, rows, owner="work_id", pk=self.id, kind="source")

    @relay.connection(Connection[Capture], description="What was tried, latest first.")
    def captures(self, info: Info) -> Iterable[Capture]:
        def rows(ids: Set[int]) -> QuerySet[models.Capture]:
            return models.Capture.objects.of_works(ids).order_by("-id")

        return Siblings(info, rows, owner="work_id", pk=self.id, kind="source")

    @strawberry.field(description="What was tried last; null if nothing was.")
    def newest_capture(self, info: Info) -> Capture | None:
        def read(ids: Set[int]) -> Mapping[int, Any]:
            newest: Iterable[Any] = models.Capture.objects.newest_of(ids)
            return {row.work_id: row for row in newest}

        return info.context.batch.load("newest capture", "source", self.id, read)

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, models.Source | SourceRef)

    @classmethod
    def resolve_nodes(cls, *, info: Info, node_ids: Iterable[str], required: bool = False) -> Any:
        return found_in_order(_visible_sources(info), node_ids)


def _visible_sources(info: Info) -> SourceQuerySet:
    return models.Source.objects.visible_to(info.context.viewer).select_related("publisher")


def canonical(url: str) -> str:
    """The one spelling of a URL argument. Raises `BadInput`."""
    try:
        return canonical_url(url)
    except InvalidURL as error:
        raise BadInput(f"url: {error}") from error


@strawberry.type
class SourcesQuery:
    """The query fields that sources answer."""

    @strawberry.field(description="The source that any spelling of this URL names.")
    def source(self, info: Info, url: str) -> Source | None:
        # A row is what the type is over.
        return _visible_sources(info).followed(url=canonical(url)).first()  # type: ignore[return-value]

    @strawberry.field(
        description=f"These sources, in this order, at most {MAX_PAGE}; null for one that is not to be seen."
    )
    def sources_by_id(self, info: Info, ids: list[strawberry.ID]) -> list[Source | None]:
        if len(ids) > MAX_PAGE:
            raise BadInput(f"ids: these are {len(ids)}. Ask for at most {MAX_PAGE} at once.")
        wanted = [database_id(text, "Source") for text in ids]
        found = followed(_visible_sources(info), [pk for pk in wanted if pk is not None])
        info.context.batch.hold("source", [row for row in found.values() if row])
        return [found.get(pk) if pk is not None else None for pk in wanted]

    @relay.connection(Connection[Source], description="All sources, the newest first.")
    def sources(self, info: Info) -> Iterable[Source]:
        return _visible_sources(info).standing().order_by("-id")  # type: ignore[return-value]

    @strawberry.field(description="One snapshot, by its id or its id in REST.")
    def snapshot(self, info: Info, id: strawberry.ID) -> Snapshot | None:  # noqa: A002 - GraphQL's name for it
        rows = models.Snapshot.objects.visible_to(info.context.viewer)
        pk = database_id(id, "Snapshot")
        return rows.filter(pk=pk).first() if pk is not None else None  # type: ignore[return-value]
