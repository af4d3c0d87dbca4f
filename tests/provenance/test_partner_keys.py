"""Keys: told once, kept as a digest, good until revoked, and never taken for nobody's."""

import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from provenance.partners import keys
from provenance.partners.models import ApiKey, Partner
from sources.viewers import Viewer
from tests.provenance.rest import Caller, chain, partner, problem

pytestmark = pytest.mark.django_db


def test_command_prints_the_key_alone_and_once(capfd: pytest.CaptureFixture[str]) -> None:
    call_command("create_partner", "The Paper", "--trusted")
    printed = capfd.readouterr()
    key = printed.out.removesuffix("\n")
    assert "\n" not in key
    assert key not in printed.err
    caller = keys.identify(f"Api-Key {key}")
    assert caller is not None
    assert caller.user == Partner.objects.get(name="The Paper").account


def test_database_holds_no_key() -> None:
    key = keys.create_partner("The Paper")
    row = ApiKey.objects.get()
    assert key not in (row.prefix, row.sha256)
    assert key.startswith(row.prefix)
    assert len(key) - len(row.prefix) >= 32


def test_service_account_cannot_log_in() -> None:
    keys.create_partner("The Paper", trusted=True)
    account = Partner.objects.get().account
    assert not account.has_usable_password()
    assert (account.is_staff, account.is_superuser) == (False, False)


def test_trust_is_the_right_to_publish() -> None:
    keys.create_partner("Trusted", trusted=True)
    keys.create_partner("Other")
    trusted, other = (Partner.objects.get(name=name).account for name in ("Trusted", "Other"))
    assert trusted.has_perm("claims.publish_claim")
    assert not other.has_perm("claims.publish_claim")


def test_key_of_ones_own_is_taken() -> None:
    own = "a-key-that-was-made-elsewhere-by-chance"
    assert keys.create_partner("The Paper", key=own) == own
    assert keys.identify(f"Api-Key {own}")


@pytest.mark.parametrize("key", ["short", "x" * 31, "x" * 40 + " ", "x" * 40 + "\n", "é" * 40])
def test_key_of_ones_own_must_be_one_that_a_header_carries_and_nobody_guesses(key: str) -> None:
    with pytest.raises(ValueError, match="at least 32 visible ASCII"):
        keys.create_partner("The Paper", key=key)
    assert not User.objects.exists()


def test_name_is_given_once(capfd: pytest.CaptureFixture[str]) -> None:
    call_command("create_partner", "The Paper")
    with pytest.raises(CommandError, match="Choose another name"):
        call_command("create_partner", " The  Paper")
    for name in ("", " ", "x" * 201):
        with pytest.raises(CommandError):
            call_command("create_partner", name)
    assert (Partner.objects.count(), User.objects.count()) == (1, 1)


def test_no_header_is_nobody() -> None:
    assert keys.identify(None) is None


@pytest.mark.parametrize(
    "header",
    ["", "Api-Key", "Api-Key ", "{key}", "Bearer {key}", "Basic dTpw", "Api-Key {key}x", "Api-Key x{key}", "Api-Key é"],
)  # fmt: skip
def test_every_other_header_is_an_invalid_key(header: str) -> None:
    key = keys.create_partner("The Paper")
    with pytest.raises(keys.InvalidKey):
        keys.identify(header.format(key=key))
    problem(Caller("x").get("claims/"), 401)


def test_scheme_is_read_in_any_case_and_spacing() -> None:
    key = keys.create_partner("The Paper")
    caller = keys.identify(f"api-key   {key} ")
    assert caller is not None
    assert caller.viewer == Viewer(account_ids=frozenset({caller.user.pk}))


def test_key_costs_one_statement(django_assert_num_queries: Any) -> None:
    key = keys.create_partner("The Paper")
    with django_assert_num_queries(1):
        keys.identify(f"Api-Key {key}")


def test_invalid_key_is_401_on_reading_and_writing_never_anonymous() -> None:
    stranger = Caller("cps_" + "x" * 40)
    for response in (
        stranger.get("claims/"),
        stranger.post("chains/", chain()),
        stranger.get("/api/schema/"),
    ):
        problem(response, 401)
        assert response["WWW-Authenticate"] == "Api-Key"


def test_revoked_key_is_invalid_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    newsroom = partner("The Paper")
    assert newsroom.get("claims/").status_code == 200
    call_command("revoke_key", ApiKey.objects.get().prefix)
    problem(newsroom.get("claims/"), 401)
    with pytest.raises(CommandError, match="0 valid keys"):
        call_command("revoke_key", ApiKey.objects.get().prefix)


def test_inactive_account_has_no_key() -> None:
    newsroom = partner("The Paper")
    User.objects.update(is_active=False)
    problem(newsroom.get("claims/"), 401)


def test_key_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        newsroom = partner("The Paper")
        newsroom.get("claims/")
        newsroom.post("chains/", b"{")
        Caller("cps_wrong" * 8).get("claims/")
    assert str(newsroom.key) not in caplog.text
    assert "cps_wrong" not in caplog.text


def test_answers_differ_by_key_for_caches() -> None:
    response = partner().get("claims/")
    assert "Authorization" in response["Vary"]
