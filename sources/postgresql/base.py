"""The engine, found by Django under this name."""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

TRUSTED_SECONDS = 5.0
"""How long a connection that answered is taken to be alive, unless its server has hung up."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is kept between requests."""

    _answered_at = float("-inf")

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect, which the server answered."""
        made = super().get_new_connection(conn_params)
        self._answered_at = time.monotonic()
        return made

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
