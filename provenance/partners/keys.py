"""Partners and their keys: one is made, looked up, revoked. A key is told once, and kept as its digest alone."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import slugify

from provenance.partners.models import ApiKey, Partner
from sources.viewers import Viewer

SCHEME = "Api-Key"
"""Of the Authorization header: `Authorization: Api-Key <key>`."""

# A plain digest protects only what cannot be guessed.
MIN_KEY = 32
PREFIX = 12
"""Characters by which people tell keys apart; the rest still has more than 128 bits."""


class InvalidKey(Exception):
    """The Authorization header is not one of ours, or its key is unknown or revoked. Nobody learns which."""


class PartnerExists(ValueError):
    """There is a partner of this name."""


class UnknownPrefix(ValueError):
    """No key that could be revoked begins like this, or several do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the partner's service account, and what it sees."""

    user: User
    viewer: Viewer


def identify(authorization: str | None) -> Caller | None:
    """Who sent this Authorization header; None without one. One statement. Raises `InvalidKey`, never guesses."""
    if authorization is None:
        return None
    scheme, _, text = authorization.strip().partition(" ")
    digest = _digest(text.strip())
    stored = ApiKey.objects.filter(sha256=digest, revoked_at=None).select_related("partner__account").first()
    if (
        stored is None
        or not hmac.compare_digest(stored.sha256, digest)
        or scheme.lower() != SCHEME.lower()
        or not stored.partner.account.is_active
    ):
        raise InvalidKey(
            f"This key is not valid. Send one as `Authorization: {SCHEME} <key>`, or no such header."
        )
    account = stored.partner.account
    # A service account is never a curator's, whatever it may be granted: keys lie in configuration files.
    return Caller(account, Viewer(account_ids=frozenset({account.pk})))


def create_partner(name: str, *, trusted: bool = False, key: str | None = None) -> str:
    """Add a partner with a service account and one key, and return the key: it is not kept.

    A `trusted` one's claims are published at once. `key` is a text of one's own, of at least `MIN_KEY` characters.
    Raises `PartnerExists`, or ValueError for such a text that is too short or has other than visible ASCII characters.
    """
    name = " ".join(name.split())
    key = new_key() if key is None else key
    if len(key) < MIN_KEY or not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError(f"A key has at least {MIN_KEY} visible ASCII characters, chosen by chance.")
    with transaction.atomic():
        if Partner.objects.filter(name=name).exists():
            raise PartnerExists(f"There is a partner {name!r} already. Choose another name.")
        partner = Partner(name=name, account=_service_account(name, trusted=trusted))
        partner.full_clean()
        partner.save()
        _keep(key, partner)
    return key


def add_key(partner: Partner) -> str:
    """Give the partner one more key, and return it: it is not kept. The others stay valid."""
    key = new_key()
    _keep(key, partner)
    return key


def is_trusted(partner: Partner) -> bool:
    """Whether the partner's claims are published at once."""
    return partner.account.user_permissions.filter(pk=_publishing().pk).exists()


def set_trusted(partner: Partner, *, trusted: bool) -> None:
    """Have the partner's claims published at once from now on, or wait as drafts."""
    permissions = partner.account.user_permissions
    if trusted:
        permissions.add(_publishing())
    else:
        permissions.remove(_publishing())


def new_key() -> str:
    """A key that nobody can guess: `cps_`, eight characters to tell it by, and 256 bits of chance."""
    return f"cps_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def revoke(prefix: str) -> ApiKey:
    """Revoke the one key that begins like this, at once. Raises `UnknownPrefix`."""
    with transaction.atomic():
        valid = ApiKey.objects.select_for_update().filter(revoked_at=None)
        keys = list(valid.filter(prefix=prefix[:PREFIX]).order_by("pk"))
        if len(keys) != 1:
            raise UnknownPrefix(
                f"{len(keys)} valid keys begin with {prefix[:PREFIX]!r}: give the prefix of one."
            )
        [key] = keys
        key.revoked_at = Now()
        key.save(update_fields=["revoked_at"])
    return key


def _service_account(name: str, *, trusted: bool) -> User:
    words = slugify(name)[:100] or "newsroom"
    account = User.objects.create_user(f"partner-{words}-{secrets.token_hex(3)}")
    if trusted:
        account.user_permissions.add(_publishing())
    return account


def _publishing() -> Permission:
    return Permission.objects.get(content_type__app_label="claims", codename="publish_claim")


def _keep(key: str, partner: Partner) -> None:
    ApiKey.objects.create(partner=partner, prefix=key[:PREFIX], sha256=_digest(key))


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
