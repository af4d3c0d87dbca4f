"""A reader with Chromium before the live service. Whatever a page complains of fails its test."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser import demo
from tests.browser.explorer import Explorer
from tests.factories import newsroom

# Playwright's own loop runs in this thread, which Django takes for an asynchronous one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

_CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
    # Else no page of another name may frame what loopback serves.
    "--disable-features=LocalNetworkAccessChecks",
]  # fmt: skip
# The policy's own event comes also where the console is silent, such as in frames.
_WATCH_POLICY = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`Policy violated: ${event.violatedDirective} by ${event.blockedURI}`));"""


@dataclass
class Complaints:
    """What pages complained of, but for what a test expects: parts of messages in `expected`."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """A line of the console."""
        if message.type in ("error", "warning"):
            self.heard.append(f"{message.text} ({message.location.get('url', '')})")

    @property
    def unexpected(self) -> list[str]:
        """Those that no test expects."""
        return [text for text in self.heard if not any(part in text for part in self.expected)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of a file. Without one they are skipped, but in CI they fail.

    Not for a whole process: while Playwright is open its loop runs in this thread, and what runs a loop of its own,
    such as the door, cannot be tested beside it.
    """
    if not _CHROMIUM:
        missing = "No Chromium was found: install it, or name one with CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the test's pages complained of."""
    return Complaints()


@pytest.fixture
def context(chromium: Browser, live_server: Any, complaints: Complaints) -> Iterator[BrowserContext]:
    """A browser window of its own, 1280 x 860, in light colours, without cookies."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 860}, color_scheme="light"
    )
    # As long as a busy machine may need; nothing waits that long when all is well.
    context.set_default_timeout(30_000)
    expect.set_options(timeout=15_000)
    context.add_init_script(_WATCH_POLICY)
    context.on("console", complaints.hear)
    context.on("weberror", lambda error: complaints.heard.append(str(error.error)))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A tab of it. Errors in the console and violations of a policy fail the test."""
    page = context.new_page()
    yield page
    assert complaints.unexpected == []


@pytest.fixture
def owner(transactional_db: None) -> User:
    """The newsroom whose claims are drawn: what it writes is committed, for the live service to read."""
    return newsroom("The Owner", trusted=True)


@pytest.fixture
def explorer(page: Page, owner: User) -> Explorer:
    """The page of the demo's outage claim, with The New York Times selected."""
    return Explorer(page).open(demo.record_outage(by=owner).slug)
