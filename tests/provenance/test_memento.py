"""TimeGate, TimeMap and mementos against the rules of RFC 7089; one page seen four times stands for all."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sources.memento.links import http_date
from sources.models import Snapshot, Source
from tests.factories import chain, fetched, packed, see, stated

pytestmark = pytest.mark.django_db

URL = "https://paper.example/a%2Fb?id=1"
# In our path a percent sign of the page's own is written %25.
SPELT = "https://paper.example/a%252Fb?id=1"
TIMES = [datetime(2021, 3, day, 12, 0, 5, 600_000, tzinfo=UTC) for day in (1, 2, 3, 4)]
ADDRESSES = [f"http://testserver/memento/2021030{day}120005/{SPELT}" for day in (1, 2, 3, 4)]

_LINK = re.compile(r'<([^>]*)>((?:; \w+="[^"]*")*)')


@pytest.fixture(autouse=True)
def _public_url(settings: Any) -> None:
    settings.PUBLIC_URL = "http://testserver"


@pytest.fixture
def page(owner: User) -> Source:
    """A page of a published claim, seen on four days; unchanged on the third."""
    source = chain(stated("a", url=URL), by=owner).appearances["a"].source
    for at, text in zip(TIMES, ("one", "two", "two", "three"), strict=True):
        see(source, f"The page says {text}.", at=at)
    return source


def get(client: Client, address: str, *, accept: str = "", method: str = "get") -> Any:
    """GET an address of ours, query and all, as the links spell it."""
    headers = {"Accept-Datetime": accept} if accept else {}
    return getattr(client, method)(address.removeprefix("http://testserver"), headers=headers)


def links(text: str) -> dict[str, dict[str, str]]:
    """Each target's attributes; the same target twice is a fault."""
    found: dict[str, dict[str, str]] = {}
    for target, attributes in _LINK.findall(text):
        assert target not in found
        found[target] = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
    return found


def rels(text: str) -> dict[str, str]:
    """Target by relation type."""
    return {rel: target for target, given in links(text).items() for rel in given["rel"].split()}


# --- TimeGate (4.1, 4.2.1, 4.5)


def test_timegate_without_a_date_leads_to_the_newest(client: Client, page: Source) -> None:
    response = get(client, f"/timegate/{SPELT}")
    assert (response.status_code, response["Location"]) == (302, ADDRESSES[3])


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (datetime(1994, 1, 1, tzinfo=UTC), 0),
        (TIMES[0], 0),
        (TIMES[1] - timedelta(seconds=1), 0),
        (TIMES[1].replace(microsecond=0), 1),
        (TIMES[2] + timedelta(hours=3), 2),
        (datetime(2090, 1, 1, tzinfo=UTC), 3),
    ],
)
def test_timegate_leads_to_what_was_current_at_the_date(
    client: Client, page: Source, wanted: datetime, chosen: int
) -> None:
    response = get(client, f"/timegate/{SPELT}", accept=http_date(wanted))
    assert (response.status_code, response["Location"]) == (302, ADDRESSES[chosen])


def test_timegate_says_that_it_negotiates_and_what_for(client: Client, page: Source) -> None:
    response = get(client, f"/timegate/{SPELT}", accept=http_date(TIMES[0]))
    assert "accept-datetime" in response["Vary"].lower()
    assert "Memento-Datetime" not in response
    assert rels(response["Link"]) == {
        "original": URL,
        "timemap": f"http://testserver/timemap/link/{SPELT}",
    }
    timemap = links(response["Link"])[f"http://testserver/timemap/link/{SPELT}"]
    assert timemap["from"] == "Mon, 01 Mar 2021 12:00:05 GMT"
    assert timemap["until"] == "Thu, 04 Mar 2021 12:00:05 GMT"
    assert timemap["type"] == "application/link-format"


@pytest.mark.parametrize(
    "date",
    [
        "2021-03-01",
        "yesterday",
        "Mon, 01 Mar 2021 12:00:05 +0000",
        "Tue, 01 Mar 2021 12:00:05 GMT",
        "Mon, 32 Mar 2021 12:00:05 GMT",
        "Monday, 01-Mar-21 12:00:05 GMT",
        "Mon, 1 Mar 2021 12:00:05 GMT",
    ],
)
def test_timegate_refuses_a_date_of_another_form(client: Client, page: Source, date: str) -> None:
    response = get(client, f"/timegate/{SPELT}", accept=date)
    assert response.status_code == 400
    assert response.json()["errors"][0]["header"] == "Accept-Datetime"
    assert "accept-datetime" in response["Vary"].lower()


@pytest.mark.parametrize(
    "spelling",
    [
        "HTTPS://PAPER.example:443/x/../a%252Fb?id=1&utm_source=mail",
        "https:/paper.example/a%252Fb?id=1",
    ],
)
def test_any_spelling_of_the_page_finds_it(client: Client, page: Source, spelling: str) -> None:
    assert get(client, f"/timegate/{spelling}")["Location"] == ADDRESSES[3]


# --- TimeMap (5, RFC 6690)


def test_timemap_lists_every_memento_in_order(client: Client, page: Source) -> None:
    response = get(client, f"/timemap/link/{SPELT}")
    body = b"".join(response.streaming_content).decode()
    assert response["Content-Type"] == "application/link-format"
    found = links(body)
    assert [target for target, given in found.items() if "memento" in given["rel"].split()] == ADDRESSES
    assert [found[address]["datetime"] for address in ADDRESSES] == [http_date(time) for time in TIMES]
    assert found[ADDRESSES[0]]["rel"] == "first memento"
    assert found[ADDRESSES[3]]["rel"] == "last memento"
    assert rels(body)["original"] == URL
    assert rels(body)["self"] == f"http://testserver/timemap/link/{SPELT}"
    assert rels(body)["timegate"] == f"http://testserver/timegate/{SPELT}"


