"""What others may listen to. Only `claims.apps` subscribes: sources do not know who leans on them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    from sources.models import Agent, Source


@dataclass(frozen=True, slots=True)
class Edit:
    """A row that was written, with its `registry.state_of` earlier and now; of one that is new there is neither.

    What is kept in step with other columns (an agent's `name_key`) follows as it is saved, after `after` was seen.
    """

    instance: "Agent | Source"
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


editing = Signal()
"""Sent inside the writing transaction, before rows of Agent or Source are locked to be changed: listeners take the
locks that come before those. Arguments: `rows`, and `in_turn` (whether `text_ready` was sent of these sources before).
"""

edited = Signal()
"""Sent inside the writing transaction, after Agents or Sources were written, once all of them were.

Arguments: `edits`, and `by` (the author, None for the service itself).
"""

text_ready = Signal()
"""Sent inside the writing transaction that made texts readable, before it locks any source. Argument: `source_ids`.

Listeners write down what that makes due, and take the sources' turns; work itself waits for the commit.
"""
