"""The tree as seen, saved as one SVG or PNG that stands alone."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser import demo, hostile
from tests.browser.axe import serious_issues_in_both_colours
from tests.browser.explorer import Explorer
from tests.browser.large import large_claim

pytestmark = pytest.mark.django_db(transaction=True)
_SVG = "{http://www.w3.org/2000/svg}"
_PAPER = "#fbfaf6"


def save(page: Page, kind: str) -> tuple[str, bytes]:
    """Press the button; the file's name and what is in it."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as {kind}").click()
    expect(page.locator(".saving").get_by_role("status")).to_have_text(re.compile("^Saved as "))
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def words(picture: ET.Element) -> str:
    return " ".join("".join(each.itertext()) for each in picture.iter(f"{_SVG}text"))


def keys_down_the_page(page: Page) -> set[str]:
    """Of every row that a reader who scrolls through the tree comes by."""
    return set(
        page.evaluate("""async () => {
            const keys = new Set();
            for (let top = 0; top < document.body.scrollHeight; top += innerHeight / 2) {
                scrollTo({ top, behavior: "instant" });
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                for (const card of document.querySelectorAll(".row .card")) keys.add(card.dataset.key);
            }
            return [...keys];
        }""")
    )


def assert_stands_alone(picture: ET.Element) -> None:
    allowed = {f"{_SVG}{tag}" for tag in ("svg", "g", "title", "rect", "path", "circle", "text")}
    assert {each.tag for each in picture.iter()} <= allowed
    for each in picture.iter():
        for name, value in each.attrib.items():
            assert not name.endswith("href")
            assert not name.startswith("on")
            assert "url(" not in value


def test_svg_has_claim_counts_address_and_what_is_drawn(page: Page, owner: User) -> None:
    claim = demo.record_outage(by=owner)
    explorer = Explorer(page).open(claim.slug)
    name, content = save(page, "SVG")
    picture = ET.fromstring(content)  # noqa: S314 - our own page made it
    assert name == f"{claim.slug}.svg"
    assert_stands_alone(picture)
    text = words(picture)
    assert claim.text.split()[0] in text
    assert f"/claims/{claim.slug}/" in text
    assert explorer.moment.inner_text() in text
    for card in page.locator(".row .name").all_inner_texts():
        assert card in text


def test_what_is_taken_out_or_filtered_away_is_so_in_the_picture(page: Page, owner: User) -> None:
    explorer = Explorer(page).open(demo.record_outage(by=owner).slug)
    explorer.card("Union Newswire").press("w")
    expect(page.locator(".row.removed")).to_have_count(1)
    expect(page.locator(".supposed .said").first).to_be_visible()
    page.get_by_role("button", name="Deny 4").click()
    picture = ET.fromstring(save(page, "SVG")[1])  # noqa: S314 - our own page made it
    struck = [each for each in picture.iter(f"{_SVG}text") if each.get("text-decoration") == "line-through"]
    assert ["".join(each.itertext()) for each in struck] == ["Union Newswire"]
    assert "Embassy of China" not in words(picture)
    assert "hide=deny&out=" in words(picture)


def test_large_tree_is_saved_whole(page: Page, owner: User) -> None:
    Explorer(page).open(large_claim(1_000, by=owner).slug)
    picture = ET.fromstring(save(page, "SVG")[1])  # noqa: S314 - our own page made it
    fitted = [each for each in picture.iter(f"{_SVG}text") if each.get("textLength")]
    names = [each for each in fitted if each.get("font-weight") == "600"]
    assert len(names) == len(keys_down_the_page(page)) > page.locator(".row").count()
    assert save(page, "PNG")[1].startswith(b"\x89PNG\r\n\x1a\n")


def test_png_is_light_in_a_dark_page(page: Page, owner: User) -> None:
    page.emulate_media(color_scheme="dark")
    claim = demo.record_outage(by=owner)
    Explorer(page).open(claim.slug)
    svg = ET.fromstring(save(page, "SVG")[1])  # noqa: S314 - our own page made it
    background = svg.find(f"{_SVG}rect")
    assert background is not None
    assert background.get("fill") == _PAPER
    name, content = save(page, "PNG")
    assert name == f"{claim.slug}.png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (2 * int(svg.get("width", "0")), 2 * int(svg.get("height", "0")))
    assert len(content) > 20_000  # a blank one is far smaller


def test_hostile_words_stay_words(page: Page, owner: User) -> None:
    recorded, _ = hostile.record(by=owner)
    Explorer(page).open(recorded.claim.slug)
    picture = ET.fromstring(save(page, "SVG")[1])  # noqa: S314 - our own page made it
    assert_stands_alone(picture)
    assert hostile.SHOWN in "".join(picture.find(f"{_SVG}title").itertext())  # type: ignore[union-attr]
    assert save(page, "PNG")[1].startswith(b"\x89PNG")


def test_buttons_are_clean_and_belong_to_the_tree(page: Page, owner: User) -> None:
    Explorer(page).open(demo.record_outage(by=owner).slug)
    assert serious_issues_in_both_colours(page) == []
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.get_by_role("button", name="Save as SVG")).to_be_hidden()


def test_too_tall_a_tree_is_said_to_be_one(page: Page, owner: User) -> None:
    Explorer(page).open(demo.record_outage(by=owner).slug)
    page.evaluate("document.querySelector('.tree').style.height = '80000px'")
    page.get_by_role("button", name="Save as PNG").click()
    status = page.locator(".saving").get_by_role("status")
    expect(status).to_have_text("Too tall for a picture: save as SVG.")
    save(page, "SVG")


def test_phone_saves_its_list(page: Page, owner: User) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    Explorer(page).open(demo.record_outage(by=owner).slug)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Save as PNG").focus()
    assert save(page, "PNG")[1].startswith(b"\x89PNG")
