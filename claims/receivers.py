"""What claims do when sources tell them something: the only link from sources back to claims."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User

from sources import signals
from sources.models import Agent, Source
from sources.signals import Edit


def connect() -> None:
    """Subscribe; called once, when the app is ready."""
    signals.editing.connect(lock_what_cites, dispatch_uid="claims.lock_what_cites")
    signals.edited.connect(log_edit, dispatch_uid="claims.log_edit")
    signals.text_ready.connect(anchor_later, dispatch_uid="claims.anchor_later")


def lock_what_cites(*, rows: Sequence[Agent | Source], in_turn: bool, **_: Any) -> None:
    """Take the locks that come before a source's own: its turn, so that no new claim cites it meanwhile, and the
    claims that do.
    """
    from claims import anchoring, changes

    sources = [row.pk for row in rows if isinstance(row, Source)]
    if not in_turn:
        anchoring.due(sources)
    changes.lock_all(changes.citing(sources))


def log_edit(*, edits: Sequence[Edit], by: User | None, **_: Any) -> None:
    """Log the writes of sources and agents in their own transaction, and mark the claims that show them."""
    from claims import changes

    with changes.write(by=by) as log:
        for edit in edits:
            action = "updated" if edit.before else "created"
            log.record(edit.instance, action, before=edit.before, after=edit.after)
        known = [edit.instance.pk for edit in edits if edit.before and isinstance(edit.instance, Source)]
        log.touch(changes.citing(known))


def anchor_later(*, source_ids: Sequence[int], **_: Any) -> None:
    """Texts became readable: the quotes of their sources, whose turns are taken, are due."""
    from claims import anchoring, tasks
    from sources.nudges import nudge

    cited = anchoring.due_if_cited(source_ids)
    if cited:
        nudge(tasks.anchor, *cited)
