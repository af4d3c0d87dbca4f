"""The README's pictures: taken of a demo that runs, small enough, and refused with the cure where there is none."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from provenance.demo import shots
from tests.browser import demo
from tests.factories import newsroom

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_picture_of_the_readme_is_taken(chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    demo.record(by=newsroom("The Owner", trusted=True))
    taken = shots.take_all(chromium, live_server.url, folder=tmp_path)
    assert [path.stem for path in taken] == [shot.name for shot in shots.SHOTS]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in taken)


def test_service_without_the_demo_is_refused(chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    with pytest.raises(shots.NoPicture, match="has no captured demo"):
        shots.take_all(chromium, live_server.url, folder=tmp_path)


def test_missing_service_is_named_with_its_cure(chromium: Browser, tmp_path: Path) -> None:
    with pytest.raises(shots.NoPicture, match=r"start one with \./run"):
        shots.take_all(chromium, "http://127.0.0.1:9", folder=tmp_path)


def test_pictures_that_the_readme_shows_are_there_with_words_for_those_who_do_not_see_them() -> None:
    readme = (shots.FOLDER.parents[1] / "README.md").read_text()
    for shot in shots.SHOTS:
        path = shots.FOLDER / f"{shot.name}.png"
        if f"docs/images/{path.name}" in readme:
            assert path.stat().st_size < shots.MAX_BYTES
    assert "docs/images/explorer.png" in readme
    assert "![](" not in readme
