"""Rows for tests, made the way the service makes them: through intake and the capture pipeline."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User

from claims import intake
from claims.stated import StatedAppearance, StatedChain, StatedDerivation
from claims.vocabulary import Basis, DerivationKind, DerivationState, Stance
from sources import extracting, planning, snapshots
from sources.fetchers.base import Exchange, Fetched, Truncation
from sources.models import Capture, Snapshot, Source
from sources.registry import AgentName
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState

_numbers = count(1)


def newsroom(name: str, *, trusted: bool = False) -> User:
    """A partner's service account; a trusted one publishes at once."""
    account = User.objects.create_user(name.lower().replace(" ", "-"))
    if trusted:
        account.user_permissions.add(Permission.objects.get(codename="publish_claim"))
    return User.objects.get(pk=account.pk)


def curator(name: str = "curator") -> User:
    """A curator with a password of its own name."""
    account = User.objects.create_superuser(name, password=name)
    return User.objects.get(pk=account.pk)


def paper(name: str, kind: AgentKind = AgentKind.NEWSPAPER) -> AgentName:
    """How a chain names a publisher."""
    return AgentName(name, kind)


def stated(ref: str, *rests_on: str, **facts: Any) -> StatedAppearance:
    """An appearance of a chain, with a URL, publisher and quote of its own unless said; repeats those it rests on."""
    if not facts.keys() & {"url", "source"}:
        facts["url"] = f"https://{ref}.example/{next(_numbers)}"
    return StatedAppearance(
        **{
            "ref": ref,
            "stance": Stance.SUPPORT,
            "quote": f"These are the words of {ref}.",
            "publisher": paper(f"The {ref.title()}"),
            "derived_from": tuple(repeats(origin) for origin in rests_on),
            **facts,
        }
    )


def repeats(
    ref: str,
    kind: DerivationKind = DerivationKind.REPETITION,
    *,
    state: DerivationState | None = None,
    basis: Basis | None = Basis.READ,
    **facts: Any,
) -> StatedDerivation:
    """That an appearance repeats another of its chain."""
    return StatedDerivation(ref=ref, kind=kind, state=state, basis=basis, **facts)


def chain(*appearances: StatedAppearance, by: User, **facts: Any) -> intake.Recorded:
    """Record a chain as this account."""
    facts = {"text": f"Claim number {next(_numbers)} is so.", "language": "en", **facts}
    return intake.record_chain(StatedChain(appearances=appearances, **facts), by=by)


def see(source: Source, page: str | Fetched, *, at: datetime | None = None) -> Snapshot:
    """End the source's open capture (or a new one) with this page, stored, read, and its quotes anchored."""
    answer = page if isinstance(page, Fetched) else fetched(source.url or "", page, at=at)
    from claims import anchoring

    capture = Capture.objects.open().filter(source=source).first() or Capture.objects.create(
        source=source, requested_by=source.created_by
    )
    stored = snapshots.store(answer, source_id=source.pk)
    Capture.objects.filter(pk=capture.pk).update(
        state=CaptureState.DONE, outcome=CaptureOutcome.CAPTURED, lease_until=None
    )
    planning.plan([source.pk], seen_now=True)
    snapshot = snapshots.record(stored, source_id=source.pk, capture_id=capture.pk)
    extracting.extract(snapshot.pk)
    anchoring.anchor_source(source.pk)
    return snapshot


def cut(answer: Fetched, end: int) -> Fetched:
    """The same, whose server closed the connection after so many bytes of the body."""
    exchange = replace(answer.exchange, body=answer.body[:end], truncated=Truncation.DISCONNECT)
    return replace(answer, exchange=exchange)


def packed(answer: Fetched) -> Fetched:
    """The same, as a server sends it that packs pages unasked."""
    exchange = answer.exchange
    headers = (*exchange.headers, ("content-encoding", "gzip"))
    return replace(answer, exchange=replace(exchange, headers=headers, body=gzip.compress(exchange.body)))


def fetched(url: str, page: str, *, at: datetime | None = None) -> Fetched:
    """What the door would bring back: the page as a paragraph of HTML, unless it is HTML already."""
    body = page if page.startswith("<") else f"<!doctype html><title>{page[:30]}</title><p>{page}"
    content = body.encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n\r\n"
    return Fetched(
        exchange=Exchange(
            url=url,
            address="192.0.2.1:443",
            started_at=at or datetime.now(UTC),
            request=f"GET {url} HTTP/1.1\r\n\r\n".encode(),
            status=200,
            head=head,
            headers=(("content-type", "text/html; charset=utf-8"),),
            body=content,
        )
    )
