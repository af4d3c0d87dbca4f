"""The engine, found by Django under this name (docs/decisions/0049)."""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper

TRUSTED_SECONDS = 5.0
"""How long a connection that answered is taken to be alive, unless its server has hung up."""


class _PlannedCursor(psycopg.Cursor[Any]):
    """One whose statements are prepared: planned when a connection meets them first, and named from then on."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        """As Django's cursors, which know two arguments."""
        try:
            return super().execute(query, params, prepare=True)
        except psycopg.errors.FeatureNotSupported:
            # A migration altered a column: the plan is of no use any more, and has done nothing yet.
            if not self.connection.autocommit:
                raise
            return super().execute(query, params, prepare=False)


class DatabaseOperations(operations.DatabaseOperations):
    """With the words of planned statements, for whoever logs or counts them."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """The statement with its parameters: a prepared one goes to the server under a name."""
        if isinstance(cursor, _PlannedCursor):
            composed: str = self.compose_sql(sql, params)
            return composed
        said: str = super().last_executed_query(cursor, sql, params)
        return said


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is kept between requests."""

    ops_class = DatabaseOperations

    _answered_at = float("-inf")

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect, which the server answered."""
        made = super().get_new_connection(conn_params)
        self._answered_at = time.monotonic()
        return made

    def init_connection_state(self) -> None:
        """As Django does; and have planned statements planned once, for any values."""
        super().init_connection_state()
        if self.connection is not None:
            # Left to itself the server plans anew each time, if it expects fewer rows of these values than of others:
            # mostly to come to the same plan. Django's own statements have no parameters, and are planned as ever.
            self.connection.execute("SET plan_cache_mode = force_generic_plan")
            if not self.get_autocommit():
                self.connection.commit()

    def planned_cursor(self) -> CursorWrapper:
        """For statements with the same words each time, only with other parameters: a plan is kept for each."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: CursorWrapper = self._prepare_cursor(_PlannedCursor(self.connection))  # type: ignore[attr-defined]
        return cursor

    def is_usable(self) -> bool:
        """Whether a statement would reach the server.

        Asking costs a round trip. A server that ended, or that closed the connection, has said so unasked.
        """
        now = time.monotonic()
        recent = now - self._answered_at < TRUSTED_SECONDS
        if recent and not self.errors_occurred and _is_quiet(self.connection):
            return True
        if usable := super().is_usable():
            self._answered_at = now
        return usable


def _is_quiet(connection: Any) -> bool:
    """Whether nothing came that was not asked for, as the end of a connection would be."""
    if connection is None or connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)
