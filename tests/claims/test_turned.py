"""What a snapshot changed in the evidence: state before and after, by quote."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.turned import turned_by
from claims.vocabulary import EvidenceState
from tests.factories import chain, repeats, see, stated

pytestmark = pytest.mark.django_db

URL = "https://a.example/"


def day(number: int) -> datetime:
    return datetime(2021, 3, number, tzinfo=UTC)


def test_quotes_of_which_a_snapshot_shows_other_than_the_one_before_are_listed(owner: User) -> None:
    step = repeats("study", quote="The study by the firm says so")
    kept = stated("kept", url=URL, quote="The lamp was lit", derived_from=(step,))
    gone = stated("gone", url=URL, quote="Nobody saw the keeper of it")
    rows = chain(stated("study"), kept, gone, by=owner)
    source = rows.appearances["kept"].source
    first = see(
        source, "The lamp was lit. The study by the firm says so. Nobody saw the keeper of it.", at=day(1)
    )
    second = see(source, "The lamp was lit. A study by the firm says so. Somebody did.", at=day(2))
    third = see(source, "The lamp was lit. A study by the firm says so. Somebody did.", at=day(3))
    assert turned_by(first.pk) == turned_by(third.pk) == []
    turned = turned_by(second.pk)
    assert [(each.owner, each.before.state, each.after.state) for each in turned] == [
        (rows.appearances["gone"], EvidenceState.ANCHORED, EvidenceState.MISSING),
        (rows.derivations[0], EvidenceState.ANCHORED, EvidenceState.CHANGED),
    ]
    assert {each.before.snapshot_id for each in turned} == {first.pk}


def test_it_takes_two_statements_at_any_size(owner: User) -> None:
    told = [stated(f"x{number}", url=URL, quote=f"Line {number} stands.") for number in range(20)]
    source = chain(*told, by=owner).appearances["x0"].source
    see(source, " ".join(each.quote for each in told), at=day(1))
    gone = see(source, "Something else.", at=day(2))
    with CaptureQueriesContext(connection) as captured:
        assert len({each.owner.claim.slug for each in turned_by(gone.pk)}) == 1
    assert len(captured) == 2
