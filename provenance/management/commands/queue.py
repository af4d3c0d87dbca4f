"""`./run manage queue`: how many captures are to be done, since when, and of which hosts."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from sources import queue
from sources.queue import Depth


class Command(BaseCommand):
    """Reads, and changes nothing."""

    help = "Show how many captures are open, by state, and the hosts of which most are due."

    def handle(self, **_: Any) -> None:
        """Print the table."""
        depth = queue.depth()
        if not depth.by_state:
            self.stdout.write("No captures are open.")
            return
        for name, count in (*depth.by_state.items(), ("due", depth.due)):
            self.stdout.write(f"{name:<10}{count:>8}")
        if depth.oldest:
            self.stdout.write(f"\nThe oldest is due since {_ago(depth)}.")
        if depth.hosts:
            self.stdout.write("\nMost are due of")
        for host, count in depth.hosts:
            self.stdout.write(f"{host:<40}{count:>8}")


def _ago(depth: Depth) -> str:
    assert depth.oldest  # noqa: S101 - asked before
    seconds = max((datetime.now(UTC) - depth.oldest).total_seconds(), 0)
    return f"{depth.oldest:%Y-%m-%d %H:%M:%S} UTC, {seconds:.0f} s ago"
