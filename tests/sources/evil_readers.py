"""Readers that a page has taken over: `python -m tests.sources.evil_readers KIND [OPTION] MEMORY CPU`.

Those of `CAPTURED` are the real reader in everything but what reading a page does; the others are strangers.
"""

import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sources import frames, reader, texts

OUT = 1


def _loop(*_: Any, **__: Any) -> texts.Text:
    while True:
        pass


def _sleep(*_: Any, **__: Any) -> texts.Text:
    time.sleep(600)
    raise AssertionError


def _hoard(*_: Any, **__: Any) -> texts.Text:
    kept = []
    while True:
        kept.append(b"x" * 1024 * 1024)


def _crash(*_: Any, **__: Any) -> texts.Text:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def _recurse(*_: Any, **__: Any) -> texts.Text:
    raise RecursionError("<b>of the page's making</b>")


def _look_around(*_: Any, **__: Any) -> texts.Text:
    """What can be reached from within: the text has a word for each way out that is closed."""
    ways: dict[str, Callable[[], object]] = {
        "file": lambda: Path("/etc/hostname").read_bytes(),
        "new file": lambda: Path(f"/tmp/evil-{os.getpid()}").write_bytes(b"x"),  # noqa: S108
        "connection": socket.socket,
        "pipe": os.pipe,
    }
    closed = []
    for name, way in ways.items():
        try:
            way()
        except OSError:
            closed.append(name)
    secrets = sorted(name for name in os.environ if "URL" in name or "KEY" in name)
    return texts.Text("\n".join([*closed, *secrets]), "", "")


CAPTURED = {
    "loop": _loop,
    "sleep": _sleep,
    "hoard": _hoard,
    "hoard-unlimited": _hoard,
    "crash": _crash,
    "recurse": _recurse,
    "look-around": _look_around,
}


def _unlimited(memory: int) -> None:
    """As on macOS, where address space has no limit."""


def _captured(kind: str) -> None:
    load = reader._load

    def load_and_turn(*, pdfs: bool) -> None:
        load(pdfs=pdfs)
        setattr(texts, "read", CAPTURED[kind])  # noqa: B010 - mypy guards the function

    reader._load = load_and_turn
    if kind == "hoard-unlimited":
        reader._confine = _unlimited
    reader.main()


def _crash_once(mark: Path) -> None:
    if mark.exists():
        reader.main()
    mark.touch()
    _captured("crash")


def _say(answer: bytes, *, asked: bool = True) -> None:
    os.write(OUT, frames.HELLO)
    if asked:
        os.read(0, 1)
    while answer:
        answer = answer[os.write(OUT, answer) :]


def _flood() -> None:
    _say(frames.LENGTHS.pack(10, frames.MAX_BODY))
    while True:
        os.write(OUT, b"x" * 65_536)


def main() -> None:
    """Be the reader of this kind."""
    kind = sys.argv.pop(1)
    if kind in CAPTURED:
        _captured(kind)
    elif kind == "crash-once":
        _crash_once(Path(sys.argv.pop(1)))
    elif kind == "flood":
        _flood()
    elif kind == "garbage":
        _say(b"<html><p>This is no answer.")
    elif kind == "huge":
        _say(frames.LENGTHS.pack(frames.MAX_HEAD + 1, 0))
    elif kind == "early":
        _say(b"".join(frames.answer("Early")), asked=False)
        time.sleep(600)
    elif kind == "two-answers":
        _say(b"".join(frames.answer("One") + frames.answer("Two")))
    elif kind == "half":
        _say(frames.LENGTHS.pack(100, 0) + b"{")
    elif kind == "deaf":
        _say(b"", asked=False)
        time.sleep(600)
    elif kind == "stranger":
        os.write(OUT, b"login:")
    elif kind == "silent":
        time.sleep(600)
    else:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.exit(3)


if __name__ == "__main__":
    main()
