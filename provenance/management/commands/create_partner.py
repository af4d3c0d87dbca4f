"""`./run manage create_partner NAME [--trusted]`: a partner, and its key, which is shown this once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from provenance.partners.keys import create_partner


class Command(BaseCommand):
    """Prints the key alone on a line of stdout; what is said besides goes to stderr."""

    help = "Add a partner newsroom and print its API key, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The partner's name, and whether it is trusted."""
        parser.add_argument("name")
        parser.add_argument(
            "--trusted", action="store_true", help="its claims are published at once, not kept as drafts"
        )

    def handle(self, *, name: str, trusted: bool, **_: Any) -> None:
        """Make it. Raises CommandError for a name that is taken or none."""
        try:
            key = create_partner(name, trusted=trusted)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stderr.write("Keep this key: it is not shown again.")
        self.stdout.write(key)
