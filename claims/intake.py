"""The way in: a whole chain, or one appearance. Validate, save, log; captures and anchors follow the commit.

Every function takes the author (`by`) and raises `Refused` with nothing written. Locks are taken in the one order that
`changes` names, so writers wait and never deadlock.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.text import slugify

from claims import anchoring, changes, tasks
from claims.changes import state_of
from claims.derivations import Steps, derive_locked
from claims.models import Appearance, Claim, Derivation
from claims.named import agents_of, sources_of
from claims.permissions import may_decide, may_publish, require_correction, viewer_of
from claims.publishing import lock_current, show_what_is_cited
from claims.quotes import fold
from claims.refusals import Conflict, Invalid, Path, refusals_under
from claims.stated import StatedAppearance, StatedChain, StatedDerivation
from claims.vocabulary import ClaimStatus
from sources.dates import PartialDate
from sources.models import Agent, Capture, Source
from sources.nudges import nudge
from sources.registry import AgentName
from sources.requests import request_captures

# Read aloud or copied by hand without a mistake; four of them keep a draft's address from being guessed.
_SLUG_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_MAX_SLUG_WORDS = 60

EDITABLE = frozenset({"claimant", "stance", "certainty", "said_at", "language", "chain_end"})


class UnknownClaim(Invalid):
    """There is no such claim, or it is not shown to this author."""


@dataclass(slots=True)
class Recorded:
    """What one call wrote: the claim, its new appearances by their refs, the derivations, the captures asked for."""

    claim: Claim
    appearances: dict[str, Appearance] = field(default_factory=dict)
    derivations: list[Derivation] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)


def record_chain(
    chain: StatedChain, *, by: User, new_slug: str | None = None, turns: Iterable[int] = ()
) -> Recorded:
    """Record a whole chain, all or nothing, and have its sources captured. Raises `Refused`.

    `new_slug` fixes the address of a new claim; without it one is made from its text. `turns` are further sources, by
    id, that the same outer write goes on to: their turn is taken here, before any claim is locked.
    """
    _check(chain)
    further = list(turns)
    return changes.again(lambda: _record(chain, by=by, slug=new_slug, turns=further))


def _record(chain: StatedChain, *, by: User, slug: str | None, turns: Iterable[int]) -> Recorded:
    with changes.write(by=by):
        agents = agents_of(chain, by=by)
        sources = sources_of(chain, agents, by=by)
        anchoring.due([*(source.pk for source in sources), *turns])
        steps = (
            _steps_of_extended(chain, agents, by=by)
            if chain.slug
            else _added(chain, agents, slug=slug, by=by)
        )
        recorded = Recorded(steps.claim)
        for position, (stated, source) in enumerate(zip(chain.appearances, sources, strict=True)):
            with refusals_under("appearances", position):
                recorded.appearances[stated.ref] = _add_appearance(recorded, source, stated, agents, by=by)
        steps.new = {appearance.pk: ref for ref, appearance in recorded.appearances.items()}
        for position, stated in enumerate(chain.appearances):
            for place, derivation in enumerate(stated.derived_from):
                with refusals_under("appearances", position, "derived_from", place):
                    recorded.derivations.append(_derive(recorded, stated.ref, derivation, steps, by=by))
        show_what_is_cited(recorded.claim)
        recorded.captures = _capture(sources, by=by)
    return recorded


def edit_claim(
    claim: Claim,
    *,
    by: User,
    text: str | None = None,
    language: str | None = None,
    parties: Iterable[Agent] | None = None,
) -> None:
    """Change a claim's own fields, or its parties; None leaves one as it is. Raises `Refused`."""
    with changes.write(by=by) as log:
        changes.lock(claim)
        require_correction(by, claim)
        before = state_of(claim)
        if text is not None:
            claim.text = _required_text(text, ("text",))
        if language is not None:
            claim.language = language
        claim.save(update_fields=["text", "language"])
        if parties is not None:
            claim.parties.set(parties)
            show_what_is_cited(claim)
        if state_of(claim) != before:
            log.record(claim, "updated", before=before)


def edit_appearance(appearance: Appearance, *, by: User, **facts: Any) -> None:
    """Change an appearance's own fields (those of `EDITABLE`). Raises `Refused`.

    Not its quote: the evidence is about that.
    """
    with changes.write(by=by) as log:
        lock_current(appearance, by=by, require=require_correction)
        if facts.pop("quote", appearance.quote) != appearance.quote:
            raise Invalid(
                "evidence",
                "The evidence is about this quote. Withdraw the appearance and add one with the other words.",
                ("quote",),
            )
        if unknown := facts.keys() - EDITABLE:
            raise TypeError(f"These are no editable fields of an appearance: {', '.join(sorted(unknown))}.")
        before = state_of(appearance)
        for name, value in facts.items():
            setattr(appearance, name, value)
        if appearance.language == appearance.source.language:
            appearance.language = ""
        _check_date(appearance.said_at, "said_at")
        if twin := _twins(appearance).exclude(pk=appearance.pk).first():
            raise Conflict(
                "duplicate", f"Appearance {twin.pk} already has this source, quote and date.", ("said_at",)
            )
        if state_of(appearance) != before:
            appearance.save(update_fields=EDITABLE)
            log.record(appearance, "updated", before=before)
            show_what_is_cited(appearance.claim)


# --- the steps of a chain -------------------------------------------------------------------------------------------


