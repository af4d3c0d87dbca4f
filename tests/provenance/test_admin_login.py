"""Who gets into the admin, what they find there, and what a browser loads to show it."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from provenance.partners import keys
from tests.factories import chain, stated
from tests.provenance.browsing import Browser, Seen

pytestmark = pytest.mark.django_db


def _log_in(username: str, password: str) -> Seen:
    credentials = {"username": username, "password": password}
    return Seen(Client().post("/admin/login/?next=/admin/", credentials, follow=True))


def test_curator_logs_in_with_a_password(cora: User) -> None:
    cora.set_password("a curator's password")
    cora.save()

    assert "Please enter the correct username" in _log_in("cora", "another password").text
    page = _log_in("cora", "a curator's password")
    assert "Claims provenance" in page.text
    assert "/admin/claims/claim/" in page.links


def test_stranger_is_asked_to_log_in() -> None:
    response = Client().get("/admin/claims/claim/")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_partner_s_account_has_no_password_and_no_admin() -> None:
    keys.create_partner("The Herald", trusted=True)
    account = User.objects.get(partner__name="The Herald")

    assert not account.has_usable_password()
    assert Browser(account).client.get("/admin/claims/claim/").status_code == 302


def test_forged_form_is_refused(cora: User, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    client = Client(enforce_csrf_checks=True)
    client.force_login(cora)

    response = client.post(f"/admin/claims/claim/{claim.pk}/withdraw/", {"why": "Forged."})

    assert response.status_code == 403


def test_curator_finds_claims_and_sources_and_no_accounts(browser: Browser) -> None:
    found = {link for link in browser.open("").links if link.count("/") == 4}

    assert found == {
        *(f"/admin/claims/{name}/" for name in ("anchor", "appearance", "change", "claim", "derivation")),
        *(f"/admin/sources/{name}/" for name in ("agent", "capture", "snapshot", "source")),
    }


def test_pages_load_nothing_from_elsewhere(browser: Browser, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    pages = [browser.open(path) for path in ("", "claims/claim/", f"claims/claim/{claim.pk}/change/")]
    pages += [Seen(Client().get("/admin/login/")), browser.open(f"claims/claim/{claim.pk}/withdraw/")]

    loaded = {address for page in pages for address in page.loaded if address}

    assert [address for address in loaded if not address.startswith(("/static/", "/admin/"))] == []
    styles = [
        finders.find(address.removeprefix("/static/")) for address in loaded if address.endswith(".css")
    ]
    assert styles
    for style in styles:
        assert style
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", Path(style).read_text()), style
