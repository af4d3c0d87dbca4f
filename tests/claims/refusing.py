"""Chains that extend a claim, and chains that are refused."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from claims.intake import Recorded
from claims.models import Appearance, Change, Claim, Derivation, DueAnchoring
from claims.refusals import Refused
from claims.stated import StatedAppearance
from sources.models import Agent, Capture, Source
from tests.factories import chain


def extend(recorded: Recorded, *appearances: StatedAppearance, by: User, **facts: Any) -> Recorded:
    """Add these appearances to the recorded claim."""
    return chain(*appearances, by=by, **{"slug": recorded.claim.slug, "text": "", "language": "", **facts})


def refused(*appearances: StatedAppearance, by: User, **facts: Any) -> Refused:
    """How this chain is refused; and nothing of it may be left."""
    models: list[Any] = [Agent, Source, Capture, Claim, Appearance, Derivation, DueAnchoring, Change]
    before = [model.objects.count() for model in models]
    with pytest.raises(Refused) as raised:
        chain(*appearances, by=by, **facts)
    assert [model.objects.count() for model in models] == before
    return raised.value
