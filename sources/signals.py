"""What others may listen to. Only `claims.apps` subscribes: sources do not know who leans on them."""

from django.dispatch import Signal

editing = Signal()
"""Sent inside the writing transaction, before rows of Agent or Source are locked to be changed: listeners take the
locks that come before those. Argument: `rows`.
"""

edited = Signal()
"""Sent inside the writing transaction, after an Agent or Source was written; of several, once all of them were.

Arguments: `instance`, `before` (its `registry.state_of` earlier, None when created), `by` (the author, None for the
service itself).
"""

text_ready = Signal()
"""Sent inside the writing transaction that made texts readable, before it locks any source. Argument: `source_ids`.

Listeners write down what that makes due; work itself waits for the commit.
"""
