"""A published claim whose pages were seen: what packages and receipts are made of in tests."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User

from claims.models import Claim
from claims.vocabulary import DerivationKind, Stance
from tests.factories import chain, repeats, see, stated

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
STUDY = "http://study.press.example:8001/report?id=1"


def told_claim(owner: User) -> Claim:
    """A study, a paper that repeats it, and a denial: the study seen twice unchanged, the paper edited in between."""
    recorded = chain(
        stated("study", url=STUDY, quote="it may have been so", title="The study"),
        stated(
            "paper",
            url="https://paper.example/story",
            quote="“It was so”, a study says",
            derived_from=(repeats("study", quote="a study says"),),
        ),
        stated(
            "denial",
            url="https://ministry.example/no",
            stance=Stance.DENY,
            quote="Nothing of the kind happened",
            derived_from=(repeats("paper", DerivationKind.RESPONSE),),
        ),
        text="It was so",
        by=owner,
    )
    sources = {ref: row.source for ref, row in recorded.appearances.items()}
    see(sources["study"], "They think that it may have been so.", at=NOON)
    see(sources["study"], "They think that it may have been so.", at=NOON + timedelta(days=1))
    see(sources["paper"], "“It was so”, a study says. 😀", at=NOON)
    see(sources["paper"], "The story is gone.", at=NOON + timedelta(days=1))
    see(sources["denial"], "Nothing of the kind happened, they say.", at=NOON)
    return recorded.claim