def _check(chain: StatedChain) -> None:
    """What needs no look at what is stored."""
    refs: set[str] = set()
    for position, stated in enumerate(chain.appearances):
        with refusals_under("appearances", position):
            _check_date(stated.published_at, "published_at")
            _check_date(stated.said_at, "said_at")
            if stated.ref in refs:
                raise Invalid("duplicate", f"Two appearances have the ref {stated.ref!r}.", ("ref",))
            refs.add(stated.ref)


def _check_date(text: str, name: str) -> None:
    try:
        if text:
            PartialDate.parse(text)
    except ValueError as error:
        raise Invalid("invalid", str(error), (name,)) from None


def _steps_of_extended(chain: StatedChain, agents: dict[AgentName, Agent], *, by: User) -> Steps:
    """Find and lock the claim that the chain extends. Its own fields are not the chain's to change."""
    named = Claim.objects.visible_to(viewer_of(by)).filter(slug=chain.slug).first()
    if named is None:
        raise UnknownClaim("unknown", f"There is no claim {chain.slug!r}.", ("claim", "slug"))
    claim = named
    while claim.merged_into:
        claim = claim.merged_into
    steps = Steps.of_locked(claim)
    if claim.status == ClaimStatus.WITHDRAWN:
        raise Conflict("withdrawn", "The record of this claim was taken back.", ("claim", "slug"))
    differing = {
        "text": chain.text and fold(chain.text) not in (claim.text, named.text),
        "language": chain.language and chain.language != claim.language,
        "parties": {agents[party].pk for party in chain.parties}
        - set(claim.parties.values_list("pk", flat=True)),
    }
    for name, differs in differing.items():
        if differs:
            raise Conflict(
                "differs", f"This claim has other {name}. Leave that out to extend it.", ("claim", name)
            )
    return steps


def _added(chain: StatedChain, agents: dict[AgentName, Agent], *, slug: str | None, by: User) -> Steps:
    text = _required_text(chain.text, ("claim", "text"))
    with changes.write(by=by) as log:
        claim = Claim.objects.create(
            slug=slug or new_slug(chain.text),
            text=text,
            language=chain.language,
            status=ClaimStatus.PUBLISHED if may_publish(by) else ClaimStatus.DRAFT,
            owner=by,
        )
        claim.parties.set(agents[party] for party in chain.parties)
        log.record(claim, "created")
    return Steps(claim, set())


def _required_text(text: str, path: Path) -> str:
    folded = fold(text)
    if not folded:
        raise Invalid("required", "Say what is claimed, in one sentence.", path)
    return folded


def new_slug(text: str) -> str:
    """The text's first words, and four random characters."""
    words = slugify(text)[:_MAX_SLUG_WORDS].strip("-") or "claim"
    return f"{words}-{''.join(secrets.choice(_SLUG_ALPHABET) for _ in range(4))}"


def _add_appearance(
    recorded: Recorded, source: Source, stated: StatedAppearance, agents: dict[AgentName, Agent], *, by: User
) -> Appearance:
    claim = recorded.claim
    appearance = Appearance(
        claim=claim,
        source=source,
        claimant=agents[stated.claimant] if stated.claimant else None,
        stance=stated.stance,
        certainty=stated.certainty or "",
        quote=stated.quote,
        quote_prefix=stated.quote_prefix,
        quote_suffix=stated.quote_suffix,
        quote_sha256=sha256(fold(stated.quote).encode()).hexdigest(),
        said_at=stated.said_at,
        language="" if stated.language == source.language else stated.language,
        chain_end=stated.chain_end or "",
        published=may_decide(by, claim),
        author=by,
    )
    if twin := _twins(appearance).first():
        if twin in recorded.appearances.values():
            raise Invalid("duplicate", "The same source, quote and date appear twice. Leave one out.")
        raise Conflict(
            "duplicate", f"Appearance {twin.pk} already has this source, quote and date. Leave this one out."
        )
    with changes.write(by=by) as log:
        appearance.save(force_insert=True)
        log.record(appearance, "created")
    return appearance


def _twins(appearance: Appearance) -> QuerySet[Appearance]:
    """The current appearances that occupy this one's place."""
    return Appearance.objects.current().filter(
        claim=appearance.claim,
        source=appearance.source,
        quote_sha256=appearance.quote_sha256,
        said_at=appearance.said_at,
    )


def _derive(recorded: Recorded, ref: str, stated: StatedDerivation, steps: Steps, *, by: User) -> Derivation:
    if (stated.ref is None) == (stated.appearance is None):
        raise Invalid("invalid", 'Give "ref" or "appearance", and not both.')
    if stated.appearance is not None:
        origin = _stored_origin(recorded.claim, stated.appearance, by=by)
    elif stated.ref in recorded.appearances:
        origin = recorded.appearances[stated.ref]
    else:
        raise Invalid("unknown", f"No appearance of this chain has the ref {stated.ref!r}.", ("ref",))
    return derive_locked(steps, recorded.appearances[ref], origin, stated, by=by)


def _stored_origin(claim: Claim, pk: int, *, by: User) -> Appearance:
    seen = Appearance.objects.filter(claim=claim).current().visible_to(viewer_of(by))
    origin = seen.select_related("source__publisher").filter(pk=pk).first()
    if origin is None:
        raise Invalid("unknown", f"This claim has no appearance {pk}.", ("appearance",))
    return origin


def _capture(sources: Iterable[Source], *, by: User) -> list[Capture]:
    """Have every source fetched that can be, and looked through again where it was."""
    distinct = {source.pk: source for source in sources}
    for pk in sorted(distinct):
        nudge(tasks.anchor, pk)
    return request_captures(distinct.values(), by=by)
