"""A step of `./run`: the demo's log-ins and key."""

from typing import Any

from django.core.management.base import BaseCommand

from provenance.demo import accounts


class Command(BaseCommand):
    """Makes the demo's accounts where they are missing."""

    help = "Make the demo's log-ins and its partner key, out of DATA_DIR/demo.json."

    def handle(self, *_: Any, **__: Any) -> None:
        """Make them."""
        accounts.ensure(accounts.secrets())
