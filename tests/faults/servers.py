"""A broker and a PostgreSQL of a trial's own, to be broken."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from provenance import broker


class Broker:
    """A Valkey or Redis server that keeps its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = redis.Redis.from_url(broker.embedded_url(folder))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = broker.server_command(self._folder)
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self._client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit("The broker does not answer.")

    def kill(self) -> None:
        """End it as `kill -9` does, and take its data away."""
        self._server.send_signal(signal.SIGKILL)
        self._server.wait()
        shutil.rmtree(self._folder / "broker")

    def flush(self) -> None:
        """FLUSHALL."""
        self._client.flushall()

    def messages(self) -> int:
        """How many messages wait in its queues, those that workers took and hold not counted."""
        lists = [key for key in self._client.keys() if self._client.type(key) == b"list"]  # noqa: SIM118
        return sum(int(self._client.llen(key)) for key in lists)

    def end(self) -> None:
        """End it for good, with its socket."""
        self.kill()
        self._client.close()
        shutil.rmtree(broker.embedded_socket(self._folder).parent)


class PostgreSQL:
    """A server in a folder of its own, run by a user without rights, as it wants to be."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        self._become = _unprivileged(folder)

    @property
    def url(self) -> str:
        """Where it is, as DATABASE_URL says it."""
        return f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Make its data anew and start it."""
        self._run("initdb", "--username", "postgres", "--auth", "trust", "--no-instructions")
        self._control("start", "-o", f"-c listen_addresses=127.0.0.1 -p {self._port} -k ''")

    def restart(self) -> None:
        """Restart it without letting anything end, as a crash does; it recovers from its log."""
        self._control("restart", "--mode", "immediate")

    def end(self) -> None:
        """End it for good."""
        self._control("stop", "--mode", "immediate")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "--wait", "--log", str(self._folder / "log"), *words)

    def _run(self, program: str, *words: str) -> None:
        command = [*self._become, str(self._programs / program), "--pgdata", str(self._folder / "data")]
        subprocess.run([*command, *words], stdout=subprocess.DEVNULL, check=True, cwd="/")


def _unprivileged(folder: Path) -> list[str]:
    """How to start a program as somebody else than root, whose the folder is from now on."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def postgresql_programs() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed; None if there is none."""
    if installed := shutil.which("initdb"):
        return Path(installed).resolve().parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=lambda path: int(path.parent.name), default=None)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A server until the block ends."""
    programs = postgresql_programs()
    if not programs:
        raise SystemExit("No PostgreSQL server is installed.")
    with tempfile.TemporaryDirectory(prefix="provenance-postgresql-") as folder:
        server = PostgreSQL(programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.end()
