"""`./run manage revoke_key PREFIX`: a key that is not to be used any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.partners.keys import UnknownPrefix, revoke


class Command(BaseCommand):
    """Takes effect with the next request."""

    help = "Revoke the API key that begins with PREFIX."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How the key begins."""
        parser.add_argument("prefix")

    def handle(self, *, prefix: str, **_: Any) -> None:
        """Revoke it. Raises CommandError if no key, or more than one, begins so."""
        try:
            key = revoke(prefix)
        except UnknownPrefix as error:
            raise CommandError(str(error)) from None
        self.stderr.write(f"Revoked {key} of {key.partner}.")
