"""Reading a page of strangers: `texts.read` in a process of its own, so that a page can end its reader and no worker.

A process that has read a page waits for the next one: starting one costs as much as reading thirty pages. What may be a
PDF has readers of its own, since to load PDFium takes half of that. There are as many of each kind as threads of this
process ever read at once; each ends with this process, whose death closes its input.
"""

import atexit
import os

from sources import frames, texts
from sources.children import COMMAND, Child, Failed, Limits, Lost
from sources.texts import Text, Unreadable

LIMITS = Limits()

_idle: dict[bool, list[Child]] = {False: [], True: []}
"""Those that wait, by whether they read PDFs."""


class ReadingFailed(Exception):
    """The reader broke off, which says nothing of whether the page has a text; the message says how."""


def read(content: bytes, *, media_type: str, charset: str, coding: str = "", cut: bool = False) -> Text:
    """Read a page as `texts.read` does, within `LIMITS`.

    Raises `Unreadable` where the page is known to have no text, `ReadingFailed` where that is not known, and OSError
    when no process can be started.
    """
    if len(content) > frames.MAX_PAGE:
        raise Unreadable(f"The page has more than {frames.MAX_PAGE // 2**20} MiB.")
    about = {"media_type": media_type, "charset": charset, "coding": coding, "cut": cut}
    outcome = _outcome(frames.message(about, content), pdfs=texts.may_be_pdf(media_type))
    if isinstance(outcome, Unreadable):
        raise outcome
    if isinstance(outcome, str):
        raise ReadingFailed(f"The page could not be read ({outcome}).")
    return outcome


def close() -> None:
    """End the readers that wait; the next page starts one anew."""
    for waiting in _idle.values():
        while waiting:
            waiting.pop().end()


def _outcome(question: tuple[bytes, bytes], *, pdfs: bool) -> frames.Outcome:
    waiting = _idle[pdfs]
    try:
        try:
            return _asked(waiting.pop() if waiting else _start(pdfs=pdfs), question, waiting)
        except Lost:
            # Once may be chance: memory was short, or an earlier page left something behind. Twice is the page.
            return _asked(_start(pdfs=pdfs), question, waiting)
    except Failed as failure:
        raise ReadingFailed(str(failure)) from failure


def _start(*, pdfs: bool) -> Child:
    return Child(COMMAND if pdfs else (*COMMAND, frames.NO_PDFS), LIMITS)


def _asked(child: Child, question: tuple[bytes, bytes], waiting: list[Child]) -> frames.Outcome:
    outcome = child.ask(question)
    if child.is_spent:
        child.end()
    else:
        waiting.append(child)
    return outcome


def _forget() -> None:
    """In a process that was forked: the readers are our parent's, and so are their answers."""
    for waiting in _idle.values():
        while waiting:
            waiting.pop().forget()


os.register_at_fork(after_in_child=_forget)
atexit.register(close)
