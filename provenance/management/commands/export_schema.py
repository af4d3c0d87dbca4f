"""`./run schema`: the GraphQL contract on stdout."""

from typing import Any

from django.core.management.base import BaseCommand

from provenance.schema import schema


class Command(BaseCommand):
    """Prints the GraphQL schema."""

    help = "Print the GraphQL schema in SDL."

    def handle(self, *_: Any, **__: Any) -> None:
        """Print it."""
        self.stdout.write(schema.as_str())
