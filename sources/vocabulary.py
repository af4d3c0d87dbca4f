"""The closed word lists of sources: one enum each, for rows, REST (lower case) and GraphQL (upper case)."""

from enum import StrEnum


class AgentKind(StrEnum):
    """Who publishes or speaks (PROV Agent). An unnamed person is no Agent."""

    NEWS_AGENCY = "news_agency"
    NEWSPAPER = "newspaper"
    BROADCASTER = "broadcaster"
    MAGAZINE = "magazine"
    GOVERNMENT = "government"
    EMBASSY = "embassy"
    COMPANY = "company"
    RESEARCH_BODY = "research_body"
    PERSON = "person"
    PLATFORM = "platform"
    ORGANISATION = "organisation"
    OTHER = "other"


class CaptureState(StrEnum):
    """Where a capture stands. `waiting` is a failure that will be tried again."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"


class CaptureOutcome(StrEnum):
    """How a capture ended. `refused`: we decided not to fetch it, or not further."""

    CAPTURED = "captured"
    CAPTURED_TRUNCATED = "captured_truncated"
    REFUSED = "refused"
    FAILED = "failed"
