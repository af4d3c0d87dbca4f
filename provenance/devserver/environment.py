"""Where `./run` works and with what: the environment of every piece, whether started together or alone."""

import fcntl
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from provenance.demo import press

ROOT = Path(__file__).resolve().parents[2]
# Outside the ports that systems hand out by themselves: after a pause, the press's must still be free.
_PRESS_PORTS = range(20_000, 30_000)
_EMPTY_MEANS_UNSET = frozenset({"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_DIR", "PORT", "PUBLIC_URL"})


class StartError(Exception):
    """Nothing can be started like this; the message names what is missing and its cure."""


@dataclass(frozen=True)
class Demo:
    """What a demo keeps from one start to the next: `demo.json` in DATA_DIR, readable by its owner alone.

    The press's port is part of the addresses of the captured pages.
    """

    press_port: int
    admin_password: str
    curator_password: str
    partner_key: str


@dataclass(frozen=True)
class Environment:
    """What all pieces share. No `demo` when DATABASE_URL names a database: that is nobody's playground."""

    data_dir: Path
    port: int
    variables: Mapping[str, str]
    demo: Demo | None

    @property
    def address(self) -> str:
        """The web server's URL on this machine, without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_url(self) -> str | None:
        """The server to use instead of the embedded broker."""
        return self.variables.get("REDIS_URL")


def prepare(given: Mapping[str, str]) -> Environment:
    """The environment for the variables given; what DATA_DIR lacks (secrets, the demo's log-ins) is made.

    Raises StartError for a PORT that is none, a DATA_DIR that cannot be written to, or a DATABASE_URL without
    SECRET_KEY.
    """
    given = {name: value for name, value in given.items() if value or name not in _EMPTY_MEANS_UNSET}
    data_dir = Path(given.get("DATA_DIR", ROOT / "var")).resolve()
    port = _port(given.get("PORT", "8000"))
    _require_writable(data_dir)
    if "DATABASE_URL" in given and "SECRET_KEY" not in given:
        raise StartError("SECRET_KEY must be set when DATABASE_URL is: give it 50 random characters.")
    demo = None if "DATABASE_URL" in given else _demo(data_dir, port)
    variables = {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        **given,
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": given.get("SECRET_KEY")
        or _kept(data_dir / "secret_key", lambda: secrets.token_urlsafe(50)),
        "PYTHONUNBUFFERED": "1",  # the last lines of a child that dies are then in its log
    }
    if demo:
        allowed = [given.get("CAPTURE_ALLOW_HOSTS", ""), *_press_hosts(demo.press_port)]
        variables["CAPTURE_ALLOW_HOSTS"] = ",".join(filter(None, allowed))
    return Environment(data_dir=data_dir, port=port, variables=variables, demo=demo)


def hold(data_dir: Path) -> None:
    """Keep every other `./run` away from `data_dir` until this process ends.

    Raises StartError, naming the process that has it.
    """
    lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode()
        raise StartError(
            f"another ./run works in {data_dir} (process {holder}): stop that one, or give this one a folder "
            "and a port of its own with DATA_DIR and PORT."
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())  # left open: the lock is the open file's


def require_free(port: int, *, cure: str) -> None:
    """Raises StartError, with its cure, when this process could not listen on 127.0.0.1:`port`."""
    try:
        _listen_once(port)
    except OSError as error:
        raise StartError(f"Port {port} cannot be had ({error.strerror}): {cure}") from error


def _listen_once(port: int) -> None:
    with socket.socket() as probe:
        # As servers do: connections of the last start that linger do not make the port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        probe.listen()


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise StartError(f"PORT is {text!r}: give a number from 1 to 65535.")


def _require_writable(data_dir: Path) -> None:
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=data_dir).close()
    except OSError as error:
        raise StartError(
            f"{data_dir} cannot be written to ({error.strerror}): "
            "make it yours, or choose another folder with DATA_DIR."
        ) from error


def _demo(data_dir: Path, port: int) -> Demo:
    return Demo(
        **json.loads(_kept(data_dir / "demo.json", lambda: json.dumps(asdict(_new_demo(port)), indent=1)))
    )


def _new_demo(port: int) -> Demo:
    return Demo(
        press_port=_free_press_port(port + 1),
        admin_password=secrets.token_urlsafe(12),
        curator_password=secrets.token_urlsafe(12),
        partner_key=secrets.token_urlsafe(32),
    )


def _press_hosts(port: int) -> list[str]:
    """`host:port` of every paper of the demo press: what captures may reach although it is on loopback."""
    return sorted(f"{paper.name}.press.localhost:{port}" for paper in press.PAGES.iterdir() if paper.is_dir())


def _free_press_port(first_choice: int) -> int:
    port = first_choice  # the one that the README's examples name
    while True:
        try:
            _listen_once(port)
        except (OSError, OverflowError):
            port = secrets.choice(_PRESS_PORTS)
        else:
            return port


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The text of `path`, made if it is missing: whole, readable to its owner alone, once for all."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            unfinished, name = tempfile.mkstemp(dir=path.parent)  # 0600
            with os.fdopen(unfinished, "w") as file:
                file.write(make())
            Path(name).replace(path)
    finally:
        os.close(folder)
    return path.read_text()
