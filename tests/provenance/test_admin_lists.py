"""Lists and pages of the admin cost as many statements for three rows as for twenty."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Appearance
from claims.stated import StatedDerivation
from claims.vocabulary import DerivationKind
from provenance.partners import keys
from tests.factories import chain, curator, newsroom, paper, repeats, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db

LISTS = [
    *("claims/claim/", "claims/appearance/", "claims/derivation/", "claims/anchor/", "claims/change/"),
    *("sources/agent/", "sources/source/", "sources/capture/", "sources/snapshot/"),
    *("partners/partner/", "partners/apikey/", "auth/user/"),
]
FILTERED = [
    "claims/appearance/?q=words&published__exact=1",
    "claims/derivation/?q=paper&state__exact=confirmed",
    "claims/change/?q=claim&object_type=appearance",
    "autocomplete/?app_label=claims&model_name=derivation&field_name=origin&term=words",
    "autocomplete/?app_label=claims&model_name=appearance&field_name=source&term=example",
]


def _statements(browser: Browser, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.open(path).status == 200
    return len(queries)


def _one_more(number: int) -> None:
    """A claim of somebody new, in two sources, one of them seen; and a partner with a key."""
    by = newsroom(f"Newsroom {number}", trusted=True)
    recorded = chain(
        stated("first", claimant=paper(f"Speaker {number}"), publisher=paper(f"Publisher {number}")),
        stated("second", derived_from=(repeats("first", quote="These are"),)),
        by=by,
    )
    second = recorded.appearances["second"]
    see(second.source, second.quote)
    keys.create_partner(f"Partner {number}")


@pytest.fixture
def chief(db: None) -> Browser:
    """A superuser's browser: hers has every list."""
    return Browser(curator("chief"))


def test_every_list_costs_the_same_for_twenty_rows(chief: Browser) -> None:
    counted = []
    for numbers in (range(3), range(3, 20)):
        for number in numbers:
            _one_more(number)
        for path in LISTS:
            chief.open(path)  # what is kept for the next request is not what is counted
        counted.append({path: _statements(chief, path) for path in [*LISTS, *FILTERED]})

    assert counted[0] == counted[1]


def test_pages_with_tables_cost_the_same_for_twenty_rows(browser: Browser, owner: User) -> None:
    first = chain(stated("first", title="As first seen"), by=owner).appearances["first"]
    pages = [
        f"claims/claim/{first.claim_id}/change/",
        f"claims/appearance/{first.pk}/change/",
        f"sources/source/{first.source_id}/change/",
    ]
    counted = []
    for size in (3, 20):
        _grow(first, to=size)
        for page in pages:
            browser.open(page)
        counted.append({page: _statements(browser, page) for page in pages})

    assert counted[0] == counted[1]


def _grow(first: Appearance, *, to: int) -> None:
    """Repeat the first one in its own source, stated otherwise each time, and see the source again."""
    while (size := first.claim.appearances.count()) < to:
        again = stated(
            "again",
            url=first.source.url,
            quote=first.quote,
            said_at=str(2000 + size),
            title=f"Title {size}",
            claimant=paper(f"Speaker {size}"),
            derived_from=(StatedDerivation(appearance=first.pk, kind=DerivationKind.REPETITION),),
        )
        chain(again, by=first.author, slug=first.claim.slug, text="", language="")
        see(first.source, f"{first.quote} Version {size}.")
