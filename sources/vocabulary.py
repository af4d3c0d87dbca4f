"""The closed word lists of sources: one enum each, for rows, REST (lower case) and GraphQL (upper case)."""

from enum import IntEnum, StrEnum


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

    @property
    def words(self) -> str:
        """What people are told."""
        return _STATES[self]


class CapturePriority(IntEnum):
    """Who waits for a capture: lower ones are done first."""

    ASKED = 0  # somebody asked for it, and may be looking
    SCHEDULED = 1  # the service itself looks again


class CaptureOutcome(StrEnum):
    """How a capture ended. `refused`: we decided not to fetch it, or not further."""

    CAPTURED = "captured"
    CAPTURED_TRUNCATED = "captured_truncated"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """What people are told."""
        return _OUTCOMES[self]


class PageChange(StrEnum):
    """How a snapshot differs from the last one of its source that showed the page."""

    FIRST = "first"  # there was none before
    SAME_BYTES = "same_bytes"
    SAME_TEXT = "same_text"
    COSMETIC = "cosmetic"  # the same words: other signs, or other surroundings of the main text
    SUBSTANTIVE = "substantive"
    CUT = "cut"  # only a part of it arrived: says nothing of what is not there
    BLOCKED = "blocked"  # a wall or an error page stood before it: says nothing of the page
    UNREADABLE = "unreadable"  # no text could be read: likewise

    @property
    def shows_page(self) -> bool:
        """Whether what was seen is the page itself."""
        return self not in (PageChange.BLOCKED, PageChange.UNREADABLE)


class Wall(StrEnum):
    """What stood before the page that was asked for."""

    CHALLENGE = "challenge"
    COOKIES = "cookies"
    PAYWALL = "paywall"
    LOGIN = "login"
    ERROR = "error"
    COLLAPSE = "collapse"  # next to nothing is left of a long text

    @property
    def words(self) -> str:
        """What people are told."""
        return _WALLS[self]


_STATES = {
    CaptureState.QUEUED: "waiting to be fetched",
    CaptureState.RUNNING: "being fetched",
    CaptureState.WAITING: "could not be fetched yet, will be tried again",
    CaptureState.DONE: "done",
}
_OUTCOMES = {
    CaptureOutcome.CAPTURED: "captured",
    CaptureOutcome.CAPTURED_TRUNCATED: "captured in part",
    CaptureOutcome.REFUSED: "not fetched",
    # Never "deleted": a failed fetch says nothing about the page.
    CaptureOutcome.FAILED: "could not be fetched",
}
_WALLS = {
    Wall.CHALLENGE: "a test for robots",
    Wall.COOKIES: "a question about cookies",
    Wall.PAYWALL: "an offer to subscribe",
    Wall.LOGIN: "a request to log in",
    Wall.ERROR: "an error page",
    Wall.COLLAPSE: "next to nothing of the text",
}
