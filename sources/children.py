"""A child process that is asked one thing at a time, within limits: the worker's end of a reader.

The clock and the memory are watched from here, where a page that has taken over the child cannot reach; the limits
that the child sets itself (`reader`) only end it sooner.
"""

import fcntl
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import POLLIN, POLLOUT
from signal import SIGXCPU, Signals

from sources import frames

_ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "sources.reader")

# How Python finds itself and what is installed; nothing else of our environment, in which secrets stand.
_INHERITED = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# What one page took of memory is kept for the next (glibc's settings, in bytes): giving it back and taking it again
# costs a tenth of reading. `Limits.kept` ends a child that keeps too much.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 * 2**20), "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20)}
_READING, _WRITING = 1, 2

_PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
_WATCH = 0.25  # seconds between two looks at the child's memory
# What a pipe mostly holds: a buffer of a MiB would be mapped and unmapped for each answer.
_CHUNK = 64 * 1024
# A page goes into a pipe of this size at once, so its reader is woken once.
_PIPE = 256 * 1024
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one page: seconds of computing, seconds by the clock, bytes of memory. Of one child: pages, and what it may
    keep of its memory for the next; the seconds in which it must have started.
    """

    cpu: int = 10
    # Twice this (a page may get a second child) is below the soft limit of a task.
    wall: float = 15.0
    memory: int = 1024 * _MIB
    pages: int = 1_000
    kept: int = 256 * _MIB
    start: float = 10.0


class NoReader(OSError):
    """No child could be started: our machine's trouble, not the page's."""


class Failed(Exception):
    """The child was stopped at this page; the message says why. It is gone."""


class Lost(Failed):
    """The child ended on its own or talked nonsense: perhaps by chance, so another may do better."""


class Child:
    """A running child. After any exception it has ended; `end` ends it otherwise."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        """Start it and wait until it can be asked. Raises `NoReader`, and OSError where no process can be made."""
        self._limits = limits
        self._asked = 0
        self._process = subprocess.Popen(
            [*command, *(str(number) for number in (limits.memory, limits.cpu))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ} | _KEEP_MEMORY,
            bufsize=0,
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - pipes were asked for
        self._in, self._out = self._process.stdin, self._process.stdout
        for pipe in (self._in, self._out):
            os.set_blocking(pipe.fileno(), False)
            _widen(pipe.fileno())
        self._to_read, self._to_write = select.poll(), select.poll()
        self._to_read.register(self._out, POLLIN)
        self._to_write.register(self._out, POLLIN)
        self._to_write.register(self._in, POLLOUT)
        try:
            self._greet()
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def is_spent(self) -> bool:
        """Whether it should not be asked again: it was often enough, or has not given back its memory."""
        return self._asked >= self._limits.pages or resident(self.pid) > self._limits.kept

    def ask(self, question: Sequence[bytes]) -> frames.Outcome:
        """Send the question's parts and return the answer. Raises `Failed`, or `Lost`."""
        self._asked += 1
        try:
            return self._answer([memoryview(part) for part in question if part])
        except frames.Garbled:
            self.end()
            raise Lost("The reader of the page gave an answer that is none.") from None
        except BaseException:  # an interruption too: the next answer would be to this question
            self.end()
            raise

    def end(self) -> None:
        """Kill it and leave nothing of it behind."""
        self._process.kill()
        self._process.wait()
        self._close()

    def forget(self) -> None:
        """Let go of a child of our parent process, which is not ours to end: for after a fork."""
        self._process.returncode = 0
        self._close()

    def _close(self) -> None:
        for pipe in (self._in, self._out):
            with suppress(OSError):
                pipe.close()

    def _greet(self) -> None:
        said = bytearray()
        deadline = time.monotonic() + self._limits.start
        while len(said) < len(frames.HELLO):
            if not self._ready(deadline):
                if time.monotonic() < deadline:
                    continue
                raise NoReader("The reader of pages did not start in time.")
            if not (chunk := self._out.read(len(frames.HELLO) - len(said))):
                raise NoReader("The reader of pages did not start; what it said is in the log.")
            said += chunk
        if said != frames.HELLO:
            raise NoReader("The reader of pages is another program.")

    def _answer(self, parts: list[memoryview]) -> frames.Outcome:
        watch = _Watch(self.pid, self._limits)
        received = bytearray()
        while True:
            ready = self._ready(watch.next_look, to_write=bool(parts))
            watch.look()
            is_asked = not parts
            if ready & _WRITING:
                self._send(parts)
            if ready & _READING and (answer := self._receive(received, is_asked=is_asked)):
                return answer

    def _ready(self, until: float, *, to_write: bool = False) -> int:
        """`_READING` and `_WRITING`, whichever would not wait (an end or error does not either); 0 at `until`."""
        poll = self._to_write if to_write else self._to_read
        found = dict(poll.poll(max(0, until - time.monotonic()) * 1000))
        reading = _READING if found.get(self._out.fileno()) else 0
        return reading | (_WRITING if found.get(self._in.fileno()) else 0)

    def _send(self, parts: list[memoryview]) -> None:
        try:
            sent = os.writev(self._in.fileno(), parts)
        except BlockingIOError:
            return
        except BrokenPipeError:
            parts.clear()  # why it listens no longer is known when its output ends
            return
        while parts and sent >= len(parts[0]):
            sent -= len(parts.pop(0))
        if sent:
            parts[0] = parts[0][sent:]

    def _receive(self, received: bytearray, *, is_asked: bool) -> frames.Outcome | None:
        chunk = os.read(self._out.fileno(), _CHUNK)
        if not chunk:
            raise self._death()
        received += chunk
        if (lengths := frames.lengths(received)) is None:
            return None
        head = frames.LENGTHS.size + lengths[0]
        missing = head + lengths[1] - len(received)
        if missing < 0 or not is_asked:
            raise frames.Garbled("The answer is longer than it says, or comes before its question.")
        return None if missing else frames.answered(received[frames.LENGTHS.size : head], received[head:])

    def _death(self) -> Failed:
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return Lost("The reader of the page stopped answering.")
        if status == -SIGXCPU:
            return Failed(f"Reading the page took more than {self._limits.cpu} seconds of computing.")
        if status == frames.OUT_OF_MEMORY:
            return _too_much_memory(self._limits)
        how = Signals(-status).name if status < 0 else f"exit status {status}"
        return Lost(f"The reader of the page died ({how}).")


