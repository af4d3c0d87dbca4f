"""Runs child processes in order, watches them, and leaves none behind: how, for any list of them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL = 0.1  # seconds between two looks at the children
_LAST_LINES = 15
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Child:
    """A process that must keep running. The next step waits until `ready` answers True, asked every 0.1 s."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] = _at_once


@dataclass(frozen=True)
class Task:
    """A command that must end with status 0 before the next step. `shown`: on the terminal, not in a log."""

    name: str
    argv: Sequence[str]
    shown: bool = False


Step = Child | Task


def say(text: str, *, on: int = 2) -> None:
    """A line on stderr, or another open file; that nobody reads is no reason to stop working."""
    with suppress(OSError):
        os.write(on, f"{text}\n".encode())


class StepError(Exception):
    """A child or task did not do what it must; the message is for the user."""


class Supervisor:
    """Starts steps with one environment, each in a session of its own, their output in `logs`/<name>.log.

    `grace`: seconds between asking a child to end and killing it. `patience`: seconds for it to get ready.
    """

    def __init__(
        self, *, env: Mapping[str, str], logs: Path, grace: float = 10.0, patience: float = 60.0
    ) -> None:
        self._env = env
        self._logs = logs
        self._grace = grace
        self._patience = patience
        self._running: list[tuple[Step, subprocess.Popen[bytes]]] = []
        self._signals: list[int] = []

    def run(self, steps: Iterable[Step]) -> NoReturn:
        """Take the steps, then watch until a signal comes or a child ends; stop all in reverse order.

        Ends in SystemExit: 128 + the signal's number, or 1 when a child or task failed. `steps` may be a
        generator: what it does between two of them happens when the one is ready, before the other starts.
        """
        self._reset_signals()
        try:
            for step in steps:
                self._take(step)
            while True:
                self._pause()
        except StepError as error:
            say(f"\n{error}")
            raise SystemExit(1) from error
        finally:
            self._stop_all()

    def _take(self, step: Step) -> None:
        say(f"  {step.name}")
        process = self._start(step)
        self._running.append((step, process))
        if isinstance(step, Child):
            self._await_ready(step)
        else:
            self._await_end(step, process)

    def _start(self, step: Step) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl-C reaches the supervisor alone."""
        shown = isinstance(step, Task) and step.shown
        with self._log(step).open("wb") as log:
            return subprocess.Popen(
                step.argv,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=None if shown else log,
                stderr=None if shown else subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with(os.getpid()),
            )

    def _await_ready(self, child: Child) -> None:
        deadline = time.monotonic() + self._patience
        while not child.ready():
            if time.monotonic() > deadline:
                raise StepError(
                    f"{child.name} is not ready after {self._patience:.0f} s.{self._last_lines(child)}"
                )
            self._pause()

    def _await_end(self, task: Task, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            self._pause()
        if process.returncode:
            raise StepError(f"{task.name} {_ending(process.returncode)}.{self._last_lines(task)}")
        self._running.remove((task, process))

    def _pause(self) -> None:
        """The only place where a signal or a child's end is acted on: between two steps, never inside one."""
        time.sleep(_POLL)
        if self._signals:
            say("Stopping.")
            raise SystemExit(128 + self._signals[0])
        for step, process in self._running:
            if isinstance(step, Child) and process.poll() is not None:
                raise StepError(f"{step.name} {_ending(process.returncode)}.{self._last_lines(step)}")

    def _stop_all(self) -> None:
        for step, process in reversed(self._running):
            self._stop(step, process)

    def _stop(self, step: Step, process: subprocess.Popen[bytes]) -> None:
        # First the leader alone: web servers and workers end their own children in good order. Then the rest.
        process.terminate()
        try:
            process.wait(self._grace)
        except subprocess.TimeoutExpired:
            say(f"{step.name} does not end by itself: killed.")
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _reset_signals(self) -> None:
        """A shell without job control starts what follows it with `&` deaf to SIGINT: hear all three anew."""
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in STOPPING:
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def _log(self, step: Step) -> Path:
        return self._logs / f"{step.name.replace(' ', '-')}.log"

    def _last_lines(self, step: Step) -> str:
        lines = self._log(step).read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return (
            "".join(f"\n    {line}" for line in [f"Last lines of {self._log(step)}:", *lines])
            if lines
            else ""
        )


def _ending(status: int) -> str:
    return f"ended with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"


def _end_with(parent: int) -> Callable[[], None] | None:
    """What a child does before its program: on Linux, ask for a SIGTERM when `parent` is gone, however.

    The request belongs to the thread that forks: `parent` must start its children from its main thread.
    """
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def ask() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until exec, the supervisor's handler would swallow it
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # gone before we asked
            os._exit(1)

    return ask
