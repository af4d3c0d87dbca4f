"""System checks: configuration that is missing or unsafe speaks before the first request."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register


@register(Tags.security)
def snapshot_storage(**_: Any) -> list[CheckMessage]:
    """The store must be a folder: other schemes are not served yet."""
    scheme = urlsplit(settings.SNAPSHOT_STORAGE_URL).scheme
    if scheme in ("", "file"):
        return []
    return [
        checks.Error(
            f"SNAPSHOT_STORAGE_URL has the scheme {scheme!r}, which is not supported.",
            hint="Give a folder's path, or file:///path.",
            id="provenance.E001",
        )
    ]


@register(Tags.security, deploy=True)
def private_addresses_allowed(**_: Any) -> list[CheckMessage]:
    """In production an allow list opens private networks to whoever names a URL."""
    if not settings.CAPTURE_ALLOW_HOSTS:
        return []
    return [
        checks.Warning(
            f"CAPTURE_ALLOW_HOSTS lets captures reach {', '.join(sorted(settings.CAPTURE_ALLOW_HOSTS))}.",
            hint="Leave it empty unless these are really to be fetched.",
            id="provenance.W001",
        )
    ]
