"""The last step of `./run`: accounts are made, the demo chains go in, their pages are captured, the tree comes out."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.models import Claim
from claims.trees import load_tree
from provenance.demo import accounts, chains, seeding
from provenance.demo.drawing import draw

_PATIENCE = 60.0
_POLL = 0.3


class Command(BaseCommand):
    """Makes the demo's accounts, records its chains, waits for their captures, prints the first one's tree."""

    help = "Record the demo chains, wait until they are captured and anchored, and print the outage claim's tree."

    def handle(self, *_: Any, **__: Any) -> None:
        """Record, wait, print; a second time only print."""
        secrets = accounts.secrets()
        accounts.ensure(secrets)
        seeding.record(port=secrets.press_port, by=accounts.newsroom())
        self._wait()
        claim = Claim.objects.get(slug=chains.SLUGS["outage"])
        self.stdout.write(draw(claim, load_tree(claim, include_suggested=True)))

    def _wait(self) -> None:
        shown = None
        deadline = time.monotonic() + _PATIENCE
        while (progress := seeding.progress()) and not progress.complete:
            if progress != shown:
                shown = progress
                self.stderr.write(f"demo chain  {progress}")
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The demo is not complete after {_PATIENCE:.0f} s: {progress}. See the logs."
                )
            time.sleep(_POLL)
        self.stderr.write(f"demo chain  {progress}")
