"""The supervisor behind `./run`, tried on small children: it starts them in order and leaves none behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Runs the steps of argv[1]: {"name", "code", "task"?, "ready"? (a file to wait for)}; logs go to argv[2].
SUPERVISE = """
import json, os, sys
from pathlib import Path
from provenance.devserver.supervisor import Child, Supervisor, Task

def step(name, code, task=False, ready=None):
    argv = [sys.executable, "-c", code]
    if task:
        return Task(name, argv)
    return Child(name, argv, ready=Path(ready).exists) if ready else Child(name, argv)

steps = [step(**each) for each in json.loads(sys.argv[1])]
Supervisor(env=os.environ, logs=Path(sys.argv[2]), grace=float(sys.argv[3]), patience=5).run(steps)
"""

# Leaves its own and a grandchild's process number in <name>.pids, and its name in `ended` when asked to end.
GOOD_CHILD = """
import os, pathlib, signal, subprocess, sys
def end(*_):
    with open({folder!r} + "/ended", "a") as ended:
        ended.write({name!r} + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
pids = pathlib.Path({folder!r}, {name!r} + ".pids")
pids.with_suffix(".part").write_text(f"{{os.getpid()}} {{grandchild.pid}}")
pids.with_suffix(".part").rename(pids)
grandchild.wait()
"""


class Scene:
    """One supervisor and its children in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def good(self, name: str) -> dict[str, Any]:
        """A step: a child with a grandchild, ready once both are there."""
        code = GOOD_CHILD.format(folder=str(self.folder), name=name)
        return {"name": name, "code": code, "ready": str(self.folder / f"{name}.pids")}

    def command(self, *steps: dict[str, Any], grace: float = 10) -> list[str]:
        return [sys.executable, "-c", SUPERVISE, json.dumps(steps), str(self.folder), str(grace)]

    def supervise(self, *steps: dict[str, Any], grace: float = 10) -> subprocess.Popen[bytes]:
        return self.start(self.command(*steps, grace=grace))

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        self.processes.append(process)
        return process

    def pids(self, name: str) -> list[int]:
        """The process numbers of a good child and its grandchild, once they run."""
        file = self.folder / f"{name}.pids"
        until(file.exists)
        return [int(pid) for pid in file.read_text().split()]

    def ended(self) -> list[str]:
        """Who was asked to end and did, in order."""
        return (self.folder / "ended").read_text().split()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    for process in scene.processes:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether the process is there, and not merely waiting for its parent to notice its end."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout
    return bool(state.strip()) and not state.startswith(b"Z")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_supervisor_alone_leaves_no_process(scene: Scene, number: signal.Signals) -> None:
    supervisor = scene.supervise(scene.good("first"), scene.good("second"))
    pids = [*scene.pids("first"), *scene.pids("second")]
    until(lambda: all(map(runs, pids)))
    supervisor.send_signal(number)
    supervisor.communicate(timeout=20)
    assert supervisor.returncode == 128 + number
    assert not any(map(runs, pids))
    assert scene.ended() == ["second", "first"]


def test_it_stops_all_when_its_terminal_is_gone(scene: Scene) -> None:
    supervisor = scene.supervise(scene.good("only"))
    pids = scene.pids("only")
    assert supervisor.stderr
    supervisor.stderr.close()
    supervisor.send_signal(signal.SIGHUP)
    assert supervisor.wait(timeout=20) == 128 + signal.SIGHUP
    assert not any(map(runs, pids))


def test_it_hears_sigint_although_a_shell_started_it_deaf(scene: Scene) -> None:
    command = scene.command(scene.good("only"))
    shell = scene.start(["sh", "-c", '"$@" & echo $!; wait', "sh", *command])
    assert shell.stdout
    supervisor = int(shell.stdout.readline())
    pids = scene.pids("only")
    os.kill(supervisor, signal.SIGINT)
    shell.communicate(timeout=20)
    assert not any(map(runs, [supervisor, *pids]))


def test_a_child_that_will_not_end_is_killed(scene: Scene) -> None:
    stubborn = scene.good("stubborn")
    stubborn["code"] = "signal = __import__('signal')\n" + stubborn["code"].replace(
        "signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    )
    supervisor = scene.supervise(stubborn, grace=0.2)
    pids = scene.pids("stubborn")
    supervisor.terminate()
    _, chatter = supervisor.communicate(timeout=20)
    assert b"stubborn does not end by itself" in chatter
    assert not any(map(runs, pids))


def test_a_child_that_dies_ends_all_with_its_name_and_last_lines(scene: Scene) -> None:
    dying = {"name": "dying", "code": "print('one'); print('the reason'); raise SystemExit(3)"}
    supervisor = scene.supervise(scene.good("good"), dying)
    pids = scene.pids("good")
    output, chatter = supervisor.communicate(timeout=20)
    assert supervisor.returncode == 1
    assert "dying ended with status 3" in chatter.decode()
    assert "the reason" in chatter.decode()
    assert output == b""
    assert not any(map(runs, pids))


def test_a_child_killed_from_outside_is_named_with_the_signal(scene: Scene) -> None:
    supervisor = scene.supervise(scene.good("victim"))
    os.kill(scene.pids("victim")[0], signal.SIGKILL)
    _, chatter = supervisor.communicate(timeout=20)
    assert b"victim was ended by SIGKILL" in chatter
    assert not runs(scene.pids("victim")[1])


def test_a_failing_task_ends_all_before_the_next_step(scene: Scene) -> None:
    failing = {"name": "migrate", "code": "raise SystemExit('no such table')", "task": True}
    supervisor = scene.supervise(scene.good("first"), failing, scene.good("never"))
    _, chatter = supervisor.communicate(timeout=20)
    assert supervisor.returncode == 1
    assert "migrate ended with status 1" in chatter.decode()
    assert "no such table" in chatter.decode()
    assert not (scene.folder / "never.pids").exists()
    assert not any(map(runs, scene.pids("first")))


def test_a_step_waits_until_the_one_before_is_ready(scene: Scene) -> None:
    marker = scene.folder / "up"
    slow_code = (
        f"import time, pathlib; time.sleep(0.3); pathlib.Path({str(marker)!r}).touch(); time.sleep(300)"
    )
    slow = {"name": "slow", "code": slow_code, "ready": str(marker)}
    check = {"name": "check", "code": f"import os; assert os.path.exists({str(marker)!r})", "task": True}
    supervisor = scene.supervise(slow, check, scene.good("last"))
    assert scene.pids("last")
    supervisor.terminate()
    supervisor.communicate(timeout=20)
    assert supervisor.returncode == 128 + signal.SIGTERM


def test_a_signal_is_heard_while_a_task_runs(scene: Scene) -> None:
    task = {**scene.good("seed"), "task": True}
    supervisor = scene.supervise(task)
    pids = scene.pids("seed")
    supervisor.send_signal(signal.SIGINT)
    supervisor.communicate(timeout=20)
    assert supervisor.returncode == 128 + signal.SIGINT
    assert not any(map(runs, pids))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal at the death of a parent")
def test_children_end_when_the_supervisor_is_killed(scene: Scene) -> None:
    supervisor = scene.supervise(scene.good("first"), scene.good("second"))
    children = [scene.pids("first")[0], scene.pids("second")[0]]
    supervisor.kill()
    supervisor.wait()
    until(lambda: not any(map(runs, children)))
    for name in ("first", "second"):  # these stand-ins leave their own children to the supervisor
        os.kill(scene.pids(name)[1], signal.SIGKILL)
