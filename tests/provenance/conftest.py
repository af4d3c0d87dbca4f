"""Fixtures of the project's own pages."""

import pytest
from django.contrib.auth.models import User

from provenance.roles import grant_curation
from tests.provenance.browsing import Browser


@pytest.fixture
def cora(db: None) -> User:
    """A curator: on the staff, with a curator's rights and no others."""
    account = User.objects.create_user("cora")
    grant_curation(account)
    return User.objects.get(pk=account.pk)


@pytest.fixture
def browser(cora: User) -> Browser:
    """Her browser."""
    return Browser(cora)