def test_timemap_counts_two_snapshots_of_one_second_once(client: Client, page: Source) -> None:
    see(page, "The page says four.", at=TIMES[3] + timedelta(milliseconds=300))
    body = b"".join(get(client, f"/timemap/link/{SPELT}").streaming_content).decode()
    assert body.count("2021030412000") == 1
    assert b"four" in get(client, ADDRESSES[3]).content


# --- Mementos (4.2.2, 2.2.3)


def test_every_memento_that_is_listed_is_the_page_of_that_time(client: Client, page: Source) -> None:
    for address, text in zip(ADDRESSES, ("one", "two", "two", "three"), strict=True):
        response = get(client, address)
        assert response.status_code == 200
        assert f"The page says {text}." in response.content.decode()


def test_memento_says_of_when_it_is_and_where_its_neighbours_are(client: Client, page: Source) -> None:
    response = get(client, ADDRESSES[1])
    assert response["Memento-Datetime"] == "Tue, 02 Mar 2021 12:00:05 GMT"
    assert rels(response["Link"]) | {"memento": ""} == {
        "original": URL,
        "timegate": f"http://testserver/timegate/{SPELT}",
        "timemap": f"http://testserver/timemap/link/{SPELT}",
        "first": ADDRESSES[0],
        "prev": ADDRESSES[0],
        "next": ADDRESSES[2],
        "last": ADDRESSES[3],
        "memento": "",
    }
    assert links(response["Link"])[ADDRESSES[0]]["rel"] == "first prev memento"
    assert links(response["Link"])[ADDRESSES[1]] == {
        "rel": "memento",
        "datetime": "Tue, 02 Mar 2021 12:00:05 GMT",
    }


def test_the_only_memento_is_first_and_last(client: Client, owner: User) -> None:
    source = chain(stated("b", url="https://b.example/"), by=owner).appearances["b"].source
    see(source, "Once.", at=TIMES[0])
    address = "http://testserver/memento/20210301120005/https://b.example/"
    assert links(get(client, address)["Link"])[address]["rel"] == "first last memento"


def test_a_second_without_memento_redirects_and_is_none(client: Client, page: Source) -> None:
    response = get(client, f"/memento/20210302235959/{SPELT}")
    assert (response.status_code, response["Location"]) == (302, ADDRESSES[1])
    assert "Memento-Datetime" not in response
    assert rels(response["Link"])["original"] == URL


@pytest.mark.parametrize("digits", ["2021", "20211301120005", "abcdefghijklmn", "202103011200051"])
def test_digits_that_are_no_date_are_not_found(client: Client, page: Source, digits: str) -> None:
    assert get(client, f"/memento/{digits}/{SPELT}").status_code == 404


def test_head_has_the_headers_of_get(client: Client, page: Source) -> None:
    for address in (f"/timegate/{SPELT}", f"/timemap/link/{SPELT}", ADDRESSES[1]):
        seen, asked = get(client, address), get(client, address, method="head")
        assert asked.status_code == seen.status_code
        assert dict(asked.headers) | {"Content-Length": ""} == dict(seen.headers) | {"Content-Length": ""}


# --- What must not be seen, run or guessed


def test_bytes_of_strangers_are_sandboxed_and_handed_out_as_a_file(client: Client, page: Source) -> None:
    response = get(client, ADDRESSES[0])
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Content-Disposition"].startswith("attachment")
    assert not response.cookies


def test_a_page_that_was_packed_says_so_and_stays_packed(client: Client, page: Source) -> None:
    answer = packed(fetched(URL, "Nobody asked for gzip."))
    seen = see(page, answer)
    response = get(client, get(client, f"/timegate/{SPELT}")["Location"])

    assert response["Content-Encoding"] == seen.content_encoding == "gzip"
    assert response.content == answer.body


@pytest.mark.parametrize("address", ["/timegate/{}", "/timemap/link/{}", "/memento/20210301120005/{}"])
def test_a_page_that_only_a_draft_cites_is_unknown(client: Client, stranger: User, address: str) -> None:
    source = chain(stated("d", url="https://draft.example/"), by=stranger).appearances["d"].source
    see(source, "Not yet public.", at=TIMES[0])
    response = get(client, address.format("https://draft.example/"))
    assert response.status_code == 404
    assert response.content == get(client, address.format("https://never.example/")).content


def test_a_curators_cookies_show_nothing_more(client: Client, stranger: User, curator: User) -> None:
    source = chain(stated("d", url="https://draft.example/"), by=stranger).appearances["d"].source
    see(source, "Not yet public.", at=TIMES[0])
    client.force_login(curator)
    assert get(client, "/timegate/https://draft.example/").status_code == 404


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://user@paper.example/", "https://a b/", "x"]
)
def test_what_is_no_url_is_refused_in_words(client: Client, db: None, address: str) -> None:
    response = get(client, f"/timegate/{address}")
    assert response.status_code == 400
    assert response.json()["detail"]


def test_only_reading_is_allowed(client: Client, page: Source) -> None:
    assert client.post(f"/timegate/{SPELT}").status_code == 405


def test_statements_are_as_many_for_four_as_for_forty(
    client: Client, page: Source, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    newest = Snapshot.objects.newest_first().first()
    assert newest is not None
    for minute in range(36):
        see(page, f"Minute {minute}.", at=TIMES[3] + timedelta(minutes=minute + 1))
    with django_assert_num_queries(4):
        get(client, f"/timegate/{SPELT}")
    with django_assert_num_queries(6):
        get(client, ADDRESSES[1])
    with django_assert_num_queries(4):
        list(get(client, f"/timemap/link/{SPELT}").streaming_content)
