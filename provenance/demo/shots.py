"""Pictures of the demo for the README: `./run shots`, beside a `./run` in another terminal.

It starts no service: it looks at one that runs, with the Chromium of this machine (or the one that CHROMIUM names).
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Error, sync_playwright

from provenance.demo.chains import SLUGS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
MAX_BYTES = 300_000

_OUTAGE = SLUGS["outage"]
_NEWSPAPER = "The New York Times"
_NODES = """query ($slug: String!) { claim(slug: $slug) { provenance { nodes {
  databaseId source { publisher { name } } evidence { snapshot { databaseId } } } } } }"""


class NoPicture(Exception):
    """A picture cannot be taken; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: an address in a window of this size, in CSS pixels.

    In the address, `{appearance}` and `{snapshot}` are the ids of the newspaper's report in the outage claim.
    """

    name: str
    address: str
    width: int
    height: int
    colours: Literal["light", "dark"] = "light"


SHOTS = (
    Shot("explorer", f"/claims/{_OUTAGE}/#sel={{appearance}}", 1440, 900),
    Shot("explorer-dark", f"/claims/{_OUTAGE}/#sel={{appearance}}", 1440, 900, "dark"),
    Shot("explorer-phone", f"/claims/{_OUTAGE}/", 390, 844),
    Shot("explorer-table", f"/claims/{_OUTAGE}/#sel={{appearance}}&view=table", 1440, 900),
    Shot("home", "/", 1280, 800),
    Shot("snapshot", "/snapshots/{snapshot}/", 1280, 800),
    Shot("embed", f"/embed/{_OUTAGE}/", 640, 470),
)


def take_all(browser: Browser, base_url: str, *, folder: Path = FOLDER) -> list[Path]:
    """Take every picture of the service at this address. Raises `NoPicture`."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = _ids(browser, base_url)
    return [_take(browser, shot, base_url, ids, folder) for shot in SHOTS]


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise NoPicture(
            "No Chromium was found: install one (on Debian: sudo apt install chromium), or set CHROMIUM."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def _ids(browser: Browser, base_url: str) -> dict[str, int]:
    """Of the newspaper's report: what the demo's rows are called in the service that runs."""
    context = browser.new_context(base_url=base_url)
    try:
        answer = context.request.post("/graphql/", data={"query": _NODES, "variables": {"slug": _OUTAGE}})
        claim: Any = answer.json()["data"]["claim"]
    except Error as error:
        raise NoPicture(
            "No service answers: start one with ./run, or give its address, ./run shots URL."
        ) from error
    finally:
        context.close()
    nodes = claim["provenance"]["nodes"] if claim else []
    for node in nodes:
        publisher, snapshot = node["source"]["publisher"], node["evidence"]["snapshot"]
        if publisher and publisher["name"] == _NEWSPAPER and snapshot:
            return {"appearance": node["databaseId"], "snapshot": snapshot["databaseId"]}
    raise NoPicture("This service has no captured demo. Wait until ./run has printed its tree.")


def _take(browser: Browser, shot: Shot, base_url: str, ids: dict[str, int], folder: Path) -> Path:
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.colours,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(shot.address.format(**ids), wait_until="networkidle")
    target = folder / f"{shot.name}.png"
    page.screenshot(path=target, animations="disabled")
    context.close()
    if target.stat().st_size > MAX_BYTES:
        raise NoPicture(
            f"{target.name} has over {MAX_BYTES:,} bytes, too much for a README: make its window smaller."
        )
    return target


def main(arguments: list[str]) -> None:
    """`./run shots [URL]`: prints the file of each picture."""
    base_url = arguments[0] if arguments else f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    try:
        with _chromium() as browser:
            print(*take_all(browser, base_url), sep="\n")
    except NoPicture as error:
        sys.exit(f"./run shots: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
