"""What every page of ours keeps to: its policy, its words for machines, and friendly answers where there is nothing."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import chain, see, stated
from tests.provenance.browsing import Seen

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self';"
)
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'"


class _Tags(HTMLParser):
    """The names of all elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.fixture
def addresses(owner: User) -> list[str]:
    """A page of each kind, all about one hostile source."""
    recorded = chain(
        stated(
            "a",
            title=HOSTILE,
            quote=HOSTILE,
            language="en",
            url="https://paper.example/?q=" + HOSTILE,
        ),
        text=f"It is {HOSTILE} so",
        by=owner,
    )
    source = recorded.appearances["a"].source
    snapshot = see(source, HOSTILE.replace("<", "&lt;"))
    slug = recorded.claim.slug
    return [
        "/", "/?search=so", f"/?search={HOSTILE}", f"/sources/{source.pk}/", f"/snapshots/{snapshot.pk}/",
        f"/embed/{slug}/", f"/embed/{slug}/about/", "/nothing/",
    ]  # fmt: skip


def test_every_page_has_a_policy_without_inline_scripts(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        assert client.get(address)["Content-Security-Policy"].startswith(POLICY), address


def test_words_of_strangers_are_escaped_on_every_page(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        html = client.get(address).content.decode()
        tags = _Tags()
        tags.feed(html)
        assert "img" not in tags.names, address
        assert html.count("<script>") == 0, address
        assert not [name for name in tags.attributes if name.startswith("on") or name == "style"], address


def test_every_page_has_a_title_a_description_a_language_one_heading_and_a_skip_link(
    client: Client, addresses: list[str]
) -> None:
    for address in addresses:
        html = client.get(address).content.decode()
        assert html.count("<h1") == 1, address
        assert '<html lang="en">' in html, address
        assert re.search(r"<title>\S.*</title>", html), address
        assert re.search(r'<meta name="description" content="[^"]{20,}', html), address
        if not address.startswith("/embed/") or address.endswith("/about/"):
            assert '<a class="skip" href="#main">' in html, address


def test_canonical_link_leaves_out_what_was_searched_for(client: Client, addresses: list[str]) -> None:
    assert '<link rel="canonical" href="http://testserver/">' in client.get("/?search=so").content.decode()
    source = addresses[3]
    assert f'<link rel="canonical" href="http://testserver{source}">' in client.get(source).content.decode()
    assert "canonical" not in client.get("/nothing/").content.decode()


def test_head_is_answered_like_get_and_nothing_can_be_posted(client: Client, addresses: list[str]) -> None:
    for address in addresses[:-1]:
        answer = client.head(address)
        assert answer.status_code == 200, address
        assert answer.content == b""
        assert client.post(address).status_code == 405, address


def test_no_page_sets_a_cookie(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        assert not client.get(address).cookies, address


@pytest.mark.parametrize(
    "address", ["/sources/0/", "/sources/99999999999999999999999/", "/snapshots/7/", "/claims/x/"]
)
def test_what_is_not_there_is_a_friendly_404(client: Client, db: None, address: str) -> None:
    page = Seen(client.get(address))
    assert page.status == 404
    assert "There is nothing here" in page.text
    assert "/" in page.links


def test_fault_of_ours_is_told_without_its_cause(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("provenance.home_page.summarise", fail)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert answer["Content-Security-Policy"].startswith(POLICY)
