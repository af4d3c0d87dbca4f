"""Fixtures for the whole suite; who the people are stands in `factories`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from provenance import guards
from tests import factories


@pytest.fixture(autouse=True)
def _append_only_rows_can_be_flushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A transactional test ends by emptying every table; lift the guards for that alone.

    The flush sends post_migrate, which installs them again.
    """
    flush = connection.ops.execute_sql_flush

    def lifted(sql_list: Any) -> None:
        guards.lift(connection)
        flush(sql_list)

    monkeypatch.setattr(connection.ops, "execute_sql_flush", lifted)
    yield


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
