"""Packages as others open them: the standard's own validator, and a reader that replays them."""

import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.contrib.auth.models import User

from claims.models import Claim
from tests.factories import chain, stated
from tests.provenance.evidence import STUDY, told_claim
from tests.provenance.rest import ANYBODY
from tests.replay.tools import program, replaying
from tests.sources.loopback import ScriptedServer, page
from tests.sources.test_unmodified import look

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(owner: User) -> Claim:
    """See `told_claim`."""
    return told_claim(owner)


def saved(address: str, folder: Path) -> Path:
    """The package at an address below /api/v1/, in a file."""
    path = folder / "package.wacz"
    path.write_bytes(b"".join(ANYBODY.get(address).streaming_content))
    return path


def replayed(address: str) -> str:
    """The page as pywb shows it: as it was, without pywb's own additions."""
    with urlopen(address, timeout=30) as response:
        content: bytes = response.read()
    return content.decode()


def addresses_of(claim: Claim) -> dict[str, str]:
    """Of a claim, and of one of its sources."""
    source = claim.appearances.order_by("pk")[0].source_id
    return {"claim": f"claims/{claim.slug}/wacz/", "source": f"sources/{source}/wacz/"}


@pytest.mark.parametrize("of", ["claim", "source"])
def test_packages_are_valid_to_the_standards_validator(claim: Claim, tmp_path: Path, of: str) -> None:
    package = saved(addresses_of(claim)[of], tmp_path)
    done = subprocess.run(
        [program("wacz"), "validate", "--file", str(package)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation succeeded" in done.stdout


def test_a_claims_package_replays_every_page_that_it_rests_on(claim: Claim, tmp_path: Path) -> None:
    with replaying(saved(addresses_of(claim)["claim"], tmp_path), tmp_path) as told:
        assert "it may have been so" in replayed(f"{told}/20210301120000id_/{STUDY}")
        # Unchanged on the next day: a revisit, whose bytes stand in the record before.
        assert "it may have been so" in replayed(f"{told}/20210302120000id_/{STUDY}")
        assert "It was so" in replayed(f"{told}/20210301120000id_/https://paper.example/story")
        assert "The story is gone" in replayed(f"{told}/20210302120000id_/https://paper.example/story")
        assert "Nothing of the kind" in replayed(f"{told}/20210301id_/https://ministry.example/no")
        with pytest.raises(HTTPError, match="404"):
            replayed(f"{told}/20210301id_/https://paper.example/another")


def test_a_sources_package_replays_all_that_was_seen_of_it(claim: Claim, tmp_path: Path) -> None:
    with replaying(saved(addresses_of(claim)["source"], tmp_path), tmp_path) as told:
        assert "it may have been so" in replayed(f"{told}/20210302120000id_/{STUDY}")


def test_a_page_that_a_server_called_unmodified_replays_as_the_one_it_meant(
    owner: User, tmp_path: Path, settings: Any
) -> None:
    with ScriptedServer() as site:
        settings.CAPTURE_ALLOW_HOSTS = frozenset({site.netloc})
        site.script["/a"] = page(b"<title>Page</title><p>As it was.", headers={"ETag": '"v1"'})
        source = chain(stated("a", url=site.url("/a")), by=owner).appearances["a"].source
        look(source)
        site.script["/a"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
        time.sleep(1.1)  # addresses of replays know seconds alone
        unmodified = look(source)
    assert unmodified.status_code == 304
    with replaying(saved(f"sources/{source.pk}/wacz/", tmp_path), tmp_path) as told:
        moment = unmodified.captured_at.strftime("%Y%m%d%H%M%S")
        assert "As it was." in replayed(f"{told}/{moment}id_/{source.url}")
