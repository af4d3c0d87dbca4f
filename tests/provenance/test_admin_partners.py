"""The admin of partners: made, trusted, given keys and cut off without a shell."""

import re

import pytest
from django.contrib.auth.models import User

from claims.models import Change
from claims.permissions import may_publish
from provenance.partners import keys
from provenance.partners.models import ApiKey, Partner
from tests.factories import curator
from tests.provenance.browsing import Browser, Seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(db: None) -> User:
    """A superuser: partners are no curator's business."""
    return curator("chief")


@pytest.fixture
def office(chief: User) -> Browser:
    """Her browser."""
    return Browser(chief)


def _key_in(page: Seen) -> str:
    [key] = re.findall(r"cps_\S{30,}", page.text)
    return str(key)


def _account(partner: Partner) -> User:
    return User.objects.get(pk=partner.account_id)


def test_new_partner_s_key_is_shown_once_and_works(office: Browser, chief: User) -> None:
    key = _key_in(office.send("partners/partner/add/", name="The Herald", trusted="on"))

    partner = Partner.objects.get(name="The Herald")
    caller = keys.identify(f"Api-Key {key}")
    assert caller
    assert caller.user == partner.account
    assert may_publish(_account(partner))
    assert key not in office.open(f"partners/partner/{partner.pk}/change/").html
    assert key not in office.open("partners/apikey/").html
    change = Change.objects.get(object_type="partner")
    assert (change.by, change.after) == (chief, {"name": "The Herald", "trusted": True})


def test_second_partner_of_a_name_is_refused_at_the_name(office: Browser) -> None:
    keys.create_partner("The Herald")

    page = office.send("partners/partner/add/", name="The  Herald")

    assert "There is a partner 'The Herald' already." in page.errors["name"][0]


def test_trust_is_given_and_taken(office: Browser, chief: User) -> None:
    keys.create_partner("The Herald")
    partner = Partner.objects.get()

    office.send(f"partners/partner/{partner.pk}/change/", trusted="on")
    assert may_publish(_account(partner))
    assert "checked" in office.open(f"partners/partner/{partner.pk}/change/").html

    office.post(f"partners/partner/{partner.pk}/change/", **_tables(office, partner))
    assert not may_publish(_account(partner))
    said = Change.objects.filter(by=chief, action="updated").values_list("after", flat=True)
    assert [*said] == [{"trusted": True}, {"trusted": False}]


def _tables(office: Browser, partner: Partner) -> dict[str, list[str]]:
    """What the page sends without its switch."""
    fields = office.open(f"partners/partner/{partner.pk}/change/").form().fields
    return {name: values for name, values in fields.items() if name != "trusted"}


def test_another_key_is_given_and_the_first_revoked(office: Browser, chief: User) -> None:
    first = keys.create_partner("The Herald")
    partner, stored = Partner.objects.get(), ApiKey.objects.get()

    second = _key_in(office.send(f"partners/partner/{partner.pk}/add_key/"))
    office.send(f"partners/apikey/{stored.pk}/revoke/")

    with pytest.raises(keys.InvalidKey):
        keys.identify(f"Api-Key {first}")
    assert keys.identify(f"Api-Key {second}")
    said = Change.objects.filter(by=chief).values_list("object_type", "action")
    assert [*said] == [("partner", "key added"), ("apikey", "revoked")]


def test_log_keeps_no_digest_of_a_key(office: Browser) -> None:
    office.send("partners/partner/add/", name="The Herald")
    stored = ApiKey.objects.get()
    office.send(f"partners/apikey/{stored.pk}/revoke/")

    assert stored.sha256 not in str([*Change.objects.values()])


def test_curator_has_no_partners(browser: Browser) -> None:
    keys.create_partner("The Herald")

    assert browser.open("partners/partner/").status == 403
    assert browser.open("partners/apikey/").status == 403
    assert browser.post(f"partners/apikey/{ApiKey.objects.get().pk}/revoke/").status == 403
