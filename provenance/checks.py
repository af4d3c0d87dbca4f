"""System checks: configuration that is missing or unsafe speaks before the first request."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from sources.stores import location


@register(Tags.security)
def snapshot_storage(**_: Any) -> list[CheckMessage]:
    """The store must be a place that is understood; whether it is there, `/readyz` tells."""
    try:
        location.parse(settings.SNAPSHOT_STORAGE_URL)
    except location.BadLocation as error:
        return [checks.Error(str(error), hint=error.cure, id="provenance.E001")]
    return []


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
