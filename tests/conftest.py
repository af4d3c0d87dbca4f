"""Fixtures for the whole suite; who the people are stands in `factories`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from pytest_django.plugin import DjangoDbBlocker

from provenance import guards
from tests import factories


@pytest.fixture(autouse=True, scope="session")
def _guarded_tables_can_be_emptied() -> Iterator[None]:
    """A transactional test ends by emptying every table; lift the guards for that alone.

    The flush sends post_migrate, which installs them again. For the whole session: a test's own fixtures are gone by
    the time its tables are emptied.
    """
    flush = BaseDatabaseOperations.execute_sql_flush

    def lifted(operations: Any, sql_list: Any) -> None:
        guards.lift(operations.connection)
        flush(operations, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lifted)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """With what a connection is asked once for good, so that it is not among the statements that a test counts."""
    with django_db_blocker.unblock():
        assert connection.features.supports_json_field


@pytest.fixture
def owner(db: None) -> User:
    """The newsroom whose claims the tests are about: a trusted partner's account."""
    return factories.newsroom("The Owner", trusted=True)


@pytest.fixture
def stranger(db: None) -> User:
    """Another newsroom, neither trusted nor owner of anything."""
    return factories.newsroom("A Stranger")


@pytest.fixture
def curator(db: None) -> User:
    """A person who decides on any claim."""
    return factories.curator()
