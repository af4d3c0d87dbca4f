"""Agents, sources and snapshots as others show them: frozen values, for readers that join them by the thousand."""

from dataclasses import dataclass
from datetime import datetime

from sources.vocabulary import AgentKind


@dataclass(frozen=True, slots=True)
class AgentRef:
    """An agent's own facts."""

    id: int
    name: str
    kind: AgentKind


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A source's own facts; one value for all that is found in it."""

    id: int
    url: str | None
    title: str
    published_at: str
    language: str
    publisher: AgentRef | None


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """What names a snapshot and proves its bytes; `sha256` is the payload's, hexadecimal."""

    id: int
    source_id: int
    url: str
    captured_at: datetime
    sha256: str
