"""The demo's claims as they stand once every page is captured, without a worker or a press."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.contrib.auth.models import User

from claims import intake
from claims.chain_serializers import ChainSerializer
from claims.models import Claim
from provenance.demo import chains, seeding
from provenance.demo.press import read_page
from sources.models import Source
from tests.factories import see

PORT = 8001
SEEN_AT = datetime(2021, 3, 3, 9, 30, tzinfo=UTC)


def record(*, by: User, seen: bool = True) -> Claim:
    """Record the demo chains, by default with every page captured and read; returns the outage claim."""
    seeding.record(port=PORT, by=by)
    if seen:
        _see_all()
    return Claim.objects.get(slug=chains.SLUGS["outage"])


def record_outage(*, by: User) -> Claim:
    """Record the outage claim alone, with every page of it captured and read."""
    (body,) = chains.load("outage", port=PORT)
    posted = ChainSerializer(data=body)
    posted.is_valid(raise_exception=True)
    recorded = intake.record_chain(posted.validated_data, by=by, new_slug=chains.SLUGS["outage"])
    _see_all()
    return recorded.claim


def _see_all() -> None:
    for minutes, source in enumerate(Source.objects.order_by("pk")):
        see_page(source, at=SEEN_AT + timedelta(minutes=minutes))


def see_page(source: Source, *, at: datetime = SEEN_AT) -> None:
    """Capture a source of the demo: the press's own page, without a network."""
    address = urlsplit(source.url or "")
    page = read_page(paper=(address.hostname or "").split(".")[0], slug=address.path.lstrip("/"))
    assert page is not None
    see(source, page.body.decode(), at=at)
