"""Whether a site lets a page be fetched: its robots.txt, as far as a setting and a curator leave that to the site."""

import logging
from typing import Any

from django.conf import settings
from django.core.cache import caches
from redis import RedisError

from sources.fetchers.base import FetchError
from sources.fetchers.http import Permit
from sources.fetchers.policy import FetchPolicy
from sources.fetchers.robots import Robots

logger = logging.getLogger(__name__)


class Permission:
    """What sites ask of us, for the captures of one round. `CAPTURE_ROBOTS=ignore` asks none of them."""

    def __init__(self, policy: FetchPolicy) -> None:
        self._robots = Robots(policy, _Forgetful()) if settings.CAPTURE_ROBOTS == "obey" else None

    def permit(self, *, whatever_they_say: bool = False) -> Permit | None:
        """What the door asks before every request of a capture; None where nobody is to be asked."""
        return self._robots.require if self._robots and not whatever_they_say else None

    def crawl_delay(self, url: str) -> float | None:
        """Seconds that the URL's site wants between two pages, if it was asked before and said so."""
        try:
            return self._robots.known(url).crawl_delay if self._robots else None
        except FetchError:  # a URL that the capture is about to be refused for
            return None


class _Forgetful:
    """Django's cache: once its store is lost, it knows nothing, and no capture waits for it again."""

    def __init__(self) -> None:
        # Of the thread that makes it: those that fetch would each open connections of their own.
        self._cache = caches["default"]
        self._is_lost = False

    def get(self, key: str, /) -> Any:
        return None if self._is_lost else self._kept("get", key)

    def set(self, key: str, value: str, seconds: float, /) -> None:
        if not self._is_lost:
            self._kept("set", key, value, seconds)

    def _kept(self, call: str, *arguments: object) -> Any:
        try:
            return getattr(self._cache, call)(*arguments)
        except RedisError:
            self._is_lost = True
            logger.warning("What sites say in their robots.txt is not remembered now.", exc_info=True)
            return None
