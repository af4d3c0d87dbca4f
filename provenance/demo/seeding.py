"""Recording the demo chains as their partner would, and watching the workers do the rest."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from claims import intake
from claims.chain_serializers import ChainSerializer
from claims.models import Appearance, Claim, Derivation
from provenance.demo import chains
from sources.models import Capture
from sources.registry import AgentName, find_or_add_agent, set_owner
from sources.vocabulary import AgentKind, CaptureState


@dataclass(frozen=True, slots=True)
class Progress:
    """How far captures and anchors of the demo are."""

    captures: int
    captured: int
    quotes: int
    anchored: int

    @property
    def complete(self) -> bool:
        """Whether every capture ended and every quote was looked for."""
        return self.captured == self.captures and self.anchored == self.quotes

    def __str__(self) -> str:
        return f"{self.captured} of {self.captures} pages captured, {self.anchored} of {self.quotes} quotes looked for"


def record(*, port: int, by: User) -> None:
    """Record the chains that are missing, and who owns whom."""
    for name in chains.ORDER:
        if Claim.objects.filter(slug=chains.SLUGS[name]).exists():
            continue
        (body,) = chains.load(name, port=port)
        posted = ChainSerializer(data=body)
        posted.is_valid(raise_exception=True)
        intake.record_chain(posted.validated_data, by=by, new_slug=chains.SLUGS[name])
    for name, kind, owner_name, owner_kind in chains.OWNERS:
        agent = find_or_add_agent(AgentName(name, AgentKind(kind)), by=by)
        owner = find_or_add_agent(AgentName(owner_name, AgentKind(owner_kind)), by=by)
        if agent.owner_id != owner.pk:
            set_owner(agent, owner, by=by)


def progress() -> Progress:
    """Count what the demo's claims still wait for."""
    claims = Claim.objects.filter(slug__in=chains.SLUGS.values())
    captures = Capture.objects.filter(source__appearances__claim__in=claims).distinct()
    quoted = (
        Appearance.objects.filter(claim__in=claims).exclude(quote=""),
        Derivation.objects.filter(claim__in=claims).exclude(quote=""),
    )
    return Progress(
        captures=captures.count(),
        captured=captures.filter(state=CaptureState.DONE).count(),
        quotes=sum(rows.count() for rows in quoted),
        anchored=sum(rows.exclude(newest_anchor=None).count() for rows in quoted),
    )