def _widen(pipe: int) -> None:
    # Only Linux knows how, and it may have given its user enough.
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


class _Watch:
    """Looks at a child from outside, where no limit of its own can be moved: at the clock, and at its memory."""

    def __init__(self, pid: int, limits: Limits) -> None:
        self._pid, self._limits = pid, limits
        self._deadline = time.monotonic() + limits.wall
        self.next_look = min(self._deadline, time.monotonic() + _WATCH)

    def look(self) -> None:
        """Raise `Failed` if the child has taken too much of either."""
        now = time.monotonic()
        if now < self.next_look:
            return
        if now >= self._deadline:
            raise Failed(f"Reading the page took longer than {self._limits.wall:g} seconds.")
        if resident(self._pid) > self._limits.memory:
            raise _too_much_memory(self._limits)
        self.next_look = min(self._deadline, now + _WATCH)


def _too_much_memory(limits: Limits) -> Failed:
    return Failed(f"Reading the page took more than {limits.memory // _MIB:,} MiB of memory.")


def resident(pid: int) -> int:
    """Bytes of memory that a process has; 0 if nobody can tell."""
    try:
        file = os.open(f"/proc/{pid}/statm", os.O_RDONLY)  # asked after every page: no file object
        try:
            return int(os.read(file, 100).split()[1]) * _PAGE_SIZE
        finally:
            os.close(file)
    except (OSError, IndexError):
        return _resident_by_ps(pid)


def _resident_by_ps(pid: int) -> int:
    try:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, timeout=1)
        return int(told.stdout) * 1024
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
