"""The demo's people: an administrator, a curator and a partner newsroom, with the secrets that `./run` keeps."""

import json
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User

from provenance import roles
from provenance.partners import keys
from provenance.partners.models import Partner

PARTNER = "Demo Newsroom"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What `./run` made for this DATA_DIR; see `provenance.devserver.environment.Demo`."""

    press_port: int
    admin_password: str
    curator_password: str
    partner_key: str


def secrets() -> Secrets:
    """The secrets of this DATA_DIR. Raises FileNotFoundError where `./run` never made a demo."""
    return Secrets(**json.loads((settings.DATA_DIR / "demo.json").read_text()))


def ensure(given: Secrets) -> None:
    """Make the accounts that are missing; those that exist are left as they are."""
    if not User.objects.filter(username="admin").exists():
        User.objects.create_superuser("admin", password=given.admin_password)
    if not User.objects.filter(username="curator").exists():
        roles.grant_curation(
            User.objects.create_user("curator", password=given.curator_password, is_staff=True)
        )
    if not Partner.objects.filter(name=PARTNER).exists():
        keys.create_partner(PARTNER, trusted=True, key=given.partner_key)


def newsroom() -> User:
    """The partner's account, whose claims the demo chains are."""
    return Partner.objects.select_related("account").get(name=PARTNER).account
