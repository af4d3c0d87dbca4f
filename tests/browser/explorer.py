"""The explorer as a test sees it: its cards, panel and scrubber, by the names that a reader has for them."""

import re

from playwright.sync_api import Locator, Page, expect

_PATIENCE = 30_000  # milliseconds, for the largest tree on a busy machine


class Explorer:
    """A claim's page whose tree is drawn."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tree = page.get_by_role("tree")
        self.panel = page.locator(".panel")
        self.moment = page.locator(".as-of .said")
        self.slider = page.get_by_role("slider", name="Show the claim as of")
        self.table = page.get_by_role("region", name="Appearances").get_by_role("table")

    def open(self, slug: str, state: str = "") -> "Explorer":
        """Go to a claim's page, and wait for its tree or table."""
        self.page.goto(f"/claims/{slug}/{state}")
        expect(self.page.locator(".explorer .work:not(.waiting)")).to_be_visible(timeout=_PATIENCE)
        return self

    def fits(self, width: int) -> None:
        """Wait until nothing reaches beyond so many pixels: what got narrower is drawn anew only in its next frame."""
        self.page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)

    def card(self, words: str) -> Locator:
        """The cards whose label begins with these words."""
        return self.tree.get_by_role("treeitem", name=re.compile(f"^{re.escape(words)}"))

    def note(self, words: str) -> Locator:
        """What stands beside such a card."""
        return self.card(words).locator("xpath=following-sibling::span")

    def left(self, words: str) -> float:
        """Where the first such card begins, in pixels."""
        box = self.card(words).first.bounding_box()
        assert box is not None
        return box["x"]

    def selected(self) -> Locator:
        """The selected card."""
        return self.tree.get_by_role("treeitem", selected=True)

    def lit(self) -> list[str]:
        """The names on the cards of the lit chain, from top to bottom."""
        return self.page.locator(".row.chain .name").all_inner_texts()

    def rows(self) -> Locator:
        """The lines of the table."""
        return self.table.locator("tbody tr")
