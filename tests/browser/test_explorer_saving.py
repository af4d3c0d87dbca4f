"""The tree as seen, saved as one SVG or PNG that stands alone."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser import demo, hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)
_SVG = "{http://www.w3.org/2000/svg}"
_PAPER = "#fbfaf6"


@pytest.fixture
def owner(transactional_db: None) -> User:
    """The newsroom whose claims are drawn."""
    return newsroom("The Owner", trusted=True)


def save(page: Page, kind: str) -> tuple[str, bytes]:
    """Press the button; the file's name and what is in it."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as {kind}").click()
    expect(page.locator(".saving").get_by_role("status")).to_have_text(re.compile("^Saved as "))
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def words(picture: ElementTree.Element) -> str:
    return " ".join("".join(each.itertext()) for each in picture.iter(f"{_SVG}text"))


def assert_stands_alone(picture: ElementTree.Element) -> None:
    allowed = {f"{_SVG}{tag}" for tag in ("svg", "g", "title", "rect", "path", "circle", "text")}
    assert {each.tag for each in picture.iter()} <= allowed
    for each in picture.iter():
        for name, value in each.attrib.items():
            assert not name.endswith("href") and not name.startswith("on") and "url(" not in value


def test_svg_has_claim_counts_address_and_what_is_drawn(page: Page, owner: User) -> None:
    claim = demo.record_outage(by=owner)
    explorer = Explorer(page).open(claim.slug)
    name, content = save(page, "SVG")
    picture = ElementTree.fromstring(content)  # noqa: S314 - our own page made it
    assert name == f"{claim.slug}.svg"
    assert_stands_alone(picture)
    text = words(picture)
    assert claim.text.split()[0] in text and f"/claims/{claim.slug}/" in text
    assert explorer.moment.inner_text() in text
    for card in page.locator(".row .name").all_inner_texts():
        assert card in text


def test_large_tree_is_saved_whole(page: Page, owner: User) -> None:
    Explorer(page).open(large_claim(1_000, by=owner).slug)
    content = save(page, "SVG")[1]
    picture = ElementTree.fromstring(content)  # noqa: S314 - our own page made it
    shown = page.evaluate("document.querySelectorAll('.row').length")
    papers = re.findall(r"\bPaper \d+|copies", words(picture))
    assert len(papers) > shown
    assert save(page, "PNG")[1].startswith(b"\x89PNG\r\n\x1a\n")


def test_png_is_light_in_a_dark_page(page: Page, owner: User) -> None:
    page.emulate_media(color_scheme="dark")
    claim = demo.record_outage(by=owner)
    Explorer(page).open(claim.slug)
    svg = ElementTree.fromstring(save(page, "SVG")[1])  # noqa: S314 - our own page made it
    background = svg.find(f"{_SVG}rect")
    assert background is not None and background.get("fill") == _PAPER
    name, content = save(page, "PNG")
    assert name == f"{claim.slug}.png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (2 * int(svg.get("width", "0")), 2 * int(svg.get("height", "0")))
    assert len(content) > 20_000  # a blank one is far smaller


def test_hostile_words_stay_words(page: Page, owner: User) -> None:
    recorded, _ = hostile.record(by=owner)
    Explorer(page).open(recorded.claim.slug)
    picture = ElementTree.fromstring(save(page, "SVG")[1])  # noqa: S314 - our own page made it
    assert_stands_alone(picture)
    assert hostile.SHOWN in "".join(picture.find(f"{_SVG}title").itertext())  # type: ignore[union-attr]
    assert save(page, "PNG")[1].startswith(b"\x89PNG")


def test_buttons_are_clean_and_belong_to_the_tree(page: Page, owner: User) -> None:
    Explorer(page).open(demo.record_outage(by=owner).slug)
    assert serious_issues_in_both_colours(page) == []
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.get_by_role("button", name="Save as SVG")).to_be_hidden()
